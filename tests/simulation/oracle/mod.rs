//! What must be true, whatever happens. `call` looks at each call that reaches the remote, `moment` at
//! the world between events, and `fires` and `end` at the whole when it is over.

mod call;
mod end;
mod fires;
mod ideal;
mod moment;
mod prompt;
mod secrets;
mod timeline;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub use call::{Call, Operation, judge as judge_call, landed as landed_call, read as read_call, schedule};
pub use end::{Quiet, at_the_end, mutating};
pub use ideal::id_of;
pub use moment::{is_settled, is_target_pending, look, reason};
pub use secrets::shows_none;
pub use timeline::Timeline;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The oracle's name.
    pub oracle: &'static str,
    pub at: Timestamp,
    pub what: String,
}

/// What the oracles remember.
#[derive(Debug)]
pub struct Witness {
    /// Convergence after the last disturbance: the longest guard, two polls, and the first few waits of
    /// a backoff.
    pub settles_within: SignedDuration,
    pub breaches: Vec<Breach>,
    pub calls: Vec<Call>,
    /// When a process has looked at a schedule, since it, or anything of unknown outcome, began.
    pub looked_at: BTreeMap<(u32, String), Timestamp>,
    /// Of the last call of a process about a schedule the answer was lost.
    pub unheard: BTreeSet<(u32, String)>,
    /// When a process was told to wait, and until when.
    pub told_to_wait: BTreeMap<u32, (Timestamp, Timestamp)>,
    pub timelines: BTreeMap<String, Timeline>,
    /// Whether the console has paused a schedule; absent is that nobody can know.
    pub console: BTreeMap<String, bool>,
    /// Those of which nobody can know whether they shall be paused.
    pub unsure: BTreeSet<String>,
    /// The request for which a process has triggered a schedule last.
    pub leaving: BTreeMap<(u32, String), String>,
    /// The generations of our objects by uid, and since when.
    pub generations: BTreeMap<String, (i64, Timestamp)>,
    /// The workspace that each connection, by uid, is bound to, and the acceptance that let it be.
    pub pins: BTreeMap<String, (String, Option<String>)>,
    /// The times that asked for a run, by id.
    pub tokens: BTreeMap<String, Vec<String>>,
    /// Resources that wait for a person by design: nothing is promised of them.
    pub excused: BTreeSet<String>,
    /// What lives, and what of it has to go with its resource.
    pub living: BTreeMap<String, moment::Living>,
    /// Since when a status claims what is not so.
    pub untrue_since: BTreeMap<String, Timestamp>,
    /// Since when what is to be paused is not.
    pub unstopped_since: BTreeMap<String, Timestamp>,
    /// How long that may last, where nothing else goes wrong.
    pub stops_within: Option<SignedDuration>,
    /// The generation of a resource, by uid, of which `Ready` was said last.
    pub said: BTreeMap<String, i64>,
    /// What there was to be seen last.
    pub seen: Option<(u64, usize, usize, Timestamp)>,
    /// Since when a process has been up, and the API server in reach.
    pub up_since: Option<Timestamp>,
    /// Somebody has resumed a schedule in the console.
    pub is_resumed_by_hand: bool,
    /// The cluster has been restored without statuses.
    pub is_restored: bool,
    /// Of these nobody remembers how often they have run.
    pub uncounted: BTreeSet<String>,
    /// Those whose status was lost or emptied.
    pub forgotten: BTreeSet<String>,
    /// When a person has let go of a schedule.
    pub orphaned: BTreeMap<String, Timestamp>,
    /// When something happened last that it takes time to put right.
    pub disturbed_at: Timestamp,
    /// Since when each connection has been paused.
    pub killed_since: BTreeMap<String, Timestamp>,
}

impl Default for Witness {
    fn default() -> Self {
        Self {
            settles_within: SignedDuration::from_mins(6),
            breaches: Vec::new(),
            calls: Vec::new(),
            looked_at: BTreeMap::new(),
            unheard: BTreeSet::new(),
            told_to_wait: BTreeMap::new(),
            timelines: BTreeMap::new(),
            console: BTreeMap::new(),
            unsure: BTreeSet::new(),
            leaving: BTreeMap::new(),
            generations: BTreeMap::new(),
            pins: BTreeMap::new(),
            tokens: BTreeMap::new(),
            excused: BTreeSet::new(),
            living: BTreeMap::new(),
            untrue_since: BTreeMap::new(),
            unstopped_since: BTreeMap::new(),
            stops_within: None,
            said: BTreeMap::new(),
            seen: None,
            up_since: None,
            is_resumed_by_hand: false,
            is_restored: false,
            uncounted: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            orphaned: BTreeMap::new(),
            disturbed_at: Timestamp::MIN,
            killed_since: BTreeMap::new(),
        }
    }
}

impl Witness {
    /// Notes a breach; the same is said once.
    pub fn breach(&mut self, oracle: &'static str, at: Timestamp, what: impl Into<String>) {
        let what = what.into();
        if !self.breaches.iter().any(|breach| breach.oracle == oracle && breach.what == what) {
            self.breaches.push(Breach { oracle, at, what });
        }
    }

    /// Whether an object was edited since.
    pub fn edited_after(&self, object: &Value, at: Timestamp) -> bool {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        self.generations.get(uid).is_none_or(|(_, since)| *since > at)
    }

    /// Something happened that the operator needs time to put right.
    pub fn disturbed(&mut self, now: Timestamp) {
        self.untrue_since.clear();
        self.disturbed_at = now;
        for timeline in self.timelines.values_mut() {
            timeline.disturb(now, now, false);
        }
    }

    /// An effect that was sent a while ago has landed.
    pub fn landed(&mut self, now: Timestamp) {
        self.disturbed_at = now;
        self.timelines.values_mut().for_each(|timeline| timeline.landed(now));
    }

    /// The schedules that are being put right.
    pub fn under_way(&mut self) -> BTreeSet<String> {
        let open = self.timelines.iter_mut().filter_map(|(id, timeline)| timeline.open().map(|_| id.clone()));
        open.collect()
    }

    /// Both sides of a schedule are equal again.
    pub fn settled(&mut self, id: &str, now: Timestamp) {
        self.disturbed_at = now;
        if let Some(timeline) = self.timelines.get_mut(id) {
            timeline.close(now);
        }
    }

    /// A process cannot know what became of a call: it has to look again.
    pub fn unknown(&mut self, process: u32, id: &str) {
        self.looked_at.remove(&(process, id.to_owned()));
        self.unheard.insert((process, id.to_owned()));
    }

    /// Somebody else changed a schedule at the remote.
    pub fn meddled(&mut self, id: &str, now: Timestamp) {
        self.disturbed_at = now;
        if let Some(timeline) = self.timelines.get_mut(id) {
            timeline.disturb(now, now, true);
        }
    }
}
