//! How soon, and that nothing is said before it is so.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use workflow_schedule_operator::sandbox::Schedule;

use super::call::schedule;
use super::ideal::{PARKED, Paused, connection_of, id_of, key};
use super::moment::{ready, untruth};
use super::timeline::Timeline;
use crate::state::State;

/// How long an edit of a connection, or what others do to the remote, takes to be seen.
const SEEING: SignedDuration = SignedDuration::from_secs(10);

/// A poll, and what it takes to put right what it finds.
const POLL: SignedDuration = SignedDuration::from_secs(80);

/// `Ready` of a generation is said once that generation is there: `kubectl wait` and Flux go by it.
pub fn ready_means_done(state: &mut State, object: &Value) {
    let (key, now) = (key(object), state.now);
    let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
    let is_said = ready(state, &key).is_some_and(|(status, ..)| status == "True")
        && object["status"]["observedGeneration"] == generation;
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    if !is_said || state.witness.said.get(&uid) == Some(&generation) {
        return;
    }
    state.witness.said.insert(uid, generation);
    let id = id_of(&state.kubernetes.store, object).unwrap_or_default();
    let timeline = state.witness.timelines.get(&id);
    let is_meddled = timeline.is_some_and(|timeline| timeline.meddled_after(now - SEEING));
    let connection = connection_of(&state.kubernetes.store, object);
    let is_edited = connection.is_some_and(|connection| state.witness.edited_after(connection, now - SEEING));
    let is_from_elsewhere = object["spec"].get("inputFrom").is_some();
    let mut runs = state.remote.runs().iter().filter(|run| *run.schedule_id == *id);
    let has_run = runs.any(|run| now.duration_since(run.started_at) < SEEING);
    if is_meddled || is_edited || is_from_elsewhere || has_run || state.a_late_effect_was_near() || state.is_late() {
        return;
    }
    if let Some(what) = untruth(state, object) {
        state.witness.breach("ready_means_done", now, format!("{key}, generation {generation}: {what}"));
    }
}

/// "A pause waits for nothing": what is declared paused, or stopped by the kill switch, is soon.
pub fn stops_in_time(state: &mut State) {
    let Some(bound) = state.witness.stops_within else { return };
    let now = state.now;
    let ids: Vec<String> = state.witness.timelines.keys().cloned().collect();
    for id in ids {
        let ideal = state.witness.timelines.get(&id).and_then(|timeline| timeline.now());
        let shall_stop = ideal.is_some_and(|ideal| ideal.is_pause_declared && ideal.paused == Paused::Yes);
        let parked: Timestamp = PARKED.parse().expect("a time");
        let runs_before =
            |there: Schedule| there.definition.spec.runs_after(now, "").next().is_some_and(|run| run.nominal < parked);
        let runs = schedule(state, &id).is_some_and(|there| !there.paused && runs_before(there));
        if !shall_stop || !runs {
            state.witness.unstopped_since.remove(&id);
            continue;
        }
        // What others resume is seen at the next poll.
        let is_meddled = |timeline: &Timeline| timeline.meddled_after(now - POLL);
        if state.witness.timelines.get(&id).is_some_and(is_meddled) {
            continue;
        }
        let since = *state.witness.unstopped_since.entry(id.clone()).or_insert(now);
        let since = state.witness.up_since.map_or(now, |up| since.max(up));
        if now.duration_since(since) > bound {
            state.witness.breach("stops_in_time", now, format!("{id} is to be paused, and is not since {since}"));
        }
    }
}
