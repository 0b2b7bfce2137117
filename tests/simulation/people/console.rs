//! What people do in the remote's console.

use std::fmt;

use bytes::Bytes;
use http::{Method, Request};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::kubernetes::find;
use crate::log::Who;
use crate::oracle::{Call, Operation, id_of, is_target_pending, mutating};
use crate::state::State;

/// The key with which people call the remote.
pub const CONSOLE_KEY: &str = "console-key";

/// What a person does in the console.
#[derive(Clone, Debug, PartialEq)]
pub enum Console {
    Pause,
    Resume,
    Delete,
    /// A schedule of one's own, or a worker that registers its own again.
    Create(Value),
    /// Some of the definition.
    Patch(Value),
}

impl fmt::Display for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pause => write!(f, "pause"),
            Self::Resume => write!(f, "resume"),
            Self::Delete => write!(f, "delete"),
            Self::Create(body) => write!(f, "create {body}"),
            Self::Patch(schedule) => write!(f, "patch {schedule}"),
        }
    }
}

/// A call to the remote with the console's key.
pub fn act(state: &mut State, what: &Console, id: &str, is_under_way: bool) {
    let schedules = "/v1/workflows/schedules";
    let (method, path, body) = match what {
        Console::Pause => (Method::POST, format!("{schedules}/{id}/pause"), json!({ "note": "by hand" })),
        Console::Resume => (Method::POST, format!("{schedules}/{id}/resume"), json!({ "note": "by hand" })),
        Console::Delete => (Method::DELETE, format!("{schedules}/{id}"), Value::Null),
        Console::Create(body) => {
            let mut body = body.clone();
            body["schedule_id"] = json!(id);
            (Method::POST, schedules.to_owned(), body)
        }
        Console::Patch(schedule) => (Method::PATCH, format!("{schedules}/{id}"), json!({ "schedule": schedule })),
    };
    let before = crate::oracle::schedule(state, id);
    let is_paused = before.as_ref().is_some_and(|schedule| schedule.paused);
    let remaining = before.and_then(|schedule| schedule.remaining);
    let is_known = remaining.is_none() || remaining == told_remaining(state, id);
    let now = state.now;
    let reply = state.remote.handle(&request(method, &path, &body), now);
    let is_done = reply.response.as_ref().is_some_and(|response| response.status().is_success());
    state.log.add(now, Who::Remote, format!("{what} {id} → {}", if is_done { "done" } else { "refused" }));
    if !is_done {
        return;
    }
    state.oracles.model.meddled(id, now);
    state.oracles.settles.is_resumed_by_hand |= *what == Console::Resume;
    if *what == Console::Delete && !is_known {
        // The status is up to a minute old: how many were left at the end, nobody can say.
        state.oracles.model.applied.forget_count(id);
    }
    match what {
        // One that comes between the last look and the deletion of a replace goes unseen.
        Console::Pause if is_being_replaced(state, id, is_under_way) => state.oracles.model.pauses.forget(id),
        // Under the kill switch there is one pause, and its note says whose: in the middle of a reconcile that is
        // the switch's.
        Console::Pause if is_under_way && state.oracles.obeys_the_kill_switch.is_on() => {
            state.oracles.model.pauses.forget(id);
        }
        Console::Pause => {
            state.oracles.model.pauses.decide(id, true);
        }
        // A resume in the middle of a reconcile looks like a pause that a PATCH has lifted.
        Console::Resume if is_under_way || is_read_back_pending(state, id) => {
            state.oracles.model.pauses.forget(id);
        }
        Console::Resume => {
            state.oracles.model.pauses.decide(id, false);
        }
        // A pause that the operator has not seen goes with it.
        Console::Delete if is_paused && !is_told_paused(state, id) => state.oracles.model.pauses.forget(id),
        // Where a PATCH makes a schedule anew, whoever sends it lifts the pause.
        Console::Patch(_) if state.remote.settings().patch_rebuilds => {
            state.oracles.model.pauses.ask_to_resume(id.to_owned());
        }
        // Who takes it over lets its count stand.
        Console::Create(_) => state.oracles.model.applied.forget_count(id),
        Console::Delete | Console::Patch(_) => {}
    }
}

/// A schedule as the remote answers.
pub fn look_up(state: &mut State, id: &str) -> Option<Value> {
    let now = state.now;
    let get = request(Method::GET, &format!("/v1/workflows/schedules/{id}"), &Value::Null);
    let response = state.remote.handle(&get, now).response.filter(|response| response.status().is_success())?;
    serde_json::from_slice(response.body()).ok()
}

/// How many runs are left by the status.
fn told_remaining(state: &State, id: &str) -> Option<i64> {
    resource(state, id)?["status"]["remainingExecutions"].as_i64()
}

/// Whether it is paused by the status.
fn is_told_paused(state: &State, id: &str) -> bool {
    resource(state, id).is_some_and(|object| object["status"]["paused"] == true)
}

/// The operator deletes and creates it, or is about to.
fn is_being_replaced(state: &State, id: &str, is_under_way: bool) -> bool {
    let is_created_anew = || last_call(state, id).is_some_and(|call| call.operation == Operation::Create);
    resource(state, id).is_some_and(|object| is_target_pending(state, object)) || is_under_way && is_created_anew()
}

/// How long a process may take from a read to what it remembers of it, a restart included.
const REMEMBERING: SignedDuration = SignedDuration::from_secs(10);

/// A pass has patched what was paused, and has not looked since whether it still is.
fn is_read_back_pending(state: &State, id: &str) -> bool {
    let mut calls = state.oracles.model.calls.iter().rev();
    let is_read = |call: &&Call| call.operation == Operation::Get && call.status == Some(200);
    let is_patch = |call: &&Call| call.operation == Operation::Patch;
    let last =
        calls.find(|call| call.id == id && (is_patch(call) || is_read(call) && call.at + REMEMBERING < state.now));
    last.is_some_and(|call| is_patch(&call))
}

/// The last call that the operator has made to change a schedule.
fn last_call<'a>(state: &'a State, id: &str) -> Option<&'a Call> {
    mutating(state).filter(|call| call.id == id).last()
}

/// The resource that means an id.
fn resource<'a>(state: &'a State, id: &str) -> Option<&'a Value> {
    let store = &state.kubernetes.store;
    let mut objects = store.list(find("workflowschedules")?, None).map(|(_, object)| object);
    objects.find(|object| id_of(store, object).as_deref() == Some(id))
}

/// A request with the console's key.
fn request(method: Method, path: &str, body: &Value) -> Request<Bytes> {
    let bearer = format!("Bearer {CONSOLE_KEY}");
    let request = Request::builder().method(method).uri(format!("https://remote{path}"));
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    request.header(http::header::AUTHORIZATION, bearer).body(body).expect("a request")
}
