//! Both sides become equal in time, and a resource that is gone has taken its schedule with it.

use jiff::SignedDuration;
use workflow_schedule_operator::sandbox::Schedule;

use super::model::ideal::{Ideal, id_of};
use super::model::{objects, ready};
use super::{Breach, is_target_pending, schedule};
use crate::kubernetes::{find, is_terminating};
use crate::state::State;

#[derive(Debug)]
pub struct Settles {
    /// Convergence after the last disturbance: the longest guard, two polls, and the first few waits of
    /// a backoff.
    pub within: SignedDuration,
    /// Exception: somebody has resumed a schedule in the console, which looks like a PATCH that lifts a pause.
    pub is_resumed_by_hand: bool,
}

impl Default for Settles {
    fn default() -> Self {
        Self { within: SignedDuration::from_mins(6), is_resumed_by_hand: false }
    }
}

pub fn judge(state: &mut State) {
    let now = state.now;
    let is_quiet = state.oracles.model.up_since.is_some() && !state.is_late() && state.is_heard();
    let ids: Vec<String> = state.oracles.model.timelines.keys().cloned().collect();
    for id in ids {
        let open = state.oracles.model.timelines.get_mut(&id).and_then(|timeline| timeline.open().cloned());
        let Some(open) = open else { continue };
        match unsettled(state, &id) {
            None if is_quiet => state.oracles.model.settled(&id, now),
            Some(why) if is_quiet && now.duration_since(open.disturbed) > state.oracles.settles.within => {
                state.oracles.breach("settles", now, format!("{id}: {why}"));
            }
            Some(_) | None => {}
        }
    }
}

/// In the end both sides are equal, however long that may have taken.
pub fn judge_the_end(state: &State) -> Vec<Breach> {
    let differing = state.oracles.model.timelines.keys().filter_map(|id| Some((id, unsettled(state, id)?)));
    let tell = |(id, why)| Breach { oracle: "settles", at: state.now, what: format!("{id} in the end: {why}") };
    differing.map(tell).collect()
}

/// In what the world differs from what is declared of an id.
fn unsettled(state: &State, id: &str) -> Option<String> {
    let there = schedule(state, id);
    let Some(ideal) = state.oracles.model.declared(id) else {
        let mut objects =
            find("workflowschedules").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
        let is_going = objects
            .any(|(_, object)| is_terminating(object) && id_of(&state.kubernetes.store, object).as_deref() == Some(id));
        return is_going.then(|| "its resource is still there".to_owned());
    };
    let Some(there) = there else {
        // What is used up is made again by a new count only, and then with the target that is declared.
        let is_exhausted = ready(state, &ideal.key).is_some_and(|(_, reason, _)| reason == "Exhausted");
        let has_a_new_count = state.oracles.model.applied.is_count_pending(id);
        let is_over = (is_exhausted && !has_a_new_count) || has_ended(state, ideal);
        return (!is_over).then(|| "it is not there".to_owned());
    };
    let mut differences = differences(state, ideal, &there);
    differences.extend(pending(state, ideal));
    (!differences.is_empty()).then(|| format!("the remote differs in {}", differences.join(", ")))
}

/// Whether what is declared has times, and none of them is to come: then it may be gone. Without any times it is kept
/// for a trigger.
pub fn has_ended(state: &State, ideal: &Ideal) -> bool {
    let spec = &ideal.definition.spec;
    !(spec.calendars.is_empty() && spec.intervals.is_empty()) && spec.never_fires(state.now)
}

/// In what the remote differs from what is declared, the runs that are left included.
pub fn differences(state: &State, ideal: &Ideal, there: &Schedule) -> Vec<&'static str> {
    let mut differences = ideal.differences(there, stays_parked(state));
    let is_equal = match (there.remaining, ideal.max_executions) {
        (Some(left), Some(most)) => left <= most,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !is_equal && state.oracles.model.applied.is_counted(&ideal.id) {
        differences.push("count");
    }
    differences
}

/// What is declared anew and has not come through, though the remote cannot show it.
fn pending(state: &State, ideal: &Ideal) -> Vec<&'static str> {
    let all = objects(state, "workflowschedules");
    let object = all.iter().find(|object| super::model::ideal::key(object) == ideal.key);
    let is_target_pending = object.is_some_and(|object| is_target_pending(state, object));
    [("count", state.oracles.model.applied.is_count_pending(&ideal.id)), ("target", is_target_pending)]
        .into_iter()
        .filter_map(|(name, is_pending)| is_pending.then_some(name))
        .collect()
}

/// Where a PATCH lifts a pause, what shall not fire stays parked. A person who resumes when that is being
/// found out looks the same; that is put right with the next PATCH.
fn stays_parked(state: &State) -> bool {
    let has_found = |connection: &serde_json::Value| connection["status"]["patchKeepsPause"] == false;
    let is_misled =
        state.oracles.settles.is_resumed_by_hand && objects(state, "workflowconnections").iter().any(has_found);
    state.remote.settings().patch_rebuilds || is_misled
}
