//! "It tells the truth": the status never says `Ready` while the remote differs beyond one poll.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use workflow_schedule_operator::api::FINALIZER;
use workflow_schedule_operator::timing::duration;

use super::model::ideal::{connection_of, id_of, key};
use super::model::ready;
use super::{schedule, settles};
use crate::kubernetes::{finalizers, is_terminating};
use crate::state::State;

#[derive(Debug, Default)]
pub struct Truthful {
    /// Since when a status claims what is not so.
    untrue_since: BTreeMap<String, Timestamp>,
}

impl Truthful {
    /// Something happened: the time counts anew.
    pub fn begin_anew(&mut self) {
        self.untrue_since.clear();
    }

    /// Whether anything is untrue.
    pub fn is_open(&self) -> bool {
        !self.untrue_since.is_empty()
    }
}

/// A poll may just have passed, and one that is younger than the LIST's lag is passed over. Exception: while
/// no process is up, or hears of Kubernetes, nothing can be said.
pub fn judge(state: &mut State, object: &Value) {
    let (key, now) = (key(object), state.now);
    let Some(up_since) = state.oracles.model.up_since.filter(|_| state.is_heard()) else {
        state.oracles.truthful.untrue_since.remove(&key);
        return;
    };
    let poll = connection_of(&state.kubernetes.store, object)
        .and_then(|connection| connection["spec"]["pollInterval"].as_str())
        .map_or(SignedDuration::from_mins(1), |text| duration::parse(text).expect("a duration"));
    // Times alone are written once a minute.
    let bound = poll * 5 + SignedDuration::from_mins(3);
    if let Some(passed) = shows_what_has_passed(object).filter(|at| now.duration_since(up_since.max(*at)) > bound) {
        state.oracles.breach("truthful", now, format!("{key} shows a run to come at {passed}, which has passed"));
    }
    let Some(what) = untruth(state, object) else {
        state.oracles.truthful.untrue_since.remove(&key);
        return;
    };
    let since = *state.oracles.truthful.untrue_since.entry(key.clone()).or_insert(now);
    // An object of `inputFrom` is read every 5 minutes.
    let sources =
        if object["spec"].get("inputFrom").is_some() { SignedDuration::from_mins(5) } else { SignedDuration::ZERO };
    let bound = poll * 2 + SignedDuration::from_secs(35) + sources + until_a_look(state, object, since);
    if now.duration_since(since.max(up_since)) > bound {
        state.oracles.breach("truthful", now, format!("{key} {what}"));
    }
}

/// While LIST is stuck a GET looks: when the next run has passed by more than a grace, and at each schedule once a
/// day.
fn until_a_look(state: &State, object: &Value, since: Timestamp) -> SignedDuration {
    const GRACE: SignedDuration = SignedDuration::from_mins(2);
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    if !state.remote.settings().list_stuck {
        return SignedDuration::ZERO;
    }
    let ideal = id_of(&state.kubernetes.store, object).and_then(|id| state.oracles.model.declared(&id));
    let next = ideal.and_then(|ideal| ideal.definition.spec.runs_after(since, "").next());
    next.map_or(DAY, |run| DAY.min(run.nominal.duration_since(since) + GRACE))
}

/// "a passed time that cannot be refreshed is removed rather than shown", after three failed polls.
fn shows_what_has_passed(object: &Value) -> Option<Timestamp> {
    object["status"]["nextExecutionTime"].as_str()?.parse().ok()
}

/// What is being deleted and has lost its schedule is not Ready. Exception: what we have let go, another's
/// finalizer holds.
fn untruth_of_deletion(state: &State, object: &Value, status: &str, reason: &str) -> Option<String> {
    let is_ours = finalizers(object).contains(&FINALIZER);
    let id = id_of(&state.kubernetes.store, object).filter(|_| is_ours && status == "True")?;
    let is_gone = schedule(state, &id).is_none() && !matches!(reason, "Exhausted" | "Ended");
    is_gone.then(|| format!("is being deleted and says {reason}, and the remote schedule is gone"))
}

/// What a status claims that is not so.
pub fn untruth(state: &State, object: &Value) -> Option<String> {
    let (status, reason, _) = ready(state, &key(object))?;
    let is_current = object["status"]["observedGeneration"] == object["metadata"]["generation"];
    if is_terminating(object) {
        return untruth_of_deletion(state, object, &status, &reason);
    }
    if status != "True" || !is_current || state.oracles.model.excused.contains(&key(object)) {
        return None;
    }
    let id = id_of(&state.kubernetes.store, object)?;
    let ideal = state.oracles.model.declared(&id)?;
    let Some(there) = schedule(state, &id) else {
        let is_over = reason == "Exhausted" || reason == "Ended" && settles::has_ended(state, ideal);
        return (!is_over).then(|| format!("says {reason}, and the remote schedule is not there"));
    };
    if reason == "InSync" && there.remaining == Some(0) {
        return Some("says InSync, and its runs are used up".to_owned());
    }
    let is_paused_rightly = match reason.as_str() {
        "InSync" => !there.paused,
        "Paused" | "PausedOnFailure" => there.paused,
        _ => true,
    };
    let mut differences = settles::differences(state, ideal, &there);
    if !is_paused_rightly && !differences.contains(&"paused") {
        differences.push("paused");
    }
    (!differences.is_empty()).then(|| format!("says {reason}, and the remote differs in {}", differences.join(", ")))
}
