//! The log of fires equals an ideal scheduler's, but while something is being put right.

use jiff::{SignedDuration, Timestamp};
use workflow_schedule_operator::sandbox::{Overlap, RunRecord};
use workflow_schedule_operator::timing::Spec;

use super::model::ideal::{Ideal, Paused};
use super::model::timeline::{Timeline, Window};
use super::{Breach, schedule};
use crate::state::State;

/// "It adds none": every run was declared at some time at which the remote may have been so. A schedule
/// that is declared paused before and after has none in any window.
///
/// Exception: what has been let go runs on.
pub fn adds_none(state: &State, id: &str, runs: &[&RunRecord]) -> Vec<Breach> {
    let Some(timeline) = state.oracles.model.timelines.get(id) else { return Vec::new() };
    let rebuilds = state.remote.settings().patch_rebuilds;
    let let_go = state.oracles.gone_is_gone.orphaned_at(id).unwrap_or(Timestamp::MAX);
    let is_due = |run: &RunRecord, ideal: &Ideal| {
        *run.workflow_name == *ideal.workflow
            && run.input == ideal.definition.input
            && fires_at(&ideal.definition.spec, run.scheduled_at)
    };
    // Where a PATCH lifts a pause, the console's is lifted for the moment until it comes back.
    let may_run = |ideal: &Ideal| ideal.paused != Paused::Yes || (rebuilds && !ideal.is_pause_declared);
    let is_meant = |run: &RunRecord| {
        let states: Vec<&Ideal> = timeline.states_at(run.scheduled_at).into_iter().flatten().collect();
        let window = timeline.window_at(run.scheduled_at);
        let is_mixed = window.is_some_and(Window::is_mixed);
        let may_run = |ideal: &Ideal| may_run(ideal) && (window.is_some() || ideal.paused != Paused::Yes);
        let any_runs = states.iter().any(|ideal| may_run(ideal));
        states.iter().any(|ideal| is_due(run, ideal) && (may_run(ideal) || (is_mixed && any_runs)))
    };
    runs.iter()
        .filter(|run| run.started_at < let_go && !run.triggered)
        .filter(|run| !is_meddled(timeline, run.scheduled_at))
        .filter(|run| !is_meant(run))
        .map(|run| Breach {
            oracle: "adds_none",
            at: run.scheduled_at,
            what: format!(
                "{id} ran {} with {} at {}, which nothing declares",
                run.workflow_name, run.input, run.scheduled_at
            ),
        })
        .collect()
}

/// Where others change the remote, what runs until it is put right is theirs.
fn is_meddled(timeline: &Timeline, at: Timestamp) -> bool {
    timeline.window_at(at).is_some_and(|window| window.meddled)
}

/// "It loses no run": what all that was declared in a window agrees on has run.
///
/// Exceptions: where runs are limited, and nobody can know how many there were; where the remote loses them; where one
/// that hangs takes the places of all others.
pub fn loses_none(state: &State, id: &str, runs: &[&RunRecord]) -> Vec<Breach> {
    let (model, end) = (&state.oracles.model, state.now);
    let Some(timeline) = model.timelines.get(id) else { return Vec::new() };
    let is_limited = timeline.declared(end).any(|(.., ideal)| ideal.max_executions.is_some())
        || schedule(state, id).is_some_and(|there| there.remaining.is_some());
    if is_lost_at_the_remote(state) || is_limited && !model.applied.is_counted(id) {
        return Vec::new();
    }
    let mut breaches = Vec::new();
    for (from, to, ideal) in timeline.declared(end) {
        for fire in fires_between(&ideal.definition.spec, from, to.min(end - SignedDuration::from_secs(2))) {
            let is_sure = is_sure(ideal, timeline, fire) && !is_another_running(runs, ideal, fire);
            let has_run = runs.iter().any(|run| !run.triggered && run.scheduled_at == fire);
            if is_sure && !has_run {
                let what = format!("{id} did not run at {fire}, which is declared before and after");
                breaches.push(Breach { oracle: "loses_none", at: fire, what });
                break;
            }
        }
    }
    breaches
}

fn is_lost_at_the_remote(state: &State) -> bool {
    const HANGS: SignedDuration = SignedDuration::from_hours(1);
    let mut workflows = state.remote.settings().workflows.values();
    workflows.any(|workflow| !workflow.starts || workflow.run_time.is_some_and(|time| time >= HANGS))
}

/// Whether a fire must happen, whichever of its declared states the remote is in.
fn is_sure(ideal: &Ideal, timeline: &Timeline, fire: Timestamp) -> bool {
    let runs_for_sure = |state: Option<&Ideal>| {
        state.is_some_and(|state| {
            state.paused == Paused::No
                && state.max_executions.is_none()
                && !state.definition.policy.pause_on_failure
                && state.definition.spec.jitter.is_none()
                && (&state.workflow, &state.deployment) == (&ideal.workflow, &ideal.deployment)
                && fires_at(&state.definition.spec, fire)
        })
    };
    !is_meddled(timeline, fire) && timeline.states_at(fire).into_iter().all(runs_for_sure)
}

/// Under Skip, a run that is going takes another's place. Under most policies, one that somebody has asked for does.
fn is_another_running(runs: &[&RunRecord], ideal: &Ideal, fire: Timestamp) -> bool {
    let is_skipped = ideal.definition.policy.overlap == Overlap::Skip;
    let is_running = |run: &&&RunRecord| run.started_at < fire && run.ended_at.is_none_or(|end| end > fire);
    runs.iter().filter(is_running).any(|run| run.triggered || is_skipped)
}

/// Whether a spec has a run at just this time. With jitter nobody can say: it has.
fn fires_at(spec: &Spec, at: Timestamp) -> bool {
    if spec.jitter.is_some() {
        return true;
    }
    let before = at - SignedDuration::from_secs(1);
    spec.runs_after(before, "").next().is_some_and(|run| run.nominal == at)
}

fn fires_between(spec: &Spec, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> {
    spec.runs_after(from, "").map(|run| run.nominal).take_while(move |at| *at < to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_fires_at_its_multiples_only() {
        let every = jiff::SignedDuration::from_mins(1);
        let spec = Spec {
            intervals: vec![workflow_schedule_operator::timing::Interval { every, offset: None }],
            ..Spec::default()
        };
        assert!(fires_at(&spec, "2026-11-24T12:03:00Z".parse().unwrap()));
        assert!(!fires_at(&spec, "2026-11-24T12:03:01Z".parse().unwrap()));
    }
}
