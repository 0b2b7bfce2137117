//! A resource that is being deleted.

use jiff::Timestamp;

use crate::api::{DeletionPolicy, Management, Memory, Reason};
use crate::plan::decision::action::{Action, Call, Outcome, Requeue};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Inputs};
use crate::plan::decision::journal::Intention;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, finish, observe, store_memory, waiting, with};
use crate::plan::limits::unknown_outcome::{answered, before_sending, late_until, without_effect};
use crate::plan::model::observed::Observation;
use crate::plan::rules::call_failure;

/// The deletion of a resource. It is carried out even if `management` is `Off` or the namespace is no longer
/// allowed, so that everything that was created can be deleted.
pub(crate) fn plan(inputs: &Inputs) -> Plan {
    if !inputs.has_finalizer() {
        return finish(inputs, Outcome::Released, "the finalizer is not set");
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
    let id = inputs.ownership().id_of_calls(&facts.prefix);
    if !inputs.is_claimed(&id, &facts.prefix) || inputs.conflict.is_some() {
        return left_behind(release(inputs, "the id is not claimed"), inputs, facts);
    }
    if let Some((reason, message)) = not_ready {
        let message = format!(
            "the remote schedule {id} cannot be deleted: {message}. {}",
            orphan_hint(inputs.namespace(), inputs.name())
        );
        return waiting(inputs, *reason, message, Requeue::WithConnection, "the connection cannot be used");
    }
    if let Some(plan) = call_failure::plan(inputs) {
        return plan;
    }
    match inputs.observation {
        Observation::None | Observation::Unlisted | Observation::Listed(_) => observe(inputs),
        Observation::Absent => gone(inputs, facts),
        Observation::Present(_) if facts.deletion_held => held(inputs, facts),
        Observation::Present(_) => delete(inputs, Reason::Terminating, "the resource is being deleted"),
    }
}

/// Deletes what is there. That a DELETE may be on its way is stored first.
pub(crate) fn delete(inputs: &Inputs, while_waiting: Reason, reason: &'static str) -> Plan {
    if inputs.journal.has_deleted() {
        let message = "the remote schedule still exists after its deletion: the operator tries again".into();
        return waiting(inputs, while_waiting, message, Requeue::Backoff, "the remote did not delete it");
    }
    let earlier = inputs.memory.unanswered_deletions.clone();
    if inputs.journal.is_unsent(Intention::Deletion) {
        let memory = Memory { unanswered_deletions: answered(earlier), deletion_held: None, ..inputs.memory.clone() };
        return call(memory, Call::Delete, reason);
    }
    let unanswered_deletions = Some(before_sending(earlier.as_ref(), inputs.now));
    store_memory(
        Memory { unanswered_deletions, deletion_held: None, ..inputs.memory.clone() },
        "a DELETE is stored before it is sent",
    )
}

/// For a replace, one DELETE at a time: one that arrives late would delete what has been made under the same id
/// meanwhile.
pub(crate) fn late(inputs: &Inputs, reason: Reason) -> Option<Plan> {
    if inputs.journal.is_unsent(Intention::Deletion) {
        return None;
    }
    let since = &inputs.memory.unanswered_deletions.as_ref()?.since;
    let until = late_until(since).filter(|until| *until > inputs.now)?;
    let message = "a deletion had no answer and may still arrive: the operator checks again after that".into();
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
    let message =
        format!("the remote schedule cannot be deleted: {message}. {}", orphan_hint(inputs.namespace(), inputs.name()));
    waiting(
        inputs,
        Reason::DeletionBlocked,
        message,
        Requeue::WithConnection,
        "there is no connection to delete through",
    )
}

/// The remote schedule is gone. Waits for a POST that may still arrive, or its schedule would stay; and for a DELETE
/// too, or it could delete the schedule of the next resource with this name.
fn gone(inputs: &Inputs, facts: &ConnectionFacts) -> Plan {
    let is_to_come = |until: &Timestamp| *until > inputs.now;
    let late_creation = late_creation_until(inputs).filter(is_to_come);
    let late_deletion = late_deletion_until(inputs).filter(is_to_come);
    let (message, why) = if late_creation.is_some() {
        (
            "a creation had no answer and may still arrive: the operator checks again, then removes the finalizer",
            "a creation may still arrive",
        )
    } else {
        ("a deletion had no answer and may still arrive: the finalizer waits for it", "a deletion may still arrive")
    };
    match late_creation.max(late_deletion) {
        Some(until) => waiting(inputs, Reason::Terminating, message.into(), Requeue::At(until), why),
        None => left_behind(release(inputs, "the remote schedule is gone"), inputs, facts),
    }
}

/// A recorded id that is not the resource's own is not deleted, and this is told.
fn left_behind(plan: Plan, inputs: &Inputs, facts: &ConnectionFacts) -> Plan {
    let Some(id) = inputs.ownership().foreign_pin(&facts.prefix) else { return plan };
    let message = format!(
        "the status named the remote schedule {id}, which is neither the derived id of this resource nor one that it has claimed: it is left as it is"
    );
    plan.with_event(true, "Orphaned", message)
}

fn late_creation_until(inputs: &Inputs) -> Option<Timestamp> {
    let remembered = inputs.memory.unanswered_creations.as_ref().and_then(|calls| late_until(&calls.since));
    // A crash in mid-reconcile: the POST may have waited for its turn after it was stored, but not beyond the deletion.
    let unfinished = inputs.memory.creation().is_some();
    let deleted = inputs.resource.metadata.deletion_timestamp.as_ref().filter(|_| unfinished);
    remembered.max(deleted.and_then(|at| late_until(&at.0.to_string())))
}

/// Of two DELETEs one has made it go, and the other may still come.
fn late_deletion_until(inputs: &Inputs) -> Option<Timestamp> {
    late_until(&answered(inputs.memory.unanswered_deletions.clone())?.since)
}

fn held(inputs: &Inputs, facts: &ConnectionFacts) -> Plan {
    let message = format!(
        "too many schedules of connection {0} would be deleted at once; if that is meant: kubectl annotate --field-manager=manual workflowconnection -n {1} {2} --overwrite workflows.mistral.ai/approve-deletions-at=\"$(date -u +%FT%TZ)\". {3}",
        facts.key,
        facts.namespace,
        facts.key.rsplit('/').next().unwrap_or_default(),
        orphan_hint(inputs.namespace(), inputs.name())
    );
    let mut plan = waiting(inputs, Reason::DeletionHeld, message, Requeue::WithConnection, "deletions are held");
    plan.memory.deletion_held = Some(true);
    if inputs.journal.is_unsent(Intention::Deletion) {
        plan.memory.unanswered_deletions = without_effect(plan.memory.unanswered_deletions);
    }
    plan
}

fn release(inputs: &Inputs, reason: &'static str) -> Plan {
    with(inputs.memory.clone(), Action::RemoveFinalizer, reason)
}

/// The exact command that ends the wait. Nothing can be created in a terminating namespace, but a resource in
/// it can still be patched.
#[must_use]
pub fn orphan_hint(namespace: &str, name: &str) -> String {
    format!(
        "To delete the resource and keep the remote schedule: kubectl patch --field-manager=manual workflowschedule -n {namespace} {name} --type merge -p '{{\"spec\":{{\"deletionPolicy\":\"Orphan\"}}}}'"
    )
}
