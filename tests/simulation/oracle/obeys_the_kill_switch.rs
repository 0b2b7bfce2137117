//! Of the kill switch: "new schedules are created paused, triggers refused; lifting resumes only those."

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::model::ideal::{connection_of, key};
use super::{Call, Operation, Verdict};
use crate::state::State;

/// How long a process may take to hear of an edit.
const HEARING: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Default)]
pub struct ObeysTheKillSwitch {
    /// Since when each connection has been paused.
    since: BTreeMap<String, Timestamp>,
}

impl ObeysTheKillSwitch {
    pub fn observe(&mut self, connection: &Value, now: Timestamp) {
        if connection["spec"]["paused"] == true {
            self.since.entry(key(connection)).or_insert(now);
        } else {
            self.since.remove(&key(connection));
        }
    }

    /// Whether any connection is paused.
    pub fn is_on(&self) -> bool {
        !self.since.is_empty()
    }
}

/// Exception: a process that hears nothing of Kubernetes cannot know.
pub fn judge(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let is_against = matches!(call.operation, Operation::Resume | Operation::Trigger);
    let is_killed = |object: &&Value| {
        let connection = connection_of(&state.kubernetes.store, object);
        let since =
            connection.and_then(|connection| state.oracles.obeys_the_kill_switch.since.get(&key(connection)).copied());
        since.is_some_and(|since| call.at.duration_since(since) > HEARING)
    };
    let is_deaf = state.deaf.contains_key(&call.process);
    (is_against && !is_deaf && owners.iter().any(is_killed)).then(|| {
        ("obeys_the_kill_switch", format!("{:?} of {} while the connection is paused", call.operation, call.id))
    })
}
