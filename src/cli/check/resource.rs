//! A resource of ours, and all that can be said of it without a cluster.

use jiff::Timestamp;

use super::finding::{Finding, Severity};
use super::meaning::Meaning;
use super::node::{Node, Path};
use super::question::Question;
use super::schemas::{Kind, What};
use super::{connection, metadata, nulls, schedule, unquoted};

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
    /// What the remote can be asked about a schedule without errors.
    pub(super) question: Option<Question>,
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
    let mut question = None;
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
            let finding = Finding::error("missing-field", object, &in_metadata, "metadata.name is required");
            findings.push(finding.with_help("write `name: NAME` under metadata"));
        }
        match kind.what {
            What::Schedule => {
                let meaning = schedule::check(object, &json, name, now, &mut findings);
                question = meaning.as_ref().and_then(|_| Question::of(object, &json));
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
        question,
    }
}
