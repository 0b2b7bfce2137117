//! A call of the remote, as it leaves.

use bytes::Bytes;
use http::{Method, Request};
use jiff::Timestamp;
use serde_json::Value;
pub use workflow_schedule_operator::sandbox::Operation;
use workflow_schedule_operator::sandbox::Schedule;

use super::ideal::id_of;
use crate::kubernetes::find;
use crate::state::State;

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

/// The schedule as it is stored, in the operator's workspace.
pub fn schedule(state: &State, id: &str) -> Option<Schedule> {
    state
        .remote
        .schedules()
        .find(|schedule| *schedule.id == *id && *schedule.workspace == *crate::world::WORKSPACE)
        .cloned()
}

/// The resources that have claimed an id: by its being their derived one, or by their stored memory.
pub fn owners<'a>(state: &'a State, id: &str) -> Vec<&'a Value> {
    let store = &state.kubernetes.store;
    let schedules = find("workflowschedules").into_iter().flat_map(|resource| store.list(resource, None));
    let has_claimed = |object: &Value| {
        let is_derived = object["spec"].get("scheduleId").is_none() && id_of(store, object).as_deref() == Some(id);
        let is_pinned = object["status"]["scheduleId"] == id;
        is_derived || is_pinned || object["status"]["memory"]["claim"]["scheduleId"] == id
    };
    schedules.map(|(_, object)| object).filter(|object| has_claimed(object)).collect()
}
