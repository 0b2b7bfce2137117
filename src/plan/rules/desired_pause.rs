//! Whether the remote shall be paused.

use crate::api::{self, Memory, PausedByConnection, RESUME_REQUESTED_AT};
use crate::plan::decision::inputs::{ConnectionFacts, Situation};
use crate::plan::limits::annotation_request;
use crate::plan::model::desired::{DeclaredPause, Desired};
use crate::plan::model::failure_note::{FAILURE_HEAD, FAILURE_NOTE, is_failure_note};
use crate::plan::model::observed::Observed;
use crate::remote::Note;
use crate::remote::wire::ExecutionStatus;

/// What is wanted of the pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// As it is.
    Leave,
    /// Paused, with this note; `enforced` if another note is put right.
    Paused { note: Option<Note>, enforced: bool, why: Why },
    /// Running.
    Running(Why),
    /// It depends on how this run ended.
    LookAtRun(String),
}

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Declared,
    /// `paused: false`, and somebody has paused it.
    AgainstSomebody,
    KillSwitch,
    KillSwitchLifted,
    Restored,
    Requested,
}

/// The part of a note by which it is known again.
pub(crate) fn mark(s: &Situation, facts: &ConnectionFacts, note: Option<&Note>, why: Why) -> Option<Note> {
    match why {
        Why::Declared => Some(s.own_pause_note()),
        Why::KillSwitch => Some(Note::marked(&facts.kill_mark(), None)),
        Why::Restored => {
            let head = note.filter(|note| is_failure_note(note.as_str()))?.as_str().get(..FAILURE_HEAD)?;
            Note::written(head)
        }
        Why::AgainstSomebody | Why::KillSwitchLifted | Why::Requested => None,
    }
}

/// What is wanted of the pause, and the memory without what is settled.
pub(crate) fn want(
    s: &Situation,
    desired: &Desired,
    facts: &ConnectionFacts,
    observed: &Observed,
    memory: &mut Memory,
) -> Want {
    let is_marked = observed.paused && observed.note.as_deref().is_some_and(|note| facts.is_kill_note(note));
    if let DeclaredPause::Paused(note) = &desired.pause {
        memory.paused_by_connection = None;
        return Want::Paused {
            note: Some(note.clone().unwrap_or_else(|| s.own_pause_note())),
            // Under the kill switch's note it would be resumed with the rest.
            enforced: note.is_some() || is_marked,
            why: Why::Declared,
        };
    }
    if is_marked {
        // The note remembers, where the status was lost.
        let held = PausedByConnection { connection: facts.key.clone(), at: s.now.to_string() };
        memory.paused_by_connection.get_or_insert(held);
    }
    if let Some(note) = facts.kill_note() {
        let ours = memory.paused_by_connection.is_some();
        if !ours && let Some(want) = restored(desired, observed, memory) {
            return want;
        }
        // What somebody else has paused stays theirs: it is not resumed when the switch is lifted.
        let theirs = observed.paused && !ours;
        return if theirs {
            Want::Leave
        } else {
            Want::Paused { note: Some(note), enforced: false, why: Why::KillSwitch }
        };
    }
    if memory.paused_by_connection.is_some() {
        if let Some(want) = lifted(s, desired, facts, observed) {
            return want;
        }
        memory.paused_by_connection = None;
        let is_its_own = |note: &String| facts.is_kill_note(note);
        if memory.pause_before_patch.as_ref().and_then(|pause| pause.note.as_ref()).is_some_and(is_its_own) {
            memory.pause_before_patch = None;
        }
    }
    if let Some(want) = restored(desired, observed, memory) {
        return want;
    }
    if !observed.paused {
        return Want::Leave;
    }
    if resume_requested(s) {
        return Want::Running(Why::Requested);
    }
    match desired.pause {
        DeclaredPause::Undeclared | DeclaredPause::Paused(_) => Want::Leave,
        DeclaredPause::Running => declared_running(observed, memory),
    }
}

/// A failing run must not be run again silently: only a person's word or a change of `paused` undoes
/// the server's own pause.
fn declared_running(observed: &Observed, memory: &Memory) -> Want {
    let changed = memory.paused.is_some_and(|before| before != api::DeclaredPause::Running);
    if changed {
        return Want::Running(Why::Declared);
    }
    if observed.is_paused_on_failure() {
        return Want::Leave;
    }
    Want::Running(if memory.paused.is_some() { Why::AgainstSomebody } else { Why::Declared })
}

/// The kill switch is lifted: what it paused is resumed, and nothing else.
fn lifted(s: &Situation, desired: &Desired, facts: &ConnectionFacts, observed: &Observed) -> Option<Want> {
    let ours = observed.paused && observed.note.as_deref().is_some_and(|note| facts.is_kill_note(note));
    if !ours {
        return None;
    }
    let last = observed.recent.last().and_then(|run| run.execution_id.clone());
    match (desired.content.policy.pause_on_failure, last, s.journal.last_run) {
        (true, Some(id), None) => Some(Want::LookAtRun(id)),
        // The engine does not pause what is paused already: it is done in its stead.
        (true, Some(id), Some(Some(ExecutionStatus::Failed | ExecutionStatus::TimedOut))) => {
            let why = format!("run {id} failed while connection {} was paused", facts.key);
            let note = Some(Note::marked(FAILURE_NOTE, Some(&why)));
            Some(Want::Paused { note, enforced: true, why: Why::Restored })
        }
        _ => Some(Want::Running(Why::KillSwitchLifted)),
    }
}

/// A pause that a patch, a replace or a re-creation has taken away comes back.
fn restored(desired: &Desired, observed: &Observed, memory: &mut Memory) -> Option<Want> {
    let remembered = memory.pause_before_patch.as_ref()?;
    let note = remembered.note.as_deref().and_then(Note::written);
    if !comes_back(desired, note.as_ref().map_or("", Note::as_str)) {
        memory.pause_before_patch = None;
        return None;
    }
    (!observed.paused).then_some(Want::Paused { note, enforced: false, why: Why::Restored })
}

/// Whether a pause with this note is restored once a write has lifted it: one that no declaration speaks
/// of, or the server's own.
pub(crate) fn comes_back(desired: &Desired, note: &str) -> bool {
    desired.pause == DeclaredPause::Undeclared || is_failure_note(note)
}

fn resume_requested(s: &Situation) -> bool {
    resume_request(s).is_some_and(|verdict| verdict.is_ok())
}

/// A new `resume-requested-at`, and whether it may be carried out.
#[must_use]
pub fn resume_request(s: &Situation) -> Option<Result<String, String>> {
    let token = s.annotation(RESUME_REQUESTED_AT)?;
    if s.status().and_then(|status| status.last_handled_resume_at.as_deref()) == Some(token) {
        return None;
    }
    let created = s.resource.metadata.creation_timestamp.as_ref().map(|at| at.0);
    let last = s.status().and_then(|status| status.last_handled_resume_at.as_deref());
    Some(annotation_request::check(token, created, last, s.now).map(|()| token.to_owned()))
}
