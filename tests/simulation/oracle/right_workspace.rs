//! "A wrong key must not clone production": what is written is in the workspace that the connection was
//! bound to by its first key, or by a person's word.

use std::collections::BTreeMap;

use serde_json::Value;

use super::model::ideal::connection_of;
use super::{Breach, Call, Verdict};
use crate::kubernetes::annotation;
use crate::state::State;

#[derive(Debug, Default)]
pub struct RightWorkspace {
    /// The workspace that each connection, by uid, is bound to.
    bound: BTreeMap<String, String>,
}

/// The workspace behind the first key, and from then on behind what a person accepts. Exception: a restore
/// leaves nothing that knows better than the key that is there.
pub fn observe(state: &mut State, connection: &Value) {
    let uid = connection["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let accepted = annotation(connection, "workflows.mistral.ai/accept-identity");
    let is_restored = state.oracles.model.is_restored;
    let bound = &mut state.oracles.right_workspace.bound;
    let Some(workspace) = connection["status"]["identity"]["workspace"].as_str() else {
        if is_restored {
            bound.remove(&uid);
        }
        return;
    };
    let binding = bound.entry(uid).or_insert_with(|| workspace.to_owned());
    if accepted == Some(workspace) {
        workspace.clone_into(binding);
    }
}

pub fn judge(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let behind_the_key = &state.remote.settings().keys.get(&call.key)?.workspace;
    let bound = &state.oracles.right_workspace.bound;
    let is_wrong = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object).unwrap_or(&Value::Null);
        let binding = bound.get(connection["metadata"]["uid"].as_str().unwrap_or_default());
        binding.is_some_and(|workspace| workspace != behind_the_key)
    };
    owners
        .iter()
        .any(is_wrong)
        .then(|| ("right_workspace", format!("{:?} of {} in workspace {behind_the_key}", call.operation, call.id)))
}

/// In the end nothing is in a workspace that no connection is bound to.
pub fn nothing_is_elsewhere(state: &State) -> Option<Breach> {
    let bound = &state.oracles.right_workspace.bound;
    let is_bound = |workspace: &str| bound.values().any(|bound| bound == workspace);
    let is_strange = |workspace: &str| workspace != crate::world::WORKSPACE && !is_bound(workspace);
    let schedule = state.remote.schedules().find(|schedule| is_strange(&schedule.workspace))?;
    let what = format!("{} is in workspace {}", schedule.id, schedule.workspace);
    Some(Breach { oracle: "right_workspace", at: state.now, what })
}
