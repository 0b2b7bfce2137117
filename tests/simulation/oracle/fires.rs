//! The log of fires equals an ideal scheduler's, but while something is being put right.

use jiff::{SignedDuration, Timestamp};
use workflow_schedule_operator::sandbox::RunRecord;
use workflow_schedule_operator::timing::Spec;

use super::Breach;
use super::ideal::{Ideal, Paused};
use super::timeline::{Timeline, Window};

/// "It adds none": every run was declared at some time at which the remote may have been so. A schedule
/// that is declared paused before and after has none in any window.
pub fn adds_none<'a>(
    id: &str,
    timeline: &Timeline,
    runs: impl Iterator<Item = &'a RunRecord>,
    rebuilds: bool,
) -> Vec<Breach> {
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
    runs.filter(|run| !run.triggered)
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
pub fn loses_none(id: &str, timeline: &Timeline, runs: &[&RunRecord], end: Timestamp) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (from, to, ideal) in timeline.declared(end) {
        for fire in fires_between(&ideal.definition.spec, from, to.min(end - SignedDuration::from_secs(2))) {
            let is_sure = is_sure(ideal, timeline, fire) && !is_another_running(runs, fire);
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

/// Under most policies one that somebody has asked for takes another's place while it runs.
fn is_another_running(runs: &[&RunRecord], fire: Timestamp) -> bool {
    let is_running = |run: &&&RunRecord| run.started_at < fire && run.ended_at.is_none_or(|end| end > fire);
    runs.iter().filter(is_running).any(|run| run.triggered)
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
