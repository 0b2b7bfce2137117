//! One reconcile of one schedule: plan, apply one action, plan again, until the action is to finish.

use crate::controller::context::Context;
use crate::controller::kubernetes::write_error::{Part, WriteError};
use crate::controller::schedule::apply::{self, Progress};
use crate::controller::schedule::attempt::{Attempt, ReconcileResult};
use crate::controller::schedule::evaluate::{Evaluation, Snapshot, evaluate};
use crate::controller::schedule::update_status;
use crate::controller::state::workqueue::WorkItem;
use crate::plan::{Action, FailedWrite, Plan};

/// The maximum number of steps of a reconcile. Reaching it is a defect, and must not become an endless loop.
const MOST_STEPS: usize = 60;

/// Reconciles a schedule.
pub(crate) async fn reconcile(ctx: &Context, work: &WorkItem) -> ReconcileResult {
    let Some(known) = ctx.cache().schedule(&work.key).cloned() else { return ReconcileResult::Gone };
    let mut attempt = Attempt::begin(ctx, work, known).await;
    match run(&mut attempt).await {
        Ok(ended) => {
            if attempt.journal.failed_write().is_none() {
                ctx.failed_writes.forget(&update_status::object(&attempt.resource));
            }
            ended
        }
        Err(WriteError::Conflict | WriteError::Gone) => ReconcileResult::Retry,
        Err(WriteError::NotLeading) => ReconcileResult::Interrupted,
        Err(
            error @ (WriteError::Pruned(_)
            | WriteError::Unread(_)
            | WriteError::Refused { .. }
            | WriteError::Failed { .. }),
        ) => {
            tracing::warn!(namespace = attempt.key.namespace, name = attempt.key.name, %error, "schedule not written");
            ReconcileResult::Retry
        }
    }
}

async fn run(attempt: &mut Attempt<'_>) -> Result<ReconcileResult, WriteError> {
    for _ in 0..MOST_STEPS {
        if attempt.ctx.is_stopping() {
            return Ok(ReconcileResult::Interrupted);
        }
        let snapshot = attempt.snapshot();
        let Evaluation { plan, outcome } = evaluate(&snapshot, attempt.subject(), attempt.secrets());
        log(attempt, &plan, &snapshot);
        if let Some((outcome, status)) = outcome {
            let settled = update_status::settle(attempt, &snapshot, &outcome, &status).await;
            if let Err(error) = &settled {
                update_status::report_unwritten(attempt.ctx, &attempt.resource, &status, error);
            }
            let ended = settled?;
            apply::tell(attempt, plan.events);
            return Ok(ended);
        }
        let is_release = plan.action == Action::RemoveFinalizer;
        match apply::step(attempt, &snapshot, plan).await {
            Ok(Progress::Done | Progress::NotDone) => {}
            Ok(Progress::Finished(ended)) => return Ok(ended),
            Err(error) => note_failed_write(attempt, is_release, error)?,
        }
    }
    tracing::error!(
        namespace = attempt.key.namespace,
        name = attempt.key.name,
        "reconcile took too many steps: this is a defect of the operator"
    );
    Ok(ReconcileResult::Retry)
}

/// A write that has failed goes into the condition. One that may succeed the next time is only tried again, unless it
/// removes the finalizer: otherwise the status would show the state before the deletion.
fn note_failed_write(attempt: &mut Attempt<'_>, is_release: bool, error: WriteError) -> Result<(), WriteError> {
    let part = if is_release { Part::Finalizer } else { Part::Status };
    let is_certain = attempt.ctx.failed_writes.is_certain(&update_status::object(&attempt.resource), part, &error);
    let is_last = is_release && matches!(error, WriteError::Failed { .. });
    if !is_certain && !is_last {
        return Err(error);
    }
    attempt.journal.note_failed_write(FailedWrite { is_release, message: error.to_string() });
    Ok(())
}

/// Logs decisions that change something at level info, all others at level debug.
fn log(attempt: &Attempt<'_>, plan: &Plan, snapshot: &Snapshot) {
    let action = plan.action.name();
    let schedule_id = snapshot.desired.as_ref().map(|desired| desired.id.as_str()).unwrap_or_default();
    let (namespace, name, reason) = (&attempt.key.namespace, &attempt.key.name, plan.reason);
    match &plan.action {
        Action::Call(_) | Action::AddFinalizer | Action::RemoveFinalizer => {
            tracing::info!(namespace, name, schedule_id, action, reason, "schedule action decided");
        }
        Action::Observe
        | Action::AwaitList
        | Action::ObserveRun(_)
        | Action::StoreMemory(_)
        | Action::StoreTrigger(_)
        | Action::ClearTrigger
        | Action::Finish(_) => tracing::debug!(namespace, name, schedule_id, action, reason, "schedule action decided"),
    }
}
