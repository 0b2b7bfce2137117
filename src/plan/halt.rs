//! A pause needs neither timing nor input: it is made though the rest of the spec cannot be.

use super::decide::{call, look, remember};
use super::failure;
use super::observed::Sight;
use super::situation::{ConnectionFacts, ConnectionView, Situation};
use super::step::{Call, Plan};
use crate::api::{Management, PausedByConnection};
use crate::remote::ScheduleId;

/// What stops the schedule that this resource owns, if it shall be stopped and is not.
pub(super) fn plan(s: &Situation) -> Option<Plan> {
    let ConnectionView::Found { facts, forbidden: None, waiting: None } = s.connection else { return None };
    let spec = &s.resource.spec;
    let is_full = spec.management.or(facts.management).unwrap_or(Management::Full) == Management::Full;
    let status = s.status()?;
    let is_claimed = status.schedule_id.as_ref().is_some_and(|id| s.is_claimed(&ScheduleId::new(id), &facts.prefix));
    let owns = is_claimed && status.connection.as_ref() == Some(&facts.key) && s.conflict.is_none();
    let is_declared = spec.paused == Some(true);
    // Once a pass: a server that does not keep it is told again after the backoff.
    if s.journal.paused || !is_full || !owns || !(is_declared || facts.kill_switch.is_some()) {
        return None;
    }
    match s.sight {
        Sight::Present(observed) | Sight::Listed(observed) if observed.paused => None,
        Sight::Absent => None,
        Sight::Unseen | Sight::Listed(_) => Some(failure::plan(s).unwrap_or_else(|| look(s))),
        Sight::Present(_) => Some(failure::plan(s).unwrap_or_else(|| stop(s, facts, is_declared))),
    }
}

fn stop(s: &Situation, facts: &ConnectionFacts, is_declared: bool) -> Plan {
    let own = || s.resource.spec.pause_note.clone().unwrap_or_else(|| s.own_pause_note());
    let note = facts.kill_note().filter(|_| !is_declared).unwrap_or_else(own);
    let mut memory = s.memory.clone();
    if !is_declared && memory.paused_by_connection.is_none() {
        memory.paused_by_connection = Some(PausedByConnection { connection: facts.key.clone(), at: s.now.to_string() });
        return remember(memory, "the kill switch's pause is stored before it is made");
    }
    let told = format!("paused: {note}");
    call(memory, Call::Pause { note }, "a pause does not wait for the rest of the spec").telling(false, "Paused", told)
}
