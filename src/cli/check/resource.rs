//! A resource of ours, and all that can be said of it without a cluster.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::finding::{Finding, Severity};
use super::node::{Node, Path};
use super::schemas::Kind;
use super::{connection, schedule};
use crate::timing::Zone;

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) kind: String,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    /// Bytes of the text, where its name stands.
    pub(super) span: std::ops::Range<usize>,
    /// Of a schedule without errors.
    pub(super) meaning: Option<Meaning>,
    pub(super) findings: Vec<Finding>,
}

/// What a schedule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) words: String,
    /// The IANA zone; `None` is UTC.
    pub(super) zone: Option<String>,
    /// The next runs, earliest first, without jitter.
    pub(super) runs: Vec<Timestamp>,
    /// Whether it is declared paused.
    pub(super) paused: bool,
}

impl Meaning {
    pub(super) fn time_zone(&self) -> TimeZone {
        // A sound schedule has a zone that loads.
        Zone::load(self.zone.as_deref()).map_or(TimeZone::UTC, |zone| zone.as_jiff().clone())
    }
}

impl Resource {
    pub(super) fn has(&self, severity: Severity) -> bool {
        self.findings.iter().any(|finding| finding.severity == severity)
    }

    /// NAMESPACE/NAME, or the name alone where the file leaves the namespace open.
    pub(super) fn key(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Checks an object of a kind of ours.
pub(super) fn check(object: &Node, kind: &Kind, now: Timestamp) -> Resource {
    let metadata = Path::default().name("metadata");
    let of_metadata = |name| object.get("metadata").and_then(|metadata| metadata.get(name)).and_then(Node::as_str);
    let name = of_metadata("name").or_else(|| of_metadata("generateName")).unwrap_or_default();
    let mut findings = kind.schema.validate(object);
    if name.is_empty() && object.get("metadata").is_some() {
        findings.push(Finding::error("missing-field", object, &metadata, "metadata.name is required"));
    }
    let meaning = match kind.name.as_str() {
        "WorkflowSchedule" => schedule::check(object, name, now, &mut findings),
        _ => {
            connection::check(object, &mut findings);
            None
        }
    };
    let span = match of_metadata("name") {
        Some(_) => object.spot(&metadata.name("name")),
        None => object.spot(&Path::default().name("kind")),
    };
    Resource {
        kind: kind.name.clone(),
        namespace: of_metadata("namespace").map(str::to_owned),
        name: name.to_owned(),
        span,
        meaning,
        findings,
    }
}

/// Reads a spec that the schema has found sound, or says why it is not.
pub(super) fn spec<T: serde::de::DeserializeOwned>(object: &Node, findings: &mut Vec<Finding>) -> Option<T> {
    let spec = object.get("spec")?;
    let read: Result<T, _> = serde_path_to_error::deserialize(spec.to_json());
    match read {
        Ok(spec) => Some(spec),
        Err(_) if !findings.is_empty() => None,
        Err(error) => {
            let path = Path::parse(&format!("spec.{}", error.path()));
            findings.push(Finding::error("malformed", object, &path, error.inner().to_string()));
            None
        }
    }
}

/// Adds an error at a field unless there is one at it already.
pub(super) fn add(object: &Node, findings: &mut Vec<Finding>, path: &Path, message: String, help: Option<String>) {
    let is_known = |finding: &Finding| {
        finding.severity == Severity::Error
            && !finding.path.is_root()
            && (path.holds(&finding.path) || finding.path == *path)
    };
    if !findings.iter().any(is_known) {
        let finding = Finding::error("refused", object, path, message);
        findings.push(Finding { help, ..finding });
    }
}
