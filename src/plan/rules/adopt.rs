//! A remote schedule that already exists.

use crate::api::{Adoption, ClaimVia, MaxExecutionsMemory, Memory, Reason};
use crate::plan::decision::action::{Outcome, Requeue};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs, claim};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{finish, stalled, waiting};
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::diff::differences;
use crate::plan::model::observed::Observed;
use crate::plan::model::target::target;
use crate::plan::model::target::target_fits;
use crate::plan::model::target::workflow_difference;

/// The memory of a schedule that is taken over as it is, or why it cannot be taken over. A missing memory is
/// never treated as a change: the existing count stays, nothing is replaced and nothing is triggered.
pub(crate) fn take_over(
    inputs: &Inputs,
    desired: &Desired,
    observed: &Observed,
    facts: &ConnectionFacts,
) -> Result<Memory, Box<Plan>> {
    let claimed = inputs.is_claimed(&desired.id, &facts.prefix);
    if !claimed && facts.terminating {
        let message = format!("connection {} is being deleted and accepts no new schedules", facts.key);
        return Err(Box::new(waiting(
            inputs,
            Reason::Terminating,
            message,
            Requeue::WithConnection,
            "the connection is being deleted",
        )));
    }
    if !claimed {
        may_adopt(inputs, desired, observed)?;
    }
    if !target_fits(desired, observed) {
        return Err(Box::new(mismatch(inputs, desired, observed)));
    }
    let mut memory = inputs.memory.clone();
    memory.target = Some(target(desired));
    memory.max_executions.get_or_insert(MaxExecutionsMemory { declared: desired.max_executions, intended: None });
    if !claimed {
        memory.claim = Some(claim(&desired.id, ClaimVia::Adoption));
    }
    Ok(memory)
}

fn may_adopt(inputs: &Inputs, desired: &Desired, observed: &Observed) -> Result<(), Box<Plan>> {
    match desired.adoption {
        Adoption::IfExists => Ok(()),
        Adoption::Never => {
            let message = format!(
                "scheduleId: a remote schedule {} already exists; set adoption: IfEqual or IfExists to take it over, or choose another id",
                desired.id
            );
            Err(Box::new(stalled(inputs, Reason::AlreadyExists, message, "the id is taken")))
        }
        Adoption::IfEqual => {
            let drift = differences(&desired.content, observed, false);
            let pause_differs = match &desired.pause {
                DeclaredPause::Undeclared => false,
                DeclaredPause::Paused(note) => {
                    !observed.paused || note.as_ref().is_some_and(|note| !note.is_kept_as(observed.note.as_deref()))
                }
                DeclaredPause::Running => observed.paused,
            };
            if drift.is_empty() && !pause_differs {
                return Ok(());
            }
            let message = format!(
                "adoption: IfEqual: the remote schedule {} differs{}; make the resource equal, or set adoption: IfExists to overwrite it",
                desired.id,
                if pause_differs { " in its pause or the note of its pause" } else { ", see status.drift" }
            );
            let refused = Outcome::Stalled { reason: Reason::AdoptionRefused, message, drift };
            Err(Box::new(finish(inputs, refused, "it is not equal")))
        }
    }
}

fn mismatch(inputs: &Inputs, desired: &Desired, observed: &Observed) -> Plan {
    let difference = workflow_difference(desired, observed);
    let message = format!(
        "the remote schedule {} runs {}, not {}; it is not replaced, because nothing shows that this resource created it: delete it, or change the resource",
        desired.id, difference.observed, difference.desired
    );
    finish(
        inputs,
        Outcome::Stalled { reason: Reason::TargetMismatch, message, drift: vec![difference] },
        "it runs another workflow",
    )
}
