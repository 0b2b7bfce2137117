//! "Trigger is at most once": one run for each request, and never two; each in a second of its own, for the
//! engine names a run by its second; and in the end the status says what became of the last one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::Value;
use workflow_schedule_operator::sandbox::RunRecord;

use super::model::ideal::{id_of, key};
use super::{Breach, Call, Operation, Verdict};
use crate::kubernetes::find;
use crate::state::State;

/// The engine's clock tells runs apart by it.
const A_SECOND: SignedDuration = SignedDuration::from_secs(1);

#[derive(Debug, Default)]
pub struct OnceAToken {
    /// The times that asked for a run, by id.
    asked: BTreeMap<String, Vec<String>>,
    /// The request for which a process has triggered a schedule last.
    leaving: BTreeMap<(u32, String), String>,
    /// Exception: whoever has lost a status cannot say what became of a request.
    forgotten: BTreeSet<String>,
}

impl OnceAToken {
    /// A person asks for a run.
    pub fn ask(&mut self, id: String, token: String) {
        let tokens = self.asked.entry(id).or_default();
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }

    /// The statuses of these are lost.
    pub fn forget(&mut self, ids: impl IntoIterator<Item = String>) {
        self.forgotten.extend(ids);
    }

    pub fn leaves(&mut self, call: &Call, token: Option<String>) {
        if let Some(token) = token.filter(|_| call.operation == Operation::Trigger) {
            self.leaving.insert((call.process, call.id.clone()), token);
        }
    }

    /// The request that a trigger has left for.
    pub fn token(&self, call: &Call) -> Option<String> {
        let token = self.leaving.get(&(call.process, call.id.clone()));
        token.filter(|_| call.operation == Operation::Trigger).cloned()
    }
}

/// The request for which a trigger leaves: it is stored before.
pub fn token_of(owners: &[&Value]) -> Option<String> {
    let mut triggers = owners.iter().map(|object| &object["status"]["trigger"]);
    triggers.find(|trigger| trigger["state"] == "Requested")?["token"].as_str().map(str::to_owned)
}

/// What was refused for good has started nothing.
fn may_have_run(call: &Call) -> bool {
    call.status.is_none_or(|status| !(400..500).contains(&status))
}

/// A request that may have had its run has no second call.
pub fn judge(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let token = token_of(owners).filter(|_| call.operation == Operation::Trigger)?;
    let mut earlier = of_token(state, &call.id, &token).filter(|call| may_have_run(call));
    let mut close = triggers(state, &call.id)
        .filter(|other| may_have_run(other) && call.at.duration_since(other.at).abs() < A_SECOND);
    let again = earlier.next().map(|other| format!("{} was triggered for {token} at {}", call.id, other.at));
    let too_close =
        || close.next().map(|other| format!("{} was triggered at {} too, in one second", call.id, other.at));
    again.or_else(too_close).map(|what| ("once_a_token", what))
}

fn triggers<'a>(state: &'a State, id: &str) -> impl Iterator<Item = &'a Call> {
    let calls = state.oracles.model.calls.iter();
    calls.filter(move |call| call.operation == Operation::Trigger && call.id == id)
}

fn of_token<'a>(state: &'a State, id: &str, token: &str) -> impl Iterator<Item = &'a Call> {
    triggers(state, id).filter(move |call| call.token.as_deref() == Some(token))
}

/// In the end there are no more calls and runs than requests.
pub fn judge_runs(state: &State, id: &str, runs: &[&RunRecord]) -> Option<Breach> {
    let asked = state.oracles.once_a_token.asked.get(id).map_or(0, Vec::len);
    let calls = triggers(state, id).filter(|call| may_have_run(call)).count();
    let started = runs.iter().filter(|run| run.triggered).count();
    let too_many = calls > asked || started > asked;
    let what = format!("{id} was triggered {calls} times ({started} runs) for {asked} requests");
    too_many.then_some(Breach { oracle: "once_a_token", at: state.now, what })
}

pub fn as_the_status_says(state: &State) -> Vec<Breach> {
    let store = &state.kubernetes.store;
    let objects = find("workflowschedules").into_iter().flat_map(|resource| store.list(resource, None));
    let mut breaches = Vec::new();
    for (_, object) in objects {
        let trigger = &object["status"]["trigger"];
        let (Some(token), Some(id)) = (trigger["token"].as_str(), id_of(store, object)) else { continue };
        let is_done = |call: &Call| call.status.is_some_and(|status| status < 300);
        let done = of_token(state, &id, token).filter(|call| is_done(call)).count();
        let asked = state.oracles.once_a_token.asked.get(&id).and_then(|tokens| tokens.last());
        let is_so = match trigger["state"].as_str() {
            Some("Accepted") => done > 0,
            // An older request may be put back.
            Some("Refused") => {
                done == 0
                    || state.oracles.once_a_token.forgotten.contains(&id)
                    || asked.map(String::as_str) != Some(token)
            }
            Some("Unknown") => true,
            _ => state.oracles.model.excused.contains(&key(object)),
        };
        // A run is claimed only where there is one.
        let claimed = trigger["message"].as_str().and_then(|message| message.strip_prefix("started run "));
        let is_there = |id: &str| state.remote.runs().iter().any(|run| run.triggered && *run.execution_id == *id);
        if !is_so || !claimed.is_none_or(is_there) {
            let what = format!("{id} says {trigger}, and {done} calls were accepted");
            breaches.push(Breach { oracle: "as_the_status_says", at: state.now, what });
        }
    }
    breaches
}
