//! `ConfigMap`s and `Secret`s that a schedule takes JSON from: what the operator could not read of them, or
//! would read as something else.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::finding::{Finding, Severity};
use super::node::{Content, Key, Node, Path};
use super::number;

/// What JSON is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    ConfigMap,
    Secret,
}

impl Source {
    const ALL: [Self; 2] = [Self::ConfigMap, Self::Secret];

    const fn kind(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }

    /// The field of `inputFrom` that names one.
    const fn reference(self) -> &'static str {
        match self {
            Self::ConfigMap => "configMapKeyRef",
            Self::Secret => "secretKeyRef",
        }
    }

    /// The field that its texts stand in.
    const fn texts(self) -> &'static str {
        match self {
            Self::ConfigMap => "data",
            Self::Secret => "stringData",
        }
    }
}

/// A key of a `ConfigMap` or a `Secret`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SourceKey {
    source: Source,
    namespace: String,
    name: String,
    key: String,
}

/// What is wrong with a text as JSON, and where it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) key: SourceKey,
    pub(super) span: Range<usize>,
    severity: Severity,
    code: &'static str,
    message: String,
    help: &'static str,
}

impl Fault {
    fn finding(&self, path: &Path, span: Range<usize>) -> Finding {
        let SourceKey { source, name, key, .. } = &self.key;
        let message = format!("key {key} of {} {name} {}", source.kind(), self.message);
        Finding::at(self.severity, self.code, path, span, message).with_help(self.help)
    }

    /// The line of a `Secret` is not shown: what stands there is nobody's business.
    fn in_its_file(&self) -> Finding {
        let finding = self.finding(&Path::default().name(self.key.source.texts()), self.span.clone());
        Finding { is_shown: self.key.source != Source::Secret, ..finding }
    }
}

/// A place where a schedule takes JSON from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) key: SourceKey,
    /// The resource among those of its file, and the place in it.
    pub(super) resource: usize,
    pub(super) path: Path,
    pub(super) span: Range<usize>,
}

/// The `ConfigMap`s and `Secret`s that an object takes JSON from. It is the resource of this index in its file.
pub(super) fn references(object: &Node, resource: usize) -> Vec<Reference> {
    let namespace = object.metadata("namespace").unwrap_or_default();
    let sources = object.get("spec").and_then(|spec| spec.get("inputFrom"));
    let Some(Content::List(sources)) = sources.map(|sources| &sources.content) else { return Vec::new() };
    let of_source = |(index, source): (usize, &Node)| {
        let is_json = source.get("format").and_then(Node::as_str) == Some("JSON");
        let named = |of: Source| Some((of, source.get(of.reference())?));
        let (of, reference) = Source::ALL.into_iter().find_map(named).filter(|_| is_json)?;
        let text = |name| reference.get(name).and_then(Node::as_str).map(str::to_owned);
        let key = SourceKey { source: of, namespace: namespace.to_owned(), name: text("name")?, key: text("key")? };
        let path = Path::parse(&format!("spec.inputFrom[{index}].{}", of.reference()));
        Some(Reference { key, resource, span: object.spot(&path), path })
    };
    sources.iter().enumerate().filter_map(of_source).collect()
}

/// The faults of a `ConfigMap` or a `Secret`, should anybody take JSON from it.
pub(super) fn faults(object: &Node) -> Vec<Fault> {
    let text = |name| object.get(name).and_then(Node::as_str).unwrap_or_default();
    let is_of = |source: &Source| (text("apiVersion"), text("kind")) == ("v1", source.kind());
    let Some(source) = Source::ALL.into_iter().find(is_of) else { return Vec::new() };
    let Some(Content::Map(texts)) = object.get(source.texts()).map(|texts| &texts.content) else { return Vec::new() };
    let of_metadata = |name| object.metadata(name).unwrap_or_default().to_owned();
    let of_value = |(key, value): &(Key, Node)| {
        let (severity, code, message, help) = fault(source, value.as_str()?)?;
        let id =
            SourceKey { source, namespace: of_metadata("namespace"), name: of_metadata("name"), key: key.name.clone() };
        Some(Fault { key: id, span: key.span.clone(), severity, code, message, help })
    };
    texts.iter().filter_map(of_value).collect()
}

fn fault(source: Source, text: &str) -> Option<(Severity, &'static str, String, &'static str)> {
    if text.starts_with('\u{feff}') {
        let message = "begins with a byte order mark, which is not JSON".into();
        return Some((Severity::Error, "not-json", message, "save it as UTF-8 without a byte order mark"));
    }
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let message = format!("is not JSON (line {}, column {})", error.line(), error.column());
        return Some((Severity::Error, "not-json", message, "mend it, or use format: Text"));
    }
    let number = number::first_inexact(text)?;
    let message = match source {
        Source::ConfigMap => format!("holds {number}, of which the workflow gets {:e}", number.parse::<f64>().ok()?),
        Source::Secret => "holds a number with more digits than the workflow gets".into(),
    };
    Some((Severity::Warning, "inexact-number", message, "put the number in quotes, if every digit counts"))
}

/// What is known of all files so far.
#[derive(Default)]
pub(super) struct References {
    faults: BTreeMap<SourceKey, Fault>,
    wanted: BTreeSet<SourceKey>,
}

impl References {
    /// Notes a file's faults and references, and gives what they come to: for each finding the
    /// resource that it is about, or none if that was in a file before.
    pub(super) fn note(&mut self, faults: &[Fault], references: &[Reference]) -> Vec<(Option<usize>, Finding)> {
        let known = |key: &SourceKey| self.faults.get(key).or_else(|| faults.iter().find(|fault| fault.key == *key));
        let of_references: Vec<_> = references
            .iter()
            .filter_map(|reference| {
                let finding = known(&reference.key)?.finding(&reference.path, reference.span.clone());
                Some((Some(reference.resource), finding))
            })
            .collect();
        let of_faults = faults.iter().filter(|fault| self.wanted.contains(&fault.key));
        let of_faults: Vec<_> = of_faults.map(|fault| (None, fault.in_its_file())).collect();
        self.wanted.extend(references.iter().map(|reference| reference.key.clone()));
        self.faults.extend(faults.iter().map(|fault| (fault.key.clone(), fault.clone())));
        of_references.into_iter().chain(of_faults).collect()
    }
}
