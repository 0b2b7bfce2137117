//! Another workflow is declared: the old schedule is deleted, and a new one is created.

use crate::api::{MaxExecutionsMemory, Reason, ReplaceMemory, ReplacePhase};
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{observe, store_memory};
use crate::plan::limits::unknown_outcome::before_sending;
use crate::plan::model::desired::DeclaredPause;
use crate::plan::model::target::target;
use crate::plan::rules::comparison::Comparison;
use crate::plan::rules::delete;
use crate::plan::rules::desired_pause;

impl Comparison<'_> {
    /// Only a change of the *declared* target causes a replacement, never the observed state.
    pub(crate) fn replace(&mut self) -> Option<Plan> {
        let wanted = target(self.desired);
        match self.memory.replace.as_ref().map(|replace| replace.phase) {
            // The new one is there: a crash lay between its POST and the status.
            Some(ReplacePhase::Creating) => {
                self.memory.replace = None;
                self.memory.target = Some(wanted);
                self.memory.max_executions =
                    Some(MaxExecutionsMemory { declared: self.desired.max_executions, intended: None });
                None
            }
            Some(ReplacePhase::Deleting) if !self.fresh => Some(observe(self.inputs)),
            Some(ReplacePhase::Deleting) if let Some(waiting) = delete::late(self.inputs, Reason::Progressing) => {
                let want = desired_pause::desired_pause(
                    self.inputs,
                    self.desired,
                    self.facts,
                    self.observed,
                    &mut self.memory,
                );
                Some(self.pause(&want).unwrap_or(waiting))
            }
            // The spec was put back before anything was deleted.
            Some(ReplacePhase::Deleting) if self.memory.target.as_ref() == Some(&wanted) => {
                self.memory.replace = None;
                self.memory.unanswered_deletions = None;
                None
            }
            Some(ReplacePhase::Deleting) => {
                Some(delete::delete(self.inputs, "the workflow changed: the old schedule is deleted first"))
            }
            None if self.memory.target.as_ref() == Some(&wanted) => None,
            None if !self.fresh => Some(observe(self.inputs)),
            None => Some(self.begin_replace()),
        }
    }

    fn begin_replace(&self) -> Plan {
        // What shall not run need not wait for a run to be over.
        let halts = matches!(self.desired.pause, DeclaredPause::Paused(_)) || self.facts.kill_switch.is_some();
        if !halts && let Some(plan) = self.guarded(&[], false) {
            return plan;
        }
        let mut memory = self.memory.clone();
        // Another note is a person's, who has taken over what the kill switch had paused.
        let is_of_the_switch = self.observed.note.as_deref().is_some_and(|note| self.facts.is_kill_note(note));
        let theirs = self.desired.pause == DeclaredPause::Undeclared || self.observed.is_paused_on_failure();
        memory.replace = Some(ReplaceMemory {
            phase: ReplacePhase::Deleting,
            remaining: self.observed.remaining.flatten(),
            paused: self.observed.paused && theirs && !is_of_the_switch,
            note: self.observed.note.clone(),
        });
        memory.unanswered_deletions = Some(before_sending(memory.unanswered_deletions.as_ref(), self.inputs.now));
        store_memory(memory, "the state to restore after the replacement is stored first")
    }
}
