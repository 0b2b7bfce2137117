//! A plan: one action, its reason, and what is known after it succeeded.

use crate::api::{Memory, Reason};
use crate::plan::decision::action::{Action, Call, Outcome, Requeue};
use crate::plan::decision::inputs::Inputs;

/// One action, its reason, and what is known after it succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to do.
    pub action: Action,
    /// The reason, for the log.
    pub reason: &'static str,
    /// The memory after the action succeeded.
    pub memory: Memory,
    /// Events to publish after the action succeeded.
    pub events: Vec<Event>,
    /// What the current observation proves about the server.
    pub learned: Option<Learned>,
}

/// What a reconcile can learn about the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// Whether a PATCH keeps a pause.
    PatchKeepsPause(bool),
    /// A complete LIST did not contain a schedule that a GET has found.
    ListIsIncomplete,
}

/// An event to publish.
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
    /// Adds an event.
    #[must_use]
    pub(crate) fn with_event(mut self, warning: bool, reason: &'static str, message: String) -> Self {
        self.events.push(Event { warning, reason, message });
        self
    }

    /// Adds what was learned.
    #[must_use]
    pub(crate) const fn with_learned(mut self, learned: Option<Learned>) -> Self {
        self.learned = learned;
        self
    }
}

/// Ends the reconcile with this outcome.
pub(crate) fn finish(inputs: &Inputs, outcome: Outcome, why: &'static str) -> Plan {
    with(inputs.memory.clone(), Action::Finish(outcome), why)
}

pub(crate) fn stalled(inputs: &Inputs, reason: Reason, message: String, why: &'static str) -> Plan {
    finish(inputs, Outcome::Stalled { reason, message, drift: Vec::new() }, why)
}

pub(crate) fn waiting(inputs: &Inputs, reason: Reason, message: String, retry: Requeue, why: &'static str) -> Plan {
    finish(inputs, Outcome::Waiting { reason, message, retry, drift: Vec::new() }, why)
}

pub(crate) fn observe(inputs: &Inputs) -> Plan {
    with(inputs.memory.clone(), Action::Observe, "the remote schedule must be read")
}

pub(crate) fn call(memory: Memory, call: Call, why: &'static str) -> Plan {
    with(memory, Action::Call(call), why)
}

pub(crate) fn store_memory(memory: Memory, why: &'static str) -> Plan {
    with(memory.clone(), Action::StoreMemory(Box::new(memory)), why)
}

pub(crate) fn with(memory: Memory, action: Action, why: &'static str) -> Plan {
    Plan { action, reason: why, memory, events: Vec::new(), learned: None }
}
