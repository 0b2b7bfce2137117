//! What a resource declares, in the remote's terms. Read here anew from the JSON, not by the plan's own
//! reader: what both got wrong together would go unseen.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use workflow_schedule_operator::sandbox::{Definition, Overlap, Policy, Schedule};
use workflow_schedule_operator::timing::{Spec, WrittenSpec, duration};

use crate::kubernetes::{Place, Store, find, is_terminating, name_of};

/// Whether the remote shall be paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paused {
    Yes,
    No,
    /// Nobody can know.
    Either,
}

/// What the remote shall hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Ideal {
    /// `NS/NAME` of the resource.
    pub key: String,
    pub id: String,
    pub workflow: String,
    pub deployment: Option<String>,
    pub definition: Definition,
    pub paused: Paused,
    /// The pause is declared, by the resource or by the kill switch; else it is the console's.
    pub is_pause_declared: bool,
    /// A note that is enforced.
    pub note: Option<String>,
    /// The pause is the resource's own: the kill switch's note must not stay on it.
    pub is_own_pause: bool,
    pub max_executions: Option<i64>,
}

/// What is declared by a resource that is to be kept equal; `None` for one that is not.
pub fn ideal(store: &Store, object: &Value, console: Option<bool>) -> Option<Ideal> {
    let (spec, connection) = (&object["spec"], connection_of(store, object)?);
    if is_terminating(object) || management(spec, connection) != "Full" {
        return None;
    }
    let paused = match (connection["spec"]["paused"].as_bool(), spec["paused"].as_bool(), console) {
        (Some(true), _, _) | (_, Some(true), _) | (_, None, Some(true)) => Paused::Yes,
        (_, Some(false), _) | (_, None, Some(false)) => Paused::No,
        (_, None, None) => Paused::Either,
    };
    let text = |name: &str| spec[name].as_str().map(str::to_owned);
    Some(Ideal {
        key: key(object),
        id: id_of(store, object)?,
        workflow: text("workflowIdentifier")?,
        deployment: text("deploymentName"),
        definition: Definition { spec: timing(spec), policy: policy(spec), input: Arc::new(input(store, object)?) },
        paused,
        is_pause_declared: connection["spec"]["paused"] == true || spec["paused"].is_boolean(),
        note: text("pauseNote").filter(|_| spec["paused"] == true).map(|note| cut(&note)),
        is_own_pause: spec["paused"] == true,
        max_executions: spec["maxExecutions"].as_i64(),
    })
}

/// The engine takes 1000 bytes.
fn cut(note: &str) -> String {
    let end = (0..=note.len().min(1000)).rev().find(|at| note.is_char_boundary(*at));
    note[..end.unwrap_or(0)].to_owned()
}

impl Ideal {
    /// In what the remote differs. Where a PATCH `rebuilds` a schedule and forgets its pause, one that
    /// shall be paused may stay parked.
    pub fn differences(&self, schedule: &Schedule, rebuilds: bool) -> Vec<&'static str> {
        let paused = match self.paused {
            Paused::Yes => schedule.paused,
            // A failing run must not run again because of a word that was said before it failed.
            Paused::No => {
                !schedule.paused || (self.definition.policy.pause_on_failure && is_paused_by_the_server(schedule))
            }
            Paused::Either => true,
        };
        let spec = in_utc(schedule.definition.spec.clone());
        let is_parked =
            rebuilds && self.is_pause_declared && self.paused == Paused::Yes && spec == parked(&self.definition.spec);
        let is_on_its_deployment =
            self.deployment.is_none() || self.deployment.as_deref() == schedule.deployment_name.as_deref();
        let is_kill_note =
            schedule.note.as_deref().is_some_and(|note| note.starts_with("paused by WorkflowConnection "));
        let has_note = match &self.note {
            Some(_) => self.note == schedule.note,
            None => !(self.is_own_pause && is_kill_note),
        };
        [
            ("timing", self.definition.spec == spec || is_parked),
            ("policy", self.definition.policy == schedule.definition.policy),
            ("input", self.definition.input == schedule.definition.input),
            ("workflow", *schedule.workflow_name == *self.workflow && is_on_its_deployment),
            ("paused", paused),
            ("note", has_note),
        ]
        .into_iter()
        .filter_map(|(name, is_equal)| (!is_equal).then_some(name))
        .collect()
    }
}

fn is_paused_by_the_server(schedule: &Schedule) -> bool {
    schedule.paused && schedule.note.as_deref().is_some_and(is_failure_note)
}

/// How the server says that it has paused what failed.
pub fn is_failure_note(note: &str) -> bool {
    note.starts_with("paused due to workflow ")
}

/// When a schedule begins that must not fire yet.
pub const PARKED: &str = "2099-01-01T00:00:00Z";

/// How a schedule is created that must not fire before it is paused.
fn parked(spec: &Spec) -> Spec {
    Spec { start_at: Some(PARKED.parse().expect("a time")), end_at: None, ..spec.clone() }
}

/// The connection that a resource names, or the one named `default` beside it.
pub fn connection_of<'a>(store: &'a Store, object: &Value) -> Option<&'a Value> {
    let reference = &object["spec"]["connectionRef"];
    let place = Place {
        resource: find("workflowconnections")?,
        namespace: reference["namespace"].as_str().unwrap_or_else(|| namespace(object)).to_owned(),
        name: reference["name"].as_str().unwrap_or("default").to_owned(),
    };
    store.get(&place).ok()
}

/// The id that a resource means.
pub fn id_of(store: &Store, object: &Value) -> Option<String> {
    if let Some(explicit) = object["spec"]["scheduleId"].as_str() {
        return Some(explicit.to_owned());
    }
    let prefix = connection_of(store, object)?["spec"]["scheduleIdPrefix"].as_str()?;
    Some(format!("{prefix}.{}.{}", namespace(object), name_of(object)))
}

/// A resource's `NS/NAME`.
pub fn key(object: &Value) -> String {
    format!("{}/{}", namespace(object), name_of(object))
}

pub fn namespace(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or_default()
}

pub fn management<'a>(spec: &'a Value, connection: &'a Value) -> &'a str {
    spec["management"].as_str().or(connection["spec"]["management"].as_str()).unwrap_or("Full")
}

pub fn deletion_policy<'a>(spec: &'a Value, connection: &'a Value) -> &'a str {
    spec["deletionPolicy"].as_str().or(connection["spec"]["deletionPolicy"].as_str()).unwrap_or("Delete")
}

fn timing(spec: &Value) -> Spec {
    let fields = [
        ("calendars", "calendars"),
        ("intervals", "intervals"),
        ("cronExpressions", "cron_expressions"),
        ("skip", "skip"),
        ("startAt", "start_at"),
        ("endAt", "end_at"),
        ("jitter", "jitter"),
        ("timeZoneName", "time_zone_name"),
    ];
    let written: Map<String, Value> =
        fields.into_iter().map(|(ours, theirs)| (theirs.to_owned(), in_wire_names(&spec[ours]))).collect();
    let written: WrittenSpec =
        serde_json::from_value(Value::Object(written)).expect("the simulation writes what can be");
    in_utc(written.canonical().expect("the simulation writes what can be"))
}

fn in_wire_names(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let renamed = |name: &str| match name {
                "dayOfMonth" => "day_of_month".to_owned(),
                "dayOfWeek" => "day_of_week".to_owned(),
                name => name.to_owned(),
            };
            Value::Object(members.iter().map(|(name, value)| (renamed(name), in_wire_names(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(in_wire_names).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// `UTC` and no zone are the same.
fn in_utc(spec: Spec) -> Spec {
    Spec { time_zone_name: spec.time_zone_name.filter(|zone| zone != "UTC"), ..spec }
}

fn policy(spec: &Value) -> Policy {
    let (policy, default) = (&spec["policy"], Policy::default());
    let overlap = policy["overlap"].as_str().map(|name| match name {
        "BufferOne" => Overlap::BufferOne,
        "BufferAll" => Overlap::BufferAll,
        "CancelOther" => Overlap::CancelOther,
        "TerminateOther" => Overlap::TerminateOther,
        "AllowAll" => Overlap::AllowAll,
        _ => Overlap::Skip,
    });
    let window = policy["catchupWindow"].as_str().map(|text| duration::parse(text).expect("a duration").as_secs());
    Policy {
        overlap: overlap.unwrap_or(default.overlap),
        catchup_window_seconds: window.unwrap_or(default.catchup_window_seconds).max(10),
        pause_on_failure: policy["pauseOnFailure"].as_bool().unwrap_or(default.pause_on_failure),
    }
}

/// The declared input with what `inputFrom` lays over it; `None` while a source is missing.
fn input(store: &Store, object: &Value) -> Option<Value> {
    let mut input = object["spec"]["input"].clone();
    for source in object["spec"]["inputFrom"].as_array().into_iter().flatten() {
        let reference = &source["configMapKeyRef"];
        let place = Place {
            resource: find("configmaps")?,
            namespace: namespace(object).to_owned(),
            name: reference["name"].as_str()?.to_owned(),
        };
        let value = store.get(&place).ok()?["data"][reference["key"].as_str()?].clone();
        match source["into"].as_str() {
            Some(into) if input.is_null() => input = json!({ into: value }),
            Some(into) => input[into] = value,
            None => input = value,
        }
    }
    Some(input)
}
