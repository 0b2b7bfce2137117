//! What a written status says that is new about runs: events and counts.

use crate::api::{ExecutionState, Reason, WorkflowSchedule, WorkflowScheduleStatus};
use crate::controller::context::Context;
use crate::controller::kubernetes::events::reference;
use crate::controller::state::key::Key;
use crate::plan::{Event, about_runs, last_decided};
use crate::telemetry::RunCounts;

/// Reports runs that have ended, that were missed, and that are overdue.
pub(crate) fn report(ctx: &Context, key: &Key, old: &WorkflowSchedule, written: &WorkflowSchedule) {
    let none = WorkflowScheduleStatus::default();
    let (before, after) = (old.status.as_ref().unwrap_or(&none), written.status.as_ref().unwrap_or(&none));
    if let Some(known) = ctx.cache().schedule_mut(key) {
        count(&mut known.run_counts, before, after);
    }
    for condition in &after.conditions {
        let Some(reason) = about_runs(condition) else { continue };
        let was_said = before.conditions.iter().any(|old| old.type_ == condition.type_);
        let is_news = match reason {
            // Each failure is news. If it has paused the schedule, Ready says more.
            Reason::RunsFailing if is_paused_on_failure(after) => false,
            Reason::RunsFailing => !was_said || (last_id(after).is_some() && last_id(before) != last_id(after)),
            _ => !was_said,
        };
        if is_news {
            let (namespace, name, message) = (&key.namespace, &key.name, condition.message.clone());
            tracing::info!(namespace, name, reason = reason.as_str(), detail = message, "run reported");
            ctx.events.tell(reference(written), Event { warning: true, reason: reason.as_str(), message });
        }
    }
}

fn is_paused_on_failure(status: &WorkflowScheduleStatus) -> bool {
    status.conditions.iter().any(|condition| condition.reason == Reason::PausedOnFailure.as_str())
}

fn last_id(status: &WorkflowScheduleStatus) -> Option<&String> {
    last_decided(status).and_then(|run| run.execution_id.as_ref())
}

/// Counts what `before` does not say.
fn count(counts: &mut RunCounts, before: &WorkflowScheduleStatus, after: &WorkflowScheduleStatus) {
    for run in &after.recent_executions {
        let known = before.recent_executions.iter().find(|known| known.execution_id == run.execution_id);
        if known.is_some_and(|known| known.state == run.state) {
            continue;
        }
        match run.state {
            Some(ExecutionState::Completed) => counts.completed += 1,
            Some(ExecutionState::Failed) => counts.failed += 1,
            Some(ExecutionState::TimedOut) => counts.timed_out += 1,
            Some(ExecutionState::Canceled) => counts.canceled += 1,
            Some(ExecutionState::Terminated) => counts.terminated += 1,
            Some(ExecutionState::Running | ExecutionState::ContinuedAsNew | ExecutionState::Unknown) | None => {}
        }
    }
    let is_missed_anew = before.missed_execution_time != after.missed_execution_time;
    counts.missed += u64::from(is_missed_anew && after.missed_execution_time.is_some());
}
