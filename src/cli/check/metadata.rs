//! Keys of labels and annotations, which the API server checks in code rather than by a schema.

use std::sync::LazyLock;

use regex::Regex;

use super::finding::Finding;
use super::node::{Content, Key, Node, Path};

/// The most that all annotations of an object may hold, keys included.
const LARGEST_ANNOTATIONS: usize = 256 * 1024;
const LONGEST_NAME: usize = 63;
const LONGEST_PREFIX: usize = 253;

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$").ok());
static PREFIX: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$").ok());

/// Adds what is wrong with the keys of an object's labels and annotations.
pub(super) fn check(object: &Node, findings: &mut Vec<Finding>) {
    for name in ["labels", "annotations"] {
        let path = Path::default().name("metadata").name(name);
        let map = object.get("metadata").and_then(|metadata| metadata.get(name));
        let Some(Content::Map(members)) = map.map(|map| &map.content) else { continue };
        let is_annotations = name == "annotations";
        findings.extend(members.iter().filter_map(|(key, _)| of_key(key, &path, is_annotations)));
        let size: usize = members.iter().map(|(key, value)| key.name.len() + value.as_str().map_or(0, str::len)).sum();
        if is_annotations && size > LARGEST_ANNOTATIONS {
            let message = format!("annotations may hold {LARGEST_ANNOTATIONS} bytes in all, not {size}");
            findings.push(Finding::error("bound", object, &path, message));
        }
    }
}

fn of_key(key: &Key, path: &Path, is_annotation: bool) -> Option<Finding> {
    // The API server takes the prefix of an annotation in any case.
    let text = if is_annotation { key.name.to_lowercase() } else { key.name.clone() };
    let wrong = wrong(&text)?;
    let path = path.name(&key.name);
    let message = format!("the key {:?} {wrong}", key.name);
    let finding = Finding::at(super::finding::Severity::Error, "metadata-key", &path, key.span.clone(), message);
    Some(finding.with_help("write `name` or `example.com/name`, with letters, digits, `-`, `_` and `.` in the name"))
}

/// What is wrong with a key.
fn wrong(key: &str) -> Option<String> {
    let matches = |regex: &LazyLock<Option<Regex>>, text: &str| regex.as_ref().is_none_or(|regex| regex.is_match(text));
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if name.contains('/') {
        Some("has more than one `/`".into())
    } else if prefix.is_some_and(|prefix| prefix.len() > LONGEST_PREFIX || !matches(&PREFIX, prefix)) {
        Some("does not begin with a host name before its `/`".into())
    } else if name.is_empty() {
        Some("has no name".into())
    } else if name.len() > LONGEST_NAME {
        Some(format!("has a name of {} characters; it may have {LONGEST_NAME}", name.len()))
    } else if !matches(&NAME, name) {
        Some("has a name with other characters than letters, digits, `-`, `_` and `.`, or at an end one that is neither letter nor digit".into())
    } else {
        None
    }
}
