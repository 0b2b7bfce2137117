//! "never more runs than `maxExecutions`", counted from when it is set. Exception: where nobody can know how
//! often it has run.

use jiff::Timestamp;
use workflow_schedule_operator::sandbox::RunRecord;

use super::{Breach, Call};
use crate::state::State;

pub fn judge(state: &State, id: &str, runs: &[&RunRecord]) -> Vec<Breach> {
    let model = &state.oracles.model;
    let Some(timeline) = model.timelines.get(id).filter(|_| model.applied.is_counted(id)) else {
        return Vec::new();
    };
    let mut epochs: Vec<(Timestamp, Timestamp, Option<i64>, bool)> = Vec::new();
    for (from, to, ideal) in timeline.declared(state.now) {
        let is_first = timeline.states_at(from).first().is_some_and(Option::is_none) && epochs.is_empty();
        match epochs.last_mut().filter(|(_, end, max, _)| *end == from && *max == ideal.max_executions) {
            Some((_, end, ..)) => *end = to,
            None => epochs.push((from, to, ideal.max_executions, is_first)),
        }
    }
    let mut breaches = Vec::new();
    for (from, to, max, is_first) in epochs {
        let Some(max) = max else { continue };
        // Until the new count has landed the old one counts.
        let carries = |call: &&Call| {
            let count = call.body["schedule"]["max_executions"].as_i64();
            call.id == id && call.at >= from && count == Some(max) && call.status.is_some_and(|status| status < 300)
        };
        let landed = model.calls.iter().find(carries).map(|call| call.at);
        let Some(since) = landed.filter(|_| !is_first).or(is_first.then_some(from)) else { continue };
        let count = runs.iter().filter(|run| !run.triggered && run.started_at >= since && run.started_at < to).count();
        if i64::try_from(count).unwrap_or(i64::MAX) > max {
            let what = format!("{id} ran {count} times since {from}, and maxExecutions is {max}");
            breaches.push(Breach { oracle: "never_more_than_declared", at: from, what });
        }
    }
    breaches
}
