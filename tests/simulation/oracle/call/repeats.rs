//! No call is made blindly, twice, or in vain.

use jiff::SignedDuration;
use serde_json::Value;

use super::{Call, Operation, Verdict, schedule};
use crate::oracle::ideal::{Ideal, PARKED, Paused, is_failure_note};
use crate::state::State;

/// How old a look may be on which a call relies. A pass may wait for an answer of Kubernetes.
const FRESH: SignedDuration = SignedDuration::from_secs(30);

/// "Before the first mutating call of a pass: a fresh GET." And: "A mutation of unknown outcome is
/// followed by a GET, never blindly repeated."
pub fn looked_first(state: &State, call: &Call) -> Verdict {
    let what = match state.witness.looked_at.get(&(call.process, call.id.clone())) {
        None => "without having looked".to_owned(),
        Some(at) if call.at.duration_since(*at) > FRESH => format!("by a look at {at}"),
        Some(_) => return None,
    };
    Some(("looked_first", format!("{:?} of {} {what}", call.operation, call.id)))
}

/// "Nothing is created twice." A process that was told of its own creation knows that it is there.
pub fn creates_once(state: &State, call: &Call) -> Verdict {
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
pub fn sends_once(state: &State, call: &Call) -> Verdict {
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
pub const KNOWING: SignedDuration = SignedDuration::from_secs(5);

/// "An equal schedule sees no mutating call, ever": each call puts something right that differs, from what
/// is declared or was a moment ago.
pub fn equal_sees_nothing(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let timeline = state.witness.timelines.get(&call.id)?;
    let there = schedule(state, &call.id)?;
    let lately = call.at - KNOWING;
    let declared: Option<Vec<&Ideal>> = timeline.declared_since(lately).collect();
    let any = |names: &[&str]| {
        let differs = |ideal: &&Ideal| ideal.differences(&there, false).iter().any(|name| names.contains(name));
        declared.iter().flatten().any(differs)
    };
    let is_needed = match call.operation {
        Operation::Patch => {
            any(&["timing", "policy", "input"]) || carries_a_new_count(call, owners) || is_trial(call, owners)
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
fn carries_a_new_count(call: &Call, owners: &[&Value]) -> bool {
    let count = call.body["schedule"].get("max_executions");
    let is_new = |object: &&Value| {
        let remembered = &object["status"]["memory"]["maxExecutions"];
        Some(&remembered["declared"]) != count || remembered["intended"].is_object()
    };
    count.is_some() && owners.iter().any(is_new)
}

/// Before a PATCH of what is paused, one that cannot make it fire shows whether a PATCH keeps a
/// pause: where nothing but the count differs, too.
fn is_trial(call: &Call, owners: &[&Value]) -> bool {
    let has_another_count =
        |object: &&Value| object["spec"]["maxExecutions"] != object["status"]["memory"]["maxExecutions"]["declared"];
    call.body["schedule"]["start_at"] == PARKED && owners.iter().any(has_another_count)
}

/// "A mutation of unknown outcome is followed by a GET, never blindly repeated": from then on the
/// schedule has not been looked at.
pub fn remember(state: &mut State, call: &Call) {
    let place = (call.process, call.id.clone());
    let is_seen = call.status.is_some_and(|status| status == 200 || status == 404);
    let is_known = call.status.is_some_and(|status| status < 500);
    match call.operation {
        Operation::Get if is_seen => drop(state.witness.looked_at.insert(place, call.at)),
        operation if operation.is_mutating() && !is_known => drop(state.witness.looked_at.remove(&place)),
        _ => {}
    }
}
