//! Annotations of GitHub Actions: a finding stands beside its line in a pull request.
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>

use super::file::Checked;
use super::finding::Finding;
use super::picture::Lines;

/// The commands for what is found in a file.
pub(super) fn file(name: &str, lines: &Lines<'_>, checked: &Checked) -> String {
    let of_resources = checked.resources.iter().flat_map(|resource| {
        let key = resource.key();
        resource.findings.iter().map(move |finding| (Some(key.clone()), finding))
    });
    let of_file = checked.problems.iter().map(|finding| (None, finding));
    of_resources.chain(of_file).map(|(key, finding)| command(name, lines, key.as_deref(), finding)).collect()
}

/// The command for a file that cannot be read.
pub(super) fn unreadable(name: &str, why: &str) -> String {
    format!("::error file={},title=unreadable::{}\n", property(name), data(why))
}

fn command(file: &str, lines: &Lines<'_>, key: Option<&str>, finding: &Finding) -> String {
    let place = lines.place(finding.span.start);
    format!(
        "::{} file={},line={},col={},title={}::{}\n",
        finding.severity.name(),
        property(file),
        place.line,
        place.column,
        property(finding.code),
        data(&finding.whole(key)),
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_command() {
        assert_eq!(data("50%\n::error::x"), "50%25%0A::error::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
