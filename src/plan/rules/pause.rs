//! Pauses and resumes as desired.

use crate::api::Reason;
use crate::plan::decision::action::{Call, Requeue};
use crate::plan::decision::inputs::{Inputs, remembered_pause};
use crate::plan::decision::plan::{Plan, call, observe, stalled, store_memory, waiting};
use crate::plan::limits::contention;
use crate::plan::model::desired::DeclaredPause;
use crate::plan::model::diff::{Difference, Field, shortened};
use crate::plan::model::input::fingerprint;
use crate::plan::rules::comparison::Comparison;
use crate::plan::rules::desired_pause::{self, DesiredPause, PauseReason};
use crate::remote::Note;

impl Comparison<'_> {
    pub(crate) fn pause(&mut self, want: &DesiredPause) -> Option<Plan> {
        let DesiredPause::Paused { note, enforced, why } = want else {
            self.memory.other_pause_note = None;
            return None;
        };
        if self.observed.paused && self.note_stands(note.as_ref().filter(|_| *enforced)) {
            return None;
        }
        if !self.fresh {
            return Some(observe(self.inputs));
        }
        if self.inputs.journal.has_paused() {
            return Some(not_kept(self.inputs, "the pause"));
        }
        let offer = offer(
            self.inputs,
            note.as_ref(),
            desired_pause::mark(self.inputs, self.facts, note.as_ref(), *why).as_ref(),
        );
        let Some(pause) = offer else { return Some(not_kept(self.inputs, "the pause")) };
        let mut memory = self.memory.clone();
        if *why == PauseReason::KillSwitch && !memory.paused_by_connection {
            memory.paused_by_connection = true;
            return Some(store_memory(memory, "the kill switch's pause is stored before it is made"));
        }
        let told = format!("paused {}{}", self.desired.id, told(&pause));
        let plan = call(memory, pause, because_of(*why));
        Some(if self.observed.paused { plan } else { plan.with_event(false, "Paused", told) })
    }

    /// Whether the note of an existing pause needs no call. A note that the remote refuses or changes is sent
    /// only once, not at every reconcile.
    fn note_stands(&mut self, declared: Option<&Note>) -> bool {
        let there = self.observed.note.as_deref();
        let differing = declared.filter(|note| !note.is_kept_as(there));
        let other =
            differing.map(|note| fingerprint(&[note.as_str().to_owned(), there.unwrap_or_default().to_owned()]));
        let is_refused = self.inputs.journal.refused().any(|call| matches!(call, Call::Pause { .. }));
        let is_tried = self.fresh && (self.inputs.journal.has_paused() || is_refused);
        let stands = other.is_none() || other == self.memory.other_pause_note || is_tried;
        if stands {
            self.memory.other_pause_note = other;
        }
        stands
    }

    /// The difference if the remote does not keep the note of a declared pause.
    pub(crate) fn note_difference(&self) -> Option<Difference> {
        let DeclaredPause::Paused(note) = &self.desired.pause else { return None };
        self.memory.other_pause_note.as_ref()?;
        let note = note.clone().unwrap_or_else(|| self.inputs.own_pause_note());
        let there = self.observed.note.as_deref().unwrap_or("none");
        Some(Difference { field: Field::PauseNote, desired: shortened(note.as_str()), observed: shortened(there) })
    }

    pub(crate) fn resume(&mut self, want: &DesiredPause) -> Option<Plan> {
        let DesiredPause::Running(why) = want else { return None };
        if !self.observed.paused {
            return None;
        }
        if !self.fresh {
            return Some(observe(self.inputs));
        }
        if self.inputs.journal.has_resumed() {
            return Some(not_kept(self.inputs, "the resume"));
        }
        let against = *why == PauseReason::AgainstSomebody;
        if against {
            let contended = contention::contended(&self.memory, &[Field::Paused], self.inputs.now);
            if contended.is_some() && !self.inputs.is_edit(self.desired) {
                let message = "paused: false was corrected 3 times in 30 minutes, and somebody paused the schedule again each time; writes stop until the spec or the annotation workflows.mistral.ai/reconcile-requested-at changes".to_owned();
                return Some(stalled(self.inputs, Reason::Contended, message, "the pause is contended"));
            }
            contention::count(&mut self.memory, &[Field::Paused], self.inputs.now);
        }
        let mut memory = self.memory.clone();
        memory.paused_by_connection = false;
        memory.pause_before_patch = None;
        memory.paused = Some(remembered_pause(&self.desired.pause));
        let calls = [Some(resume_note(self.inputs)), None].map(|note| Call::Resume { note });
        let resume = first_not_refused(self.inputs, calls);
        let Some(resume) = resume else { return Some(not_kept(self.inputs, "the resume")) };
        let told = match (against, self.observed.note.as_deref()) {
            (true, Some(note)) => format!("paused: false is declared, so the pause \"{note}\" was removed"),
            (true, None) => "paused: false is declared, so the pause by somebody else was removed".to_owned(),
            (false, _) => format!("resumed {}", self.desired.id),
        };
        Some(call(memory, resume, because_of(*why)).with_event(against, "Resumed", told))
    }
}

/// A call of this reconcile has no visible effect. It is not repeated at once.
pub(crate) fn not_kept(inputs: &Inputs, what: &str) -> Plan {
    let message = format!("the remote does not keep {what}; it is tried again");
    waiting(inputs, Reason::Drifted, message, Requeue::Backoff, "the remote did not keep the change")
}

pub(crate) fn resume_note(inputs: &Inputs) -> Note {
    Note::marked(&format!("resumed by WorkflowSchedule {}/{}", inputs.namespace(), inputs.name()), None)
}

/// The next pause call to try: with the note, with its mark only, or without a note. A pause must never fail
/// because of its note.
pub(crate) fn offer(inputs: &Inputs, note: Option<&Note>, mark: Option<&Note>) -> Option<Call> {
    first_not_refused(inputs, [note, mark, None].map(|note| Call::Pause { note: note.cloned() }))
}

pub(crate) fn first_not_refused<const N: usize>(inputs: &Inputs, calls: [Call; N]) -> Option<Call> {
    calls.into_iter().find(|call| inputs.journal.refused().all(|refused| refused != call))
}

/// The note of a pause, for its event.
pub(crate) fn told(pause: &Call) -> String {
    match pause {
        Call::Pause { note: Some(note) } => format!(": {note}"),
        Call::Pause { note: None }
        | Call::Create(_)
        | Call::Patch { .. }
        | Call::Delete
        | Call::Resume { .. }
        | Call::Trigger { .. } => String::new(),
    }
}

const fn because_of(why: PauseReason) -> &'static str {
    match why {
        PauseReason::Declared => "paused: true is declared",
        PauseReason::AgainstSomebody => "paused: false is declared",
        PauseReason::KillSwitch => "the connection is paused",
        PauseReason::KillSwitchLifted => "the connection is no longer paused",
        PauseReason::Restored => "a pause that a PATCH removed is restored",
        PauseReason::Requested => "a resume was requested",
    }
}
