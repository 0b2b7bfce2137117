//! "Before the first mutating call of a reconcile: a fresh GET; where many creations wait, a complete LIST may prove
//! absence." And: "A mutation of unknown outcome is followed by a GET, never blindly repeated."

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Call, Operation, Verdict};

/// How old a look may be on which a call relies. A pass may wait for an answer of Kubernetes.
const FRESH: SignedDuration = SignedDuration::from_secs(30);
/// How old a LIST may be.
const FRESH_LIST: SignedDuration = SignedDuration::from_secs(90);

/// A LIST that a process reads, or has read to its end.
#[derive(Clone, Debug)]
struct List {
    begun: Timestamp,
    ids: BTreeSet<String>,
}

#[derive(Debug, Default)]
pub struct LookedFirst {
    /// When a process has looked at a schedule, since it, or anything of unknown outcome, began.
    looks: BTreeMap<(u32, String), Timestamp>,
    /// By process, and the token of the page that comes next.
    lists: BTreeMap<(u32, String), List>,
    complete_lists: BTreeMap<u32, Vec<List>>,
    /// When the outcome of a call became unknown to a process.
    unknown_since: BTreeMap<(u32, String), Timestamp>,
}

impl LookedFirst {
    /// The outcome of a call is unknown: from then on the schedule has not been looked at.
    pub fn unknown(&mut self, process: u32, id: &str, now: Timestamp) {
        let key = (process, id.to_owned());
        self.looks.remove(&key);
        self.unknown_since.insert(key, now);
    }

    /// A page of a LIST has arrived.
    pub fn listed(&mut self, call: &Call, token: Option<String>, page: &Value) {
        let begins = || List { begun: call.at, ids: BTreeSet::new() };
        let before = token.map_or_else(|| Some(begins()), |token| self.lists.remove(&(call.process, token)));
        let Some(mut list) = before else { return };
        let ids = page["schedules"].as_array().into_iter().flatten();
        list.ids.extend(ids.filter_map(|entry| entry["schedule_id"].as_str().map(str::to_owned)));
        match page["next_page_token"].as_str().filter(|token| !token.is_empty()) {
            Some(next) => drop(self.lists.insert((call.process, next.to_owned()), list)),
            None => self.complete_lists.entry(call.process).or_default().push(list),
        }
    }

    /// Whether a LIST has proved that nothing is there, for a resource that was known when it began. A count and a
    /// pause always take a GET: a POST that overwrites would change them.
    fn is_unlisted(&self, call: &Call, owners: &[&Value]) -> bool {
        let [owner] = owners else { return false };
        let is_plain = ["maxExecutions", "scheduleId"].iter().all(|field| owner["spec"].get(field).is_none());
        let known_since = owner["metadata"]["creationTimestamp"].as_str().and_then(|text| text.parse().ok());
        let unknown_since = self.unknown_since.get(&(call.process, call.id.clone())).copied();
        let is_proof = |list: &List| {
            known_since.is_some_and(|since: Timestamp| list.begun >= since)
                && unknown_since.is_none_or(|since| list.begun > since)
                && call.at.duration_since(list.begun) <= FRESH_LIST
                && !list.ids.contains(&call.id)
        };
        call.operation == Operation::Create
            && is_plain
            && owner["spec"]["paused"] != true
            && self.complete_lists.get(&call.process).is_some_and(|lists| lists.iter().rev().any(is_proof))
    }

    pub fn observe(&mut self, call: &Call) {
        let is_seen = call.status.is_some_and(|status| status == 200 || status == 404);
        let is_known = call.status.is_some_and(|status| status < 500);
        match call.operation {
            Operation::Get if is_seen => drop(self.looks.insert((call.process, call.id.clone()), call.at)),
            operation if operation.is_mutating() && !is_known => self.unknown(call.process, &call.id, call.at),
            _ => {}
        }
    }

    /// `is_there`: whether a schedule of this id exists.
    pub fn judge(&self, call: &Call, owners: &[&Value], is_there: bool) -> Verdict {
        let what = match self.looks.get(&(call.process, call.id.clone())) {
            None => "without having looked".to_owned(),
            Some(at) if call.at.duration_since(*at) > FRESH => format!("by a look at {at}"),
            Some(_) => return None,
        };
        if self.is_unlisted(call, owners) {
            return is_there
                .then(|| ("looked_first", format!("Create of {}, which no LIST shows and is there", call.id)));
        }
        Some(("looked_first", format!("{:?} of {} {what}", call.operation, call.id)))
    }
}
