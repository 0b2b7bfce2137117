//! One remote schedule as a manifest. Pure: nothing is read or printed.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::timing::{short, written};
use crate::api::{self, Adoption, ConnectionRef, DEFAULT_CONNECTION, GROUP, Overlap, WorkflowScheduleSpec};
use crate::cli::check::Checker;
use crate::cli::count::count;
use crate::cli::resource_name::resource_name;
use crate::plan::{Observed, Policy, derived_id, is_encoded, is_under_prefix};
use crate::remote::ScheduleId;
use crate::remote::wire::{self, Remaining};

/// Where the manifests belong.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) namespace: Option<String>,
    pub(super) connection: Connection,
    /// The prefix of the connection: under it ids are derived ones.
    pub(super) prefix: Option<String>,
}

/// The connection of the manifests.
#[derive(Clone, Debug, Default)]
pub(super) enum Connection {
    /// Not declared.
    #[default]
    None,
    /// The one of this name in the namespace of each.
    Local(String),
    /// This one.
    Of {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Connection {
    /// What a resource in this namespace declares.
    fn reference(&self, from: Option<&str>) -> Option<ConnectionRef> {
        match self {
            Self::None => None,
            Self::Local(name) => Some(ConnectionRef { name: name.clone(), namespace: None }),
            Self::Of { namespace, name } if from == Some(namespace) => {
                (name != DEFAULT_CONNECTION).then(|| ConnectionRef { name: name.clone(), namespace: None })
            }
            Self::Of { namespace, name } => {
                Some(ConnectionRef { name: name.clone(), namespace: Some(namespace.clone()) })
            }
        }
    }
}

/// A manifest, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) name: String,
    /// The name of its file.
    pub(super) file: String,
    /// YAML. If the schedule cannot be expressed, only comments.
    pub(super) text: String,
    pub(super) is_expressed: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: String,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: &'a WorkflowScheduleSpec,
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
}

/// Writes manifests; it knows the names that are used.
pub(super) struct Writer {
    place: Place,
    checker: Checker,
    used: HashSet<(Option<String>, String)>,
    files: HashSet<String>,
}

impl Writer {
    /// `ids`: of all schedules. A name that is derived from an id of them is taken for no other.
    pub(super) fn new<'a>(place: Place, now: Timestamp, ids: impl Iterator<Item = &'a ScheduleId>) -> Self {
        let derived = ids.filter_map(|id| derived_key(&place, id.as_str()));
        let used = derived.map(|(namespace, name)| (Some(namespace), name)).collect();
        Self { place, checker: Checker::new(now), used, files: HashSet::new() }
    }

    /// The manifest of a schedule.
    pub(super) fn manifest(&mut self, schedule: wire::Schedule) -> Manifest {
        let observed = Observed::from_wire(schedule);
        let (namespace, name, is_derived) = self.key(&observed);
        let mut problems = self.problems(&observed, is_derived);
        let spec = self.spec(&observed, namespace.as_deref(), is_derived);
        let object = Object {
            api_version: format!("{GROUP}/v1alpha1"),
            kind: "WorkflowSchedule",
            metadata: Metadata { name: &name, namespace: namespace.as_deref() },
            spec: &spec,
        };
        let yaml = serde_saphyr::to_string(&object).unwrap_or_else(|error| {
            problems.push(format!("it cannot be written as YAML: {error}"));
            String::new()
        });
        let report = self.checker.check(&name, yaml.as_bytes()).json;
        let resource = &report["resources"][0];
        if problems.is_empty() {
            problems.extend(messages(&resource["errors"]).chain(messages(&report["problems"])));
        }
        let warnings = resource["warnings"].as_array().into_iter().flatten();
        let about_input =
            warnings.filter(|warning| warning["field"].as_str().is_some_and(|field| field.contains("input")));
        let about_input = about_input.filter_map(|warning| warning["message"].as_str().map(str::to_owned));
        let remarks: Vec<String> = remarks(&observed).into_iter().chain(about_input).collect();
        let file = match &namespace {
            Some(namespace) if is_derived => format!("{namespace}.{name}"),
            Some(_) | None => name.clone(),
        };
        let file = numbered(&file, |file| self.files.insert(file.to_owned()));
        let text = text(&observed, &problems, &remarks, &yaml);
        Manifest { name, file, text, is_expressed: problems.is_empty() }
    }

    /// Why there can be no manifest, as far as `check` does not say it.
    fn problems(&self, observed: &Observed, is_derived: bool) -> Vec<String> {
        let timing = observed.timing.as_ref().err().cloned();
        let workflow = observed.workflow_name.is_none().then(|| "the API does not name its workflow".to_owned());
        let prefix = self.place.prefix.as_deref().filter(|_| !is_derived);
        let id = prefix
            .filter(|prefix| is_under_prefix(&observed.id, prefix))
            .map(|_| "its id is under the prefix of the connection, and no name of a resource has it".to_owned());
        [timing, workflow, id].into_iter().flatten().collect()
    }

    fn spec(&self, observed: &Observed, namespace: Option<&str>, is_derived: bool) -> WorkflowScheduleSpec {
        WorkflowScheduleSpec {
            workflow_identifier: observed.workflow_name.clone(),
            deployment_name: observed.deployment_name.clone(),
            connection_ref: self.place.connection.reference(namespace),
            schedule_id: (!is_derived).then(|| observed.id.as_str().to_owned()),
            input: observed.input.clone().filter(|input| !input.is_null()),
            policy: observed.policy.as_ref().and_then(policy),
            adoption: (!is_derived).then_some(Adoption::IfEqual),
            ..observed.timing.as_ref().map(written).unwrap_or_default()
        }
    }

    /// Namespace and name, and whether the id is derived from them.
    fn key(&mut self, observed: &Observed) -> (Option<String>, String, bool) {
        let id = observed.id.as_str();
        if let Some((namespace, name)) = derived_key(&self.place, id) {
            return (Some(namespace), name, true);
        }
        let namespace = self.place.namespace.clone();
        let name = numbered(&resource_name(id), |name| self.used.insert((namespace.clone(), name.to_owned())));
        (namespace, name, false)
    }
}

/// The namespace and the name of the resource whose derived id this is.
fn derived_key(place: &Place, id: &str) -> Option<(String, String)> {
    let prefix = place.prefix.as_deref()?;
    let (namespace, name) = id.strip_prefix(prefix)?.strip_prefix('.')?.split_once('.')?;
    let is_it =
        derived_id(prefix, namespace, name).as_str() == id && is_label(namespace) && resource_name(name) == name;
    is_it.then(|| (namespace.to_owned(), name.to_owned()))
}

/// The first of `NAME`, `NAME-2`, `NAME-3` … that is free.
fn numbered(name: &str, mut is_free: impl FnMut(&str) -> bool) -> String {
    if is_free(name) {
        return name.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let next = format!("{name}-{number}");
        if is_free(&next) {
            return next;
        }
        number += 1;
    }
}

fn text(observed: &Observed, problems: &[String], remarks: &[String], yaml: &str) -> String {
    let mut lines = Vec::new();
    if !problems.is_empty() {
        lines.push(format!("{} cannot be expressed as a WorkflowSchedule:", observed.id));
        lines.extend(problems.iter().map(|problem| format!("- {problem}")));
    }
    let mut text: String = lines.iter().chain(remarks).map(|line| comment(line)).collect();
    text.push_str(&if problems.is_empty() { yaml.to_owned() } else { comment(yaml) });
    text
}

fn is_label(text: &str) -> bool {
    text.len() <= 63 && !text.contains('.') && resource_name(text) == text
}

fn policy(policy: &Policy) -> Option<api::Policy> {
    let default = Policy::default();
    let written = api::Policy {
        overlap: (policy.overlap != default.overlap).then(|| overlap(policy.overlap)).flatten(),
        catchup_window: (policy.catchup_window != default.catchup_window).then(|| short(policy.catchup_window)),
        pause_on_failure: policy.pause_on_failure.then_some(true),
    };
    (written != api::Policy::default()).then_some(written)
}

const fn overlap(number: i64) -> Option<Overlap> {
    Some(match number {
        1 => Overlap::Skip,
        2 => Overlap::BufferOne,
        3 => Overlap::BufferAll,
        4 => Overlap::CancelOther,
        5 => Overlap::TerminateOther,
        6 => Overlap::AllowAll,
        _ => return None,
    })
}

/// What a manifest does not say.
fn remarks(observed: &Observed) -> Vec<String> {
    let mut remarks = Vec::new();
    if observed.paused {
        let note = observed.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        remarks.push(format!("It is paused{note}. The pause is not declared: it stays until somebody resumes it."));
    }
    match observed.remaining {
        Some(Remaining(Some(0))) => {
            remarks.push("All its runs are used. A declared maxExecutions would start a new count.".into());
        }
        Some(Remaining(Some(left))) => remarks.push(format!(
            "It has {} left. The limit stays as it is; a declared maxExecutions would start a new count.",
            count(left, "run")
        )),
        Some(Remaining(None)) | None => {}
    }
    if observed.input.as_ref().is_some_and(is_encoded) {
        remarks.push("The input is encoded, and is exported as it is stored.".into());
    }
    if observed.policy.as_ref().is_some_and(|policy| overlap(policy.overlap).is_none()) {
        remarks.push("Its overlap policy is not known to this operator.".into());
    }
    remarks
}

fn messages(findings: &Value) -> impl Iterator<Item = String> {
    findings.as_array().into_iter().flatten().map(|finding| {
        let message = finding["message"].as_str().unwrap_or_default();
        finding["field"].as_str().map_or_else(|| message.to_owned(), |field| format!("{field}: {message}"))
    })
}

/// A text as comments. It may come from the remote, so every line of it is one.
fn comment(text: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    text.split(is_break).filter(|line| !line.is_empty()).flat_map(|line| ["# ", line, "\n"]).collect()
}
