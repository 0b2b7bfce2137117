//! What follows from a call that failed in this pass.

use crate::api::{ClaimVia, Memory, Reason, TriggerState};
use crate::plan::decision::action::{Call, Retry, Step};
use crate::plan::decision::inputs::Situation;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{look, refuse, remember, wait, with};
use crate::plan::model::observed::Sight;
use crate::plan::rules::trigger;
use crate::remote::{Kind, Operation, RemoteError};

/// The answer to the last failure, if it needs one.
pub(crate) fn plan(s: &Situation) -> Option<Plan> {
    let (operation, error) = s.journal.failed.as_ref()?;
    match operation {
        Operation::Trigger => return after_trigger(s, error),
        Operation::Create => {
            if let Some(plan) = forget_creation(s, error) {
                return Some(plan);
            }
            if let Some(plan) = after_create(s, error) {
                return plan;
            }
        }
        Operation::Delete if error.may_have_landed() => {
            let memory = Memory { deletion_unknown_since: Some(s.now.to_string()), ..s.memory.clone() };
            return Some(Plan { memory, ..end(s, Operation::Delete, error) });
        }
        // A call is never given up for its note: it is made again with less of one.
        Operation::Pause | Operation::Resume if error.is_refusal() && had_a_note(s) => return None,
        Operation::Delete
        | Operation::List
        | Operation::Get
        | Operation::Patch
        | Operation::Pause
        | Operation::Resume
        | Operation::WhoAmI
        | Operation::GetExecution => {}
    }
    Some(end(s, *operation, error))
}

fn had_a_note(s: &Situation) -> bool {
    matches!(s.journal.refused.last(), Some(Call::Pause { note: Some(_) } | Call::Resume { note: Some(_) }))
}

/// `Some(None)`: the failure is explained and the plan goes on.
#[allow(clippy::option_option, reason = "not handled, handled and going on, handled with a plan")]
fn after_create(s: &Situation, error: &RemoteError) -> Option<Option<Plan>> {
    match error {
        // Several deployments: no other schedule is in the way.
        RemoteError::Conflict(detail) if detail.contains("AMBIGUOUS_WORKFLOW") => Some(Some(refuse(
            s,
            Reason::RemoteRefused,
            format!("deploymentName: the workflow has several deployments, say which ({detail})"),
            "the workflow is ambiguous",
        ))),
        error if is_taken(error) || matches!(error, RemoteError::Conflict(_)) => Some(match s.sight {
            Sight::Unseen | Sight::Listed(_) => Some(look(s)),
            Sight::Present(_) => None,
            Sight::Absent => {
                let message = format!("create: {error}");
                Some(refuse(s, Reason::RemoteRefused, message, "refused though nothing is there"))
            }
        }),
        RemoteError::NotFound(detail) => Some(Some(wait(
            s,
            Reason::RemoteError,
            format!("the workflow is not known (yet): {detail}"),
            Retry::Backoff,
            "the workflow is not known",
        ))),
        error if error.may_have_landed() => {
            let mut memory = s.memory.clone();
            memory.creation_unknown_since = Some(s.now.to_string());
            if let Some(creation) = memory.creating.as_mut() {
                creation.unanswered = Some(creation.unanswered.unwrap_or(0) + 1);
            }
            Some(Some(Plan { memory, ..end(s, Operation::Create, error) }))
        }
        RemoteError::Unauthorized
        | RemoteError::Forbidden(_)
        | RemoteError::Conflict(_)
        | RemoteError::Refused { .. }
        | RemoteError::EncodingRequired
        | RemoteError::RateLimited { .. }
        | RemoteError::Unavailable { .. }
        | RemoteError::Transport(_)
        | RemoteError::Malformed { .. } => None,
    }
}

/// At most once: what may have landed is never sent again; what cannot have landed is forgotten,
/// so that it is sent again after the backoff.
fn after_trigger(s: &Situation, error: &RemoteError) -> Option<Plan> {
    if !s.journal.trigger_is_ours {
        let stored = s.status().and_then(|status| status.trigger.as_ref()).map(|trigger| trigger.state);
        return match stored {
            // It is said there, and says nothing of the schedule.
            Some(TriggerState::Refused | TriggerState::Unknown | TriggerState::Accepted) => None,
            Some(TriggerState::Requested) | None => Some(end(s, Operation::Trigger, error)),
        };
    }
    if error.may_have_landed() {
        return Some(trigger::unknown(s, &error.to_string()));
    }
    Some(match error.kind() {
        Kind::Terminal => trigger::record(s, TriggerState::Refused, &error.to_string()),
        Kind::Retry | Kind::Wait => with(s.memory.clone(), Step::ForgetTrigger, "the trigger was not sent"),
    })
}

/// A POST that certainly made nothing leaves nothing to remember: neither a creation under way nor the
/// claim on an id that may be another's by now.
fn forget_creation(s: &Situation, error: &RemoteError) -> Option<Plan> {
    let is_certain = match error {
        RemoteError::Conflict(_)
        | RemoteError::Refused { .. }
        | RemoteError::Forbidden(_)
        | RemoteError::NotFound(_)
        | RemoteError::EncodingRequired => true,
        RemoteError::Unauthorized
        | RemoteError::RateLimited { .. }
        | RemoteError::Unavailable { .. }
        | RemoteError::Transport(_)
        | RemoteError::Malformed { .. } => false,
    };
    let may_be_late = s.memory.creation_unknown_since.is_some();
    if !is_certain || may_be_late || s.memory.creating.is_none() || is_taken(error) {
        return None;
    }
    let mut memory = s.memory.clone();
    memory.creating = None;
    if memory.target.is_none() {
        memory.claim = memory.claim.filter(|claim| claim.via != ClaimVia::Explicit);
    }
    Some(remember(memory, "nothing was created"))
}

/// Some servers call an id that exists a bad request.
fn is_taken(error: &RemoteError) -> bool {
    match error {
        RemoteError::Refused { detail, .. } => detail.to_lowercase().contains("exist"),
        RemoteError::Unauthorized
        | RemoteError::Forbidden(_)
        | RemoteError::NotFound(_)
        | RemoteError::Conflict(_)
        | RemoteError::EncodingRequired
        | RemoteError::RateLimited { .. }
        | RemoteError::Unavailable { .. }
        | RemoteError::Transport(_)
        | RemoteError::Malformed { .. } => false,
    }
}

fn end(s: &Situation, operation: Operation, error: &RemoteError) -> Plan {
    let message = format!("{}: {error}", operation.name());
    let because = "a call failed";
    match error {
        RemoteError::Unauthorized => wait(s, Reason::Unauthorized, message, Retry::WithConnection, because),
        RemoteError::RateLimited { .. } => wait(s, Reason::RateLimited, message, Retry::Backoff, because),
        RemoteError::Forbidden(_) => refuse(s, Reason::Forbidden, message, because),
        RemoteError::Refused { .. } | RemoteError::EncodingRequired => {
            refuse(s, Reason::RemoteRefused, message, because)
        }
        // It vanished under our hands: the next pass sees what is there.
        RemoteError::NotFound(_) | RemoteError::Conflict(_) => {
            wait(s, Reason::Progressing, message, Retry::Backoff, because)
        }
        RemoteError::Unavailable { .. } | RemoteError::Transport(_) => {
            wait(s, Reason::RemoteUnavailable, message, Retry::Backoff, because)
        }
        RemoteError::Malformed { .. } => wait(s, Reason::RemoteError, message, Retry::Backoff, because),
    }
}
