//! A trigger is sent at most once, and never close to another run. A started run is reported only if it is seen.

use jiff::{SignedDuration, Timestamp};

use crate::api::{Reason, TRIGGER_OVERLAP, TRIGGER_REQUESTED_AT, Trigger, TriggerState};
use crate::plan::decision::action::{Action, Call, Requeue};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::decision::journal::Intention;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, waiting, with};
use crate::plan::limits::annotation_request;
use crate::plan::limits::fire_guard;
use crate::plan::model::content::overlap_name;
use crate::plan::model::observed::{Observation, Observed};
use crate::remote::wire::RecentExecution;

/// The engine names an execution by the second of its trigger, and starts no second one of a name while the
/// first is active (`docs/engine.md`). It receives a trigger before its answer comes; another second is for
/// the clocks of the engine's hosts, which need not agree.
const APART: SignedDuration = SignedDuration::from_secs(2);

/// The next action for a trigger, if there is one. `observed` is of a GET of this reconcile.
pub(crate) fn plan(inputs: &Inputs, facts: &ConnectionFacts, observed: &Observed, is_unknown: bool) -> Option<Plan> {
    let stored = inputs.status().and_then(|status| status.trigger.as_ref());
    if let Some(trigger) = stored.filter(|trigger| trigger.state == TriggerState::Requested) {
        return Some(requested(inputs, trigger, facts, observed));
    }
    let token = new_token(inputs)?;
    Some(match verdict(inputs, token, facts, is_unknown) {
        Ok(()) => too_close(inputs, observed).unwrap_or_else(|| {
            state(inputs, token, TriggerState::Requested, None, "the trigger is stored before its POST")
        }),
        Err(why) => record(inputs, TriggerState::Refused, &why),
    })
}

/// Until when the last trigger, or a run of the schedule, is too close. A scheduled run has a name of the same
/// form, and may be left out for the run of a trigger.
fn too_close(inputs: &Inputs, observed: &Observed) -> Option<Plan> {
    let (until, why) = match last_is_over(inputs) {
        Some(until) => (until, "the last trigger has just been sent"),
        None => (
            fire_guard::wait_until(inputs.now, observed, inputs.journal.guarded_since, false)?,
            "a run is due or has just started",
        ),
    };
    let message = format!("{why}: the trigger is sent after {until}");
    Some(waiting(inputs, Reason::Guarded, message, Requeue::At(until), "a trigger is not sent close to another run"))
}

/// Until when the last trigger is too recent, if it is. A clock may have been set back: nothing
/// waits longer for that.
fn last_is_over(inputs: &Inputs) -> Option<Timestamp> {
    let last = inputs.status()?.trigger.as_ref().filter(|last| last.state != TriggerState::Refused)?;
    let at: Timestamp = last.at.parse().ok()?;
    (inputs.now.duration_since(at).abs() < APART).then(|| at.checked_add(APART).ok())?
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

/// Whether a request has no result in the status yet.
pub(crate) fn is_open(inputs: &Inputs) -> bool {
    is_under_way(inputs) || new_token(inputs).is_some()
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

fn requested(inputs: &Inputs, trigger: &Trigger, facts: &ConnectionFacts, observed: &Observed) -> Plan {
    if inputs.journal.triggered().is_some() && !inputs.journal.is_unsent(Intention::Trigger) {
        return state(inputs, &trigger.token, TriggerState::Accepted, None, "the trigger was accepted").with_event(
            false,
            "Triggered",
            format!("the API accepted the trigger {}", trigger.token),
        );
    }
    if inputs.journal.has_requested_trigger() && facts.kill_switch.is_some() {
        return record(inputs, TriggerState::Refused, &format!("connection {} is paused", facts.key));
    }
    if inputs.journal.has_requested_trigger() {
        return match overlap(inputs) {
            Ok(overlap) => {
                let trigger = Call::Trigger { overlap, before: Box::new(observed.clone()) };
                call(inputs.memory.clone(), trigger, "a trigger was requested")
            }
            Err(why) => record(inputs, TriggerState::Refused, &why),
        };
    }
    interrupted(inputs)
}

/// What became of the trigger that this reconcile has sent: the message, and whether no run of it is seen.
pub(crate) fn result(inputs: &Inputs) -> Option<(String, bool)> {
    let (overlap, before) = inputs.journal.triggered()?;
    let Observation::Present(after) = inputs.observation else { return None };
    let policy = after.policy.as_ref().map(|policy| policy.overlap)?;
    let name = overlap_name(overlap.unwrap_or(policy));
    let waits = |overlap: i64| !matches!(overlap, SKIP | ALLOW_ALL);
    if waits(policy) || overlap.is_some_and(waits) {
        // A run that starts now may be one that has waited.
        let message = format!("the API accepted it; with overlap {name} its run may wait for another one");
        return Some((format!("{message}, see status.recentExecutions"), false));
    }
    if let Some(run) = run_of_trigger(before, after, inputs.now) {
        return Some((format!("{STARTED_RUN}{run}"), false));
    }
    let why = if overlap.unwrap_or(policy) == SKIP {
        format!(
            "with overlap Skip the engine leaves it out while another run is active; to start it then too, set {TRIGGER_OVERLAP} to AllowAll and request it again"
        )
    } else {
        "it may appear in status.recentExecutions later".to_owned()
    };
    Some((format!("the API accepted it, but no run of it is seen: {why}"), true))
}

/// How the message begins if a run was seen.
const STARTED_RUN: &str = "started run ";

/// The run that a trigger started, if it was seen.
#[must_use]
pub fn started_run(trigger: &Trigger) -> Option<&str> {
    trigger.message.as_deref()?.strip_prefix(STARTED_RUN)
}

/// The overlap policies with which no run waits.
const SKIP: i64 = 1;
const ALLOW_ALL: i64 = 6;

/// How far the clocks may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// The only new run that no schedule explains.
fn run_of_trigger<'a>(before: &Observed, after: &'a Observed, now: Timestamp) -> Option<&'a str> {
    let is_new = |run: &&RecentExecution| {
        !before.future.contains(&run.scheduled_at)
            && !before.recent.iter().any(|other| other.execution_id == run.execution_id)
            && run.scheduled_at.duration_since(now).abs() <= SKEW
    };
    let mut found = after.recent.iter().filter(is_new);
    found.next().filter(|_| found.next().is_none())?.execution_id.as_deref()
}

/// The overlap policy of the trigger itself.
fn overlap(inputs: &Inputs) -> Result<Option<i64>, String> {
    let Some(text) = inputs.annotation(TRIGGER_OVERLAP) else { return Ok(None) };
    let known = (SKIP..=ALLOW_ALL).find(|overlap| overlap_name(*overlap) == text);
    known.map(Some).ok_or_else(|| {
        let names: Vec<_> = (SKIP..=ALLOW_ALL).map(overlap_name).collect();
        format!("{TRIGGER_OVERLAP} must be one of {}", names.join(", "))
    })
}

fn verdict(inputs: &Inputs, token: &str, facts: &ConnectionFacts, is_unknown: bool) -> Result<(), String> {
    annotation_request::check(token, created(inputs), last_token(inputs), inputs.now)?;
    overlap(inputs)?;
    if facts.kill_switch.is_some() {
        return Err(format!("connection {} is paused", facts.key));
    }
    if is_unknown {
        return Err(
            "the status was lost, so it is not known whether this was already carried out; request it again with a new time"
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
