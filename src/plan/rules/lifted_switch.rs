//! Resumes a schedule that the kill switch has paused although something else of it is refused: what the switch took it
//! gives back, and nothing else.

use crate::api::Reason;
use crate::plan::decision::action::{Action, Call, Outcome};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::decision::plan::{Plan, call, observe, with};
use crate::plan::model::observed::{Observation, Observed};
use crate::plan::rules::call_failure;
use crate::plan::rules::desired_pause::{self, DesiredPause, PauseReason};
use crate::plan::rules::pause::{first_not_refused, not_kept, offer, resume_note};
use crate::remote::Operation;

/// The plan after a refusal: first the pause of a switch that is off again is taken back.
pub(crate) fn before(inputs: &Inputs, refusal: Plan) -> Plan {
    let is_final = match &refusal.action {
        // What runs there is not the resource's own.
        Action::Finish(Outcome::Stalled { reason, .. }) => !matches!(reason, Reason::Drifted | Reason::TargetMismatch),
        Action::Finish(Outcome::Waiting { reason, .. }) => *reason == Reason::InputMissing,
        Action::Finish(_)
        | Action::Observe
        | Action::AwaitList
        | Action::ObserveRun(_)
        | Action::AddFinalizer
        | Action::RemoveFinalizer
        | Action::StoreMemory(_)
        | Action::StoreTrigger(_)
        | Action::ClearTrigger
        | Action::Call(_) => false,
    };
    let Some(facts) = paused_by(inputs).filter(|_| is_final) else { return refusal };
    // A refused PATCH is the very reason why this is asked.
    if let Some((operation, _)) = inputs.journal.failed()
        && operation != Operation::Patch
        && let Some(plan) = call_failure::plan(inputs)
    {
        return plan;
    }
    match inputs.observation {
        Observation::None | Observation::Unlisted | Observation::Listed(_) => observe(inputs),
        Observation::Absent => refusal,
        Observation::Present(observed) => take_back(inputs, facts, observed).unwrap_or_else(|| {
            let mut memory = refusal.memory.clone();
            desired_pause::forget_switch(facts, &mut memory);
            Plan { memory, ..refusal }
        }),
    }
}

/// The connection whose switch has paused the schedule of this resource, and is off again.
fn paused_by<'a>(inputs: &'a Inputs) -> Option<&'a ConnectionFacts> {
    let facts = inputs.own_connection()?;
    let is_to_be_paused = inputs.resource.spec.paused == Some(true) || facts.kill_switch.is_some();
    let is_shown = || {
        let note = inputs.status().filter(|status| status.paused == Some(true))?.pause_note.as_deref()?;
        Some(facts.is_kill_note(note))
    };
    // After a restore the note shows it.
    let was_paused = inputs.memory.paused_by_connection || is_shown() == Some(true);
    let is_deleted = inputs.resource.metadata.deletion_timestamp.is_some();
    (was_paused && !is_to_be_paused && !is_deleted).then_some(facts)
}

/// Nothing where it is not paused by the switch any more.
fn take_back(inputs: &Inputs, facts: &ConnectionFacts, observed: &Observed) -> Option<Plan> {
    let declared = inputs.resource.spec.policy.as_ref().and_then(|policy| policy.pause_on_failure);
    let stored = observed.policy.as_ref().map(|policy| policy.pause_on_failure);
    let pauses_on_failure = declared == Some(true) || stored == Some(true);
    let (made, reason) = match desired_pause::lifted(inputs, pauses_on_failure, facts, observed)? {
        DesiredPause::LookAtRun(run) => {
            let reason = "only a schedule whose last run did not fail is resumed";
            return Some(with(inputs.memory.clone(), Action::ObserveRun(run), reason));
        }
        DesiredPause::Paused { note, .. } if !inputs.journal.has_paused() => {
            let mark = desired_pause::mark(inputs, facts, note.as_ref(), PauseReason::Restored);
            (offer(inputs, note.as_ref(), mark.as_ref()), "its last run failed while the connection was paused")
        }
        DesiredPause::Running(_) if !inputs.journal.has_resumed() => {
            let calls = [Some(resume_note(inputs)), None].map(|note| Call::Resume { note });
            (first_not_refused(inputs, calls), "the connection is no longer paused")
        }
        DesiredPause::Paused { .. } | DesiredPause::Running(_) | DesiredPause::Leave => (None, ""),
    };
    let Some(made) = made else { return Some(not_kept(inputs, "the end of the kill switch's pause")) };
    let is_resume = matches!(made, Call::Resume { .. });
    let plan = call(inputs.memory.clone(), made, reason);
    Some(if is_resume { plan.with_event(false, "Resumed", format!("resumed {}", observed.id)) } else { plan })
}
