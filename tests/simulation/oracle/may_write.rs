//! Only what is kept through a connection that takes it, whose prefix is its own, is written.

use serde_json::Value;

use super::model::KNOWING;
use super::model::ideal::{connection_of, management};
use super::{Call, Operation, Verdict};
use crate::kubernetes::is_terminating;
use crate::state::State;

pub fn judge(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let may = |object: &&Value| {
        let Some(connection) = connection_of(&state.kubernetes.store, object) else { return true };
        let is_kept = management(&object["spec"], connection) == "Full" || is_terminating(object);
        let is_claimed = connection["status"]["claimedPrefix"] == connection["spec"]["scheduleIdPrefix"];
        let is_taken = !is_terminating(connection) || object["status"].get("scheduleId").is_some();
        let is_new = call.operation == Operation::Create;
        is_kept && is_claimed && (is_taken || !is_new) || is_news(state, call, object)
    };
    (!owners.is_empty() && !owners.iter().any(may))
        .then(|| ("may_write", format!("{:?} of {}, which is not to be written", call.operation, call.id)))
}

/// Exception: a resource or its connection was edited a moment ago, and the process may not have heard of it.
pub fn is_news(state: &State, call: &Call, object: &Value) -> bool {
    let connection = connection_of(&state.kubernetes.store, object);
    let is_young = |object: &Value| state.oracles.model.edited_after(object, call.at - KNOWING);
    state.deaf.contains_key(&call.process) || is_young(object) || connection.is_some_and(is_young)
}
