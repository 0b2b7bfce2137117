//! What a process has sent, and was told to be done, it does not send again unless something happens; and
//! nothing is created twice.

use std::collections::BTreeSet;

use super::{Call, Operation, Verdict, schedule};
use crate::state::State;

#[derive(Debug, Default)]
pub struct SendsOnce {
    /// Exception: of a call of this process about this schedule the answer was lost.
    unheard: BTreeSet<(u32, String)>,
}

impl SendsOnce {
    /// The outcome of a call is unknown.
    pub fn unknown(&mut self, process: u32, id: &str) {
        self.unheard.insert((process, id.to_owned()));
    }

    fn has_heard(&self, call: &Call) -> bool {
        !self.unheard.contains(&(call.process, call.id.clone()))
    }
}

/// "Nothing is created twice." A process that was told of its own creation knows that it is there.
pub fn creates_once(state: &State, call: &Call) -> Verdict {
    let has_created = |other: &&Call| {
        (other.operation, other.process, &other.id) == (Operation::Create, call.process, &call.id)
            && other.status.is_some_and(|status| status < 300)
    };
    let mut calls = state.oracles.model.calls.iter().rev();
    let is_again = call.operation == Operation::Create
        && schedule(state, &call.id).is_some()
        && state.oracles.sends_once.has_heard(call)
        && !state.a_late_effect_was_near()
        && calls.find(|other| other.id == call.id).is_some_and(|last| has_created(&last));
    is_again.then(|| ("creates_once", format!("Create of {}, which this process has just created", call.id)))
}

pub fn judge(state: &State, call: &Call) -> Verdict {
    let mut calls = state.oracles.model.calls.iter().rev();
    let last = calls.find(|other| other.id == call.id && other.operation.is_mutating())?;
    let is_same = (last.operation, last.process, &last.body) == (call.operation, call.process, &call.body);
    let is_done = last.status.is_some_and(|status| status < 300);
    let is_calm = !state.oracles.model.timelines.get(&call.id)?.disturbed_after(last.at);
    let is_change = matches!(call.operation, Operation::Patch | Operation::Pause | Operation::Resume);
    (is_change && is_same && is_done && state.oracles.sends_once.has_heard(call) && is_calm)
        .then(|| ("sends_once", format!("{:?} of {} a second time", call.operation, call.id)))
}
