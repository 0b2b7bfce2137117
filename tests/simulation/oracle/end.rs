//! What must be true of the whole, once it is over.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use workflow_schedule_operator::sandbox::RunRecord;

use super::call::{Operation, as_the_status_says, schedule};
use super::fires::{adds_none, loses_none};
use super::ideal::{Ideal, key};
use super::moment::{ready, unsettled};
use super::{Breach, call, told};
use crate::kubernetes::{find, is_terminating, version_of};
use crate::state::State;

/// The moment from which on nothing more is to be done.
#[derive(Debug)]
pub struct Quiet {
    from: Timestamp,
    calls: usize,
    versions: BTreeMap<String, String>,
}

impl Quiet {
    /// Both sides are equal, and all has been said.
    pub fn begin(state: &State) -> Self {
        Self { from: state.now, calls: state.witness.calls.len(), versions: versions(state) }
    }
}

/// The versions of the schedules that do not run meanwhile.
fn versions(state: &State) -> BTreeMap<String, String> {
    let schedules =
        find("workflowschedules").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
    schedules.map(|(_, object)| (key(object), version_of(object).unwrap_or_default().to_owned())).collect()
}

/// Judges the whole.
pub fn at_the_end(state: &mut State, quiet: Option<&Quiet>) {
    let mut breaches = Vec::new();
    let runs: Vec<RunRecord> =
        state.remote.runs().iter().filter(|run| *run.workspace == *crate::world::WORKSPACE).cloned().collect();
    for (id, timeline) in &state.witness.timelines {
        let own: Vec<&RunRecord> = runs.iter().filter(|run| *run.schedule_id == **id).collect();
        let let_go = state.witness.orphaned.get(id).copied().unwrap_or(Timestamp::MAX);
        let kept = own.iter().copied().filter(|run| run.started_at < let_go);
        let is_counted = timeline.declared(state.now).any(|(.., ideal)| ideal.max_executions.is_some())
            || schedule(state, id).is_some_and(|there| there.remaining.is_some());
        let is_limited = state.witness.uncounted.contains(id) && is_counted;
        breaches.extend(adds_none(id, timeline, kept, state.remote.settings().patch_rebuilds));
        breaches.extend(if is_limited { Vec::new() } else { loses_none(id, timeline, &own, state.now) });
        breaches.extend(never_more_than_declared(state, id, &own));
        breaches.extend(once_a_token(state, id, &own));
    }
    breaches.extend(quiet.into_iter().flat_map(|quiet| is_quiet(state, quiet)));
    breaches.extend(all_is_said(state));
    breaches.extend(as_the_status_says(state));
    breaches.extend(told::nothing_else(state));
    breaches.extend(told::of_connections(state));
    breaches.extend(is_equal(state));
    breaches.extend(nothing_is_elsewhere(state));
    breaches.extend(keeps_to_the_rate(state));
    state.witness.breaches.extend(breaches);
}

/// "never more runs than `maxExecutions`", counted from when it is set.
fn never_more_than_declared(state: &State, id: &str, runs: &[&RunRecord]) -> Vec<Breach> {
    let Some(timeline) = state.witness.timelines.get(id).filter(|_| !state.witness.uncounted.contains(id)) else {
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
        let carries = |call: &&call::Call| {
            let count = call.body["schedule"]["max_executions"].as_i64();
            call.id == id && call.at >= from && count == Some(max) && call.status.is_some_and(|status| status < 300)
        };
        let landed = state.witness.calls.iter().find(carries).map(|call| call.at);
        let Some(since) = landed.filter(|_| !is_first).or(is_first.then_some(from)) else { continue };
        let count = runs.iter().filter(|run| !run.triggered && run.started_at >= since && run.started_at < to).count();
        if i64::try_from(count).unwrap_or(i64::MAX) > max {
            let what = format!("{id} ran {count} times since {from}, and maxExecutions is {max}");
            breaches.push(Breach { oracle: "never_more_than_declared", at: from, what });
        }
    }
    breaches
}

/// "Trigger is at most once."
fn once_a_token(state: &State, id: &str, runs: &[&RunRecord]) -> Vec<Breach> {
    let asked = state.witness.tokens.get(id).map_or(0, Vec::len);
    // What was refused for good has started nothing.
    let may_have_run = |call: &&call::Call| call.status.is_none_or(|status| !(400..500).contains(&status));
    let calls = state.witness.calls.iter().filter(|call| call.operation == Operation::Trigger && call.id == id);
    let calls = calls.filter(may_have_run).count();
    let started = runs.iter().filter(|run| run.triggered).count();
    let too_many = calls > asked || started > asked;
    let what = format!("{id} was triggered {calls} times ({started} runs) for {asked} requests");
    too_many.then_some(Breach { oracle: "once_a_token", at: state.now, what }).into_iter().collect()
}

/// In the end both sides are equal, however long that may have taken.
fn is_equal(state: &State) -> Vec<Breach> {
    let differing = state.witness.timelines.keys().filter_map(|id| Some((id, unsettled(state, id)?)));
    let tell = |(id, why)| Breach { oracle: "settles", at: state.now, what: format!("{id} in the end: {why}") };
    differing.map(tell).collect()
}

/// What is in a workspace that no connection is bound to, is not ours.
fn nothing_is_elsewhere(state: &State) -> Option<Breach> {
    let is_bound = |workspace: &str| state.witness.pins.values().any(|(bound, _)| bound == workspace);
    let is_strange = |workspace: &str| workspace != crate::world::WORKSPACE && !is_bound(workspace);
    let schedule = state.remote.schedules().find(|schedule| is_strange(&schedule.workspace))?;
    let what = format!("{} is in workspace {}", schedule.id, schedule.workspace);
    Some(Breach { oracle: "right_workspace", at: state.now, what })
}

/// "A token bucket" for each connection. Here there is one.
fn keeps_to_the_rate(state: &State) -> Option<Breach> {
    let mut connections =
        find("workflowconnections").into_iter().flat_map(|kind| state.kubernetes.store.list(kind, None));
    let limit = connections.next().map(|(_, object)| object["spec"]["rateLimit"].clone())?;
    let (rate, burst) = (limit["requestsPerSecond"].as_u64().unwrap_or(8), limit["burst"].as_u64().unwrap_or(16));
    let within = SignedDuration::from_secs(10);
    // Those that left just before arrive just after.
    let most = usize::try_from(burst + 10 * rate + 4).unwrap_or(usize::MAX);
    let calls = &state.witness.calls;
    let count = |first: &call::Call| {
        let own = calls.iter().filter(|other| other.process == first.process && other.at >= first.at);
        own.filter(|other| other.at < first.at + within).count()
    };
    let first = calls.iter().find(|first| count(first) > most)?;
    let what = format!("{} calls in the ten seconds from {}, and {most} are allowed", count(first), first.at);
    Some(Breach { oracle: "keeps_to_the_rate", at: first.at, what })
}

/// "at a fixed point there are no calls": one LIST a poll, and nothing else.
fn is_quiet(state: &State, quiet: &Quiet) -> Vec<Breach> {
    let lists_suffice = !state.remote.settings().partial_list;
    let mut breaches = Vec::new();
    for call in state.witness.calls.iter().skip(quiet.calls) {
        let is_promised = state.witness.timelines.contains_key(&call.id);
        if call.operation.is_mutating() || (call.operation == Operation::Get && lists_suffice && is_promised) {
            let what = format!("{:?} of {} though all is equal since {}", call.operation, call.id, quiet.from);
            breaches.push(Breach { oracle: "is_quiet", at: call.at, what });
        }
    }
    // The times of runs are news, of a paused schedule too.
    let runs = |id: &str| {
        let since = quiet.from - SignedDuration::from_mins(3);
        let next = |ideal: &Ideal| ideal.definition.spec.runs_after(since, "").next();
        let timeline = state.witness.timelines.get(id).and_then(|timeline| timeline.now());
        timeline.and_then(next).is_some_and(|run| run.nominal < state.now)
    };
    let now = versions(state);
    for (key, before) in &quiet.versions {
        let id = state.witness.living.get(key).map(|living| living.id.clone()).unwrap_or_default();
        let is_excused = state.witness.excused.contains(key);
        if !is_excused && now.get(key).is_some_and(|version| version != before) && !runs(&id) {
            let what = format!("{key} was written though all is equal since {}", quiet.from);
            breaches.push(Breach { oracle: "is_quiet", at: state.now, what });
        }
    }
    breaches
}

/// In the end each resource that is promised anything is Ready, and says so of its current generation.
fn all_is_said(state: &State) -> Vec<Breach> {
    let schedules =
        find("workflowschedules").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
    let mut breaches = Vec::new();
    for (_, object) in schedules {
        let key = key(object);
        let is_off = object["spec"]["management"] == "Off";
        if state.witness.excused.contains(&key) || is_terminating(object) || is_off {
            continue;
        }
        let is_current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
        let types: Vec<&str> = conditions(object).collect();
        match ready(state, &key) {
            Some((status, ..)) if status == "True" && is_current && types == ["Ready"] => {}
            ready => {
                let what = format!("{key} ends with {types:?}, Ready {ready:?}, current: {is_current}");
                breaches.push(Breach { oracle: "all_is_said", at: state.now, what });
            }
        }
    }
    breaches
}

fn conditions(object: &Value) -> impl Iterator<Item = &str> {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.filter_map(|condition| condition["type"].as_str()).filter(|name| *name != "RunsFailing")
}

/// The calls that changed something, for a scenario's own expectations.
pub fn mutating(state: &State) -> impl Iterator<Item = &call::Call> {
    state.witness.calls.iter().filter(|call| call.operation.is_mutating())
}
