//! A resource that is being deleted.

use crate::plan::limits::unknown_outcome::late_until;
use jiff::Timestamp;

use crate::api::{DeletionPolicy, Management, Memory, Reason};
use crate::plan::decision::action::{Call, Rest, Retry, Step};
use crate::plan::decision::inputs::{ConnectionFacts, ConnectionView, Situation, deleted_id};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, look, rest, wait, with};
use crate::plan::model::observed::Sight;
use crate::plan::rules::call_failure;

/// The end of a resource. It goes through though `management` is `Off` and though the namespace is
/// no longer allowed, for what was created must be able to go.
pub(crate) fn plan(s: &Situation) -> Plan {
    if !s.has_finalizer() {
        return rest(s, Rest::Gone, "no finalizer of ours");
    }
    let ConnectionView::Found { facts, waiting, .. } = s.connection else {
        return without_connection(s);
    };
    let policy = s.resource.spec.deletion_policy.or(facts.deletion_policy).unwrap_or(DeletionPolicy::Delete);
    if policy == DeletionPolicy::Orphan {
        return release(s, "deletionPolicy is Orphan").telling(
            false,
            "Orphaned",
            "the remote schedule is left as it is".into(),
        );
    }
    if s.resource.spec.management.or(facts.management) == Some(Management::Observe) {
        return release(s, "management is Observe");
    }
    let id = deleted_id(s, facts);
    if !s.is_claimed(&id, &facts.prefix) || s.conflict.is_some() {
        return release(s, "the id is not claimed");
    }
    if let Some((reason, message)) = waiting {
        let message = format!("the remote schedule {id} cannot be deleted: {message}. {}", orphan_hint(s));
        return wait(s, *reason, message, Retry::WithConnection, "the connection cannot be used");
    }
    if let Some(plan) = call_failure::plan(s) {
        return plan;
    }
    match s.sight {
        Sight::Unseen | Sight::Listed(_) => look(s),
        Sight::Absent => gone(s),
        Sight::Present(_) if facts.deletion_held => held(s, facts),
        Sight::Present(_) => late(s, Reason::Terminating).unwrap_or_else(|| delete(s, "the resource is being deleted")),
    }
}

/// Deletes what is there.
pub(crate) fn delete(s: &Situation, because: &'static str) -> Plan {
    let memory = Memory { deletion_unknown_since: None, ..s.memory.clone() };
    call(memory, Call::Delete, because)
}

/// One DELETE at a time: one that arrives late would delete what has been made under the same id meanwhile.
pub(crate) fn late(s: &Situation, reason: Reason) -> Option<Plan> {
    let since = s.memory.deletion_unknown_since.as_ref()?.parse().ok()?;
    let until = late_until(since).filter(|until| *until > s.now)?;
    let message = "a deletion had no answer and may still arrive: looking again after that".into();
    Some(wait(s, reason, message, Retry::At(until), "a deletion may still arrive"))
}

fn without_connection(s: &Situation) -> Plan {
    if s.resource.spec.deletion_policy == Some(DeletionPolicy::Orphan) {
        return release(s, "deletionPolicy is Orphan");
    }
    if s.resource.spec.management == Some(Management::Observe) {
        return release(s, "management is Observe");
    }
    let ConnectionView::Missing { message, .. } = s.connection else {
        return look(s);
    };
    let message = format!("the remote schedule cannot be deleted: {message}. {}", orphan_hint(s));
    wait(s, Reason::DeletionBlocked, message, Retry::WithConnection, "there is no connection to delete through")
}

/// The id is free. A POST that may still arrive is waited for, or its schedule would outlive us.
fn gone(s: &Situation) -> Plan {
    match late_creation_until(s) {
        Some(until) if until > s.now => wait(
            s,
            Reason::Terminating,
            "a creation had no answer and may still arrive: looking once more before the end".into(),
            Retry::At(until),
            "a creation may still arrive",
        ),
        Some(_) | None => release(s, "the remote schedule is gone"),
    }
}

fn late_creation_until(s: &Situation) -> Option<Timestamp> {
    let remembered = s.memory.creation_unknown_since.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
    // A crash in mid-pass, perhaps between a POST and its answer.
    let unfinished = s.memory.creating.is_some();
    let deleted = s.resource.metadata.deletion_timestamp.as_ref().map(|at| at.0);
    let since = remembered.into_iter().chain(deleted.filter(|_| unfinished)).max()?;
    late_until(since)
}

fn held(s: &Situation, facts: &ConnectionFacts) -> Plan {
    let message = format!(
        "too many schedules of connection {0} would be deleted at once; if that is meant: kubectl annotate workflowconnection -n {1} {2} --overwrite workflows.mistral.ai/approve-deletions-at=\"$(date -u +%FT%TZ)\". {3}",
        facts.key,
        facts.namespace,
        facts.key.rsplit('/').next().unwrap_or_default(),
        orphan_hint(s)
    );
    wait(s, Reason::DeletionHeld, message, Retry::WithConnection, "deletions are held")
}

fn release(s: &Situation, because: &'static str) -> Plan {
    with(s.memory.clone(), Step::RemoveFinalizer, because)
}

/// The exact command that gets a person out. Nothing can be created in a terminating namespace,
/// but a resource in it can still be patched.
fn orphan_hint(s: &Situation) -> String {
    format!(
        "To let the resource go and leave the remote schedule: kubectl patch workflowschedule -n {} {} --type merge -p '{{\"spec\":{{\"deletionPolicy\":\"Orphan\"}}}}'",
        s.namespace(),
        s.name()
    )
}
