//! What to say after Kubernetes has not stored a write of this reconcile.

use crate::api::Reason;
use crate::plan::decision::action::Requeue;
use crate::plan::decision::inputs::{Inputs, id_in_question};
use crate::plan::decision::journal::FailedWrite;
use crate::plan::decision::plan::{Plan, waiting};
use crate::plan::model::observed::Observation;
use crate::plan::rules::delete::orphan_hint;

/// The plan after a write that has failed. Nothing else is done in this reconcile: what a call needs is stored
/// before it.
pub(crate) fn plan(inputs: &Inputs) -> Option<Plan> {
    let failed = inputs.journal.failed_write()?;
    let message = if inputs.resource.metadata.deletion_timestamp.is_some() {
        of_deletion(inputs, failed)
    } else {
        format!("{}; the operator tries it again", failed.message)
    };
    Some(waiting(inputs, Reason::KubernetesError, message, Requeue::Backoff, "Kubernetes has not stored a write"))
}

/// What of a deletion is done, and what is not.
fn of_deletion(inputs: &Inputs, FailedWrite { is_release, message }: &FailedWrite) -> String {
    let id = id_in_question(inputs).map(|id| format!(" {id}")).unwrap_or_default();
    if !is_release {
        return format!(
            "the remote schedule{id} is not deleted yet: {message}. {}",
            orphan_hint(inputs.namespace(), inputs.name())
        );
    }
    let done = match inputs.observation {
        Observation::Absent => "is deleted",
        Observation::None | Observation::Unlisted | Observation::Present(_) | Observation::Listed(_) => {
            "is left as it is"
        }
    };
    format!(
        "the remote schedule{id} {done}, but the resource still has the operator's finalizer: {message}; the operator tries it again"
    )
}
