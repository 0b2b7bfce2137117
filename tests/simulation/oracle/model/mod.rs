//! What the oracles know in common: what is declared, what the remote was asked for, and when something
//! happened. It is read from Kubernetes' specs, from the calls, and from the remote itself, never from what
//! the operator remembers: that is what is judged.

pub mod applied;
pub mod call;
pub mod ideal;
pub mod pauses;
pub mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use self::applied::Applied;
use self::call::{Call, schedule};
use self::ideal::{Ideal, id_of, ideal, key};
use self::pauses::Pauses;
use self::timeline::Timeline;
use crate::kubernetes::find;
use crate::state::State;

/// How old an edit is that a process may not know of when it calls.
pub const KNOWING: SignedDuration = SignedDuration::from_secs(5);

/// What the oracles know in common.
#[derive(Debug)]
pub struct Model {
    /// The calls that have reached the remote, in order.
    pub calls: Vec<Call>,
    /// What is declared of each id, and when the remote may differ from it.
    pub timelines: BTreeMap<String, Timeline>,
    pub applied: Applied,
    pub pauses: Pauses,
    /// The generations of our objects by uid, and since when.
    generations: BTreeMap<String, (i64, Timestamp)>,
    /// Resources that wait for a person by design: nothing is promised of them.
    pub excused: BTreeSet<String>,
    /// Since when a process has been up, and the API server in reach.
    pub up_since: Option<Timestamp>,
    /// When something happened last that it takes time to put right.
    pub disturbed_at: Timestamp,
    /// The cluster has been restored without statuses.
    pub is_restored: bool,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            calls: Vec::new(),
            timelines: BTreeMap::new(),
            applied: Applied::default(),
            pauses: Pauses::default(),
            generations: BTreeMap::new(),
            excused: BTreeSet::new(),
            up_since: None,
            disturbed_at: Timestamp::MIN,
            is_restored: false,
        }
    }
}

impl Model {
    /// What is declared of an id now.
    pub fn declared(&self, id: &str) -> Option<&Ideal> {
        self.timelines.get(id)?.now()
    }

    /// Whether an object was edited since.
    pub fn edited_after(&self, object: &Value, at: Timestamp) -> bool {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        self.generations.get(uid).is_none_or(|(_, since)| *since > at)
    }

    /// Something happened that the operator needs time to put right.
    pub fn disturbed(&mut self, now: Timestamp) {
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

    /// Somebody else changed a schedule at the remote.
    pub fn meddled(&mut self, id: &str, now: Timestamp) {
        self.disturbed_at = now;
        if let Some(timeline) = self.timelines.get_mut(id) {
            timeline.disturb(now, now, true);
        }
    }

    /// Whether every window of every id is closed.
    pub fn is_settled(&mut self) -> bool {
        self.timelines.values_mut().all(|timeline| timeline.open().is_none())
    }
}

/// All objects of a kind.
pub fn objects(state: &State, plural: &str) -> Vec<Value> {
    let resource = find(plural).expect("it is served");
    state.kubernetes.store.list(resource, None).map(|(_, object)| object.clone()).collect()
}

/// The `Ready` condition of a resource: its status, reason and message.
pub fn ready(state: &State, key: &str) -> Option<(String, String, String)> {
    let mut all = state.kubernetes.store.list(find("workflowschedules")?, None).map(|(_, object)| object);
    let object = all.find(|object| self::key(object) == key)?;
    let condition = object["status"]["conditions"].as_array()?.iter().find(|one| one["type"] == "Ready")?;
    let text = |name: &str| condition[name].as_str().unwrap_or_default().to_owned();
    Some((text("status"), text("reason"), text("message")))
}

/// The reason of the `Ready` condition of a resource.
pub fn reason(state: &State, key: &str) -> Option<String> {
    ready(state, key).map(|(_, reason, _)| reason)
}

/// Takes note of what is declared now.
pub fn observe(state: &mut State, connections: &[Value], objects: &[Value]) {
    note_generations(state, connections.iter().chain(objects));
    note_declarations(state, objects);
}

fn note_generations<'a>(state: &mut State, objects: impl Iterator<Item = &'a Value>) {
    let now = state.now;
    for object in objects {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
        let known = state.oracles.model.generations.entry(uid).or_insert((generation, now));
        if known.0 != generation {
            *known = (generation, now);
        }
    }
}

/// What is declared of each id now. Of several resources that mean the same id a derived one goes
/// first, then the older.
fn note_declarations(state: &mut State, objects: &[Value]) {
    let mut declared: BTreeMap<String, (bool, String, &Value, Option<Ideal>)> = BTreeMap::new();
    let mut meant: BTreeMap<String, &Value> = BTreeMap::new();
    for object in objects {
        let Some(id) = id_of(&state.kubernetes.store, object) else { continue };
        if state.oracles.model.excused.contains(&key(object)) {
            meant.insert(id, object);
            continue;
        }
        let there = schedule(state, &id);
        state.oracles.model.pauses.observe(object, &id, there.as_ref());
        let paused = state.oracles.model.pauses.of_people(&id);
        let rank = (object["spec"].get("scheduleId").is_some(), object["metadata"]["creationTimestamp"].to_string());
        let found = (rank.0, rank.1, object, ideal(&state.kubernetes.store, object, paused));
        match declared.get(&id) {
            Some((explicit, created, ..)) if (explicit, created) <= (&found.0, &found.1) => {}
            Some(_) | None => drop(declared.insert(id, found)),
        }
    }
    let now = state.now;
    meant.extend(declared.iter().map(|(id, (_, _, object, _))| (id.clone(), *object)));
    for (id, object) in &meant {
        let there = schedule(state, id);
        let Model { applied, calls, timelines, .. } = &mut state.oracles.model;
        applied.observe(now, id, object, there.as_ref(), calls, timelines.get(id));
    }
    let mut declared: BTreeMap<String, Option<Ideal>> =
        declared.into_iter().map(|(id, (.., ideal))| (id, ideal)).collect();
    for id in state.oracles.model.timelines.keys() {
        declared.entry(id.clone()).or_insert(None);
    }
    for (id, ideal) in declared {
        state.oracles.model.timelines.entry(id).or_default().declare(now, ideal);
    }
}
