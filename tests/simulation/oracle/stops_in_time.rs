//! "A pause waits for nothing": what is declared paused, or stopped by the kill switch, is soon.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use workflow_schedule_operator::sandbox::Schedule;

use super::model::ideal::{PARKED, Paused};
use super::model::timeline::Timeline;
use super::schedule;
use crate::state::State;

/// A poll, and what it takes to put right what it finds.
const POLL: SignedDuration = SignedDuration::from_secs(80);

#[derive(Debug, Default)]
pub struct StopsInTime {
    /// How long it may take, where nothing else goes wrong.
    pub within: Option<SignedDuration>,
    /// Since when what is to be paused is not.
    running_since: BTreeMap<String, Timestamp>,
}

impl StopsInTime {
    /// Whether anything is to be paused, and is not.
    pub fn is_open(&self) -> bool {
        !self.running_since.is_empty()
    }
}

pub fn judge(state: &mut State) {
    let Some(bound) = state.oracles.stops_in_time.within else { return };
    let now = state.now;
    let ids: Vec<String> = state.oracles.model.timelines.keys().cloned().collect();
    for id in ids {
        let ideal = state.oracles.model.declared(&id);
        let shall_stop = ideal.is_some_and(|ideal| ideal.is_pause_declared && ideal.paused == Paused::Yes);
        let parked: Timestamp = PARKED.parse().expect("a time");
        let runs_before =
            |there: Schedule| there.definition.spec.runs_after(now, "").next().is_some_and(|run| run.nominal < parked);
        let runs = schedule(state, &id).is_some_and(|there| !there.paused && runs_before(there));
        if !shall_stop || !runs {
            state.oracles.stops_in_time.running_since.remove(&id);
            continue;
        }
        // Exception: what others resume is seen at the next poll.
        let is_meddled = |timeline: &Timeline| timeline.meddled_after(now - POLL);
        if state.oracles.model.timelines.get(&id).is_some_and(is_meddled) {
            continue;
        }
        let since = *state.oracles.stops_in_time.running_since.entry(id.clone()).or_insert(now);
        let since = state.oracles.model.up_since.map_or(now, |up| since.max(up));
        if now.duration_since(since) > bound {
            state.oracles.breach("stops_in_time", now, format!("{id} is to be paused, and is not since {since}"));
        }
    }
}
