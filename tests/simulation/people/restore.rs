//! A cluster that is made anew from a backup without statuses, and what can be promised of it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Watches, patch, schedule};
use crate::kubernetes::{Place, find};
use crate::oracle::{Call, Operation, id_of, look};
use crate::state::State;

/// The owner says whose the prefix is and which explicit ids are the cluster's, as the manual asks for.
pub fn restore(state: &mut State, under_way: &BTreeSet<String>) {
    let now = state.now;
    state.oracles.model.is_restored = true;
    let ids: Vec<String> = state.oracles.model.timelines.keys().cloned().collect();
    state.oracles.once_a_token.forget(ids.iter().cloned());
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
                    for id in &ids {
                        state.oracles.model.pauses.forget(id);
                    }
                }
            }
            let key = format!("{}/{}", place.namespace, place.name);
            if object["spec"].get("scheduleId").is_some() && !state.oracles.model.excused.contains(&key) {
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
    state.oracles.model.up_since = Some(state.now);
    for (_, object) in snapshot.list(resource, None) {
        let (uid, generation) = (&object["metadata"]["uid"], &object["metadata"]["generation"]);
        if let (Some(uid), Some(generation)) = (uid.as_str(), generation.as_i64()) {
            state.oracles.ready_means_done.has_been_said(uid, generation);
        }
    }
    let keys: BTreeSet<String> =
        snapshot.list(resource, None).map(|(place, _)| format!("{}/{}", place.namespace, place.name)).collect();
    state.oracles.gone_is_gone.forget_others(&keys);
}

/// "No memory (a restore) never reads as a change: an existing remote count stands, nothing is
/// replaced." So of what was under way, or changes before the operator has looked, only the rest is
/// promised.
fn forget(state: &mut State, id: &str) {
    let there = crate::oracle::schedule(state, id);
    let Some(ideal) = state.oracles.model.declared(id).cloned() else { return };
    state.oracles.model.applied.forget_count(id);
    // A pause that was being made, and a resume that was asked for before the resource was made anew.
    let is_paused = there.as_ref().is_some_and(|there| there.paused);
    if is_paused || state.oracles.model.pauses.is_paused(id) {
        state.oracles.model.pauses.forget(id);
    }
    if there.is_some_and(|there| ideal.differences(&there, false).contains(&"workflow")) {
        state.oracles.model.excused.insert(ideal.key);
        state.oracles.model.timelines.remove(id);
    }
}

/// After a restore the operator has not looked at it yet.
pub fn forget_if_unseen(state: &mut State, key: &str) {
    let Some(object) = state.kubernetes.store.get(&schedule(key)).ok().cloned() else { return };
    let Some(id) = id_of(&state.kubernetes.store, &object) else { return };
    if has_looked(state, &id, &object) {
        return;
    }
    look(state);
    forget(state, &id);
    let (now, there) = (state.now, crate::oracle::schedule(state, &id));
    state.oracles.model.applied.take(now, &id, &object, there.map(|there| there.created_at));
}

/// How long a process may take from its look to what it remembers of it.
const REMEMBERING: SignedDuration = SignedDuration::from_secs(10);

/// Whether a process has looked at the schedule of a resource since that was made, and can remember it.
fn has_looked(state: &State, id: &str, object: &Value) -> bool {
    let created = object["metadata"]["creationTimestamp"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let is_look = |call: &&Call| match call.operation {
        Operation::List => call.status == Some(200),
        Operation::Get | Operation::Create => call.id == id && call.status.is_some(),
        _ => false,
    };
    let mut looks = state.oracles.model.calls.iter().filter(is_look);
    looks.any(|call| created.is_none_or(|created| call.at >= created) && call.at + REMEMBERING <= state.now)
}
