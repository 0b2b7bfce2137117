//! Makes the pause that is wanted, and undoes the one that is not.

use crate::api::{PausedByConnection, Reason};
use crate::plan::decision::action::{Call, Retry};
use crate::plan::decision::inputs::remembered_pause;
use crate::plan::decision::plan::Plan;
use crate::plan::decision::plan::{call, look, refuse, remember, wait};
use crate::plan::limits::contention;
use crate::plan::model::diff::Field;
use crate::plan::rules::comparison::Comparison;
use crate::plan::rules::desired_pause::{Want, Why};

impl Comparison<'_> {
    pub(crate) fn pause(&self, want: &Want) -> Option<Plan> {
        let Want::Paused { note, enforced, why } = want else { return None };
        let note_differs = *enforced && self.observed.note.as_ref() != Some(note);
        if self.observed.paused && !note_differs {
            return None;
        }
        if !self.fresh {
            return Some(look(self.s));
        }
        if self.s.journal.paused {
            return Some(self.not_kept("the pause or its note"));
        }
        let mut memory = self.memory.clone();
        if *why == Why::KillSwitch && memory.paused_by_connection.is_none() {
            memory.paused_by_connection =
                Some(PausedByConnection { connection: self.facts.key.clone(), at: self.s.now.to_string() });
            return Some(remember(memory, "the kill switch's pause is stored before it is made"));
        }
        let plan = call(memory, Call::Pause { note: note.clone() }, because_of(*why));
        Some(if self.observed.paused {
            plan
        } else {
            plan.telling(false, "Paused", format!("paused {}: {note}", self.desired.id))
        })
    }

    pub(crate) fn resume(&mut self, want: &Want) -> Option<Plan> {
        let Want::Running(why) = want else { return None };
        if !self.observed.paused {
            return None;
        }
        if !self.fresh {
            return Some(look(self.s));
        }
        if self.s.journal.resumed {
            return Some(self.not_kept("the resume"));
        }
        let against = *why == Why::AgainstSomebody;
        if against {
            let contended = contention::contended(&self.memory, &[Field::Paused], self.s.now);
            if contended.is_some() && !self.s.is_edit(self.desired) {
                let message = "paused: false was put right 3 times in 30 minutes and somebody pauses the schedule each time; writing stops until the spec or the annotation workflows.mistral.ai/reconcile-requested-at changes".to_owned();
                return Some(refuse(self.s, Reason::Contended, message, "the pause is contended"));
            }
            contention::count(&mut self.memory, &[Field::Paused], self.s.now);
        }
        let mut memory = self.memory.clone();
        memory.paused_by_connection = None;
        memory.pause_before_patch = None;
        memory.paused = Some(remembered_pause(&self.desired.pause));
        let note = format!("resumed by WorkflowSchedule {}/{}", self.s.namespace(), self.s.name());
        let told = match (against, self.observed.note.as_deref()) {
            (true, Some(note)) => format!("paused: false is declared, so the pause \"{note}\" was undone"),
            (true, None) => "paused: false is declared, so somebody's pause was undone".to_owned(),
            (false, _) => format!("resumed {}", self.desired.id),
        };
        Some(call(memory, Call::Resume { note }, because_of(*why)).telling(against, "Resumed", told))
    }

    /// What was done in this pass is not there when it is looked at: it is not done over and over.
    fn not_kept(&self, what: &str) -> Plan {
        let message = format!("the remote does not keep {what}; it is tried again");
        wait(self.s, Reason::Drifted, message, Retry::Backoff, "the remote does not keep what was done")
    }
}

const fn because_of(why: Why) -> &'static str {
    match why {
        Why::Declared => "it is declared",
        Why::AgainstSomebody => "paused: false is declared",
        Why::KillSwitch => "the connection is paused",
        Why::KillSwitchLifted => "the connection is no longer paused",
        Why::Restored => "a pause that a write has lifted comes back",
        Why::Requested => "it was asked for",
    }
}
