//! Merges the values of `ConfigMaps` and Secrets into the declared input.

use serde_json::{Map, Value};

use crate::api::{InputFormat, InputSource, KeyRef};
use crate::remote::values_in;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the kind of that name")]
pub enum SourceKind {
    ConfigMap,
    Secret,
}

impl SourceKind {
    /// The Kubernetes kind.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

/// The object and the key that a source reads.
///
/// # Errors
/// Neither or both kinds are named (the schema refuses that too).
pub fn source_ref(source: &InputSource) -> Result<(SourceKind, &KeyRef), String> {
    match (&source.config_map_key_ref, &source.secret_key_ref) {
        (Some(key), None) => Ok((SourceKind::ConfigMap, key)),
        (None, Some(key)) => Ok((SourceKind::Secret, key)),
        (None, None) | (Some(_), Some(_)) => Err("exactly one of configMapKeyRef and secretKeyRef".into()),
    }
}

/// What was read for a source.
#[derive(Clone, PartialEq, Eq)]
pub enum Read {
    /// The value, and the version of the object that holds it.
    Found {
        /// The bytes.
        value: Vec<u8>,
        /// The object's `resourceVersion`.
        version: String,
    },
    /// The object or the key does not exist.
    Missing,
    /// The operator may not read it: what would allow it.
    Denied(String),
    /// It cannot be read at the moment.
    Failed(String),
}

/// Why there is no input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// Something is not there (yet).
    Missing(String),
    /// It cannot be used as input.
    Invalid(String),
}

/// The complete input.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The input of each run.
    pub value: Value,
    /// Texts from Secrets, which must never be shown.
    pub secrets: Vec<String>,
    /// A hash of the declared input, the sources, and the versions of their objects. It contains no secret.
    pub fingerprint: String,
}

/// The API takes 1.9 MiB; etcd's limit on the resource is lower still.
const LARGEST: usize = 1_900_000;

/// The largest declared input.
const LARGEST_DECLARED: usize = 131_072;

/// The maximum number of values. It is below the limit for an answer, because the answer also contains the
/// timing.
const MOST_VALUES: usize = crate::remote::MOST_VALUES * 9 / 10;

/// Merges each source into the declared input, in order.
///
/// # Errors
/// A source that is missing and not optional, or that is no JSON, or cannot be laid over.
pub fn lay_over(declared: Option<&Value>, sources: &[(InputSource, Read)]) -> Result<Input, InputError> {
    let mut value = declared.cloned().unwrap_or(Value::Null);
    if value.to_string().len() > LARGEST_DECLARED {
        let message =
            format!("input: larger than {LARGEST_DECLARED} bytes; move it to a ConfigMap and refer to it in inputFrom");
        return Err(InputError::Invalid(message));
    }
    let mut secrets = Vec::new();
    let mut made_from = vec![value.to_string()];
    for (index, (source, read)) in sources.iter().enumerate() {
        let at = |message: String| InputError::Invalid(format!("inputFrom[{index}]: {message}"));
        let (kind, key) = source_ref(source).map_err(at)?;
        let Some((bytes, version)) = found(index, kind, key, read)? else { continue };
        made_from.push(format!("{}/{}/{}@{version}", kind.name(), key.name, key.key));
        let text = std::str::from_utf8(bytes)
            .map_err(|_| at(format!("{} {}: key {} is not UTF-8", kind.name(), key.name, key.key)))?;
        if kind == SourceKind::Secret {
            secrets.push(text.trim().to_owned());
        }
        let part = match source.format.unwrap_or(InputFormat::Text) {
            InputFormat::Text => Value::String(text.to_owned()),
            // The parser's own words would quote the text.
            InputFormat::JSON => serde_json::from_str(text).map_err(|error| {
                at(format!(
                    "{} {}: key {} is not JSON (line {}, column {})",
                    kind.name(),
                    key.name,
                    key.key,
                    error.line(),
                    error.column()
                ))
            })?,
        };
        if kind == SourceKind::Secret {
            collect_texts(&part, &mut secrets);
        }
        lay(&mut value, source.into.as_deref(), part).map_err(at)?;
    }
    let secrets = texts_to_hide(&secrets);
    let whole = value.to_string();
    if whole.len() > LARGEST {
        return Err(InputError::Invalid(format!("the input is larger than {LARGEST} bytes")));
    }
    if values_in(whole.as_bytes()) > MOST_VALUES {
        return Err(InputError::Invalid(format!("the input holds more than {MOST_VALUES} values")));
    }
    Ok(Input { value, secrets, fingerprint: fingerprint(&made_from) })
}

/// Each text and each of its lines, because messages of the remote have no line breaks. Texts shorter than four
/// bytes are not hidden: they would appear by coincidence in most messages.
fn texts_to_hide(secrets: &[String]) -> Vec<String> {
    let spaced = |text: &String| text.replace(|c: char| c.is_control(), " ");
    let lines = |text: &String| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let all = secrets.iter().flat_map(|text| [vec![text.clone(), spaced(text)], lines(text)].concat());
    let mut hidden: Vec<String> = all.filter(|text| text.len() >= 4).collect();
    hidden.sort_unstable();
    hidden.dedup();
    hidden
}

fn found<'a>(
    index: usize,
    kind: SourceKind,
    key: &KeyRef,
    read: &'a Read,
) -> Result<Option<(&'a [u8], &'a str)>, InputError> {
    let what = format!("inputFrom[{index}]: {} {}, key {}", kind.name(), key.name, key.key);
    match read {
        Read::Found { value, version } => Ok(Some((value, version))),
        Read::Missing if key.optional == Some(true) => Ok(None),
        Read::Missing => {
            Err(InputError::Missing(format!("{what}: not found in this namespace; create it, or set optional: true")))
        }
        Read::Denied(remedy) => Err(InputError::Missing(format!("{what}: the operator may not read it; {remedy}"))),
        Read::Failed(why) => Err(InputError::Missing(format!("{what}: cannot be read now: {why}"))),
    }
}

fn lay(value: &mut Value, into: Option<&str>, part: Value) -> Result<(), String> {
    let Some(name) = into else {
        *value = part;
        return Ok(());
    };
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    match value.as_object_mut() {
        Some(members) => {
            members.insert(name.to_owned(), part);
            Ok(())
        }
        None => Err(format!("into: {name}: the input below it is not an object")),
    }
}

fn collect_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, texts)),
        Value::Object(members) => members.values().for_each(|item| collect_texts(item, texts)),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

pub(crate) fn fingerprint(parts: &[String]) -> String {
    use sha2::{Digest, Sha256};
    use std::fmt::Write as _;

    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Removes every secret text from a text for a status, an event or a log.
#[must_use]
pub fn redact(text: &str, secrets: &[String]) -> String {
    let mut ordered: Vec<&String> = secrets.iter().collect();
    // The longest first: a secret may contain another.
    ordered.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    ordered.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "[redacted]"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn source(kind: SourceKind, into: Option<&str>, format: Option<InputFormat>) -> InputSource {
        let key = Some(KeyRef { name: "thing".into(), key: "k".into(), optional: None });
        let (config_map_key_ref, secret_key_ref) = match kind {
            SourceKind::ConfigMap => (key, None),
            SourceKind::Secret => (None, key),
        };
        InputSource { config_map_key_ref, secret_key_ref, into: into.map(Into::into), format }
    }

    fn read(text: &str) -> Read {
        Read::Found { value: text.as_bytes().to_vec(), version: "1".into() }
    }

    #[test]
    fn sources_are_laid_over_in_order() {
        let input = lay_over(
            Some(&json!({"a": 1})),
            &[
                (source(SourceKind::ConfigMap, Some("b"), None), read("text")),
                (source(SourceKind::Secret, Some("a"), Some(InputFormat::JSON)), read("{\"x\":2}")),
            ],
        )
        .unwrap();
        assert_eq!(input.value, json!({"a": {"x": 2}, "b": "text"}));
    }

    #[test]
    fn without_into_a_source_replaces_the_whole() {
        let input =
            lay_over(Some(&json!(1)), &[(source(SourceKind::ConfigMap, None, Some(InputFormat::JSON)), read("[1]"))])
                .unwrap();
        assert_eq!(input.value, json!([1]));
    }

    #[test]
    fn a_missing_source_waits_and_a_missing_optional_one_is_passed_over() {
        let mut optional = source(SourceKind::ConfigMap, None, None);
        assert!(matches!(lay_over(None, &[(optional.clone(), Read::Missing)]), Err(InputError::Missing(_))));
        if let Some(key) = optional.config_map_key_ref.as_mut() {
            key.optional = Some(true);
        }
        assert_eq!(lay_over(None, &[(optional, Read::Missing)]).unwrap().value, Value::Null);
    }

    #[test]
    fn an_input_of_more_values_than_an_answer_may_have_is_refused() {
        let many = format!("[{}0]", "0,".repeat(MOST_VALUES));
        let source = source(SourceKind::ConfigMap, None, Some(InputFormat::JSON));
        assert!(matches!(lay_over(None, &[(source, read(&many))]), Err(InputError::Invalid(_))));
    }

    #[test]
    fn a_secret_that_is_no_json_is_not_quoted() {
        let broken = lay_over(None, &[(source(SourceKind::Secret, None, Some(InputFormat::JSON)), read("hunter2"))]);
        assert!(matches!(&broken, Err(InputError::Invalid(text)) if !text.contains("hunter2")), "{broken:?}");
    }

    #[test]
    fn an_edit_of_a_source_changes_the_fingerprint() {
        let of = |version: &str| {
            let read = Read::Found { value: b"x".to_vec(), version: version.into() };
            lay_over(None, &[(source(SourceKind::ConfigMap, None, None), read)]).unwrap().fingerprint
        };
        assert_ne!(of("1"), of("2"));
    }

    #[test]
    fn each_line_of_a_secret_is_hidden() {
        let key = "-----BEGIN KEY-----\nAAAABBBB\n-----END KEY-----\n";
        let secrets = lay_over(None, &[(source(SourceKind::Secret, None, None), read(key))]).unwrap().secrets;
        assert_eq!(redact("bad: -----BEGIN KEY----- AAAABBBB -----END KEY-----", &secrets), "bad: [redacted]");
        assert_eq!(redact("bad: AAAABBBB", &secrets), "bad: [redacted]");
    }

    #[test]
    fn secrets_are_taken_out_of_messages() {
        assert_eq!(redact("bad value hunter22", &["hunter2".into(), "hunter22".into()]), "bad value [redacted]");
    }
}
