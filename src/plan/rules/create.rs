//! The remote schedule does not exist: create it, or report why not.

use serde_json::Value;

use crate::api::{
    ClaimVia, Closed, Creation, Lifecycle, MaxExecutionsMemory, Memory, OldSchedule, Reason, RememberedPause,
    Replacement,
};
use crate::plan::decision::action::{Action, Call, Outcome, Requeue};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs, claim, remembered_pause};
use crate::plan::decision::journal::Intention;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, store_memory, waiting, with};
use crate::plan::limits::closed::{has_ended, is_resume_owed, is_timeless};
use crate::plan::limits::unknown_outcome::{answered, before_sending, late_until, still_late};
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::input::fingerprint;
use crate::plan::model::target::target;
use crate::plan::rules::desired_pause::{comes_back, is_resume_asked_for};
use crate::plan::rules::trigger;
use crate::remote::wire;

pub(crate) fn plan(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts) -> Plan {
    let existed = !inputs.is_never_reconciled();
    if let Some(Lifecycle::DeletingOld(old)) = inputs.memory.lifecycle.as_deref() {
        return store_memory(
            old_is_deleted(inputs.memory, old),
            "the old schedule is gone: the new one may be created",
        );
    }
    if let Some(plan) = late(inputs, desired, facts, existed) {
        return plan;
    }
    if is_used_up(inputs, desired) {
        return trigger::in_vain(inputs, "its runs are used up, and nothing is left at the remote")
            .unwrap_or_else(|| exhausted(inputs, desired));
    }
    let is_replaced = inputs.memory.old_schedule().is_some();
    if existed && !is_replaced && has_ended(&desired.content.timing, inputs.now) {
        return trigger::in_vain(inputs, "it has no run left, and nothing is left at the remote")
            .unwrap_or_else(|| ended(inputs, desired));
    }
    let is_accident = cause(inputs, desired, facts).is_none() && !is_timeless(&desired.content.timing);
    if existed && !is_replaced && facts.mass_disappearance && is_accident {
        return waiting(
            inputs,
            Reason::MassDisappearance,
            mass_disappearance(facts),
            Requeue::WithConnection,
            "too many schedules vanished at once",
        );
    }
    if facts.terminating && !existed {
        let message = format!("connection {} is being deleted and accepts no new schedules", facts.key);
        return waiting(
            inputs,
            Reason::Terminating,
            message,
            Requeue::WithConnection,
            "the connection is being deleted",
        );
    }
    if !inputs.has_finalizer() {
        return with(inputs.memory.clone(), Action::AddFinalizer, "the finalizer is added before the first POST");
    }
    let memory = protective(inputs, desired, facts, existed);
    if memory != *inputs.memory {
        return store_memory(memory, "the memory is stored before the POST");
    }
    create(inputs, desired, facts, existed)
}

/// A server may take the second POST of an id for an update. Then the first one, arriving late, brings back all runs of
/// its count, lifts a pause, or restores what it was sent with before an edit. A late PATCH with a count does the same to
/// the new schedule. The same POST, without a count and a pause, may be repeated at once: the poll looks whether the
/// first one comes, and a deletion waits for it.
fn late(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts, existed: bool) -> Option<Plan> {
    if inputs.journal.is_unsent(Intention::Creation) {
        return None;
    }
    let must_wait = || {
        !is_repeatable(desired, facts)
            || inputs.memory.pause_before_patch.is_some()
            || inputs.memory.creation().is_none_or(|sent| {
                sent.body_fingerprint != Some(body_fingerprint(inputs, desired, facts, inputs.memory, existed))
            })
    };
    let unanswered = inputs.memory.unanswered_creations.as_ref().filter(|_| must_wait());
    let creation = unanswered.and_then(|calls| late_until(&calls.since));
    let count = inputs.memory.max_executions.as_ref().and_then(|count| late_until(&count.intended.as_ref()?.at));
    let until = creation.max(count).filter(|until| *until > inputs.now)?;
    let message = "an earlier creation or PATCH had no answer and may still arrive: the operator checks again after that, then creates the schedule".to_owned();
    Some(waiting(inputs, Reason::Progressing, message, Requeue::At(until), "a creation or a count may still arrive"))
}

/// A POST that replaces the same schedule changes nothing: no count begins anew, and nothing that must be paused runs.
pub(crate) const fn is_repeatable(desired: &Desired, facts: &ConnectionFacts) -> bool {
    desired.max_executions.is_none()
        && !matches!(desired.pause, DeclaredPause::Paused(_))
        && facts.kill_switch.is_none()
}

fn old_is_deleted(memory: &Memory, old: &OldSchedule) -> Memory {
    let lifecycle = Some(Box::new(Lifecycle::CreatingNew(Replacement { old: old.clone(), creation: None })));
    let mut memory = Memory { unanswered_deletions: None, lifecycle, ..memory.clone() };
    if old.paused {
        keep_pause(&mut memory, old.note.clone());
    }
    memory
}

/// The pause of a person is restored on the new schedule, and does not become a pause of the kill switch.
fn keep_pause(memory: &mut Memory, note: Option<String>) {
    memory.pause_before_patch = Some(RememberedPause { note });
    memory.paused_by_connection = false;
}

/// The runs are used up, and no new count is declared: the schedule stays exhausted.
fn is_used_up(inputs: &Inputs, desired: &Desired) -> bool {
    let declared = inputs.memory.max_executions.as_ref().and_then(|memory| memory.declared);
    !inputs.is_never_reconciled() && remaining(inputs) == Some(0) && declared == desired.max_executions
}

/// The remaining runs of the schedule that is gone.
fn remaining(inputs: &Inputs) -> Option<i64> {
    match inputs.memory.old_schedule() {
        Some(old) => old.remaining,
        None => inputs.status().and_then(|status| status.remaining_executions),
    }
}

fn exhausted(inputs: &Inputs, desired: &Desired) -> Plan {
    let mut memory = inputs.memory.clone();
    memory.lifecycle = None;
    memory.target = Some(target(desired));
    let message =
        "all its runs are used up, and the remote schedule is gone; a new maxExecutions starts a new count".to_owned();
    with(
        memory,
        Action::Finish(Outcome::Ready { reason: Reason::Exhausted, message, drift: Vec::new() }),
        "its runs are used up",
    )
}

/// A schedule that had no run left stays gone: the engine deletes it after a week (temporalio/temporal#4602).
fn ended(inputs: &Inputs, desired: &Desired) -> Plan {
    let mut memory = inputs.memory.clone();
    memory.closed = Some(Closed::Ended);
    memory.lifecycle = None;
    memory.pause_before_patch = None;
    memory.paused_by_connection = false;
    memory.paused = Some(remembered_pause(&desired.pause));
    memory.target = Some(target(desired));
    if let Some(count) = memory.max_executions.as_mut() {
        count.intended = None;
    }
    let message =
        "it has no run left, and the remote schedule is gone; an edit that gives it runs creates it again".to_owned();
    with(
        memory,
        Action::Finish(Outcome::Ready { reason: Reason::Ended, message, drift: Vec::new() }),
        "it has no run left",
    )
}

/// Why the engine itself has deleted the schedule, if it has.
fn cause(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts) -> Option<Closed> {
    // A resume after a mass disappearance does not explain why the schedule is gone.
    let resumes = facts.kill_switch.is_none() && !facts.mass_disappearance;
    let is_owed = || is_resume_owed(inputs.resource) || is_resume_asked_for(inputs, desired);
    let is_resumed = inputs.journal.has_resumed() || resumes && is_owed();
    inputs.memory.closed.or(is_resumed.then_some(Closed::Resumed))
}

fn mass_disappearance(facts: &ConnectionFacts) -> String {
    format!(
        "the remote schedule is gone, and so are too many others of connection {0} at once: nothing is created again until this is approved: kubectl annotate --field-manager=manual workflowconnection -n {1} {2} --overwrite workflows.mistral.ai/approve-disappearance-at=\"$(date -u +%FT%TZ)\"",
        facts.key,
        facts.namespace,
        facts.key.rsplit('/').next().unwrap_or_default()
    )
}

/// The memory that must be stored before the POST.
fn protective(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts, existed: bool) -> Memory {
    let mut memory = inputs.memory.clone();
    if desired.explicit && memory.claim.as_ref().is_none_or(|claim| claim.schedule_id != desired.id.as_str()) {
        memory.claim = Some(claim(&desired.id, ClaimVia::Explicit));
    }
    if !inputs.journal.is_unsent(Intention::Creation) {
        memory.unanswered_creations = Some(before_sending(memory.unanswered_creations.as_ref(), inputs.now));
    }
    if existed && memory.old_schedule().is_none() {
        memory.closed = cause(inputs, desired, facts);
        if memory.closed != Some(Closed::Resumed) {
            keep_last_pause(inputs, desired, facts, &mut memory);
        }
    }
    if facts.kill_switch.is_some() && needs_kill(desired, &memory) {
        memory.paused_by_connection = true;
    }
    let creation = Creation {
        connection: facts.key.clone(),
        schedule_id: desired.id.as_str().to_owned(),
        target: target(desired),
        max_executions: desired.max_executions,
        body_fingerprint: Some(body_fingerprint(inputs, desired, facts, &memory, existed)),
    };
    memory.lifecycle = Some(Box::new(match memory.old_schedule().cloned() {
        Some(old) => Lifecycle::CreatingNew(Replacement { old, creation: Some(creation) }),
        None => Lifecycle::Creating(creation),
    }));
    memory
}

/// A pause that was there when it was last looked at comes back with a schedule that is created again, unless a
/// declaration or the kill switch decides.
pub(crate) fn keep_last_pause(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts, memory: &mut Memory) {
    let Some(status) = inputs.status().filter(|status| status.paused == Some(true)) else { return };
    let note = status.pause_note.as_deref().unwrap_or_default();
    if !facts.is_kill_note(note) && comes_back(desired, note) && memory.pause_before_patch.is_none() {
        keep_pause(memory, status.pause_note.clone());
    }
}

const fn needs_kill(desired: &Desired, memory: &Memory) -> bool {
    !matches!(desired.pause, DeclaredPause::Paused(_))
        && !memory.paused_by_connection
        && memory.pause_before_patch.is_none()
}

/// What the POST sends, by a memory that says which pause is restored.
fn body(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts, memory: &Memory, existed: bool) -> wire::Create {
    let to_be_paused = matches!(desired.pause, DeclaredPause::Paused(_))
        || facts.kill_switch.is_some()
        || memory.pause_before_patch.is_some();
    // The API cannot create a schedule paused: it is created so that it cannot fire, then paused.
    let content = if to_be_paused { desired.content.parked() } else { desired.content.clone() };
    let max = initial_count(inputs, desired, existed).map(|count| wire::MaxExecutions(Some(count)));
    wire::Create { schedule_id: desired.id.clone(), target: desired.target.clone(), schedule: content.definition(max) }
}

/// Tells two bodies apart. The input counts by its sources, because it may contain a secret.
fn body_fingerprint(
    inputs: &Inputs,
    desired: &Desired,
    facts: &ConnectionFacts,
    memory: &Memory,
    existed: bool,
) -> String {
    let mut body = body(inputs, desired, facts, memory, existed);
    body.schedule.input = Value::Null;
    // A body that cannot be written as JSON is never sent.
    let text = serde_json::to_string(&body).unwrap_or_default();
    let sources = serde_json::to_string(&inputs.resource.spec.input_from).unwrap_or_default();
    fingerprint(&[text, desired.input_fingerprint.clone(), sources])
}

fn create(inputs: &Inputs, desired: &Desired, facts: &ConnectionFacts, existed: bool) -> Plan {
    let body = body(inputs, desired, facts, inputs.memory, existed);
    let replaced = inputs.memory.old_schedule().is_some();
    let mut memory = inputs.memory.clone();
    memory.target = Some(target(desired));
    memory.max_executions = Some(MaxExecutionsMemory { declared: desired.max_executions, intended: None });
    memory.unanswered_creations = answered(still_late(memory.unanswered_creations.as_ref(), inputs.now));
    memory.lifecycle = None;
    memory.closed = None;
    let plan = call(
        memory,
        Call::Create(Box::new(body)),
        if existed { "the remote schedule no longer exists" } else { "the remote schedule does not exist yet" },
    );
    let id = &desired.id;
    match (replaced, existed, inputs.memory.closed) {
        (true, ..) => plan.with_event(false, "Replaced", format!("created {id} again for its new workflow")),
        (false, false, _) | (false, true, Some(Closed::Ended)) => {
            plan.with_event(false, "Created", format!("created {id}"))
        }
        (false, true, Some(Closed::Resumed)) => plan.with_event(
            false,
            "Recreated",
            format!("the server deleted {id} when it was resumed after a long pause; it has been created again"),
        ),
        // The engine deletes it every week.
        (false, true, None) if is_timeless(&desired.content.timing) => plan,
        (false, true, None) => {
            plan.with_event(true, "Recreated", format!("{id} did not exist any more and has been created again"))
        }
    }
}

/// The count of the new schedule: the remaining count of the old one, unless a new count is declared.
fn initial_count(inputs: &Inputs, desired: &Desired, existed: bool) -> Option<i64> {
    let declared = inputs.memory.max_executions.as_ref().and_then(|memory| memory.declared);
    if !existed || declared != desired.max_executions {
        return desired.max_executions;
    }
    desired.max_executions.map(|declared| remaining(inputs).unwrap_or(declared))
}
