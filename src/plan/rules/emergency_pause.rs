//! Pauses a schedule although the rest of its spec is invalid: a pause needs neither timing nor input.

use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, observe, store_memory};
use crate::plan::model::observed::Observation;
use crate::plan::rules::call_failure;
use crate::plan::rules::desired_pause::{self, PauseReason};
use crate::plan::rules::pause::{not_kept, offer, told};
use crate::remote::Note;

/// The plan that pauses the schedule of this resource, if it must be paused and is not.
pub(crate) fn plan(inputs: &Inputs) -> Option<Plan> {
    let facts = inputs.own_connection()?;
    let is_declared = inputs.resource.spec.paused == Some(true);
    if !(is_declared || facts.kill_switch.is_some()) {
        return None;
    }
    match inputs.observation {
        Observation::Present(observed) | Observation::Listed(observed) if observed.paused => None,
        Observation::Absent => None,
        Observation::None | Observation::Unlisted | Observation::Listed(_) => {
            Some(call_failure::plan(inputs).unwrap_or_else(|| observe(inputs)))
        }
        // Once in a reconcile.
        Observation::Present(_) if inputs.journal.has_paused() => Some(not_kept(inputs, "the pause")),
        Observation::Present(_) => call_failure::plan(inputs).or_else(|| stop(inputs, facts, is_declared)),
    }
}

fn stop(inputs: &Inputs, facts: &ConnectionFacts, is_declared: bool) -> Option<Plan> {
    let declared = || inputs.resource.spec.pause_note.as_deref().and_then(Note::written);
    let (note, why) = match facts.kill_note().filter(|_| !is_declared) {
        Some(note) => (note, PauseReason::KillSwitch),
        None => (declared().unwrap_or_else(|| inputs.own_pause_note()), PauseReason::Declared),
    };
    let mut memory = inputs.memory.clone();
    if !is_declared && !memory.paused_by_connection {
        memory.paused_by_connection = true;
        return Some(store_memory(memory, "the kill switch's pause is stored before it is made"));
    }
    let pause = offer(inputs, Some(&note), desired_pause::mark(inputs, facts, Some(&note), why).as_ref())?;
    let told = format!("paused{}", told(&pause));
    Some(call(memory, pause, "a pause does not wait for the rest of the spec").with_event(false, "Paused", told))
}
