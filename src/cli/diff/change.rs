//! What a change of manifests means. Pure: the period is an argument.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;

use super::fields::{self, Field};
use super::runs::{self, Period, Runs};
use crate::api::{DeletionPolicy, WorkflowScheduleSpec};
use crate::cli::check::Manifest;
use crate::plan::written;
use crate::timing::Spec;
use crate::timing::words::words;

/// How an object changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Added,
    Removed,
    Changed,
}

/// A changed object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) kind: &'static str,
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    /// What became of it.
    #[serde(rename = "change")]
    pub(super) what: Kind,
    pub(super) fields: Vec<Field>,
    pub(super) words_before: Option<String>,
    pub(super) words_after: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) runs: Runs,
    /// What a reviewer must know.
    pub(super) consequences: Vec<String>,
}

/// The key of an object: whether it is a schedule, namespace, name.
type Key = (bool, Option<String>, String);

fn by_key(objects: &[Manifest]) -> BTreeMap<Key, &Manifest> {
    let key = |object: &Manifest| (object.is_schedule, object.namespace.clone(), object.name.clone());
    objects.iter().map(|object| (key(object), object)).collect()
}

/// Objects that one side has twice. Which of them is meant cannot be known.
pub(super) fn doubles(objects: &[Manifest]) -> Vec<String> {
    let mut places: BTreeMap<(bool, Option<&str>, &str), Vec<&str>> = BTreeMap::new();
    for object in objects {
        let key = (object.is_schedule, object.namespace.as_deref(), object.name.as_str());
        places.entry(key).or_default().push(&object.place);
    }
    let doubles = places.into_iter().filter(|(_, places)| places.len() > 1);
    let said = doubles.map(|((_, namespace, name), places)| {
        let namespace =
            namespace.map_or_else(|| "no namespace".to_owned(), |namespace| format!("namespace {namespace}"));
        format!("{name} with {namespace} is there {} times, at {}: compare them apart", places.len(), places.join(", "))
    });
    said.collect()
}

/// All changes, by kind, namespace and name.
pub(super) fn changes(old: &[Manifest], new: &[Manifest], period: Period) -> Vec<Change> {
    let (old, new) = (by_key(old), by_key(new));
    let keys: std::collections::BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let mut found: Vec<Change> =
        keys.into_iter().filter_map(|key| change(key, old.get(key).copied(), new.get(key).copied(), period)).collect();
    renames(&mut found, &old, &new);
    found
}

fn change(key: &Key, old: Option<&Manifest>, new: Option<&Manifest>, period: Period) -> Option<Change> {
    let (is_schedule, namespace, name) = key.clone();
    let spec = |object: Option<&Manifest>| object.map_or(Value::Null, |object| object.object["spec"].clone());
    let (before, after) = (spec(old), spec(new));
    let fields = match (old, new) {
        (Some(_), Some(_)) => fields::compare(&before, &after),
        _ => Vec::new(),
    };
    let change = match (old, new) {
        (Some(_), Some(_)) if fields.is_empty() => return None,
        (Some(_), _) if new.is_some() => Kind::Changed,
        (Some(_), _) => Kind::Removed,
        (None, _) => Kind::Added,
    };
    let (old, new) = if is_schedule { (Side::read(&before), Side::read(&after)) } else { (None, None) };
    let timing =
        |side: &Option<Side>| side.as_ref().filter(|side| !side.is_paused()).and_then(|side| side.timing.clone());
    let runs = runs::compare(timing(&old).as_ref(), timing(&new).as_ref(), period);
    let words_of = |side: &Option<Side>| side.as_ref()?.timing.as_ref().map(words);
    let (words_before, words_after) = (words_of(&old), words_of(&new));
    let consequences = if is_schedule {
        of_schedule(old.as_ref(), new.as_ref(), &fields, &runs, period)
    } else {
        of_connection(change, &before, &after)
    };
    let zone = new.as_ref().or(old.as_ref()).and_then(|side| side.timing.as_ref()?.time_zone_name.clone());
    let kind = if is_schedule { "WorkflowSchedule" } else { "WorkflowConnection" };
    Some(Change {
        kind,
        namespace,
        name,
        what: change,
        fields,
        words_before,
        words_after,
        time_zone: zone,
        runs,
        consequences,
    })
}

/// One side of a schedule.
struct Side {
    spec: WorkflowScheduleSpec,
    /// Absent if the spec is not valid.
    timing: Option<Spec>,
}

impl Side {
    fn read(spec: &Value) -> Option<Self> {
        let spec: WorkflowScheduleSpec = serde_json::from_value(spec.clone()).ok()?;
        let timing = written(&spec).ok().and_then(|written| written.canonical().ok());
        Some(Self { spec, timing })
    }

    fn is_paused(&self) -> bool {
        self.spec.paused == Some(true)
    }
}

/// A run so soon after a change is a surprise.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(15);

fn of_schedule(old: Option<&Side>, new: Option<&Side>, fields: &[Field], runs: &Runs, period: Period) -> Vec<String> {
    let mut said = Vec::new();
    let changes =
        |name: &str| fields.iter().any(|field| field.path == name || field.path.starts_with(&format!("{name}.")));
    match (old, new) {
        (Some(old), None) => said.push(removed(old)),
        (Some(old), Some(new)) => {
            if changes("workflowIdentifier") || changes("workflowRegistrationId") || changes("deploymentName") {
                said.push("the remote schedule is deleted and created again: its history of runs is lost, its remaining count and its pause are kept".into());
            }
            if changes("scheduleId") || changes("connectionRef") {
                said.push("scheduleId and connectionRef cannot be changed after the remote schedule exists: the operator refuses this (Immutable)".into());
            }
            if changes("maxExecutions") {
                said.push(new.spec.max_executions.map_or_else(
                    || "the limit of runs is removed".to_owned(),
                    |count| format!("the count starts again: {count} runs from when this is applied"),
                ));
            }
            match (old.spec.paused, new.spec.paused) {
                (Some(true), Some(false)) => said.push("it is resumed".into()),
                (Some(true), None) => {
                    said.push("it stays paused until somebody resumes it: paused is no longer declared".into());
                }
                (Some(false) | None, Some(true)) => said.push("it is paused".into()),
                _ => {}
            }
            if old.timing == new.timing
                && ["calendars", "cronExpressions", "intervals", "skip", "timeZoneName"].into_iter().any(changes)
            {
                said.push("the timing is written differently and means the same".into());
            }
        }
        (None, Some(new)) if new.spec.paused == Some(true) => said.push("it is created paused".into()),
        (None, Some(_) | None) => {}
    }
    let firsts = runs.gained.first().copied().into_iter().chain(runs.moved.iter().map(|moved| moved.first_after));
    if let Some(first) = firsts.min().filter(|first| first.duration_since(period.from) <= AT_ONCE) {
        said.push(format!("it fires at once: at {first}, if this is applied now"));
    }
    said
}

fn removed(old: &Side) -> String {
    match old.spec.deletion_policy {
        Some(DeletionPolicy::Orphan) => "the remote schedule stays and continues to run (deletionPolicy: Orphan)".into(),
        Some(DeletionPolicy::Delete) | None => {
            "the remote schedule is deleted, with its history and its remaining count, unless the connection declares deletionPolicy: Orphan".into()
        }
    }
}

fn of_connection(change: Kind, before: &Value, after: &Value) -> Vec<String> {
    let mut said = Vec::new();
    if change == Kind::Removed {
        said.push("the connection stays until no schedule uses it".into());
    }
    let is_on = |spec: &Value| spec["paused"] == true;
    match (is_on(before), is_on(after)) {
        (false, true) => said.push("the kill switch pauses every schedule of this connection".into()),
        (true, false) if change == Kind::Changed => {
            said.push("the kill switch is lifted: what it paused is resumed".into());
        }
        _ => {}
    }
    let differs = |name: &str| change == Kind::Changed && before[name] != after[name];
    if differs("serverUrl") || differs("scheduleIdPrefix") {
        said.push("serverUrl and scheduleIdPrefix cannot be changed: the API server refuses this".into());
    }
    said
}

/// One that is removed and one that is added with the same spec are a rename: the remote schedule does not move along.
fn renames(found: &mut [Change], old: &BTreeMap<Key, &Manifest>, new: &BTreeMap<Key, &Manifest>) {
    let spec = |side: &BTreeMap<Key, &Manifest>, change: &Change| {
        let key = (change.kind == "WorkflowSchedule", change.namespace.clone(), change.name.clone());
        side.get(&key).map(|object| object.object["spec"].clone())
    };
    let removed: Vec<(String, Option<Value>)> = found
        .iter()
        .filter(|change| change.what == Kind::Removed)
        .map(|change| (shown(change), spec(old, change)))
        .collect();
    for change in found.iter_mut().filter(|change| change.what == Kind::Added && change.kind == "WorkflowSchedule") {
        let added = spec(new, change);
        let twin = removed.iter().find(|(_, spec)| spec.is_some() && *spec == added);
        if let Some((name, _)) = twin.filter(|_| added.as_ref().is_some_and(|spec| spec["scheduleId"].is_null())) {
            change.consequences.push(format!(
                "this looks like a rename of {name}: it gets a new remote schedule, without the history and the remaining count"
            ));
        }
    }
}

/// NAMESPACE/NAME, or the name alone.
pub(super) fn shown(change: &Change) -> String {
    match &change.namespace {
        Some(namespace) => format!("{namespace}/{}", change.name),
        None => change.name.clone(),
    }
}
