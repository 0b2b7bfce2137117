//! What must be true of each call at the moment in which it leaves.

mod memory;
mod repeats;
mod rights;
mod triggers;

use bytes::Bytes;
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
pub use workflow_schedule_operator::sandbox::Operation;
use workflow_schedule_operator::sandbox::{Reply, Schedule};

use self::memory::memory_first;
use self::repeats::{creates_once, equal_sees_nothing, looked_first, remember, sends_once};
use self::rights::{
    claimed, deletes_what_is_meant, finalizer_first, may_write, obeys_the_kill_switch, one_writer, right_workspace,
};
use self::triggers::{once_a_token, token_of};
use super::ideal::id_of;
use crate::kubernetes::find;
use crate::state::{Side, State};
use crate::story::Who;

pub use triggers::as_the_status_says;

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
    /// The request that a trigger was made for.
    pub token: Option<String>,
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
    Call { at, process, operation, id, body, key, status: None, token: None }
}

/// Judges a call when it leaves, and notes for what it is made.
pub fn judge(state: &mut State, call: &Call) {
    if let Some(what) = waits_when_told(state, call) {
        state.witness.breach("waits_when_told", call.at, what);
    }
    if call.operation.is_mutating() {
        for (oracle, what) in broken(state, call) {
            state.witness.breach(oracle, call.at, what);
        }
    }
    if call.operation == Operation::Trigger
        && let Some(token) = token_of(&owners(state, &call.id))
    {
        state.witness.leaving.insert((call.process, call.id.clone()), token);
    }
}

/// Lets a call have its effect.
pub fn landed(state: &mut State, call: Call, request: &Request<Bytes>, now: Timestamp) -> Reply {
    let reply = state.remote.handle(request, now);
    if let Some(wait) = reply.response.as_ref().and_then(told_wait) {
        let heard = now + state.latency(Side::Remote).back + reply.delay;
        state.witness.told_to_wait.insert(call.process, (heard, heard + wait));
    }
    let status = reply.response.as_ref().map(|response| response.status().as_u16());
    let token = state.witness.leaving.get(&(call.process, call.id.clone())).cloned();
    let call = Call { at: now, status, token: token.filter(|_| call.operation == Operation::Trigger), ..call };
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
        may_write(state, call, &owners),
        once_a_token(state, call, &owners),
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
