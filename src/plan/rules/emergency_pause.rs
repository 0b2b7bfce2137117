//! A pause needs neither timing nor input: it is made though the rest of the spec cannot be.

use crate::api::{Management, PausedByConnection};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Situation};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, look, remember};
use crate::plan::model::observed::Sight;
use crate::plan::rules::call_failure;
use crate::plan::rules::desired_pause::{self, Why};
use crate::plan::rules::pause::{offer, told};
use crate::remote::{Note, ScheduleId};

/// What stops the schedule that this resource owns, if it shall be stopped and is not.
pub(crate) fn plan(s: &Situation) -> Option<Plan> {
    let ConnectionView::Found { facts, forbidden: None, waiting: None } = s.connection else { return None };
    let spec = &s.resource.spec;
    let is_full = spec.management.or(facts.management).unwrap_or(Management::Full) == Management::Full;
    let owns = owns(s, facts) && s.conflict.is_none();
    let is_declared = spec.paused == Some(true);
    // Once a pass: a server that does not keep it is told again after the backoff.
    if s.journal.paused || !is_full || !owns || !(is_declared || facts.kill_switch.is_some()) {
        return None;
    }
    match s.sight {
        Sight::Present(observed) | Sight::Listed(observed) if observed.paused => None,
        Sight::Absent => None,
        Sight::Unseen | Sight::Listed(_) => Some(call_failure::plan(s).unwrap_or_else(|| look(s))),
        Sight::Present(_) => call_failure::plan(s).or_else(|| stop(s, facts, is_declared)),
    }
}

/// Whether the schedule that is looked at is its own: the pinned one, or, where a restore has lost the
/// status, the derived one, which always is.
fn owns(s: &Situation, facts: &ConnectionFacts) -> bool {
    let (pinned, connection) =
        s.status().map(|status| (status.schedule_id.as_deref(), status.connection.as_deref())).unwrap_or_default();
    match (pinned, connection) {
        (Some(id), Some(connection)) => s.is_claimed(&ScheduleId::new(id), &facts.prefix) && connection == facts.key,
        (None, None) => s.has_finalizer() && s.resource.spec.schedule_id.is_none(),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn stop(s: &Situation, facts: &ConnectionFacts, is_declared: bool) -> Option<Plan> {
    let declared = || s.resource.spec.pause_note.as_deref().and_then(Note::written);
    let (note, why) = match facts.kill_note().filter(|_| !is_declared) {
        Some(note) => (note, Why::KillSwitch),
        None => (declared().unwrap_or_else(|| s.own_pause_note()), Why::Declared),
    };
    let mut memory = s.memory.clone();
    if !is_declared && memory.paused_by_connection.is_none() {
        memory.paused_by_connection = Some(PausedByConnection { connection: facts.key.clone(), at: s.now.to_string() });
        return Some(remember(memory, "the kill switch's pause is stored before it is made"));
    }
    let pause = offer(s, Some(&note), desired_pause::mark(s, facts, Some(&note), why).as_ref())?;
    let told = format!("paused{}", told(&pause));
    Some(call(memory, pause, "a pause does not wait for the rest of the spec").telling(false, "Paused", told))
}
