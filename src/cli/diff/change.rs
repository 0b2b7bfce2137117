//! What a change of manifests means. Pure: the period is an argument.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;

use super::fields::{self, Field};
use super::pairs::{Key, Side, sides};
use super::runs::{self, Period, Runs};
use crate::api::{DeletionPolicy, WorkflowScheduleSpec};
use crate::cli::check::Manifest;
use crate::cli::count::count;
use crate::plan::written;
use crate::timing::Spec;
use crate::timing::words::words;

const SCHEDULE: &str = "WorkflowSchedule";

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
    /// The file, if a side has the object in several files.
    pub(super) file: Option<String>,
    /// What became of it.
    #[serde(rename = "change")]
    pub(super) what: Kind,
    pub(super) fields: Vec<Field>,
    pub(super) words_before: Option<String>,
    pub(super) words_after: Option<String>,
    pub(super) time_zone_before: Option<String>,
    /// The zone after the change; of an object that is removed the one before.
    pub(super) time_zone: Option<String>,
    pub(super) runs: Runs,
    /// What a reviewer must know.
    pub(super) consequences: Vec<String>,
}

/// All changes, by kind, namespace, name and file.
pub(super) fn changes(old: &[Manifest], new: &[Manifest], period: Period) -> Vec<Change> {
    let (old, new) = sides(old, new);
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let mut found: Vec<Change> =
        keys.into_iter().filter_map(|key| change(key, old.get(key).copied(), new.get(key).copied(), period)).collect();
    renames(&mut found, &old, &new);
    found
}

fn change(key: &Key, old: Option<&Manifest>, new: Option<&Manifest>, period: Period) -> Option<Change> {
    let Key { is_schedule, namespace, name, file } = key.clone();
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
    let (old, new) = if is_schedule { (Declared::read(&before), Declared::read(&after)) } else { (None, None) };
    let timing =
        |side: &Option<Declared>| side.as_ref().filter(|side| !side.is_paused()).and_then(|side| side.timing.clone());
    let runs = runs::compare(timing(&old).as_ref(), timing(&new).as_ref(), period);
    let words_of = |side: &Option<Declared>| side.as_ref()?.timing.as_ref().map(words);
    let (words_before, words_after) = (words_of(&old), words_of(&new));
    let consequences = if is_schedule {
        of_schedule(old.as_ref(), new.as_ref(), &fields, &runs, period)
    } else {
        of_connection(change, &before, &after)
    };
    let zone_of = |side: Option<&Declared>| side?.timing.as_ref()?.time_zone_name.clone();
    let (time_zone_before, time_zone) = (zone_of(old.as_ref()), zone_of(new.as_ref().or(old.as_ref())));
    let kind = if is_schedule { SCHEDULE } else { "WorkflowConnection" };
    Some(Change {
        kind,
        namespace,
        name,
        file,
        what: change,
        fields,
        words_before,
        words_after,
        time_zone_before,
        time_zone,
        runs,
        consequences,
    })
}

/// One side of a schedule.
struct Declared {
    spec: WorkflowScheduleSpec,
    /// Absent if the spec is not valid.
    timing: Option<Spec>,
}

impl Declared {
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

fn of_schedule(
    old: Option<&Declared>,
    new: Option<&Declared>,
    fields: &[Field],
    runs: &Runs,
    period: Period,
) -> Vec<String> {
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
                    |runs| format!("the count starts again: {} from when this is applied", count(runs, "run")),
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

fn removed(old: &Declared) -> String {
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

/// One that is removed and one that is added with the same spec are a rename, of the object or of its file. The
/// remote schedule does not move along with the name of an object.
fn renames(found: &mut [Change], old: &Side<'_>, new: &Side<'_>) {
    let removed: Vec<(Change, Option<Value>)> = found
        .iter()
        .filter(|change| change.what == Kind::Removed)
        .map(|change| (change.clone(), spec_of(old, change)))
        .collect();
    for change in found.iter_mut().filter(|change| change.what == Kind::Added && change.kind == SCHEDULE) {
        let added = spec_of(new, change);
        let Some((twin, _)) = removed.iter().find(|(_, spec)| spec.is_some() && *spec == added) else { continue };
        if (&twin.namespace, &twin.name) == (&change.namespace, &change.name) {
            let file = twin.file.as_deref().unwrap_or_default();
            change.consequences.push(format!(
                "this looks like a rename of the file {file}: in a cluster that both files are applied to, nothing changes"
            ));
        } else if added.as_ref().is_some_and(|spec| spec["scheduleId"].is_null()) {
            let name = shown(twin);
            change.consequences.push(format!(
                "this looks like a rename of {name}: it gets a new remote schedule, without the history and the remaining count"
            ));
        }
    }
}

fn spec_of(side: &Side<'_>, change: &Change) -> Option<Value> {
    let Change { namespace, name, file, .. } = change.clone();
    let key = Key { is_schedule: change.kind == SCHEDULE, namespace, name, file };
    side.get(&key).map(|object| object.object["spec"].clone())
}

/// NAMESPACE/NAME, or the name alone; and the file, if that tells it from others.
pub(super) fn shown(change: &Change) -> String {
    let name = match &change.namespace {
        Some(namespace) => format!("{namespace}/{}", change.name),
        None => change.name.clone(),
    };
    match &change.file {
        Some(file) => format!("{name} ({file})"),
        None => name,
    }
}
