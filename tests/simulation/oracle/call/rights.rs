//! Who may make a call.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::repeats::KNOWING;
use super::{Call, Operation, Verdict};
use crate::kubernetes::{finalizers, is_terminating};
use crate::oracle::ideal::{connection_of, deletion_policy, key, management};
use crate::oracle::moment::is_target_pending;
use crate::state::State;

/// "Only claimed ids are written or deleted."
pub fn claimed(call: &Call, owners: &[&Value]) -> Verdict {
    owners
        .is_empty()
        .then(|| ("claimed", format!("{:?} of {}, which no resource has claimed", call.operation, call.id)))
}

/// "A finalizer is set before the first POST." Without it no write can be undone.
pub fn finalizer_first(call: &Call, owners: &[&Value]) -> Verdict {
    let has_finalizer = |object: &&Value| finalizers(object).contains(&"workflows.mistral.ai/finalizer");
    let is_held = owners.is_empty() || owners.iter().any(has_finalizer);
    (!is_held).then(|| ("finalizer_first", format!("{:?} of {} before its finalizer", call.operation, call.id)))
}

/// No call starts so long after the lease was renewed last: it would not have ended when the lease does.
const RENEW_DEADLINE: SignedDuration = SignedDuration::from_secs(25);

/// "One active replica by Lease": it holds it, and has renewed it lately.
pub fn one_writer(state: &State, call: &Call) -> Verdict {
    let lease = state.lease()?;
    let holder = lease["spec"]["holderIdentity"].as_str()?;
    let renewed: Timestamp = lease["spec"]["renewTime"].as_str()?.parse().ok()?;
    let what = if holder != crate::world::identity(call.process) {
        format!("while {holder} leads")
    } else if call.at.duration_since(renewed) > RENEW_DEADLINE {
        format!("with a lease of {renewed}")
    } else {
        return None;
    };
    Some(("one_writer", format!("{:?} of {} by process {}, {what}", call.operation, call.id, call.process)))
}

/// "A wrong key must not clone production": what is written is in the workspace that the connection was
/// bound to by its first key, or by a person's word.
pub fn right_workspace(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let behind_the_key = &state.remote.settings().keys.get(&call.key)?.workspace;
    let is_wrong = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object).unwrap_or(&Value::Null);
        let pin = state.witness.pins.get(connection["metadata"]["uid"].as_str().unwrap_or_default());
        pin.is_some_and(|(workspace, _)| workspace != behind_the_key)
    };
    owners
        .iter()
        .any(is_wrong)
        .then(|| ("right_workspace", format!("{:?} of {} in workspace {behind_the_key}", call.operation, call.id)))
}

/// How long a process may take to hear of an edit.
const HEARING: SignedDuration = SignedDuration::from_secs(10);

/// "new schedules are created paused, triggers refused; lifting resumes only those."
pub fn obeys_the_kill_switch(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let is_against = matches!(call.operation, Operation::Resume | Operation::Trigger);
    let is_killed = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object);
        let since = connection.and_then(|connection| state.witness.killed_since.get(&key(connection)).copied());
        since.is_some_and(|since| call.at.duration_since(since) > HEARING)
    };
    let is_deaf = state.deaf.contains_key(&call.process);
    (is_against && !is_deaf && owners.iter().any(is_killed)).then(|| {
        ("obeys_the_kill_switch", format!("{:?} of {} while the connection is paused", call.operation, call.id))
    })
}

/// Only a resource that goes with `Delete`, or a declared change of its target, deletes.
pub fn deletes_what_is_meant(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let is_meant = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object).unwrap_or(&Value::Null);
        let goes = is_terminating(object)
            && deletion_policy(&object["spec"], connection) == "Delete"
            && management(&object["spec"], connection) != "Observe";
        goes || is_target_pending(object) || is_news(state, call, object)
    };
    (call.operation == Operation::Delete && !owners.is_empty() && !owners.iter().any(is_meant))
        .then(|| ("deletes_what_is_meant", format!("Delete of {}, which nothing asks for", call.id)))
}

/// A resource or its connection was edited a moment ago: the process may not have heard of it.
fn is_news(state: &State, call: &Call, object: &Value) -> bool {
    let connection = connection_of(&state.kubernetes.store, object);
    let is_young = |object: &Value| state.witness.edited_after(object, call.at - KNOWING);
    state.deaf.contains_key(&call.process) || is_young(object) || connection.is_some_and(is_young)
}

/// Only what is kept through a connection that takes it, whose prefix is its own, is written.
pub fn may_write(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
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
