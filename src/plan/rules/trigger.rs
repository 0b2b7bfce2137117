//! A trigger is sent at most once.

use crate::api::{TRIGGER_REQUESTED_AT, Trigger, TriggerState};
use crate::plan::decision::action::{Action, Call};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, with};
use crate::plan::limits::annotation_request;

/// The next action for a trigger, if there is one.
pub(crate) fn plan(inputs: &Inputs, facts: &ConnectionFacts, is_unknown: bool) -> Option<Plan> {
    let stored = inputs.status().and_then(|status| status.trigger.as_ref());
    if let Some(trigger) = stored.filter(|trigger| trigger.state == TriggerState::Requested) {
        return Some(requested(inputs, trigger, facts));
    }
    let token = new_token(inputs)?;
    Some(match verdict(inputs, token, facts, is_unknown) {
        Ok(()) => state(inputs, token, TriggerState::Requested, None, "the trigger is stored before its POST"),
        Err(why) => record(inputs, TriggerState::Refused, &why),
    })
}

/// Ends a trigger that can never start a run.
pub(crate) fn in_vain(inputs: &Inputs, why: &str) -> Option<Plan> {
    if is_under_way(inputs) {
        return Some(interrupted(inputs));
    }
    new_token(inputs).map(|_| record(inputs, TriggerState::Refused, why))
}

/// Stores a request that has no effect any more, if the plan does not reach the rule for triggers.
#[must_use]
pub fn expired(inputs: &Inputs) -> Option<Trigger> {
    let token = new_token(inputs).filter(|_| !is_under_way(inputs))?;
    let why = annotation_request::check(token, created(inputs), last_token(inputs), inputs.now).err()?;
    Some(Trigger {
        token: token.to_owned(),
        state: TriggerState::Refused,
        at: inputs.now.to_string(),
        message: Some(why),
    })
}

/// A request that is not stored yet.
fn new_token<'a>(inputs: &'a Inputs) -> Option<&'a str> {
    inputs.annotation(TRIGGER_REQUESTED_AT).filter(|token| last_token(inputs) != Some(token))
}

fn is_under_way(inputs: &Inputs) -> bool {
    inputs.status().and_then(|status| status.trigger.as_ref()).is_some_and(|last| last.state == TriggerState::Requested)
}

fn interrupted(inputs: &Inputs) -> Plan {
    unknown(inputs, "the operator was interrupted between storing and sending it")
}

fn requested(inputs: &Inputs, trigger: &Trigger, facts: &ConnectionFacts) -> Plan {
    if inputs.journal.has_triggered() {
        return state(inputs, &trigger.token, TriggerState::Accepted, None, "the trigger was accepted").with_event(
            false,
            "Triggered",
            format!("started a run, as requested by {}", trigger.token),
        );
    }
    if inputs.journal.has_requested_trigger() && facts.kill_switch.is_some() {
        return record(inputs, TriggerState::Refused, &format!("connection {} is paused", facts.key));
    }
    if inputs.journal.has_requested_trigger() {
        return call(inputs.memory.clone(), Call::Trigger, "a run is asked for");
    }
    interrupted(inputs)
}

fn verdict(inputs: &Inputs, token: &str, facts: &ConnectionFacts, is_unknown: bool) -> Result<(), String> {
    annotation_request::check(token, created(inputs), last_token(inputs), inputs.now)?;
    if facts.kill_switch.is_some() {
        return Err(format!("connection {} is paused", facts.key));
    }
    if is_unknown {
        return Err(
            "the status was lost, so it cannot be told whether this was carried out already; ask again with a new time"
                .into(),
        );
    }
    Ok(())
}

fn last_token<'a>(inputs: &'a Inputs) -> Option<&'a str> {
    inputs.status()?.trigger.as_ref().map(|trigger| trigger.token.as_str())
}

fn created(inputs: &Inputs) -> Option<jiff::Timestamp> {
    inputs.resource.metadata.creation_timestamp.as_ref().map(|at| at.0)
}

/// A trigger with an unknown outcome.
pub(crate) fn unknown(inputs: &Inputs, why: &str) -> Plan {
    record(inputs, TriggerState::Unknown, &format!("it may have started a run ({why}); it is not sent again"))
}

/// Ends a trigger.
pub(crate) fn record(inputs: &Inputs, outcome: TriggerState, message: &str) -> Plan {
    let stored = inputs
        .status()
        .and_then(|status| status.trigger.as_ref())
        .filter(|trigger| trigger.state == TriggerState::Requested);
    let token = stored
        .map(|trigger| trigger.token.as_str())
        .or_else(|| inputs.annotation(TRIGGER_REQUESTED_AT))
        .unwrap_or_default()
        .to_owned();
    let reason = match outcome {
        TriggerState::Requested => "TriggerRequested",
        TriggerState::Accepted => "Triggered",
        TriggerState::Refused => "TriggerRefused",
        TriggerState::Unknown => "TriggerUnknown",
    };
    state(inputs, &token, outcome, Some(message.to_owned()), "the trigger has ended").with_event(
        true,
        reason,
        format!("trigger {token}: {message}"),
    )
}

fn state(inputs: &Inputs, token: &str, state: TriggerState, message: Option<String>, reason: &'static str) -> Plan {
    let trigger = Trigger { token: token.to_owned(), state, at: inputs.now.to_string(), message };
    with(inputs.memory.clone(), Action::StoreTrigger(Box::new(trigger)), reason)
}
