//! What to do after a call failed in this reconcile.

use jiff::{SignedDuration, Timestamp};

use crate::api::{ClaimVia, Lifecycle, Memory, Reason, Replacement, TriggerState, UnansweredCalls};
use crate::plan::decision::action::{Action, Call, Requeue};
use crate::plan::decision::inputs::{ConnectionView, Inputs};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{observe, stalled, store_memory, waiting, with};
use crate::plan::limits::unknown_outcome::{still_late, without_answer, without_effect};
use crate::plan::model::observed::Observation;
use crate::plan::rules::trigger;
use crate::remote::{Kind, Operation, RemoteError};

/// A creation that has met several deployments is tried again after this time.
const AMBIGUOUS_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// The plan after the last failure, if it needs one.
pub(crate) fn plan(inputs: &Inputs) -> Option<Plan> {
    let (operation, error) = inputs.journal.failed()?;
    match operation {
        Operation::Trigger => return after_trigger(inputs, error),
        Operation::Create => return forget_creation(inputs, error).or_else(|| after_create(inputs, error)),
        // If the remote refuses the note, the call is sent again with a shorter note or none.
        Operation::Pause | Operation::Resume if error.is_refusal() && had_a_note(inputs) => return None,
        Operation::Delete => {
            let unanswered_deletions = outcome_of(inputs.memory.unanswered_deletions.clone(), error, inputs.now);
            let memory = Memory { unanswered_deletions, ..inputs.memory.clone() };
            return Some(Plan { memory, ..end(inputs, Operation::Delete, error) });
        }
        Operation::List
        | Operation::Get
        | Operation::Patch
        | Operation::Pause
        | Operation::Resume
        | Operation::WhoAmI
        | Operation::GetExecution
        | Operation::ListRuns
        | Operation::ListEvents
        | Operation::ListRegistrations
        | Operation::GetWorkflow => {}
    }
    Some(end(inputs, operation, error))
}

/// What is known of the calls of one kind once the last of them has failed.
fn outcome_of(calls: Option<UnansweredCalls>, error: &RemoteError, now: Timestamp) -> Option<UnansweredCalls> {
    if error.may_have_landed() { Some(without_answer(calls, now)) } else { without_effect(calls) }
}

fn had_a_note(inputs: &Inputs) -> bool {
    matches!(inputs.journal.refused().next_back(), Some(Call::Pause { note: Some(_) } | Call::Resume { note: Some(_) }))
}

/// `None` if the failure is expected and the plan continues.
fn after_create(inputs: &Inputs, error: &RemoteError) -> Option<Plan> {
    match error {
        // During a rollout two deployments are active for a while: it is tried again, slowly.
        RemoteError::Ambiguous(detail) => Some(waiting(
            inputs,
            Reason::RemoteRefused,
            format!("deploymentName: the workflow has several deployments: name one of them ({detail})"),
            inputs.now.checked_add(AMBIGUOUS_WAIT).map_or(Requeue::Backoff, Requeue::At),
            "the workflow is ambiguous",
        )),
        RemoteError::Conflict(_) | RemoteError::AlreadyExists { .. } => match inputs.observation {
            Observation::None | Observation::Unlisted | Observation::Listed(_) => Some(observe(inputs)),
            Observation::Present(_) => None,
            Observation::Absent => {
                let message = format!("create: {error}");
                Some(stalled(inputs, Reason::RemoteRefused, message, "refused although the schedule does not exist"))
            }
        },
        RemoteError::NotFound(detail) => Some(waiting(
            inputs,
            Reason::RemoteError,
            format!("the workflow is not known (yet): {detail}"),
            Requeue::Backoff,
            "the workflow is not known",
        )),
        RemoteError::Unauthorized
        | RemoteError::Forbidden(_)
        | RemoteError::Refused { .. }
        | RemoteError::EncodingRequired
        | RemoteError::RateLimited { .. }
        | RemoteError::Unavailable { .. }
        | RemoteError::Transport(_)
        | RemoteError::Malformed { .. } => {
            let unanswered_creations = outcome_of(inputs.memory.unanswered_creations.clone(), error, inputs.now);
            let memory = Memory { unanswered_creations, ..inputs.memory.clone() };
            Some(Plan { memory, ..end(inputs, Operation::Create, error) })
        }
    }
}

/// At most once: a trigger that may have had its effect is never sent again. A trigger that had no effect is
/// taken back from the memory, so that it is sent again after the backoff.
fn after_trigger(inputs: &Inputs, error: &RemoteError) -> Option<Plan> {
    if !inputs.journal.has_requested_trigger() {
        // Once the status says how the request ended, its failure says nothing about the schedule.
        return trigger::is_open(inputs).then(|| end(inputs, Operation::Trigger, error));
    }
    if error.may_have_landed() {
        return Some(trigger::unknown(inputs, &error.to_string()));
    }
    Some(match error.kind() {
        Kind::Terminal => trigger::record(inputs, TriggerState::Refused, &error.to_string()),
        Kind::Retry | Kind::Wait => with(inputs.memory.clone(), Action::ClearTrigger, "the trigger was not sent"),
    })
}

/// After a POST that certainly created nothing, the memory contains neither the creation nor the claim: another
/// resource may use the id now.
fn forget_creation(inputs: &Inputs, error: &RemoteError) -> Option<Plan> {
    let is_certain = match error {
        RemoteError::Conflict(_)
        | RemoteError::Ambiguous(_)
        | RemoteError::Refused { .. }
        | RemoteError::Forbidden(_)
        | RemoteError::NotFound(_)
        | RemoteError::EncodingRequired => true,
        // Some servers answer an existing id with a bad request: it may be the resource's own.
        RemoteError::AlreadyExists { .. }
        | RemoteError::Unauthorized
        | RemoteError::RateLimited { .. }
        | RemoteError::Unavailable { .. }
        | RemoteError::Transport(_)
        | RemoteError::Malformed { .. } => false,
    };
    let earlier = without_effect(inputs.memory.unanswered_creations.clone());
    let may_be_late = still_late(earlier.as_ref(), inputs.now).is_some();
    if !is_certain || may_be_late || inputs.memory.creation().is_none() {
        return None;
    }
    let mut memory = inputs.memory.clone();
    memory.lifecycle = match memory.lifecycle.map(|lifecycle| *lifecycle) {
        Some(Lifecycle::CreatingNew(replacement)) => {
            Some(Box::new(Lifecycle::CreatingNew(Replacement { creation: None, ..replacement })))
        }
        Some(Lifecycle::Creating(_) | Lifecycle::DeletingOld(_)) | None => None,
    };
    memory.unanswered_creations = None;
    if memory.target.is_none() {
        memory.claim = memory.claim.filter(|claim| claim.via != ClaimVia::Explicit);
    }
    Some(store_memory(memory, "nothing was created"))
}

fn end(inputs: &Inputs, operation: Operation, error: &RemoteError) -> Plan {
    let message = format!("{}: {error}", operation.name());
    let reason = "a call failed";
    let refused = |why: Reason, message: String| {
        if must_not_end(inputs, operation) {
            waiting(inputs, why, message, Requeue::Backoff, reason)
        } else {
            stalled(inputs, why, message, reason)
        }
    };
    match error {
        RemoteError::Unauthorized => waiting(inputs, Reason::Unauthorized, message, Requeue::WithConnection, reason),
        RemoteError::RateLimited { .. } => waiting(inputs, Reason::RateLimited, message, Requeue::Backoff, reason),
        RemoteError::Forbidden(_) => refused(Reason::Forbidden, message),
        RemoteError::Refused { .. } | RemoteError::AlreadyExists { .. } | RemoteError::EncodingRequired => {
            refused(Reason::RemoteRefused, message)
        }
        // It was deleted or created meanwhile: the next reconcile reads the new state.
        RemoteError::NotFound(_) | RemoteError::Conflict(_) | RemoteError::Ambiguous(_) => {
            waiting(inputs, Reason::Progressing, message, Requeue::Backoff, reason)
        }
        RemoteError::Unavailable { .. } | RemoteError::Transport(_) => {
            waiting(inputs, Reason::RemoteUnavailable, message, Requeue::Backoff, reason)
        }
        RemoteError::Malformed { .. } => waiting(inputs, Reason::RemoteError, message, Requeue::Backoff, reason),
    }
}

/// A pause and a deletion stop runs: they are tried again whatever the remote says, for instance a gateway that
/// refuses everything for some minutes.
fn must_not_end(inputs: &Inputs, operation: Operation) -> bool {
    let is_deleted = inputs.resource.metadata.deletion_timestamp.is_some();
    let is_switched = matches!(inputs.connection, ConnectionView::Found { facts, .. } if facts.kill_switch.is_some());
    let is_to_be_paused = inputs.resource.spec.paused == Some(true) || is_switched;
    match operation {
        Operation::Delete | Operation::Pause => true,
        Operation::Get => is_deleted || is_to_be_paused,
        Operation::List
        | Operation::Create
        | Operation::Patch
        | Operation::Resume
        | Operation::Trigger
        | Operation::WhoAmI
        | Operation::GetExecution
        | Operation::ListRuns
        | Operation::ListEvents
        | Operation::ListRegistrations
        | Operation::GetWorkflow => false,
    }
}
