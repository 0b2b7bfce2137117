//! What must be true at every moment between events.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use workflow_schedule_operator::sandbox::Schedule;
use workflow_schedule_operator::timing::duration;

use super::call::schedule;
use super::ideal::{Ideal, connection_of, deletion_policy, id_of, ideal, key, management};
use super::prompt::{ready_means_done, stops_in_time};
use crate::kubernetes::{annotation, finalizers, find, is_terminating};
use crate::state::State;

/// A resource that has a schedule.
#[derive(Clone, Debug)]
pub struct Living {
    pub id: String,
    /// The schedule has to go with it.
    pub takes_with_it: bool,
    /// The schedule is meant to stay.
    pub orphans: bool,
}

/// Looks at the world as it is now.
pub fn look(state: &mut State) {
    let now = state.now;
    state.remote.advance(now);
    // Nothing has happened, nothing is under way, and nothing was untrue: so it is still.
    let seen = (
        state.kubernetes.store.revision(),
        state.remote.calls().len(),
        state.remote.runs().len(),
        state.witness.disturbed_at,
    );
    let is_news = state.witness.seen != Some(seen);
    let is_open = !state.witness.untrue_since.is_empty() || !state.witness.unstopped_since.is_empty();
    if !is_news && !is_open && is_settled(state) {
        return;
    }
    state.witness.seen = Some(seen);
    let connections = objects(state, "workflowconnections");
    let objects = objects(state, "workflowschedules");
    note_connections(state, &connections);
    note_generations(state, connections.iter().chain(&objects));
    note_declarations(state, &objects);
    settles(state);
    for object in &objects {
        truthful(state, object);
        ready_means_done(state, object);
    }
    stops_in_time(state);
    gone_is_gone(state, &objects);
}

/// All objects of a kind.
pub fn objects(state: &State, plural: &str) -> Vec<Value> {
    let resource = find(plural).expect("it is served");
    state.kubernetes.store.list(resource, None).map(|(_, object)| object.clone()).collect()
}

fn note_connections(state: &mut State, connections: &[Value]) {
    for connection in connections {
        if connection["spec"]["paused"] == true {
            state.witness.killed_since.entry(key(connection)).or_insert(state.now);
        } else {
            state.witness.killed_since.remove(&key(connection));
        }
        note_workspace(state, connection);
    }
}

/// The workspace behind the first key, and from then on behind what a person accepts.
fn note_workspace(state: &mut State, connection: &Value) {
    let uid = connection["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    let accepted = annotation(connection, "workflows.mistral.ai/accept-identity").map(str::to_owned);
    let Some(workspace) = connection["status"]["identity"]["workspace"].as_str() else {
        if state.witness.is_restored {
            state.witness.pins.remove(&uid);
        }
        return;
    };
    let pin = state.witness.pins.entry(uid).or_insert_with(|| (workspace.to_owned(), accepted.clone()));
    if pin.0 != workspace && pin.1 != accepted {
        *pin = (workspace.to_owned(), accepted);
    }
}

fn note_generations<'a>(state: &mut State, objects: impl Iterator<Item = &'a Value>) {
    let now = state.now;
    for object in objects {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
        let known = state.witness.generations.entry(uid).or_insert((generation, now));
        if known.0 != generation {
            *known = (generation, now);
        }
    }
}

/// What is declared of each id now. Of several resources that mean the same id a derived one goes
/// first, then the older.
fn note_declarations(state: &mut State, objects: &[Value]) {
    let mut declared: BTreeMap<String, (bool, String, Option<Ideal>)> = BTreeMap::new();
    for object in objects {
        if state.witness.excused.contains(&key(object)) {
            continue;
        }
        let Some(id) = id_of(&state.kubernetes.store, object) else { continue };
        note_declared_pause(state, object, &id);
        let console = state.witness.console.get(&id).copied().or(Some(false));
        let console = console.filter(|_| !state.witness.unsure.contains(&id));
        let rank = (object["spec"].get("scheduleId").is_some(), object["metadata"]["creationTimestamp"].to_string());
        let found = (rank.0, rank.1, ideal(&state.kubernetes.store, object, console));
        match declared.get(&id) {
            Some((explicit, created, _)) if (explicit, created) <= (&found.0, &found.1) => {}
            Some(_) | None => drop(declared.insert(id, found)),
        }
    }
    for id in state.witness.timelines.keys() {
        declared.entry(id.clone()).or_insert((false, String::new(), None));
    }
    let now = state.now;
    for (id, (_, _, ideal)) in declared {
        state.witness.timelines.entry(id).or_default().declare(now, ideal);
    }
}

/// What a declaration leaves behind when it goes: the pause as it is then, if it had come so far.
fn note_declared_pause(state: &mut State, object: &Value, id: &str) {
    let there = schedule(state, id).map(|there| there.paused);
    let was_there = object["status"].get("scheduleId").is_some() || object["status"]["memory"]["target"].is_object();
    let Some(paused) = object["spec"]["paused"].as_bool() else {
        if there.is_none() && !was_there {
            state.witness.console.insert(id.to_owned(), false);
            state.witness.unsure.remove(id);
        }
        return;
    };
    if there == Some(paused) || (there.is_none() && !was_there) {
        state.witness.console.insert(id.to_owned(), paused && there.is_some());
        state.witness.unsure.remove(id);
    } else {
        state.witness.unsure.insert(id.to_owned());
    }
}

/// Both sides become equal in time, and a resource that is gone has taken its schedule with it.
fn settles(state: &mut State) {
    let now = state.now;
    let is_quiet = state.witness.up_since.is_some() && !state.is_late() && state.is_heard();
    let ids: Vec<String> = state.witness.timelines.keys().cloned().collect();
    for id in ids {
        let open = state.witness.timelines.get_mut(&id).and_then(|timeline| timeline.open().cloned());
        let Some(open) = open else { continue };
        match unsettled(state, &id) {
            None if is_quiet => {
                state.witness.settled(&id, now);
            }
            Some(why) if is_quiet && now.duration_since(open.disturbed) > state.witness.settles_within => {
                state.witness.breach("settles", now, format!("{id}: {why}"));
            }
            Some(_) | None => {}
        }
    }
}

/// In what the world differs from what is declared of an id.
pub fn unsettled(state: &State, id: &str) -> Option<String> {
    let there = schedule(state, id);
    let Some(ideal) = state.witness.timelines.get(id).and_then(|timeline| timeline.now()) else {
        let mut objects =
            find("workflowschedules").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
        let is_going = objects
            .any(|(_, object)| is_terminating(object) && id_of(&state.kubernetes.store, object).as_deref() == Some(id));
        return is_going.then(|| "its resource is still there".to_owned());
    };
    let pending = pending(state, &ideal.key);
    let Some(there) = there else {
        let is_exhausted = ready(state, &ideal.key).is_some_and(|(_, reason, _)| reason == "Exhausted");
        return (!is_exhausted || !pending.is_empty()).then(|| "it is not there".to_owned());
    };
    let mut differences = differences(state, ideal, &there);
    differences.extend(pending);
    (!differences.is_empty()).then(|| format!("the remote differs in {}", differences.join(", ")))
}

/// In what the remote differs from what is declared, the runs that are left included.
fn differences(state: &State, ideal: &Ideal, there: &Schedule) -> Vec<&'static str> {
    let mut differences = ideal.differences(there, stays_parked(state));
    let is_counted = match (there.remaining, ideal.max_executions) {
        (Some(left), Some(most)) => left <= most,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    if !is_counted && !state.witness.uncounted.contains(&ideal.id) {
        differences.push("count");
    }
    differences
}

/// What is declared anew and has not been seen to land, though the remote cannot show it: it does not
/// give back a `maxExecutions`, and what routes where no deployment is named is its own choice.
fn pending(state: &State, key: &str) -> Vec<&'static str> {
    let all = objects(state, "workflowschedules");
    let Some(object) = all.iter().find(|object| self::key(object) == key) else { return Vec::new() };
    [("count", is_count_pending(object)), ("target", is_target_pending(object))]
        .into_iter()
        .filter_map(|(name, is_pending)| is_pending.then_some(name))
        .collect()
}

fn is_count_pending(object: &Value) -> bool {
    let count = &object["status"]["memory"]["maxExecutions"];
    count.is_object() && (count["intended"].is_object() || count["declared"] != object["spec"]["maxExecutions"])
}

/// Whether another target is declared than the one that was applied.
pub fn is_target_pending(object: &Value) -> bool {
    let target = &object["status"]["memory"]["target"];
    let differs = |name: &&str| target[*name].as_str() != object["spec"][*name].as_str();
    target.is_object() && ["workflowIdentifier", "workflowRegistrationId", "deploymentName"].iter().any(differs)
}

/// Where a PATCH lifts a pause, what shall not fire stays parked. A person who resumes when that is being
/// found out looks the same; that is put right with the next PATCH.
fn stays_parked(state: &State) -> bool {
    let has_found = |connection: &Value| connection["status"]["patchKeepsPause"] == false;
    let is_misled = state.witness.is_resumed_by_hand && objects(state, "workflowconnections").iter().any(has_found);
    state.remote.settings().patch_rebuilds || is_misled
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

/// "It tells the truth": the status never says `Ready` while the remote differs beyond one poll. A poll
/// may just have passed, and one that is younger than the LIST's lag is passed over.
fn truthful(state: &mut State, object: &Value) {
    let (key, now) = (key(object), state.now);
    let Some(up_since) = state.witness.up_since.filter(|_| state.is_heard()) else {
        state.witness.untrue_since.remove(&key);
        return;
    };
    let poll = connection_of(&state.kubernetes.store, object)
        .and_then(|connection| connection["spec"]["pollInterval"].as_str())
        .map_or(SignedDuration::from_mins(1), |text| duration::parse(text).expect("a duration"));
    // Times alone are written once a minute.
    let bound = poll * 5 + SignedDuration::from_mins(3);
    if let Some(passed) = shows_what_has_passed(object).filter(|at| now.duration_since(up_since.max(*at)) > bound) {
        state.witness.breach("truthful", now, format!("{key} shows a run to come at {passed}, which has passed"));
    }
    let Some(what) = untruth(state, object) else {
        state.witness.untrue_since.remove(&key);
        return;
    };
    let since = *state.witness.untrue_since.entry(key.clone()).or_insert(now);
    // An object of `inputFrom` is read every 5 minutes.
    let sources =
        if object["spec"].get("inputFrom").is_some() { SignedDuration::from_mins(5) } else { SignedDuration::ZERO };
    let bound = poll * 2 + SignedDuration::from_secs(35) + sources;
    if now.duration_since(since.max(up_since)) > bound {
        state.witness.breach("truthful", now, format!("{key} {what}"));
    }
}

/// "a passed time that cannot be refreshed is removed rather than shown", after three failed polls.
fn shows_what_has_passed(object: &Value) -> Option<Timestamp> {
    object["status"]["nextExecutionTime"].as_str()?.parse().ok()
}

/// What a status claims that is not so.
pub fn untruth(state: &State, object: &Value) -> Option<String> {
    let (status, reason, _) = ready(state, &key(object))?;
    let is_current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
    if status != "True" || !is_current || is_terminating(object) || state.witness.excused.contains(&key(object)) {
        return None;
    }
    let id = id_of(&state.kubernetes.store, object)?;
    let ideal = state.witness.timelines.get(&id)?.now()?;
    let Some(there) = schedule(state, &id) else {
        return (reason != "Exhausted").then(|| format!("says {reason}, and the remote schedule is not there"));
    };
    if reason == "InSync" && there.remaining == Some(0) {
        return Some("says InSync, and its runs are used up".to_owned());
    }
    let is_paused_rightly = match reason.as_str() {
        "InSync" => !there.paused,
        "Paused" | "PausedOnFailure" => there.paused,
        _ => true,
    };
    let mut differences = differences(state, ideal, &there);
    if !is_paused_rightly && !differences.contains(&"paused") {
        differences.push("paused");
    }
    (!differences.is_empty()).then(|| format!("says {reason}, and the remote differs in {}", differences.join(", ")))
}

/// After a deletion nothing of ours remains.
fn gone_is_gone(state: &mut State, objects: &[Value]) {
    let mut living: BTreeMap<String, Living> = BTreeMap::new();
    for object in objects {
        let (Some(id), Some(connection)) =
            (id_of(&state.kubernetes.store, object), connection_of(&state.kubernetes.store, object))
        else {
            continue;
        };
        let spec = &object["spec"];
        let orphans = deletion_policy(spec, connection) == "Orphan";
        let takes_with_it = finalizers(object).contains(&"workflows.mistral.ai/finalizer")
            && !orphans
            && management(spec, connection) != "Observe"
            && !state.witness.excused.contains(&key(object));
        living.insert(key(object), Living { id, takes_with_it, orphans });
    }
    let now = state.now;
    let let_go = state.witness.living.iter().filter(|(key, one)| one.orphans && !living.contains_key(*key));
    let let_go: Vec<String> = let_go.map(|(_, one)| one.id.clone()).collect();
    for id in let_go {
        state.witness.orphaned.entry(id).or_insert(now);
    }
    let gone: Vec<(String, Living)> = state
        .witness
        .living
        .iter()
        .filter(|(key, one)| one.takes_with_it && !living.contains_key(*key))
        .map(|(key, one)| (key.clone(), one.clone()))
        .collect();
    for (key, one) in gone {
        let is_anothers = living.values().any(|other| other.id == one.id);
        if !is_anothers && schedule(state, &one.id).is_some() {
            state.witness.breach("gone_is_gone", now, format!("{key} is gone, and {} is there", one.id));
        }
        // It is looked at until the end: what comes late counts too.
        living.entry(key).or_insert(one);
    }
    state.witness.living = living;
}

/// Whether every window of every id is closed.
pub fn is_settled(state: &mut State) -> bool {
    state.witness.timelines.values_mut().all(|timeline| timeline.open().is_none())
}
