//! A resource that is being deleted.

use crate::plan::limits::unknown_outcome::late_until;
use jiff::Timestamp;

use crate::api::{DeletionPolicy, Management, Memory, Reason};
use crate::plan::decision::action::{Action, Call, Outcome, Requeue};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Inputs, deleted_id};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, finish, observe, waiting, with};
use crate::plan::model::observed::Observation;
use crate::plan::rules::call_failure;

/// The deletion of a resource. It is carried out even if `management` is `Off` or the namespace is no longer
/// allowed, so that everything that was created can be deleted.
pub(crate) fn plan(inputs: &Inputs) -> Plan {
    if !inputs.has_finalizer() {
        return finish(inputs, Outcome::Released, "no finalizer of ours");
    }
    let ConnectionView::Found { facts, not_ready, .. } = inputs.connection else {
        return without_connection(inputs);
    };
    let policy = inputs.resource.spec.deletion_policy.or(facts.deletion_policy).unwrap_or(DeletionPolicy::Delete);
    if policy == DeletionPolicy::Orphan {
        return release(inputs, "deletionPolicy is Orphan").with_event(
            false,
            "Orphaned",
            "the remote schedule is left as it is".into(),
        );
    }
    if inputs.resource.spec.management.or(facts.management) == Some(Management::Observe) {
        return release(inputs, "management is Observe");
    }
    let id = deleted_id(inputs, facts);
    if !inputs.is_claimed(&id, &facts.prefix) || inputs.conflict.is_some() {
        return release(inputs, "the id is not claimed");
    }
    if let Some((reason, message)) = not_ready {
        let message = format!("the remote schedule {id} cannot be deleted: {message}. {}", orphan_hint(inputs));
        return waiting(inputs, *reason, message, Requeue::WithConnection, "the connection cannot be used");
    }
    if let Some(plan) = call_failure::plan(inputs) {
        return plan;
    }
    match inputs.observation {
        Observation::None | Observation::Listed(_) => observe(inputs),
        Observation::Absent => gone(inputs),
        Observation::Present(_) if facts.deletion_held => held(inputs, facts),
        Observation::Present(_) => {
            late(inputs, Reason::Terminating).unwrap_or_else(|| delete(inputs, "the resource is being deleted"))
        }
    }
}

/// Deletes the remote schedule.
pub(crate) fn delete(inputs: &Inputs, reason: &'static str) -> Plan {
    let memory = Memory { deletion_unknown_since: None, ..inputs.memory.clone() };
    call(memory, Call::Delete, reason)
}

/// Only one DELETE at a time: a late DELETE would delete a schedule that was created with the same id in the
/// meantime.
pub(crate) fn late(inputs: &Inputs, reason: Reason) -> Option<Plan> {
    let since = inputs.memory.deletion_unknown_since.as_ref()?.parse().ok()?;
    let until = late_until(since).filter(|until| *until > inputs.now)?;
    let message = "a deletion had no answer and may still arrive: looking again after that".into();
    Some(waiting(inputs, reason, message, Requeue::At(until), "a deletion may still arrive"))
}

fn without_connection(inputs: &Inputs) -> Plan {
    if inputs.resource.spec.deletion_policy == Some(DeletionPolicy::Orphan) {
        return release(inputs, "deletionPolicy is Orphan");
    }
    if inputs.resource.spec.management == Some(Management::Observe) {
        return release(inputs, "management is Observe");
    }
    let ConnectionView::Missing { message, .. } = inputs.connection else {
        return observe(inputs);
    };
    let message = format!("the remote schedule cannot be deleted: {message}. {}", orphan_hint(inputs));
    waiting(
        inputs,
        Reason::DeletionBlocked,
        message,
        Requeue::WithConnection,
        "there is no connection to delete through",
    )
}

/// The remote schedule does not exist. If a POST may still take effect, wait for it: otherwise its schedule
/// would stay.
fn gone(inputs: &Inputs) -> Plan {
    match late_creation_until(inputs) {
        Some(until) if until > inputs.now => waiting(
            inputs,
            Reason::Terminating,
            "a creation had no answer and may still arrive: looking once more before the end".into(),
            Requeue::At(until),
            "a creation may still arrive",
        ),
        Some(_) | None => release(inputs, "the remote schedule is gone"),
    }
}

fn late_creation_until(inputs: &Inputs) -> Option<Timestamp> {
    let remembered = inputs.memory.creation_unknown_since.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    // A crash in mid-pass, perhaps between a POST and its answer.
    let unfinished = inputs.memory.creating.is_some();
    let deleted = inputs.resource.metadata.deletion_timestamp.as_ref().map(|at| at.0);
    let since = remembered.into_iter().chain(deleted.filter(|_| unfinished)).max()?;
    late_until(since)
}

fn held(inputs: &Inputs, facts: &ConnectionFacts) -> Plan {
    let message = format!(
        "too many schedules of connection {0} would be deleted at once; if that is meant: kubectl annotate workflowconnection -n {1} {2} --overwrite workflows.mistral.ai/approve-deletions-at=\"$(date -u +%FT%TZ)\". {3}",
        facts.key,
        facts.namespace,
        facts.key.rsplit('/').next().unwrap_or_default(),
        orphan_hint(inputs)
    );
    waiting(inputs, Reason::DeletionHeld, message, Requeue::WithConnection, "deletions are held")
}

fn release(inputs: &Inputs, reason: &'static str) -> Plan {
    with(inputs.memory.clone(), Action::RemoveFinalizer, reason)
}

/// The exact command that ends the wait. Nothing can be created in a terminating namespace, but a resource in
/// it can still be patched.
fn orphan_hint(inputs: &Inputs) -> String {
    format!(
        "To let the resource go and leave the remote schedule: kubectl patch workflowschedule -n {} {} --type merge -p '{{\"spec\":{{\"deletionPolicy\":\"Orphan\"}}}}'",
        inputs.namespace(),
        inputs.name()
    )
}
