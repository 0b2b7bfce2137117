//! `Ready` of a generation is said once that generation is there: `kubectl wait` and Flux go by it.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::model::ideal::{connection_of, id_of, key};
use super::model::ready;
use super::truthful::untruth;
use crate::state::State;

/// How long an edit of a connection, or what others do to the remote, takes to be seen.
const SEEING: SignedDuration = SignedDuration::from_secs(10);

#[derive(Debug, Default)]
pub struct ReadyMeansDone {
    /// The generation of a resource, by uid, of which `Ready` was said last.
    said: BTreeMap<String, i64>,
}

impl ReadyMeansDone {
    /// A status out of a backup says so, and not an operator.
    pub fn has_been_said(&mut self, uid: &str, generation: i64) {
        self.said.insert(uid.to_owned(), generation);
    }
}

pub fn judge(state: &mut State, object: &Value) {
    let (key, now) = (key(object), state.now);
    let generation = object["metadata"]["generation"].as_i64().unwrap_or_default();
    let is_said = ready(state, &key).is_some_and(|(status, ..)| status == "True")
        && object["status"]["observedGeneration"] == generation;
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
    if !is_said || state.oracles.ready_means_done.said.get(&uid) == Some(&generation) {
        return;
    }
    state.oracles.ready_means_done.said.insert(uid, generation);
    if is_news(state, object) {
        return;
    }
    if let Some(what) = untruth(state, object) {
        state.oracles.breach("ready_means_done", now, format!("{key}, generation {generation}: {what}"));
    }
}

/// Exception: something else changed a moment ago, and may not have been seen.
fn is_news(state: &State, object: &Value) -> bool {
    let (now, model) = (state.now, &state.oracles.model);
    let id = id_of(&state.kubernetes.store, object).unwrap_or_default();
    let is_meddled = model.timelines.get(&id).is_some_and(|timeline| timeline.meddled_after(now - SEEING));
    let connection = connection_of(&state.kubernetes.store, object);
    let is_edited = connection.is_some_and(|connection| model.edited_after(connection, now - SEEING));
    let is_from_elsewhere = object["spec"].get("inputFrom").is_some();
    let mut runs = state.remote.runs().iter().filter(|run| *run.schedule_id == *id);
    let has_run = runs.any(|run| now.duration_since(run.started_at) < SEEING);
    is_meddled || is_edited || is_from_elsewhere || has_run || state.a_late_effect_was_near() || state.is_late()
}
