//! Admission rules deny what the operator writes to Kubernetes: it is said where it can be said, and tried again.

use serde_json::{Value, json};

use super::{At, REPORT, apply, daily, delete, edit, has_said, is_gone, is_let_go, says};
use crate::fault::Fault;
use crate::kubernetes::{Denied, Policy, find};
use crate::log::seconds;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

const PATCHES: &[Policy] = &[Policy { plural: "workflowschedules", denied: Denied::Patches }];
const STATUSES: &[Policy] = &[Policy { plural: "workflowschedules", denied: Denied::Statuses }];
const ALL: &[Policy] = &[
    Policy { plural: "workflowschedules", denied: Denied::Patches },
    Policy { plural: "workflowschedules", denied: Denied::Statuses },
];
const COUNTS: &[Policy] = &[Policy { plural: "workflowconnections", denied: Denied::Statuses }];
const LAST_FINALIZER: &[Policy] = &[Policy { plural: "workflowconnections", denied: Denied::Patches }];

/// The longest that a refused write waits for the next attempt.
const BACKOFF: i64 = 300;

/// The rules are set, somebody does something, and then they are lifted.
fn denied(seed: u64, policies: &'static [Policy], mut steps: Vec<At>, at: i64, meanwhile: Vec<At>) -> Scenario {
    steps.push((seconds(at), Step::Policies(policies)));
    steps.extend(meanwhile);
    let lifted = at + 200;
    steps.push((seconds(lifted), Step::Policies(&[])));
    Scenario::new(Setup::new(seed), steps)
        .exact()
        .lasting(seconds(lifted + BACKOFF))
        .without([Fault::PersonFirst], "the rule is lifted before it has denied anything")
        .patient(seconds(400))
}

/// A condition, or what is to be one, has said this.
fn has_explained(state: &State, words: &str) -> Result<(), String> {
    let is_said = state.boundaries.iter().any(|boundary| boundary.what.contains(words));
    if is_said { Ok(()) } else { Err(format!("no condition ever said {words:?}")) }
}

/// Warning events that a write was not stored.
fn is_told_by_events(state: &State, most: usize) -> Result<(), String> {
    let events = find("events").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
    let is_meant = |event: &Value| event["type"] == "Warning" && event["reason"] == "KubernetesError";
    let notes: Vec<&Value> =
        events.map(|(_, event)| event).filter(|event| is_meant(event)).map(|event| &event["note"]).collect();
    let is_in_words = notes.iter().all(|note| note.as_str().is_some_and(|note| note.contains("change freeze")));
    if !notes.is_empty() && notes.len() <= most && is_in_words { Ok(()) } else { Err(format!("events: {notes:?}")) }
}

/// The finalizer cannot be set, so nothing is created, and the condition says why.
pub fn the_finalizer_is_denied() -> Scenario {
    let expect = |state: &State| {
        has_said(state, "KubernetesError")?;
        has_explained(state, "change freeze")?;
        says(state, REPORT, "InSync")
    };
    Scenario { expect, ..denied(260, PATCHES, Vec::new(), 3, vec![apply(5, daily(json!({})))]) }
}

/// The remote schedule is gone, and the resource cannot go.
pub fn the_end_of_a_deletion_is_denied() -> Scenario {
    let expect = |state: &State| {
        has_said(state, "KubernetesError")?;
        has_explained(state, "is deleted, but the resource still has the operator's finalizer")?;
        is_gone(state, super::ID)?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..denied(261, PATCHES, vec![apply(5, daily(json!({})))], 60, vec![delete(70)]) }
}

/// What is stored before the DELETE cannot be stored: the status says that nothing is deleted yet.
pub fn the_count_of_deletions_is_denied() -> Scenario {
    let expect = |state: &State| {
        has_said(state, "KubernetesError")?;
        has_explained(state, "is not deleted yet")?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..denied(262, COUNTS, vec![apply(5, daily(json!({})))], 60, vec![delete(70)]) }
}

/// No condition can be written: an event says what it would say, and not at each attempt.
pub fn the_status_is_denied() -> Scenario {
    let expect = |state: &State| {
        is_told_by_events(state, 3)?;
        says(state, REPORT, "InSync")
    };
    let edited = vec![edit(70, json!({ "input": 1 }))];
    Scenario { expect, ..denied(263, STATUSES, vec![apply(5, daily(json!({})))], 60, edited) }
}

/// Nothing at all can be written of a resource that is deleted.
pub fn all_writes_of_a_deletion_are_denied() -> Scenario {
    let expect = |state: &State| {
        is_told_by_events(state, 3)?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..denied(264, ALL, vec![apply(5, daily(json!({})))], 60, vec![delete(70)]) }
}

/// The connection has no schedule any more, and cannot go.
pub fn the_end_of_a_connection_is_denied() -> Scenario {
    let deleted = vec![delete(70), (seconds(80), Step::DeleteConnection("shop/default".into()))];
    let expect = |state: &State| {
        has_said(state, "KubernetesError")?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..denied(265, LAST_FINALIZER, vec![apply(5, daily(json!({})))], 60, deleted) }
}
