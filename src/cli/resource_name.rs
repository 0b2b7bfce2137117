//! Names that Kubernetes takes.

/// The longest name that is made from a text. A longer one is not for people.
const LONGEST: usize = 200;

/// A name of a resource from a text.
pub(super) fn resource_name(text: &str) -> String {
    let mapped: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' })
        .take(LONGEST)
        .collect();
    // Between two dots there is a label, which begins and ends with a letter or a digit.
    let labels = mapped.split('.').map(|label| label.trim_matches('-')).filter(|label| !label.is_empty());
    let name = labels.collect::<Vec<_>>().join(".");
    if name.is_empty() { "schedule".into() } else { name }
}
