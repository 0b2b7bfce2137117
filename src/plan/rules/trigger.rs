//! A trigger is sent at most once.

use crate::api::{TRIGGER_REQUESTED_AT, Trigger, TriggerState};
use crate::plan::decision::action::{Call, Step};
use crate::plan::decision::inputs::{ConnectionFacts, Situation};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, with};
use crate::plan::limits::annotation_request;

/// The next step of a trigger, if there is one to take.
pub(crate) fn plan(s: &Situation, facts: &ConnectionFacts, first_sight: bool) -> Option<Plan> {
    let stored = s.status().and_then(|status| status.trigger.as_ref());
    if let Some(trigger) = stored.filter(|trigger| trigger.state == TriggerState::Requested) {
        return Some(requested(s, trigger, facts));
    }
    let token = new_token(s)?;
    Some(match verdict(s, token, facts, first_sight) {
        Ok(()) => state(s, token, TriggerState::Requested, None, "the trigger is stored before its POST"),
        Err(why) => record(s, TriggerState::Refused, &why),
    })
}

/// Ends a trigger that has nothing to start, and never will.
pub(crate) fn in_vain(s: &Situation, why: &str) -> Option<Plan> {
    if is_under_way(s) {
        return Some(interrupted(s));
    }
    new_token(s).map(|_| record(s, TriggerState::Refused, why))
}

/// Records a token that can do nothing any more, where the plan never comes to triggers.
#[must_use]
pub fn expired(s: &Situation) -> Option<Trigger> {
    let token = new_token(s).filter(|_| !is_under_way(s))?;
    let why = annotation_request::check(token, created(s), last_token(s), s.now).err()?;
    Some(Trigger { token: token.to_owned(), state: TriggerState::Refused, at: s.now.to_string(), message: Some(why) })
}

/// What is asked for and has not been recorded.
fn new_token<'a>(s: &'a Situation) -> Option<&'a str> {
    s.annotation(TRIGGER_REQUESTED_AT).filter(|token| last_token(s) != Some(token))
}

fn is_under_way(s: &Situation) -> bool {
    s.status().and_then(|status| status.trigger.as_ref()).is_some_and(|last| last.state == TriggerState::Requested)
}

fn interrupted(s: &Situation) -> Plan {
    unknown(s, "the operator was interrupted between storing and sending it")
}

fn requested(s: &Situation, trigger: &Trigger, facts: &ConnectionFacts) -> Plan {
    if s.journal.triggered {
        return state(s, &trigger.token, TriggerState::Accepted, None, "the trigger was accepted").telling(
            false,
            "Triggered",
            format!("started a run, as asked for by {}", trigger.token),
        );
    }
    if s.journal.trigger_is_ours && facts.kill_switch.is_some() {
        return record(s, TriggerState::Refused, &format!("connection {} is paused", facts.key));
    }
    if s.journal.trigger_is_ours {
        return call(s.memory.clone(), Call::Trigger, "a run is asked for");
    }
    interrupted(s)
}

fn verdict(s: &Situation, token: &str, facts: &ConnectionFacts, first_sight: bool) -> Result<(), String> {
    annotation_request::check(token, created(s), last_token(s), s.now)?;
    if facts.kill_switch.is_some() {
        return Err(format!("connection {} is paused", facts.key));
    }
    if first_sight {
        return Err(
            "the status was lost, so it cannot be told whether this was carried out already; ask again with a new time"
                .into(),
        );
    }
    Ok(())
}

fn last_token<'a>(s: &'a Situation) -> Option<&'a str> {
    s.status()?.trigger.as_ref().map(|trigger| trigger.token.as_str())
}

fn created(s: &Situation) -> Option<jiff::Timestamp> {
    s.resource.metadata.creation_timestamp.as_ref().map(|at| at.0)
}

/// A trigger whose outcome cannot be learnt.
pub(crate) fn unknown(s: &Situation, why: &str) -> Plan {
    record(s, TriggerState::Unknown, &format!("it may have started a run ({why}); it is not sent again"))
}

/// Ends a trigger.
pub(crate) fn record(s: &Situation, outcome: TriggerState, message: &str) -> Plan {
    let stored = s
        .status()
        .and_then(|status| status.trigger.as_ref())
        .filter(|trigger| trigger.state == TriggerState::Requested);
    let token = stored
        .map(|trigger| trigger.token.as_str())
        .or_else(|| s.annotation(TRIGGER_REQUESTED_AT))
        .unwrap_or_default()
        .to_owned();
    let reason = match outcome {
        TriggerState::Requested => "TriggerRequested",
        TriggerState::Accepted => "Triggered",
        TriggerState::Refused => "TriggerRefused",
        TriggerState::Unknown => "TriggerUnknown",
    };
    state(s, &token, outcome, Some(message.to_owned()), "the trigger has ended").telling(
        true,
        reason,
        format!("trigger {token}: {message}"),
    )
}

fn state(s: &Situation, token: &str, state: TriggerState, message: Option<String>, because: &'static str) -> Plan {
    let trigger = Trigger { token: token.to_owned(), state, at: s.now.to_string(), message };
    with(s.memory.clone(), Step::RememberTrigger(Box::new(trigger)), because)
}
