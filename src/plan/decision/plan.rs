//! A plan: one action, why, and what is known once it has succeeded.

use crate::api::{Memory, Reason};
use crate::plan::decision::action::{Call, Rest, Retry, Step};
use crate::plan::decision::inputs::Situation;

/// A step, why, and what is known once it has succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to do.
    pub step: Step,
    /// Why, for the log.
    pub because: &'static str,
    /// The memory once the step has succeeded.
    pub memory: Memory,
    /// What to tell once the step has succeeded.
    pub events: Vec<Event>,
    /// What this moment proves of the connection's server.
    pub learnt: Option<Learnt>,
}

/// What a pass can learn of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Whether a PATCH keeps a pause.
    PatchKeepsPause(bool),
}

/// Something worth an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Warning, or Normal.
    pub warning: bool,
    /// A word in `PascalCase`.
    pub reason: &'static str,
    /// For a person.
    pub message: String,
}

impl Plan {
    /// Adds something to tell.
    #[must_use]
    pub(crate) fn telling(mut self, warning: bool, reason: &'static str, message: String) -> Self {
        self.events.push(Event { warning, reason, message });
        self
    }

    /// Adds what was learnt.
    #[must_use]
    pub(crate) const fn learning(mut self, learnt: Option<Learnt>) -> Self {
        self.learnt = learnt;
        self
    }
}

/// Rests as it is.
pub(crate) fn rest(s: &Situation, rest: Rest, because: &'static str) -> Plan {
    with(s.memory.clone(), Step::Rest(rest), because)
}

pub(crate) fn refuse(s: &Situation, reason: Reason, message: String, because: &'static str) -> Plan {
    rest(s, Rest::Refused { reason, message, drift: Vec::new() }, because)
}

pub(crate) fn wait(s: &Situation, reason: Reason, message: String, retry: Retry, because: &'static str) -> Plan {
    rest(s, Rest::Waiting { reason, message, retry, drift: Vec::new() }, because)
}

pub(crate) fn look(s: &Situation) -> Plan {
    with(s.memory.clone(), Step::Look, "the remote has to be looked at")
}

pub(crate) fn call(memory: Memory, call: Call, because: &'static str) -> Plan {
    with(memory, Step::Call(call), because)
}

pub(crate) fn remember(memory: Memory, because: &'static str) -> Plan {
    with(memory.clone(), Step::Remember(Box::new(memory)), because)
}

pub(crate) fn with(memory: Memory, step: Step, because: &'static str) -> Plan {
    Plan { step, because, memory, events: Vec::new(), learnt: None }
}
