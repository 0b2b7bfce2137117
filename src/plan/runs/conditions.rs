//! The conditions about runs: `RunsFailing`, `RunsMissed` and `RunOverdue`.

use jiff::Timestamp;

use crate::api::{
    Condition, Execution, ExecutionState, Reason, WorkflowSchedule, WorkflowScheduleSpec, WorkflowScheduleStatus,
};
use crate::plan::condition::{Since, without_middle};
use crate::plan::model::desired::{RunLimits, policy_of, run_limits};
use crate::plan::model::failure_note::is_failure_note;
use crate::plan::runs::history::{self, RunOutcome, began, last_decided, time};
use crate::plan::runs::missed::{end_missed, waits_for_other_runs};

/// The conditions that follow from the runs in a status.
pub(crate) fn conditions(
    status: &WorkflowScheduleStatus,
    spec: &WorkflowScheduleSpec,
    since: Since<'_>,
) -> Vec<Condition> {
    // What the spec itself declares: its input, or another part of it, may be unusable for a while.
    let limits = run_limits(spec).unwrap_or_default();
    let found = [
        (Reason::RunsFailing, failing(status)),
        (Reason::RunsMissed, missed(status, spec)),
        (Reason::RunOverdue, overdue(status, &limits, since.now)),
    ];
    let condition = |(reason, message): (Reason, Option<String>)| {
        Some(since.condition(reason.as_str(), "True", reason, &without_middle(message?)))
    };
    found.into_iter().filter_map(condition).collect()
}

/// The status with what was found out about its runs, and with the conditions that follow.
#[must_use]
pub fn with_run_outcomes(
    schedule: &WorkflowSchedule,
    old: &WorkflowScheduleStatus,
    found: impl Fn(&str) -> Option<RunOutcome>,
    now: Timestamp,
) -> WorkflowScheduleStatus {
    let mut new = history::with_outcomes(old, found);
    end_missed(&mut new);
    // A resource without conditions is not managed.
    let Some(ready) = old.conditions.iter().find(|condition| condition.type_ == "Ready") else { return new };
    let since = Since { before: &old.conditions, generation: ready.observed_generation, now };
    let about_runs = conditions(&new, &schedule.spec, since);
    new.conditions.retain(|condition| about(condition).is_none());
    new.conditions.extend(about_runs);
    new
}

/// What a condition says of runs; `None` if it is about something else.
#[must_use]
pub fn about(condition: &Condition) -> Option<Reason> {
    [Reason::RunsFailing, Reason::RunsMissed, Reason::RunOverdue]
        .into_iter()
        .find(|reason| reason.as_str() == condition.type_)
}

fn failing(status: &WorkflowScheduleStatus) -> Option<String> {
    let note = status.pause_note.as_deref().filter(|note| is_failure_note(note));
    if let Some(note) = note.filter(|_| status.paused == Some(true)) {
        return Some(note.to_owned());
    }
    let count = status.consecutive_failures.filter(|count| *count > 0)?;
    let todo = "Read its events, and correct the workflow or its input: this ends when a run completes";
    let Some(last) = last_decided(status) else {
        return Some(format!("the last run whose end is known failed; {count} in a row. {todo}"));
    };
    let how = if last.state == Some(ExecutionState::TimedOut) { "reached its time limit" } else { "failed" };
    let why = last.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    Some(format!("run {}, due at {}, {how}{why}; {count} in a row. {todo}", name(last), last.scheduled_at))
}

fn missed(status: &WorkflowScheduleStatus, spec: &WorkflowScheduleSpec) -> Option<String> {
    let due = status.missed_execution_time.as_ref()?;
    let may_hide = policy_of(spec).is_ok_and(waits_for_other_runs);
    let mut newest_first = status.recent_executions.iter().rev().filter(|_| may_hide);
    let why = match newest_first.find(|run| run.state == Some(ExecutionState::Running)) {
        Some(going) => format!(
            "Run {}, due at {}, is still running, and policy.overlap lets no other start meanwhile: cancel or terminate it",
            name(going),
            going.scheduled_at
        ),
        None => "It is not known why: look at the schedule in the console".into(),
    };
    Some(format!("the run due at {due} has not started. {why}. This ends when a run starts"))
}

fn overdue(status: &WorkflowScheduleStatus, limits: &RunLimits, now: Timestamp) -> Option<String> {
    let longest = limits.max_duration?;
    let is_overdue = |run: &&Execution| {
        let began = began(run).or_else(|| time(&run.scheduled_at));
        run.state == Some(ExecutionState::Running) && began.is_some_and(|began| now.duration_since(began) > longest)
    };
    let run = status.recent_executions.iter().find(is_overdue)?;
    Some(format!(
        "run {}, due at {}, is still running after more than runs.maxDuration. This ends when it ends: cancel or terminate it if it hangs",
        name(run),
        run.scheduled_at
    ))
}

fn name(run: &Execution) -> &str {
    run.execution_id.as_deref().unwrap_or("of unknown id")
}
