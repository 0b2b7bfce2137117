//! `ConfigMap`s that a schedule takes JSON from: what the operator could not read of them, or would read
//! as something else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::finding::{Finding, Severity};
use super::node::{Content, Node, Path};
use super::number;

/// A key of a `ConfigMap`: namespace, name, key.
pub(super) type Key = (String, String, String);

/// What is wrong with a text as JSON, and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) key: Key,
    pub(super) span: Range<usize>,
    severity: Severity,
    code: &'static str,
    message: String,
    help: &'static str,
}

impl Fault {
    fn finding(&self, path: &Path, span: Range<usize>) -> Finding {
        let (_, name, key) = &self.key;
        let message = format!("key {key} of ConfigMap {name} {}", self.message);
        Finding::at(self.severity, self.code, path, span, message).with_help(self.help)
    }
}

/// A place where a schedule takes JSON from a `ConfigMap`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) key: Key,
    /// The resource among those of its file, and the place in it.
    pub(super) resource: usize,
    pub(super) path: Path,
    pub(super) span: Range<usize>,
}

/// The `ConfigMap`s that an object takes JSON from. It is the resource of this index in its file.
pub(super) fn references(object: &Node, resource: usize) -> Vec<Reference> {
    let of_metadata = |name| object.get("metadata").and_then(|metadata| metadata.get(name)).and_then(Node::as_str);
    let namespace = of_metadata("namespace").unwrap_or_default();
    let sources = object.get("spec").and_then(|spec| spec.get("inputFrom"));
    let Some(Content::List(sources)) = sources.map(|sources| &sources.content) else { return Vec::new() };
    let of_source = |(index, source): (usize, &Node)| {
        let is_json = source.get("format").and_then(Node::as_str) == Some("JSON");
        let reference = source.get("configMapKeyRef").filter(|_| is_json)?;
        let text = |name| reference.get(name).and_then(Node::as_str).map(str::to_owned);
        let key = (namespace.to_owned(), text("name")?, text("key")?);
        let path = Path::parse(&format!("spec.inputFrom[{index}].configMapKeyRef"));
        Some(Reference { key, resource, span: object.spot(&path), path })
    };
    sources.iter().enumerate().filter_map(of_source).collect()
}

/// The faults of a `ConfigMap`, should anybody take JSON from it.
pub(super) fn faults(object: &Node) -> Vec<Fault> {
    let text = |name| object.get(name).and_then(Node::as_str).unwrap_or_default();
    let of_metadata = |name| object.get("metadata").and_then(|metadata| metadata.get(name)).and_then(Node::as_str);
    let Some(Content::Map(data)) = object.get("data").map(|data| &data.content) else { return Vec::new() };
    if (text("apiVersion"), text("kind")) != ("v1", "ConfigMap") {
        return Vec::new();
    }
    let (namespace, name) = (of_metadata("namespace").unwrap_or_default(), of_metadata("name").unwrap_or_default());
    let of_value = |(key, value): &(super::node::Key, Node)| {
        let (severity, code, message, help) = fault(value.as_str()?)?;
        let id = (namespace.to_owned(), name.to_owned(), key.name.clone());
        Some(Fault { key: id, span: key.span.clone(), severity, code, message, help })
    };
    data.iter().filter_map(of_value).collect()
}

fn fault(text: &str) -> Option<(Severity, &'static str, String, &'static str)> {
    if text.starts_with('\u{feff}') {
        let message = "begins with a byte order mark, which is not JSON".into();
        return Some((Severity::Error, "not-json", message, "save it as UTF-8 without a byte order mark"));
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let message = format!("is not JSON (line {}, column {})", error.line(), error.column());
        return Some((Severity::Error, "not-json", message, "mend it, or use format: Text"));
    }
    let number = number::first_inexact(text)?;
    let message = format!("holds {number}, of which the workflow gets {:e}", number.parse::<f64>().ok()?);
    Some((Severity::Warning, "inexact-number", message, "put the number in quotes, if every digit counts"))
}

/// What is known of all files so far.
#[derive(Default)]
pub(super) struct References {
    faults: BTreeMap<Key, Fault>,
    wanted: BTreeSet<Key>,
}

impl References {
    /// Notes a file's `ConfigMap`s and references, and gives what they come to: for each finding the
    /// resource that it is about, or none if that was in a file before.
    pub(super) fn note(&mut self, faults: &[Fault], references: &[Reference]) -> Vec<(Option<usize>, Finding)> {
        let known = |key: &Key| self.faults.get(key).or_else(|| faults.iter().find(|fault| fault.key == *key));
        let of_references: Vec<_> = references
            .iter()
            .filter_map(|reference| {
                let finding = known(&reference.key)?.finding(&reference.path, reference.span.clone());
                Some((Some(reference.resource), finding))
            })
            .collect();
        let of_faults = faults.iter().filter(|fault| self.wanted.contains(&fault.key));
        let of_faults: Vec<_> =
            of_faults.map(|fault| (None, fault.finding(&Path::default().name("data"), fault.span.clone()))).collect();
        self.wanted.extend(references.iter().map(|reference| reference.key.clone()));
        self.faults.extend(faults.iter().map(|fault| (fault.key.clone(), fault.clone())));
        of_references.into_iter().chain(of_faults).collect()
    }
}
