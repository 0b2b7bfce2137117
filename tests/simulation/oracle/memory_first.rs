//! "A protective write comes *before* its call."

use serde_json::Value;

use super::model::ideal::connection_of;
use super::{Call, Operation, Verdict};
use crate::kubernetes::{annotation, is_terminating};
use crate::state::State;

pub fn judge(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
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
        Operation::Create if !any(&|object| memory(object)["unansweredCreations"].is_object()) => {
            "that a POST may be on its way is not stored"
        }
        Operation::Delete if !any(&|object| memory(object)["unansweredDeletions"].is_object()) => {
            "that a DELETE may be on its way is not stored"
        }
        Operation::Delete
            if !any(&|object| is_terminating(object) || memory(object)["lifecycle"]["deletingOld"].is_object()) =>
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
            if !is_of_the_switch || !any(&is_killed) || any(&|object| memory(object)["pausedByConnection"] == true) {
                return None;
            }
            "the kill switch's pause is not stored"
        }
        _ => return None,
    };
    Some(("memory_first", format!("{:?} of {}: {missing}", call.operation, call.id)))
}
