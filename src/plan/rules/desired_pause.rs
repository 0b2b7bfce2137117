//! Whether the remote schedule must be paused.

use crate::api::{self, Memory, RESUME_REQUESTED_AT};
use crate::plan::decision::inputs::{ConnectionFacts, Inputs};
use crate::plan::limits::annotation_request;
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::failure_note::{FAILURE_HEAD, FAILURE_NOTE, is_failure_note};
use crate::plan::model::observed::Observed;
use crate::remote::Note;
use crate::remote::wire::ExecutionStatus;

/// The desired pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DesiredPause {
    /// Keep it as it is.
    Leave,
    /// Paused, with this note; `enforced` if another note is corrected.
    Paused { note: Option<Note>, enforced: bool, why: PauseReason },
    /// Running.
    Running(PauseReason),
    /// It depends on how this run ended.
    LookAtRun(String),
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PauseReason {
    Declared,
    /// `paused: false`, and somebody has paused it.
    AgainstSomebody,
    KillSwitch,
    KillSwitchLifted,
    Restored,
    Requested,
}

/// The beginning of a note by which the operator recognizes it.
pub(crate) fn mark(inputs: &Inputs, facts: &ConnectionFacts, note: Option<&Note>, why: PauseReason) -> Option<Note> {
    match why {
        PauseReason::Declared => Some(inputs.own_pause_note()),
        PauseReason::KillSwitch => Some(Note::marked(&facts.kill_mark(), None)),
        PauseReason::Restored => {
            let head = note.filter(|note| is_failure_note(note.as_str()))?.as_str().get(..FAILURE_HEAD)?;
            Note::written(head)
        }
        PauseReason::AgainstSomebody | PauseReason::KillSwitchLifted | PauseReason::Requested => None,
    }
}

/// Returns the desired pause, and removes from the memory what is done.
pub(crate) fn desired_pause(
    inputs: &Inputs,
    desired: &Desired,
    facts: &ConnectionFacts,
    observed: &Observed,
    memory: &mut Memory,
) -> DesiredPause {
    let is_marked = observed.paused && observed.note.as_deref().is_some_and(|note| facts.is_kill_note(note));
    if let DeclaredPause::Paused(note) = &desired.pause {
        memory.paused_by_connection = false;
        return DesiredPause::Paused {
            note: Some(note.clone().unwrap_or_else(|| inputs.own_pause_note())),
            // Under the kill switch's note it would be resumed with the rest.
            enforced: note.is_some() || is_marked,
            why: PauseReason::Declared,
        };
    }
    if is_marked {
        // The note shows it even if the status was lost.
        memory.paused_by_connection = true;
    }
    if let Some(note) = facts.kill_note() {
        let ours = memory.paused_by_connection;
        if !ours && let Some(want) = restored(desired, observed, memory) {
            return want;
        }
        // What somebody else has paused stays theirs: it is not resumed when the switch is lifted.
        let theirs = observed.paused && !ours;
        return if theirs {
            DesiredPause::Leave
        } else {
            DesiredPause::Paused { note: Some(note), enforced: false, why: PauseReason::KillSwitch }
        };
    }
    if memory.paused_by_connection {
        if let Some(want) = lifted(inputs, desired.content.policy.pause_on_failure, facts, observed) {
            return want;
        }
        forget_switch(facts, memory);
    }
    if let Some(want) = restored(desired, observed, memory) {
        return want;
    }
    if !observed.paused {
        return DesiredPause::Leave;
    }
    if resume_requested(inputs) {
        return DesiredPause::Running(PauseReason::Requested);
    }
    match desired.pause {
        DeclaredPause::Undeclared | DeclaredPause::Paused(_) => DesiredPause::Leave,
        DeclaredPause::Running => declared_running(observed, memory),
    }
}

/// Nothing of the kill switch's pause is left, and nothing restores it.
pub(crate) fn forget_switch(facts: &ConnectionFacts, memory: &mut Memory) {
    memory.paused_by_connection = false;
    let is_its_own = |note: &String| facts.is_kill_note(note);
    if memory.pause_before_patch.as_ref().and_then(|pause| pause.note.as_ref()).is_some_and(is_its_own) {
        memory.pause_before_patch = None;
    }
}

/// A failing workflow must not run again silently: only a request of a person or a change of `paused` undoes a
/// pause by the server.
fn declared_running(observed: &Observed, memory: &Memory) -> DesiredPause {
    let changed = memory.paused.is_some_and(|before| before != api::DeclaredPause::Running);
    if changed {
        return DesiredPause::Running(PauseReason::Declared);
    }
    if observed.is_paused_on_failure() {
        return DesiredPause::Leave;
    }
    DesiredPause::Running(if memory.paused.is_some() { PauseReason::AgainstSomebody } else { PauseReason::Declared })
}

/// The kill switch is off: the schedules that it paused are resumed, and no others.
pub(crate) fn lifted(
    inputs: &Inputs,
    pauses_on_failure: bool,
    facts: &ConnectionFacts,
    observed: &Observed,
) -> Option<DesiredPause> {
    let ours = observed.paused && observed.note.as_deref().is_some_and(|note| facts.is_kill_note(note));
    if !ours {
        return None;
    }
    let last = observed.recent.last().and_then(|run| run.execution_id.clone());
    match (pauses_on_failure, last, inputs.journal.last_run()) {
        (true, Some(id), None) => Some(DesiredPause::LookAtRun(id)),
        // The engine did not pause it, because it was already paused: the operator does it instead.
        (true, Some(id), Some(ExecutionStatus::Failed | ExecutionStatus::TimedOut)) => {
            let why = format!("run {id} failed while connection {} was paused", facts.key);
            let note = Some(Note::marked(FAILURE_NOTE, Some(&why)));
            Some(DesiredPause::Paused { note, enforced: true, why: PauseReason::Restored })
        }
        _ => Some(DesiredPause::Running(PauseReason::KillSwitchLifted)),
    }
}

/// Restores a pause that a patch, a replacement or a new creation has removed.
fn restored(desired: &Desired, observed: &Observed, memory: &mut Memory) -> Option<DesiredPause> {
    let remembered = memory.pause_before_patch.as_ref()?;
    let note = remembered.note.as_deref().and_then(Note::written);
    if !comes_back(desired, note.as_ref().map_or("", Note::as_str)) {
        memory.pause_before_patch = None;
        return None;
    }
    (!observed.paused).then_some(DesiredPause::Paused { note, enforced: false, why: PauseReason::Restored })
}

/// Whether a pause with this note is restored after a write has removed it: a pause that is not declared, or a
/// pause by the server.
pub(crate) fn comes_back(desired: &Desired, note: &str) -> bool {
    desired.pause == DeclaredPause::Undeclared || is_failure_note(note)
}

fn resume_requested(inputs: &Inputs) -> bool {
    resume_request(inputs).is_some_and(|verdict| verdict.is_ok())
}

/// Whether a person requests a resume that is carried out.
pub(crate) fn is_resume_asked_for(inputs: &Inputs, desired: &Desired) -> bool {
    let is_declared = matches!(desired.pause, DeclaredPause::Paused(_));
    let was_paused = inputs.status().and_then(|status| status.paused) == Some(true);
    was_paused && !is_declared && resume_requested(inputs)
}

/// A new `resume-requested-at`, and whether it may be carried out.
#[must_use]
pub fn resume_request(inputs: &Inputs) -> Option<Result<String, String>> {
    let token = inputs.annotation(RESUME_REQUESTED_AT)?;
    if inputs.status().and_then(|status| status.last_handled_resume_at.as_deref()) == Some(token) {
        return None;
    }
    let created = inputs.resource.metadata.creation_timestamp.as_ref().map(|at| at.0);
    let last = inputs.status().and_then(|status| status.last_handled_resume_at.as_deref());
    Some(annotation_request::check(token, created, last, inputs.now).map(|()| token.to_owned()))
}
