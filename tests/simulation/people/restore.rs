//! A cluster that is made anew from a backup without statuses, and what can be promised of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Watches, patch, schedule};
use crate::kubernetes::{Place, find};
use crate::oracle::{id_of, look};
use crate::state::State;

/// The owner says whose the prefix is and which explicit ids are the cluster's, as the manual asks for.
pub fn restore(state: &mut State, under_way: &BTreeSet<String>) {
    let now = state.now;
    state.witness.is_restored = true;
    state.witness.forgotten.extend(state.witness.timelines.keys().cloned());
    for id in under_way {
        forget(state, id);
    }
    let store = &mut state.kubernetes.store;
    for plural in ["workflowconnections", "workflowschedules"] {
        let objects: Vec<(Place, Value)> = store
            .list(find(plural).expect("it is served"), None)
            .map(|(place, object)| (place.clone(), object.clone()))
            .collect();
        for (place, object) in &objects {
            if store.is_going(&place.namespace) {
                continue;
            }
            drop(store.restore(place, now));
            // An explicit id is no claim any more: without it a deletion leaves the schedule.
            if object["metadata"].get("deletionTimestamp").is_some() && object["spec"].get("scheduleId").is_none() {
                drop(store.delete(place, now));
            }
            if let Some(prefix) = object["spec"]["scheduleIdPrefix"].as_str() {
                let annotations = json!({ "workflows.mistral.ai/claim-prefix": prefix });
                patch(store, place, &json!({ "metadata": { "annotations": annotations } }));
                if object["spec"]["paused"] == true {
                    // What the kill switch had paused, nobody remembers.
                    state.witness.unsure.extend(state.witness.timelines.keys().cloned());
                }
            }
            let key = format!("{}/{}", place.namespace, place.name);
            if object["spec"].get("scheduleId").is_some() && !state.witness.excused.contains(&key) {
                patch(store, place, &json!({ "spec": { "adoption": "IfExists" } }));
            }
        }
    }
}

/// etcd is restored from a backup, statuses and versions included, and the operator goes on. Of what was
/// made since nothing is known any more.
pub fn rewind(state: &mut State, watches: Watches) {
    let snapshot = state.snapshot.clone().expect("a backup was made");
    state.kubernetes.compact();
    state.kubernetes.store.rewind(&snapshot);
    match watches {
        Watches::Break => state.cuts += 1,
        Watches::Survive => state.rewinds += 1,
    }
    let resource = find("workflowschedules").expect("it is served");
    // What a status out of the backup says, the operator says no more.
    state.witness.up_since = Some(state.now);
    for (_, object) in snapshot.list(resource, None) {
        let (uid, generation) = (&object["metadata"]["uid"], &object["metadata"]["generation"]);
        if let (Some(uid), Some(generation)) = (uid.as_str(), generation.as_i64()) {
            state.witness.said.insert(uid.to_owned(), generation);
        }
    }
    let keys: BTreeSet<String> =
        snapshot.list(resource, None).map(|(place, _)| format!("{}/{}", place.namespace, place.name)).collect();
    state.witness.living.retain(|key, _| keys.contains(key));
}

/// "No memory (a restore) never reads as a change: an existing remote count stands, nothing is
/// replaced." So of what was under way, or changes before the operator has looked, only the rest is
/// promised.
fn forget(state: &mut State, id: &str) {
    let there = crate::oracle::schedule(state, id);
    let Some(ideal) = state.witness.timelines.get(id).and_then(|timeline| timeline.now().cloned()) else { return };
    state.witness.uncounted.insert(id.to_owned());
    // A pause that was being made, and a resume that was asked for before the resource was made anew.
    let is_paused = there.as_ref().is_some_and(|there| there.paused);
    if is_paused || state.witness.console.get(id) == Some(&true) {
        state.witness.unsure.insert(id.to_owned());
    }
    if there.is_some_and(|there| ideal.differences(&there, false).contains(&"workflow")) {
        state.witness.excused.insert(ideal.key);
        state.witness.timelines.remove(id);
    }
}

/// After a restore the operator has not looked at it yet.
pub fn forget_if_unseen(state: &mut State, key: &str) {
    let Some(object) = state.kubernetes.store.get(&schedule(key)).ok().cloned() else { return };
    let is_unseen = object["status"]["memory"].get("target").is_none();
    if let Some(id) = id_of(&state.kubernetes.store, &object).filter(|_| is_unseen) {
        look(state);
        forget(state, &id);
    }
}
