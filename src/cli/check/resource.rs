//! A resource of ours, and all that can be said of it without a cluster.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::finding::{Finding, Severity};
use super::node::{Node, Path};
use super::schemas::{Kind, What};
use super::{connection, metadata, nulls, schedule, unquoted};
use crate::timing::Zone;

/// What etcd takes in one request, if nobody has raised it.
const LARGEST: usize = 1_572_864;

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) what: What,
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
        // A schedule without errors has a zone that loads.
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
    let in_metadata = Path::default().name("metadata");
    let name = object.metadata("name").or_else(|| object.metadata("generateName")).unwrap_or_default();
    let mut findings = Vec::new();
    let meaning = if object.span.len() > LARGEST {
        let message = format!("it is larger than {LARGEST} bytes, the most that a cluster stores");
        findings.push(Finding::error("too-large", object, &in_metadata.name("name"), message));
        None
    } else {
        let json = kind.schema.stored(object);
        findings.extend(kind.schema.validate(object, &json));
        metadata::check(object, &mut findings);
        nulls::check(object, kind.schema.root(), &mut findings);
        if name.is_empty() && object.get("metadata").is_some() {
            findings.push(Finding::error("missing-field", object, &in_metadata, "metadata.name is required"));
        }
        match kind.what {
            What::Schedule => {
                let meaning = schedule::check(object, &json, name, now, &mut findings);
                unquoted::explain_commas(object, &mut findings);
                meaning
            }
            What::Connection => {
                connection::check(object, &json, &mut findings);
                None
            }
        }
    };
    findings.sort_by_key(|finding| finding.span.start);
    let span = match object.metadata("name") {
        Some(_) => object.spot(&in_metadata.name("name")),
        None => object.spot(&Path::default().name("kind")),
    };
    Resource {
        what: kind.what,
        kind: kind.name.clone(),
        namespace: object.metadata("namespace").map(str::to_owned),
        name: name.to_owned(),
        span,
        meaning,
        findings,
    }
}

/// Reads a spec that the schema has found sound, or says why it is not.
pub(super) fn spec<T: DeserializeOwned>(object: &Node, json: &Value, findings: &mut Vec<Finding>) -> Option<T> {
    let read: Result<T, _> = serde_path_to_error::deserialize(json.get("spec")?);
    match read {
        Ok(spec) => Some(spec),
        Err(_) if findings.iter().any(|finding| finding.severity == Severity::Error) => None,
        Err(error) => {
            let path = Path::parse(&format!("spec.{}", error.path()));
            findings.push(Finding::error("malformed", object, &path, error.inner().to_string()));
            None
        }
    }
}

/// Adds an error at a field. Of one that is there already it has the better words if that is for the
/// form alone; else there is nothing new to say.
pub(super) fn add(object: &Node, findings: &mut Vec<Finding>, path: &Path, message: String, help: Option<String>) {
    let is_within = |finding: &&mut Finding| finding.severity == Severity::Error && path.holds(&finding.path);
    match findings.iter_mut().find(is_within) {
        None => findings.push(Finding { help, ..Finding::error("refused", object, path, message) }),
        Some(known) if known.code == "pattern" && known.path == *path => {
            // What the value should be is not known any better.
            let value = known.help.take().filter(|help| help.contains("write "));
            (known.message, known.help) = (message, help.or(value));
        }
        Some(_) => {}
    }
}
