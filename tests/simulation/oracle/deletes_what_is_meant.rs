//! Only a resource that goes with `Delete`, or a declared change of its target, deletes.

use serde_json::Value;

use super::may_write::is_news;
use super::model::ideal::{connection_of, deletion_policy, management};
use super::{Call, Operation, Verdict};
use crate::kubernetes::is_terminating;
use crate::state::State;

pub fn judge(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let is_meant = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object).unwrap_or(&Value::Null);
        let goes = is_terminating(object)
            && deletion_policy(&object["spec"], connection) == "Delete"
            && management(&object["spec"], connection) != "Observe";
        goes || state.oracles.model.applied.is_target_pending(&call.id, object) || is_news(state, call, object)
    };
    (call.operation == Operation::Delete && !owners.is_empty() && !owners.iter().any(is_meant))
        .then(|| ("deletes_what_is_meant", format!("Delete of {}, which nothing asks for", call.id)))
}
