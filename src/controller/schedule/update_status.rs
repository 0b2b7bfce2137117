//! The end of a reconcile: the status, and the time of the next reconcile.

use std::time::Duration;

use jiff::Timestamp;
use kube::Resource as _;

use crate::api::{Condition, Reason, WorkflowSchedule, WorkflowScheduleStatus};
use crate::controller::context::Context;
use crate::controller::kubernetes::events::reference;
use crate::controller::kubernetes::write_error::{Part, WriteError};
use crate::controller::schedule::attempt::{Attempt, ReconcileResult};
use crate::controller::schedule::evaluate::Snapshot;
use crate::controller::schedule::run_news;
use crate::controller::state::backoff::wait_after;
use crate::controller::state::cache::Look;
use crate::controller::state::key::{Key, ObjectKey};
use crate::controller::state::last_outcome::LastOutcome;
use crate::controller::state::workqueue::Priority;
use crate::plan::{Event, Observation, Outcome, Requeue, about_runs, differs_beyond_runs, shown_text};
use crate::telemetry;

/// If only the times of runs changed, the status of a resource is written at most this often.
pub(crate) const RUN_TIMES_EVERY: Duration = Duration::from_mins(1);
/// Writes the status, if it changed, and returns when to reconcile again.
pub(crate) async fn settle(
    attempt: &mut Attempt<'_>,
    snapshot: &Snapshot,
    rest: &Outcome,
    new: &WorkflowScheduleStatus,
) -> Result<ReconcileResult, WriteError> {
    if matches!(rest, Outcome::Released) {
        return Ok(ReconcileResult::Gone);
    }
    if is_news(attempt, new) {
        if waits_with_connection(rest) {
            // All schedules of a connection may change at once: their writes are rate-limited.
            attempt.ctx.outage_turn().await;
        }
        if let Some(written) = attempt.ctx.writer.schedule_status(attempt.resource.as_ref(), new).await? {
            attempt.ctx.metrics.wrote("status");
            let is_created = attempt.journal.has_created();
            report(attempt.ctx, &attempt.key, &attempt.resource, &written, is_created);
            attempt.ctx.cache().answered_schedule(&attempt.resource.metadata, std::sync::Arc::new(written));
        }
    }
    if matches!(rest, Outcome::Waiting { reason: Reason::DeletionHeld, .. })
        && let Some(handle) = &snapshot.handle
        && handle.deletions().hold(&attempt.key)
    {
        handle.wake.notify_one();
    }
    Ok(again(attempt, rest))
}

/// Reports a status that could not be stored by an event, because no condition can say it.
pub(crate) fn report_unwritten(
    ctx: &Context,
    resource: &WorkflowSchedule,
    status: &WorkflowScheduleStatus,
    error: &WriteError,
) {
    if ctx.failed_writes.is_certain(&object(resource), Part::Status, error) {
        ctx.report_unwritten(reference(resource), unwritten(error, &status.conditions));
    }
}

/// A schedule, as failed writes name it.
pub(crate) fn object(resource: &WorkflowSchedule) -> ObjectKey {
    (WorkflowSchedule::kind(&()).into_owned(), Key::of(&resource.metadata))
}

/// In an event, in the place of the condition that could not be stored.
pub(crate) fn unwritten(error: &WriteError, conditions: &[Condition]) -> String {
    let ready = conditions.iter().find(|one| one.type_ == "Ready");
    let said = ready.map(|ready| format!(". It would say: {}: {}", ready.reason, ready.message)).unwrap_or_default();
    shown_text(&format!("{error}{said}"), &[])
}

const fn waits_with_connection(rest: &Outcome) -> bool {
    matches!(rest, Outcome::Waiting { retry: Requeue::WithConnection, .. })
}

/// If only the times of runs changed, the write can wait.
fn is_news(attempt: &Attempt<'_>, new: &WorkflowScheduleStatus) -> bool {
    let Some(old) = &attempt.resource.status else { return true };
    let is_only_runs = attempt.journal.changes() == 0
        && attempt.urgency.priority == Priority::Background
        && !differs_beyond_runs(old, new);
    if !is_only_runs || old == new {
        return true;
    }
    let now = attempt.ctx.seams.elapsed();
    let is_due = attempt.known.runs_written_at.is_none_or(|at| now.saturating_sub(at) >= RUN_TIMES_EVERY);
    is_due && attempt.ctx.run_times_now()
}

/// A new warning becomes an event.
fn report_warnings(ctx: &Context, key: &Key, old: &WorkflowSchedule, written: &WorkflowSchedule) {
    let warnings = |resource: &WorkflowSchedule| resource.status.as_ref().map(|status| status.warnings.clone());
    let (before, after) = (warnings(old).unwrap_or_default(), warnings(written).unwrap_or_default());
    if !after.is_empty() && before != after {
        let message = after.join("; ");
        let (namespace, name) = (&key.namespace, &key.name);
        tracing::info!(namespace, name, detail = message, "workflow warning");
        ctx.events.tell(reference(written), Event { warning: true, reason: "RunsMayFail", message });
    }
}

/// A change of state becomes an event and a line in the log; anything else does not. `is_created`: an event has just
/// told that the remote schedule was created, so none tells that it is as declared.
pub(crate) fn report(ctx: &Context, key: &Key, old: &WorkflowSchedule, written: &WorkflowSchedule, is_created: bool) {
    run_news::report(ctx, key, old, written);
    report_warnings(ctx, key, old, written);
    // What is said of runs says nothing about Ready.
    let said = |resource: &WorkflowSchedule| -> Vec<(String, String, String)> {
        let conditions = resource.status.iter().flat_map(|status| &status.conditions);
        let conditions = conditions.filter(|one| about_runs(one).is_none());
        conditions.map(|one| (one.type_.clone(), one.status.clone(), one.reason.clone())).collect()
    };
    let now = ctx.seams.elapsed();
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.runs_written_at = Some(now);
    }
    let (before, after) = (said(old), said(written));
    if before == after {
        return;
    }
    let conditions = written.status.iter().flat_map(|status| &status.conditions);
    let Some(condition) = conditions.into_iter().find(|one| one.type_ == "Ready") else { return };
    let (namespace, name) = (&key.namespace, &key.name);
    let (ready, reason, detail) = (&condition.status, &condition.reason, &condition.message);
    tracing::info!(namespace, name, ready, reason, detail, "schedule status changed");
    let Some(reason) = Reason::ALL.iter().find(|known| known.as_str() == condition.reason) else { return };
    if is_created && *reason == Reason::InSync {
        return;
    }
    let is_warning = condition.status == "False" && *reason != Reason::Progressing && *reason != Reason::Guarded;
    let is_warning = is_warning || *reason == Reason::PausedOnFailure;
    let event = Event { warning: is_warning, reason: reason.as_str(), message: condition.message.clone() };
    ctx.events.tell(reference(written), event);
}

/// Records how the reconcile ended, and requests the next one.
fn again(attempt: &Attempt<'_>, rest: &Outcome) -> ReconcileResult {
    let (ended, retry, guarded) = match rest {
        Outcome::Ready { reason, .. } => (LastOutcome::Ready(*reason), None, false),
        // The operator is not notified when the source is fixed.
        Outcome::Stalled { reason, .. } => {
            (LastOutcome::Stalled(*reason), (*reason == Reason::InputInvalid).then_some(Requeue::Backoff), false)
        }
        Outcome::Waiting { retry, reason, .. } => {
            (LastOutcome::Waiting(*reason), Some(*retry), *reason == Reason::Guarded)
        }
        Outcome::Unmanaged | Outcome::Released => return ReconcileResult::Gone,
    };
    let failures = {
        let mut cache = attempt.ctx.cache();
        let Some(known) = cache.schedule_mut(&attempt.key) else { return ReconcileResult::Gone };
        known.last_outcome = ended;
        let input = attempt.input.as_ref().ok().map(|input| input.fingerprint.clone());
        known.equal_input = input.filter(|_| matches!(ended, LastOutcome::Ready(_)));
        if let Observation::Present(observed) = &attempt.observation {
            known.looked = Some(Look { next_run: observed.next_run(attempt.ctx.seams.now()) });
        }
        known.failures = if retry == Some(Requeue::Backoff) { known.failures.saturating_add(1) } else { 0 };
        known.guarded_since = guarded.then(|| known.guarded_since.unwrap_or_else(|| attempt.ctx.seams.now()));
        known.failures
    };
    let wait = match retry {
        None | Some(Requeue::WithConnection) => None,
        Some(Requeue::Backoff) => Some(backoff(attempt.ctx, failures)),
        Some(Requeue::At(at)) => Some(until(attempt.ctx.seams.now(), at)),
    };
    if let Some(wait) = wait {
        attempt.ctx.enqueue_in(&attempt.key, attempt.urgency.priority, wait);
    }
    ReconcileResult::Done(ended)
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// The backoff of a resource after this number of failures in a row.
pub(crate) fn backoff(ctx: &Context, failures: u32) -> Duration {
    wait_after(failures, ctx.seams.chance())
}

/// The outcome of a reconcile in metrics.
pub(crate) const fn outcome(ended: ReconcileResult) -> telemetry::ReconcileOutcome {
    match ended {
        ReconcileResult::Done(LastOutcome::Ready(_) | LastOutcome::Never) => telemetry::ReconcileOutcome::Ready,
        ReconcileResult::Done(LastOutcome::Stalled(_)) => telemetry::ReconcileOutcome::Refused,
        ReconcileResult::Done(LastOutcome::Waiting(_)) | ReconcileResult::AwaitsList => {
            telemetry::ReconcileOutcome::Waiting
        }
        ReconcileResult::Done(LastOutcome::Unmanaged) | ReconcileResult::Gone => telemetry::ReconcileOutcome::Off,
        ReconcileResult::Retry | ReconcileResult::Interrupted => telemetry::ReconcileOutcome::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_has_passed_is_waited_for_no_longer() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        assert_eq!(until(at(10), at(25)), Duration::from_secs(15));
        assert_eq!(until(at(25), at(10)), Duration::ZERO);
    }
}
