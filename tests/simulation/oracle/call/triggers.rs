//! One run for each request, and never two.

use serde_json::Value;

use super::{Call, Operation, Verdict};
use crate::kubernetes::find;
use crate::oracle::Breach;
use crate::oracle::ideal::{id_of, key};
use crate::state::State;

/// The request for which a trigger leaves: it is stored before.
pub fn token_of(owners: &[&Value]) -> Option<String> {
    let mut triggers = owners.iter().map(|object| &object["status"]["trigger"]);
    triggers.find(|trigger| trigger["state"] == "Requested")?["token"].as_str().map(str::to_owned)
}

/// "Trigger is at most once": a request that may have had its run has no second call.
pub fn once_a_token(state: &State, call: &Call, owners: &[&Value]) -> Verdict {
    let token = token_of(owners).filter(|_| call.operation == Operation::Trigger)?;
    let may_have_run = |other: &&Call| other.status.is_none_or(|status| !(400..500).contains(&status));
    let mut earlier = of_token(state, &call.id, &token).filter(may_have_run);
    earlier.next().map(|other| ("once_a_token", format!("{} was triggered for {token} at {}", call.id, other.at)))
}

fn of_token<'a>(state: &'a State, id: &str, token: &str) -> impl Iterator<Item = &'a Call> {
    let calls = state.witness.calls.iter().filter(move |call| call.operation == Operation::Trigger);
    calls.filter(move |call| call.id == id && call.token.as_deref() == Some(token))
}

fn is_last(state: &State, id: &str, token: &str) -> bool {
    let mut calls = state.witness.calls.iter().rev();
    let last = calls.find(|call| call.operation == Operation::Trigger && call.id == id);
    last.is_some_and(|call| call.token.as_deref() == Some(token))
}

/// In the end the status says of the last request what became of it.
pub fn as_the_status_says(state: &State) -> Vec<Breach> {
    let store = &state.kubernetes.store;
    let objects = find("workflowschedules").into_iter().flat_map(|resource| store.list(resource, None));
    let mut breaches = Vec::new();
    for (_, object) in objects {
        let trigger = &object["status"]["trigger"];
        let (Some(token), Some(id)) = (trigger["token"].as_str(), id_of(store, object)) else { continue };
        let is_done = |call: &Call| call.status.is_some_and(|status| status < 300);
        let done = of_token(state, &id, token).filter(|call| is_done(call)).count();
        let is_so = match trigger["state"].as_str() {
            Some("Accepted") => done > 0,
            // Whoever has lost the status cannot know, and an older request may be put back.
            Some("Refused") => done == 0 || state.witness.forgotten.contains(&id) || !is_last(state, &id, token),
            Some("Unknown") => true,
            _ => state.witness.excused.contains(&key(object)),
        };
        if !is_so {
            let what = format!("{id} says {trigger}, and {done} calls were accepted");
            breaches.push(Breach { oracle: "as_the_status_says", at: state.now, what });
        }
    }
    breaches
}
