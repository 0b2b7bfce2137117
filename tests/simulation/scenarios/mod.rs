//! What people do, one thing at a time. Each scenario is a scenario in which nothing goes wrong; the tests
//! place every fault at every boundary of each.

pub mod adoption;
pub mod bulk;
pub mod cluster;
pub mod connections;
pub mod contention;
pub mod counts;
pub mod ended;
pub mod guard;
pub mod identity;
pub mod input;
pub mod keys;
pub mod life;
pub mod lists;
pub mod malformed;
pub mod management;
pub mod mass;
pub mod meddling;
pub mod pauses;
pub mod policies;
pub mod refusals;
pub mod replicas;
pub mod resumes;
pub mod runs;
pub mod switch;
pub mod targets;
pub mod tenants;
pub mod triggers;

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Fault as Failure, FaultRule};

use crate::log::seconds;
use crate::oracle::{Call, Operation, mutating, reason};
use crate::people::{Step, schedule};
use crate::state::State;

type At = (jiff::SignedDuration, Step);

/// Why a scenario is left out with an effect that comes late.
pub const LATE_PATCH_REBUILDS: &str = "a PATCH that lands a minute late lifts the pause once more, unseen";

/// Why a scenario with such an effect is left out with another.
pub const TWICE_AS_LATE: &str = "it is late already, and twice as late is later than the operator waits";

/// The schedule that most scenarios are about.
pub const REPORT: &str = "shop/report";
/// Its id at the remote.
pub const ID: &str = "acme.shop.report";

/// A spec of the workflow `report` with more to it.
pub fn spec(more: Value) -> Value {
    let mut spec = json!({ "workflowIdentifier": "report" });
    if let (Some(spec), Value::Object(more)) = (spec.as_object_mut(), more) {
        spec.extend(more);
    }
    spec
}

/// It would fire between any two calls.
pub fn every_second(more: Value) -> Value {
    let mut spec = spec(more);
    spec["intervals"] = json!([{ "every": "PT1S" }]);
    spec
}

pub fn every_minute(more: Value) -> Value {
    let mut spec = spec(more);
    spec["intervals"] = json!([{ "every": "PT1M", "offset": "PT20S" }]);
    spec
}

pub fn daily(more: Value) -> Value {
    let mut spec = spec(more);
    spec["cronExpressions"] = json!(["0 9 * * *"]);
    spec
}

pub fn apply(at: i64, spec: Value) -> At {
    (seconds(at), Step::Apply(REPORT.into(), spec))
}

pub fn edit(at: i64, change: Value) -> At {
    (seconds(at), Step::Edit(REPORT.into(), change))
}

pub fn ask(at: i64, name: &'static str) -> At {
    (seconds(at), Step::Ask(REPORT.into(), name))
}

pub fn delete(at: i64) -> At {
    (seconds(at), Step::Delete(REPORT.into()))
}

pub fn console(at: i64, what: crate::people::Console) -> At {
    (seconds(at), Step::Console(what, ID.into()))
}

pub fn connection(at: i64, change: Value) -> At {
    (seconds(at), Step::Connection("shop/default".into(), change))
}

/// A call has its effect a minute later, and no answer.
pub const LATE: Failure = Failure::LateEffect { delay: seconds(60) };

/// The remote fails the next call of a kind in this way.
pub fn fail_once(operation: Operation, failure: Failure) -> Step {
    let rule = FaultRule { operations: Some(vec![operation]), times: Some(1), ..FaultRule::always(failure) };
    Step::Failures(Some(Box::new(rule)))
}

/// The calls of a kind that have reached the remote.
pub fn calls(state: &State, operation: Operation) -> impl Iterator<Item = &Call> {
    mutating(state).filter(move |call| call.operation == operation)
}

/// So many calls of a kind have reached the remote.
pub fn called(state: &State, operation: Operation, expected: usize) -> Result<(), String> {
    match calls(state, operation).count() {
        count if count == expected => Ok(()),
        count => Err(format!("{count} calls {operation:?}, and {expected} are enough")),
    }
}

/// So many scheduled runs have come.
pub fn ran(state: &State, expected: usize) -> Result<(), String> {
    match state.remote.runs().iter().filter(|run| !run.triggered).count() {
        count if count == expected => Ok(()),
        count => Err(format!("it ran {count} times instead of {expected}")),
    }
}

/// The schedule is there, and paused or not.
pub fn is_there(state: &State, id: &str, paused: bool) -> Result<(), String> {
    match crate::oracle::schedule(state, id) {
        Some(there) if there.paused == paused => Ok(()),
        Some(there) => Err(format!("{id} is there, and paused is {}: {:?}", there.paused, there.note)),
        None => Err(format!("{id} is gone")),
    }
}

/// Nothing is left at the remote.
pub fn is_gone(state: &State, id: &str) -> Result<(), String> {
    if crate::oracle::schedule(state, id).is_none() { Ok(()) } else { Err(format!("{id} is left behind")) }
}

/// The resource itself has gone.
pub fn is_let_go(state: &State, key: &str) -> Result<(), String> {
    if state.kubernetes.store.get(&schedule(key)).is_err() { Ok(()) } else { Err(format!("{key} is still there")) }
}

/// An operator has said so at some time, in a status.
pub fn has_said(state: &State, reason: &str) -> Result<(), String> {
    let said = format!("\"reason\":\"{reason}\"");
    let is_said = state.boundaries.iter().any(|boundary| boundary.what.contains(&said));
    if is_said { Ok(()) } else { Err(format!("nothing ever said {reason}")) }
}

/// Nothing at the remote was changed.
pub fn nothing_is_written(state: &State) -> Result<(), String> {
    match mutating(state).next() {
        Some(call) => Err(format!("{:?} of {}", call.operation, call.id)),
        None => Ok(()),
    }
}

/// A resource's Ready condition has this reason.
pub fn says(state: &State, key: &str, expected: &str) -> Result<(), String> {
    match reason(state, key) {
        Some(reason) if reason == expected => Ok(()),
        reason => Err(format!("{key} says {reason:?} instead of {expected}")),
    }
}

/// So many runs were asked for and came, and the last request ended so.
pub fn triggered(state: &State, expected: usize, ended: &str) -> Result<(), String> {
    let runs = state.remote.runs().iter().filter(|run| run.triggered).count();
    let status = state.kubernetes.store.get(&schedule(REPORT)).map(|object| object["status"]["trigger"].clone());
    let trigger = status.unwrap_or_default();
    if runs == expected && trigger["state"] == ended {
        return Ok(());
    }
    Err(format!("{runs} runs of {expected}, and the trigger is {trigger}"))
}
