//! What must be true of each call at the moment in which it has its effect.

use bytes::Bytes;
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
pub use workflow_schedule_operator::sandbox::Operation;
use workflow_schedule_operator::sandbox::{Reply, Schedule};

use super::ideal::{Paused, connection_of, deletion_policy, id_of, management, namespace};
use super::moment::is_target_pending;
use crate::kubernetes::{annotation, finalizers, find, is_terminating, name_of};
use crate::state::{Side, State};
use crate::story::Who;

/// A call that reached the remote.
#[derive(Clone, Debug)]
pub struct Call {
    pub at: Timestamp,
    pub process: u32,
    pub operation: Operation,
    /// The schedule; empty where it is about none.
    pub id: String,
    pub body: Value,
    /// The API key.
    pub key: String,
    /// What was answered; `None` is nothing.
    pub status: Option<u16>,
}

/// Reads a call.
pub fn read(process: u32, request: &Request<Bytes>, at: Timestamp) -> Call {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let path: Vec<&str> = request.uri().path().split('/').filter(|part| !part.is_empty()).collect();
    let (operation, id) = match (request.method(), path.as_slice()) {
        (&Method::GET, ["v1", "workflows", "schedules"]) => (Operation::List, ""),
        (&Method::POST, ["v1", "workflows", "schedules"]) => {
            (Operation::Create, body["schedule_id"].as_str().unwrap_or_default())
        }
        (&Method::GET, ["v1", "workflows", "schedules", id]) => (Operation::Get, *id),
        (&Method::PATCH, ["v1", "workflows", "schedules", id]) => (Operation::Patch, *id),
        (&Method::DELETE, ["v1", "workflows", "schedules", id]) => (Operation::Delete, *id),
        (&Method::POST, ["v1", "workflows", "schedules", id, "pause"]) => (Operation::Pause, *id),
        (&Method::POST, ["v1", "workflows", "schedules", id, "resume"]) => (Operation::Resume, *id),
        (&Method::POST, ["v1", "workflows", "schedules", id, "trigger"]) => (Operation::Trigger, *id),
        _ => (Operation::Unknown, ""),
    };
    let key = request.headers().get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = key.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
    let id = id.to_owned();
    Call { at, process, operation, id, body, key, status: None }
}

/// Judges a call when it leaves.
pub fn judge(state: &mut State, call: &Call) {
    if let Some(what) = waits_when_told(state, call) {
        state.witness.breach("waits_when_told", call.at, what);
    }
    if call.operation.is_mutating() {
        for (oracle, what) in broken(state, call) {
            state.witness.breach(oracle, call.at, what);
        }
    }
}

/// Lets a call have its effect.
pub fn landed(state: &mut State, call: Call, request: &Request<Bytes>, now: Timestamp) -> Reply {
    let reply = state.remote.handle(request, now);
    if let Some(wait) = reply.response.as_ref().and_then(told_wait) {
        let heard = now + state.latency(Side::Remote).back + reply.delay;
        state.witness.told_to_wait.insert(call.process, (heard, heard + wait));
    }
    let call = Call { at: now, status: reply.response.as_ref().map(|response| response.status().as_u16()), ..call };
    if call.operation.is_mutating() {
        let status = call.status.map_or("no answer".into(), |status| status.to_string());
        state.story.tell(now, Who::Remote, format!("{:?} {} → {status}", call.operation, call.id));
    }
    remember(state, &call);
    state.witness.calls.push(call);
    reply
}

/// How long an answer asks to wait.
fn told_wait(response: &http::Response<Bytes>) -> Option<SignedDuration> {
    let header = response.headers().get("retry-after-ms")?.to_str().ok()?;
    Some(SignedDuration::from_millis(header.parse().ok()?))
}

/// "A 429 slows the connection: `retry-after-ms` / `Retry-After` if given."
fn waits_when_told(state: &State, call: &Call) -> Option<String> {
    let (heard, until) = *state.witness.told_to_wait.get(&call.process)?;
    (heard < call.at && call.at < until).then(|| format!("{:?} of {} before {until}", call.operation, call.id))
}

/// The schedule as it is stored, in the operator's workspace.
pub fn schedule(state: &State, id: &str) -> Option<Schedule> {
    state
        .remote
        .schedules()
        .find(|schedule| *schedule.id == *id && *schedule.workspace == *crate::world::WORKSPACE)
        .cloned()
}

/// "A mutation of unknown outcome is followed by a GET, never blindly repeated": from then on the
/// schedule has not been looked at.
fn remember(state: &mut State, call: &Call) {
    let place = (call.process, call.id.clone());
    let is_known = call.status.is_some_and(|status| status < 500);
    match call.operation {
        Operation::Get if is_known => drop(state.witness.looked_at.insert(place)),
        operation if operation.is_mutating() && !is_known => drop(state.witness.looked_at.remove(&place)),
        _ => {}
    }
}

type Verdict = Option<(&'static str, String)>;

fn broken(state: &State, call: &Call) -> Vec<(&'static str, String)> {
    let owners: Vec<&Value> = owners(state, &call.id);
    let rules = [
        claimed(call, &owners),
        finalizer_first(call, &owners),
        memory_first(state, call, &owners),
        looked_first(state, call),
        creates_once(state, call),
        sends_once(state, call),
        equal_sees_nothing(state, call, &owners),
        one_writer(state, call),
        right_workspace(state, call, &owners),
        obeys_the_kill_switch(state, call, &owners),
        deletes_what_is_meant(state, call, &owners),
    ];
    rules.into_iter().flatten().collect()
}

/// The resources that have claimed an id: by its being their derived one, or by their stored memory.
fn owners<'a>(state: &'a State, id: &str) -> Vec<&'a Value> {
    let store = &state.kubernetes.store;
    let schedules = find("workflowschedules").into_iter().flat_map(|resource| store.list(resource, None));
    let has_claimed = |object: &Value| {
        let is_derived = object["spec"].get("scheduleId").is_none() && id_of(store, object).as_deref() == Some(id);
        let is_pinned = object["status"]["scheduleId"] == id;
        is_derived || is_pinned || object["status"]["memory"]["claim"]["scheduleId"] == id
    };
    schedules.map(|(_, object)| object).filter(|object| has_claimed(object)).collect()
}

/// "Only claimed ids are written or deleted."
fn claimed(call: &Call, owners: &[&Value]) -> Verdict {
    owners
        .is_empty()
        .then(|| ("claimed", format!("{:?} of {}, which no resource has claimed", call.operation, call.id)))
}

/// "A finalizer is set before the first POST." Without it no write can be undone.
fn finalizer_first(call: &Call, owners: &[&Value]) -> Verdict {
    let has_finalizer = |object: &&Value| finalizers(object).contains(&"workflows.mistral.ai/finalizer");
    let is_held = owners.is_empty() || owners.iter().any(has_finalizer);
    (!is_held).then(|| ("finalizer_first", format!("{:?} of {} before its finalizer", call.operation, call.id)))
}

/// "A protective write comes *before* its call."
fn memory_first(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let any = |is_so: &dyn Fn(&Value) -> bool| owners.is_empty() || owners.iter().any(|object| is_so(object));
    let memory = |object: &Value| object["status"]["memory"].clone();
    let missing = match call.operation {
        Operation::Trigger
            if !any(&|object| {
                let trigger = &object["status"]["trigger"];
                trigger["state"] == "Requested"
                    && trigger["token"].as_str() == annotation(object, "workflows.mistral.ai/trigger-requested-at")
            }) =>
        {
            "the trigger is not stored as Requested"
        }
        Operation::Patch => {
            let count = call.body["schedule"].get("max_executions");
            let is_intended = |object: &Value| {
                let intended = &memory(object)["maxExecutions"]["intended"];
                intended.is_object() && Some(intended.get("value").unwrap_or(&Value::Null)) == count
            };
            if count.is_none() || any(&is_intended) {
                return None;
            }
            "a new maxExecutions is not stored as intended"
        }
        Operation::Delete
            if !any(&|object| is_terminating(object) || memory(object)["replace"]["phase"] == "Deleting") =>
        {
            "what the replace must restore is not stored"
        }
        Operation::Pause => {
            let is_killed = |object: &Value| {
                let connection = connection_of(&state.kubernetes.store, object);
                connection.is_some_and(|connection| connection["spec"]["paused"] == true)
            };
            let note = call.body["note"].as_str().unwrap_or_default();
            let is_of_the_switch = note.starts_with("paused by WorkflowConnection");
            if !is_of_the_switch || !any(&is_killed) || any(&|object| memory(object)["pausedByConnection"].is_object())
            {
                return None;
            }
            "the kill switch's pause is not stored"
        }
        _ => return None,
    };
    Some(("memory_first", format!("{:?} of {}: {missing}", call.operation, call.id)))
}

/// "Before the first mutating call of a pass: a fresh GET." And: "A mutation of unknown outcome is
/// followed by a GET, never blindly repeated."
fn looked_first(state: &State, call: &Call) -> Verdict {
    let has_looked = state.witness.looked_at.contains(&(call.process, call.id.clone()));
    (!has_looked).then(|| ("looked_first", format!("{:?} of {} without having looked", call.operation, call.id)))
}

/// "Nothing is created twice." A process that was told of its own creation knows that it is there.
fn creates_once(state: &State, call: &Call) -> Verdict {
    let is_there = schedule(state, &call.id).is_some();
    let has_created = |other: &&Call| {
        (other.operation, other.process, &other.id) == (Operation::Create, call.process, &call.id)
            && other.status.is_some_and(|status| status < 300)
    };
    let is_unheard = state.witness.unheard.contains(&(call.process, call.id.clone()));
    let is_again = call.operation == Operation::Create
        && is_there
        && !is_unheard
        && !state.a_late_effect_was_near()
        && state.witness.calls.iter().rev().find(|other| other.id == call.id).is_some_and(|last| has_created(&last));
    is_again.then(|| ("creates_once", format!("Create of {}, which this process has just created", call.id)))
}

/// What a process has sent, and was told to be done, it does not send again unless something happens.
fn sends_once(state: &State, call: &Call) -> Verdict {
    let last = state.witness.calls.iter().rev().find(|other| other.id == call.id && other.operation.is_mutating())?;
    let is_same = (last.operation, last.process, &last.body) == (call.operation, call.process, &call.body);
    let is_done = last.status.is_some_and(|status| status < 300);
    let is_heard = !state.witness.unheard.contains(&(call.process, call.id.clone()));
    let is_calm = !state.witness.timelines.get(&call.id)?.disturbed_after(last.at);
    let is_change = matches!(call.operation, Operation::Patch | Operation::Pause | Operation::Resume);
    (is_change && is_same && is_done && is_heard && is_calm)
        .then(|| ("sends_once", format!("{:?} of {} a second time", call.operation, call.id)))
}

/// How old an edit is that a process may not know of when it calls.
const KNOWING: SignedDuration = SignedDuration::from_secs(5);

/// "An equal schedule sees no mutating call, ever."
fn equal_sees_nothing(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let timeline = state.witness.timelines.get(&call.id)?;
    let (ideal, there) = (timeline.now()?, schedule(state, &call.id)?);
    let is_equal = ideal.differences(&there, false).is_empty();
    let is_asked_for = call.operation == Operation::Trigger
        || owners
            .iter()
            .any(|object| object["spec"]["maxExecutions"] != object["status"]["memory"]["maxExecutions"]["declared"])
        || owners.iter().any(|object| is_terminating(object) || is_target_pending(object))
        || ideal.paused == Paused::Either;
    let is_news = timeline.disturbed_after(call.at - KNOWING) || state.a_late_effect_was_near();
    (is_equal && !is_asked_for && !is_news)
        .then(|| ("equal_sees_nothing", format!("{:?} of {}, which is equal", call.operation, call.id)))
}

/// "One active replica by Lease."
fn one_writer(state: &State, call: &Call) -> Verdict {
    let holder = state.leader()?;
    (holder != crate::world::identity(call.process)).then(|| {
        ("one_writer", format!("{:?} of {} by process {}, while {holder} leads", call.operation, call.id, call.process))
    })
}

/// "A wrong key must not clone production."
fn right_workspace(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let behind_the_key = &state.remote.settings().keys.get(&call.key)?.workspace;
    let is_wrong = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object).unwrap_or(&Value::Null);
        let is_accepted = annotation(connection, "workflows.mistral.ai/accept-identity").is_some();
        let pinned = connection["status"]["identity"]["workspace"].as_str();
        !is_accepted && pinned.is_some_and(|pinned| pinned != behind_the_key)
    };
    owners
        .iter()
        .any(is_wrong)
        .then(|| ("right_workspace", format!("{:?} of {} in workspace {behind_the_key}", call.operation, call.id)))
}

/// How long a process may take to hear of an edit.
const HEARING: SignedDuration = SignedDuration::from_secs(10);

/// "new schedules are created paused, triggers refused; lifting resumes only those."
fn obeys_the_kill_switch(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let is_against = matches!(call.operation, Operation::Resume | Operation::Trigger);
    let is_killed = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object);
        let key = connection.map(|connection| format!("{}/{}", namespace(connection), name_of(connection)));
        let since = key.and_then(|key| state.witness.killed_since.get(&key).copied());
        since.is_some_and(|since| call.at.duration_since(since) > HEARING)
    };
    let is_deaf = state.deaf.contains_key(&call.process);
    (is_against && !is_deaf && owners.iter().any(is_killed)).then(|| {
        ("obeys_the_kill_switch", format!("{:?} of {} while the connection is paused", call.operation, call.id))
    })
}

/// Only a resource that goes with `Delete`, or a declared change of its target, deletes.
fn deletes_what_is_meant(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let is_meant = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object).unwrap_or(&Value::Null);
        let goes = is_terminating(object)
            && deletion_policy(&object["spec"], connection) == "Delete"
            && management(&object["spec"], connection) != "Observe";
        goes || is_target_pending(object)
    };
    let timeline = state.witness.timelines.get(&call.id);
    let is_news = timeline.is_some_and(|timeline| timeline.disturbed_after(call.at - KNOWING));
    (call.operation == Operation::Delete && !owners.is_empty() && !owners.iter().any(is_meant) && !is_news)
        .then(|| ("deletes_what_is_meant", format!("Delete of {}, which nothing asks for", call.id)))
}
