//! Another workflow is declared: the old schedule is deleted, and a new one is created.

use crate::api::{Lifecycle, MaxExecutionsMemory, OldSchedule, Reason};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{observe, store_memory};
use crate::plan::limits::unknown_outcome::before_sending;
use crate::plan::model::desired::DeclaredPause;
use crate::plan::model::target::target;
use crate::plan::rules::comparison::Comparison;
use crate::plan::rules::delete;
use crate::plan::rules::desired_pause;
use crate::remote::wire::Remaining;

impl Comparison<'_> {
    /// Only a change of the *declared* target causes a replacement, never the observed state.
    pub(crate) fn replace(&mut self) -> Option<Plan> {
        let wanted = target(self.desired);
        match self.memory.lifecycle.as_deref() {
            // The new schedule exists: the operator crashed between its POST and the status write.
            Some(Lifecycle::CreatingNew(_)) => {
                self.memory.lifecycle = None;
                self.memory.target = Some(wanted);
                self.memory.max_executions =
                    Some(MaxExecutionsMemory { declared: self.desired.max_executions, intended: None });
                None
            }
            Some(Lifecycle::DeletingOld(_)) if !self.fresh => Some(observe(self.inputs)),
            Some(Lifecycle::DeletingOld(_)) if let Some(waiting) = delete::late(self.inputs, Reason::Progressing) => {
                let want = desired_pause::desired_pause(
                    self.inputs,
                    self.desired,
                    self.facts,
                    self.observed,
                    &mut self.memory,
                );
                Some(self.pause(&want).unwrap_or(waiting))
            }
            // The spec was changed back before the old schedule was deleted.
            Some(Lifecycle::DeletingOld(_)) if self.memory.target.as_ref() == Some(&wanted) => {
                self.memory.lifecycle = None;
                self.memory.unanswered_deletions = None;
                None
            }
            Some(Lifecycle::DeletingOld(_)) => Some(delete::delete(
                self.inputs,
                Reason::Progressing,
                "the workflow changed: the old schedule is deleted first",
            )),
            Some(Lifecycle::Creating(_)) | None if self.memory.target.as_ref() == Some(&wanted) => None,
            Some(Lifecycle::Creating(_)) | None if !self.fresh => Some(observe(self.inputs)),
            Some(Lifecycle::Creating(_)) | None => Some(self.begin_replace()),
        }
    }

    fn begin_replace(&self) -> Plan {
        // A schedule that must not run does not wait for the end of a run.
        let halts = matches!(self.desired.pause, DeclaredPause::Paused(_)) || self.facts.kill_switch.is_some();
        if !halts && let Some(plan) = self.guarded(&[], false) {
            return plan;
        }
        let mut memory = self.memory.clone();
        // Another note is from a person, who has taken over a pause of the kill switch.
        let is_of_the_switch = self.observed.note.as_deref().is_some_and(|note| self.facts.is_kill_note(note));
        let theirs = self.desired.pause == DeclaredPause::Undeclared || self.observed.is_paused_on_failure();
        memory.lifecycle = Some(Box::new(Lifecycle::DeletingOld(OldSchedule {
            remaining: self.observed.remaining.and_then(|Remaining(left)| left),
            paused: self.observed.paused && theirs && !is_of_the_switch,
            note: self.observed.note.clone(),
        })));
        memory.unanswered_deletions = Some(before_sending(memory.unanswered_deletions.as_ref(), self.inputs.now));
        store_memory(memory, "the state to restore after the replacement is stored first")
    }
}
