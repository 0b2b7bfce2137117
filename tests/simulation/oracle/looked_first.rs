//! "Before the first mutating call of a reconcile: a fresh GET." And: "A mutation of unknown outcome is followed
//! by a GET, never blindly repeated."

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Call, Operation, Verdict};

/// How old a look may be on which a call relies. A pass may wait for an answer of Kubernetes.
const FRESH: SignedDuration = SignedDuration::from_secs(30);

#[derive(Debug, Default)]
pub struct LookedFirst {
    /// When a process has looked at a schedule, since it, or anything of unknown outcome, began.
    looks: BTreeMap<(u32, String), Timestamp>,
}

impl LookedFirst {
    /// The outcome of a call is unknown: from then on the schedule has not been looked at.
    pub fn unknown(&mut self, process: u32, id: &str) {
        self.looks.remove(&(process, id.to_owned()));
    }

    pub fn observe(&mut self, call: &Call) {
        let is_seen = call.status.is_some_and(|status| status == 200 || status == 404);
        let is_known = call.status.is_some_and(|status| status < 500);
        match call.operation {
            Operation::Get if is_seen => drop(self.looks.insert((call.process, call.id.clone()), call.at)),
            operation if operation.is_mutating() && !is_known => self.unknown(call.process, &call.id),
            _ => {}
        }
    }

    pub fn judge(&self, call: &Call) -> Verdict {
        let what = match self.looks.get(&(call.process, call.id.clone())) {
            None => "without having looked".to_owned(),
            Some(at) if call.at.duration_since(*at) > FRESH => format!("by a look at {at}"),
            Some(_) => return None,
        };
        Some(("looked_first", format!("{:?} of {} {what}", call.operation, call.id)))
    }
}
