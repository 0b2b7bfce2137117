//! The runs whose end is not known, by the statuses of their schedules.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::api::{Execution, ExecutionState, WorkflowSchedule, WorkflowScheduleStatus};
use crate::controller::state::key::Key;
use crate::plan::{began, is_failure, is_open, last_decided, run_limits};

/// A worker registers a run when it takes it, and the list lags behind that.
pub(crate) const REGISTERED_WITHIN: SignedDuration = SignedDuration::from_mins(2);

/// A run whose end is not known.
#[derive(Clone, Debug)]
pub(crate) struct OpenRun {
    pub(crate) key: Key,
    pub(crate) began: Timestamp,
    /// What the status says.
    pub(crate) state: Option<ExecutionState>,
    /// Whether it is the newest run of its schedule that a worker must have registered.
    pub(crate) is_newest: bool,
    /// Whether runs of its schedule have failed before it.
    pub(crate) is_failing: bool,
    /// Whether its schedule declares how often a run must complete.
    pub(crate) is_awaited: bool,
}

/// Runs whose end is not known, by id.
pub(crate) type OpenRuns = BTreeMap<String, OpenRun>;

impl OpenRun {
    /// Whether the status says that it is still going.
    pub(crate) const fn is_going(&self) -> bool {
        matches!(self.state, Some(ExecutionState::Running | ExecutionState::ContinuedAsNew))
    }
}

/// Adds the open runs of a schedule, by this status.
pub(crate) fn add(
    open: &mut OpenRuns,
    key: &Key,
    schedule: &WorkflowSchedule,
    status: &WorkflowScheduleStatus,
    now: Timestamp,
) {
    // Most schedules have none at most polls.
    let mut runs = status.recent_executions.iter().filter(|run| is_open(run, now)).peekable();
    if runs.peek().is_none() {
        return;
    }
    let is_failing = last_decided(status).and_then(|run| run.state).is_some_and(is_failure);
    let is_awaited = run_limits(&schedule.spec).is_ok_and(|limits| limits.success_within.is_some());
    // Of a schedule that runs very often the last run is always too young.
    let is_registered = |run: &&Execution| began(run).is_some_and(|at| now.duration_since(at) >= REGISTERED_WITHIN);
    let newest = status.recent_executions.iter().rev().find(is_registered).and_then(|run| run.execution_id.as_ref());
    for run in runs {
        if let (Some(id), Some(began)) = (&run.execution_id, began(run)) {
            let (key, is_newest) = (key.clone(), newest == Some(id));
            open.insert(id.clone(), OpenRun { key, began, state: run.state, is_newest, is_failing, is_awaited });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{RunExpectations, WorkflowScheduleSpec};

    fn open(now: &str, runs: &[(&str, &str, Option<ExecutionState>)]) -> OpenRuns {
        let run = |(id, due, state): &(&str, &str, Option<ExecutionState>)| Execution {
            scheduled_at: format!("2026-11-24T{due}Z"),
            execution_id: Some((*id).into()),
            state: *state,
            ..Execution::default()
        };
        let recent_executions = runs.iter().map(run).collect();
        let status = WorkflowScheduleStatus { recent_executions, ..WorkflowScheduleStatus::default() };
        let runs = RunExpectations { success_within: Some("1h".into()), ..RunExpectations::default() };
        let spec = WorkflowScheduleSpec { runs: Some(runs), ..WorkflowScheduleSpec::default() };
        let key = Key { namespace: "shop".into(), name: "report".into() };
        let mut open = OpenRuns::new();
        let now = format!("2026-11-24T{now}Z").parse().unwrap();
        add(&mut open, &key, &WorkflowSchedule::new("report", spec), &status, now);
        open
    }

    #[test]
    fn of_a_schedule_that_runs_each_minute_the_newest_run_is_one_that_a_worker_must_have_taken() {
        let runs = [("a", "12:00:00", None), ("b", "12:01:00", None), ("c", "12:02:00", None), ("d", "12:03:00", None)];
        let open = open("12:03:30", &runs);
        let newest: Vec<_> = open.iter().filter(|(_, run)| run.is_newest).map(|(id, _)| id.as_str()).collect();
        assert_eq!(newest, ["b"]);
        assert!(open.values().all(|run| run.is_awaited));
    }

    #[test]
    fn a_run_before_one_that_has_ended_is_not_the_newest() {
        let runs = [("a", "11:00:00", Some(ExecutionState::Unknown)), ("b", "12:00:00", Some(ExecutionState::Failed))];
        let open = open("12:30:00", &runs);
        assert_eq!((open.len(), open["a"].is_newest, open["a"].is_failing), (1, false, true));
    }
}
