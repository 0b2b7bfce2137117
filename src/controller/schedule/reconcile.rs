//! One reconcile over one schedule: plan, do the one step, plan again, until the plan rests.

use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::schedule::apply::{self, Progress};
use crate::controller::schedule::attempt::{Attempt, ReconcileResult};
use crate::controller::schedule::evaluate::{Evaluation, Snapshot, evaluate};
use crate::controller::schedule::update_status;
use crate::controller::state::workqueue::WorkItem;
use crate::plan::{Action, Plan};

/// No plan needs as many steps: one that does is a defect, and must not spin.
const MOST_STEPS: usize = 60;

/// Makes an attempt.
pub(crate) async fn reconcile(ctx: &Context, work: &WorkItem) -> ReconcileResult {
    let Some(known) = ctx.cache().schedule(&work.key).cloned() else { return ReconcileResult::Gone };
    let mut attempt = Attempt::begin(ctx, work, known).await;
    match run(&mut attempt).await {
        Ok(ended) => ended,
        Err(WriteError::Conflict | WriteError::Gone) => ReconcileResult::Retry,
        Err(WriteError::NotLeading) => ReconcileResult::Interrupted,
        Err(error @ (WriteError::Pruned(_) | WriteError::Kubernetes(_))) => {
            tracing::warn!(namespace = attempt.key.namespace, name = attempt.key.name, %error, "schedule status not written");
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
            let ended = update_status::settle(attempt, &snapshot, &outcome, &status).await?;
            apply::tell(attempt, plan.events);
            return Ok(ended);
        }
        match apply::step(attempt, &snapshot, plan).await? {
            Progress::Done | Progress::NotDone => {}
            Progress::Finished(ended) => return Ok(ended),
        }
    }
    tracing::error!(
        namespace = attempt.key.namespace,
        name = attempt.key.name,
        "reconcile took too many steps: this is a defect of the operator"
    );
    Ok(ReconcileResult::Retry)
}

/// One line a decision that changes something; the rest is for those who debug.
fn log(attempt: &Attempt<'_>, plan: &Plan, snapshot: &Snapshot) {
    let action = plan.action.name();
    let schedule_id = snapshot.desired.as_ref().map(|desired| desired.id.as_str()).unwrap_or_default();
    let (namespace, name, reason) = (&attempt.key.namespace, &attempt.key.name, plan.reason);
    match &plan.action {
        Action::Call(_) | Action::AddFinalizer | Action::RemoveFinalizer => {
            tracing::info!(namespace, name, schedule_id, action, reason, "schedule action decided");
        }
        Action::Observe
        | Action::ObserveRun(_)
        | Action::StoreMemory(_)
        | Action::StoreTrigger(_)
        | Action::ClearTrigger
        | Action::Finish(_) => tracing::debug!(namespace, name, schedule_id, action, reason, "schedule action decided"),
    }
}
