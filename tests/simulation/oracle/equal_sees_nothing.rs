//! "An equal schedule sees no mutating call, ever": each call puts something right that differs, from what
//! is declared or was a moment ago.

use super::model::KNOWING;
use super::model::ideal::{Ideal, PARKED, Paused, is_failure_note};
use super::{Call, Operation, Verdict, schedule};
use crate::state::State;

pub fn judge(state: &State, call: &Call) -> Verdict {
    let timeline = state.oracles.model.timelines.get(&call.id)?;
    let there = schedule(state, &call.id)?;
    let lately = call.at - KNOWING;
    let declared: Option<Vec<&Ideal>> = timeline.declared_since(lately).collect();
    let any = |names: &[&str]| {
        let differs = |ideal: &&Ideal| ideal.differences(&there, false).iter().any(|name| names.contains(name));
        declared.iter().flatten().any(differs)
    };
    let is_needed = match call.operation {
        Operation::Patch => {
            any(&["timing", "policy", "input"]) || carries_a_new_count(state, call) || is_trial(state, call)
        }
        Operation::Pause => any(&["paused", "note"]),
        Operation::Resume => any(&["paused"]),
        // Others judge what these follow from.
        _ => true,
    };
    // The server pauses what has failed, which may have to come back, and a person's word undoes that.
    let note = if call.operation == Operation::Pause { call.body["note"].as_str() } else { there.note.as_deref() };
    let is_of_the_server = note.is_some_and(is_failure_note);
    let may_be_either = |ideal: &&Ideal| {
        ideal.paused == Paused::Either || (is_of_the_server && ideal.definition.policy.pause_on_failure)
    };
    let nobody_knows =
        declared.iter().flatten().any(may_be_either) && matches!(call.operation, Operation::Pause | Operation::Resume);
    let is_news = timeline.meddled_after(lately) || state.a_late_effect_was_near() || declared.is_none();
    (!is_needed && !nobody_knows && !is_news)
        .then(|| ("equal_sees_nothing", format!("{:?} of {}, which is equal in that", call.operation, call.id)))
}

/// A PATCH that sets another count than the one that was set before.
fn carries_a_new_count(state: &State, call: &Call) -> bool {
    let count = call.body["schedule"].get("max_executions");
    count.is_some_and(|count| state.oracles.model.applied.is_new_count(&call.id, count))
}

/// Before a PATCH of what is paused, one that cannot make it fire shows whether a PATCH keeps a
/// pause: where nothing but the count differs, too.
fn is_trial(state: &State, call: &Call) -> bool {
    call.body["schedule"]["start_at"] == PARKED && state.oracles.model.applied.has_another_count(&call.id)
}
