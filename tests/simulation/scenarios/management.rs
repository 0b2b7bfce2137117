//! `management` and `deletionPolicy`: how much of a schedule is the operator's.

use serde_json::json;
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Operation};

use super::{
    ID, REPORT, apply, called, connection, daily, delete, edit, every_minute, is_let_go, nothing_is_written, ran, says,
};
use crate::fault::Fault;
use crate::kubernetes::{finalizers, find};
use crate::log::seconds;
use crate::oracle::schedule;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

fn is_left(state: &State) -> Result<(), String> {
    match schedule(state, ID) {
        Some(there) if there.definition.input.is_null() => Ok(()),
        Some(_) => Err(format!("{ID} was written")),
        None => Err(format!("{ID} is gone")),
    }
}

fn is_gone(state: &State) -> Result<(), String> {
    if schedule(state, ID).is_none() { Ok(()) } else { Err(format!("{ID} is left behind")) }
}

fn has_no_finalizer(state: &State) -> Result<(), String> {
    let mut all = find("workflowschedules").into_iter().flat_map(|kind| state.kubernetes.store.list(kind, None));
    match all.find(|(_, object)| !finalizers(object).is_empty()) {
        Some((place, _)) => Err(format!("{} has a finalizer", place.name)),
        None => Ok(()),
    }
}

/// What is observed is never written, whatever becomes of it.
pub fn observe() -> Scenario {
    let body =
        json!({ "workflow_identifier": "report", "schedule": { "input": null, "intervals": [{ "every": "PT1M" }] } });
    let mut setup = Setup::new(110);
    setup.before.push(Step::Console(Console::Create(body), "theirs".into()));
    setup.excused.push(REPORT);
    let observed = json!({ "management": "Observe", "scheduleId": "theirs" });
    let steps = vec![apply(5, daily(observed)), edit(60, json!({ "paused": true, "input": 1 })), delete(200)];
    let expect = |state: &State| {
        nothing_is_written(state)?;
        let is_there = state.remote.schedules().any(|one| &*one.id == "theirs");
        if is_there { Ok(()) } else { Err("what was observed is gone".into()) }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
}

/// From now on it is looked at: it is let go as it is.
pub fn switch_to_observe() -> Scenario {
    let mut setup = Setup::new(111);
    setup.excused.push(REPORT);
    let steps = vec![apply(5, every_minute(json!({}))), edit(160, json!({ "management": "Observe", "input": 1 }))];
    let expect = |state: &State| {
        is_left(state)?;
        has_no_finalizer(state)?;
        says(state, REPORT, "Observing")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore makes it anew with the finalizer that it had")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

/// What is left alone goes with its resource all the same.
pub fn off_and_delete() -> Scenario {
    let mut setup = Setup::new(112);
    setup.excused.push(REPORT);
    let steps = vec![apply(5, every_minute(json!({}))), edit(160, json!({ "management": "Off" })), delete(250)];
    Scenario { expect: is_gone, ..Scenario::new(setup, steps) }
}

/// The connection says it for its schedules.
pub fn orphan_by_the_connection() -> Scenario {
    let steps =
        vec![connection(1, json!({ "spec": { "deletionPolicy": "Orphan" } })), apply(5, daily(json!({}))), delete(100)];
    let expect = |state: &State| {
        let was_there = crate::oracle::mutating(state).any(|call| call.status == Some(201));
        if was_there == schedule(state, ID).is_some() { Ok(()) } else { Err("the orphan is gone".to_owned()) }
    };
    Scenario { expect, ..Scenario::new(Setup::new(113), steps) }
}

/// Without a key nothing can be deleted, and nothing is let go.
pub fn delete_without_a_key() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(60), Step::Revoke(crate::setup::OPERATOR_KEY)),
        delete(150),
        (seconds(300), Step::Key(Some(crate::setup::ROTATED_KEY))),
    ];
    Scenario { expect: is_gone, ..Scenario::new(Setup::new(114), steps) }.patient(seconds(600))
}

/// That a proxy finds nothing says nothing of the schedule.
pub fn delete_behind_a_lost_proxy() -> Scenario {
    let lost = FaultRule {
        operations: Some(vec![Operation::Get, Operation::Delete]),
        principal: Some("operator".into()),
        ..FaultRule::always(Failure::Status { status: 404, body: Body::Html })
    };
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(60), Step::Failures(Some(Box::new(lost)))),
        delete(100),
        (seconds(200), Step::Failures(None)),
    ];
    Scenario { expect: is_gone, ..Scenario::new(Setup::new(117), steps) }
}

/// Somebody takes our finalizer off. It comes back, or the deletion would leave the schedule.
pub fn the_finalizer_is_taken_off() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(60), Step::Metadata(REPORT.into(), json!({ "finalizers": [] }))),
        delete(200),
    ];
    Scenario { expect: is_gone, ..Scenario::new(Setup::new(115), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Another controller's finalizer is not ours, and not ours to take off.
pub fn with_anothers_finalizer() -> Scenario {
    let theirs = Step::Metadata(REPORT.into(), json!({ "finalizers": ["example.com/theirs"] }));
    let steps = vec![
        (seconds(2), Step::Key(None)),
        apply(5, every_minute(json!({}))),
        (seconds(6), theirs),
        (seconds(60), Step::Key(Some(crate::setup::OPERATOR_KEY))),
        delete(250),
        (seconds(320), Step::Metadata(REPORT.into(), json!({ "finalizers": [] }))),
    ];
    Scenario { expect: is_gone, ..Scenario::new(Setup::new(116), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::StatusLost], "a restore makes it anew with the finalizers that it had")
}

/// The connection says how much is the operator's; meanwhile somebody edits.
fn by_the_connection(seed: u64, management: &str) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(100, json!({ "spec": { "management": management } })),
        edit(160, json!({ "input": 1 })),
    ];
    Scenario::new(setup, steps)
}

/// From now on all of it is only looked at.
pub fn observed_by_the_connection() -> Scenario {
    let expect = |state: &State| {
        is_left(state)?;
        has_no_finalizer(state)?;
        says(state, REPORT, "Observing")
    };
    Scenario { expect, ..by_the_connection(118, "Observe") }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Or left alone; and what was made goes with its resource all the same.
pub fn off_by_the_connection() -> Scenario {
    Scenario { expect: is_left, ..by_the_connection(119, "Off") }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Times that nobody keeps up are not shown.
pub fn off_for_long() -> Scenario {
    off_by_the_connection().lasting(seconds(1500))
}

pub fn off_by_the_connection_and_delete() -> Scenario {
    let mut scenario = by_the_connection(300, "Off");
    scenario.steps.push(delete(250));
    Scenario { expect: is_gone, ..scenario }
}

/// The resource's own word goes before the connection's.
fn against_the_connection(seed: u64, theirs: &str, own: &str) -> Scenario {
    let steps = vec![
        connection(1, json!({ "spec": { "deletionPolicy": theirs } })),
        apply(5, daily(json!({ "deletionPolicy": own }))),
        delete(100),
    ];
    Scenario::new(Setup::new(seed), steps)
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

pub fn delete_against_the_connection() -> Scenario {
    Scenario { expect: is_gone, ..against_the_connection(301, "Orphan", "Delete") }
}

pub fn orphan_against_the_connection() -> Scenario {
    let expect = |state: &State| is_left(state).and_then(|()| is_let_go(state, REPORT));
    Scenario { expect, ..against_the_connection(302, "Delete", "Orphan") }
}

/// It cannot be deleted, and somebody lets it go.
pub fn orphan_what_cannot_be_deleted() -> Scenario {
    let failing = FaultRule {
        operations: Some(vec![Operation::Delete]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Failures(Some(Box::new(failing)))),
        delete(100),
        edit(150, json!({ "deletionPolicy": "Orphan" })),
    ];
    let expect = |state: &State| is_left(state).and_then(|()| is_let_go(state, REPORT));
    Scenario { expect, ..Scenario::new(Setup::new(303), steps) }.exact()
}

/// It is let alone for a while, in which somebody edits: that is carried out afterwards, and not before.
fn and_back(seed: u64, management: &str) -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        edit(100, json!({ "management": management })),
        edit(160, json!({ "input": 1 })),
        edit(250, json!({ "management": null })),
    ];
    let expect = |state: &State| {
        has_a_finalizer(state)?;
        let back: jiff::Timestamp = "2026-11-24T12:04:20Z".parse().expect("a time");
        let calls: Vec<_> = crate::oracle::mutating(state).map(|call| (call.operation, call.at >= back)).collect();
        match calls.as_slice() {
            [(Operation::Create, false), (Operation::Patch, true)] => says(state, REPORT, "InSync"),
            calls => Err(format!("the calls are {calls:?}")),
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(seed), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

fn has_a_finalizer(state: &State) -> Result<(), String> {
    if has_no_finalizer(state).is_err() { Ok(()) } else { Err(format!("{REPORT} has no finalizer")) }
}

pub fn observe_and_back() -> Scenario {
    and_back(304, "Observe")
}

pub fn off_and_back() -> Scenario {
    and_back(305, "Off")
}

/// The kill switch does not reach what is only looked at.
pub fn observed_under_the_kill_switch() -> Scenario {
    let mut scenario = observe();
    scenario.setup.seed = 306;
    scenario.steps = vec![
        apply(5, daily(json!({ "management": "Observe", "scheduleId": "theirs" }))),
        connection(60, json!({ "spec": { "paused": true } })),
    ];
    let expect = |state: &State| {
        nothing_is_written(state)?;
        super::is_there(state, "theirs", false)?;
        says(state, REPORT, "Observing")
    };
    Scenario { expect, ..scenario }
}

/// And it does not keep what is deleted.
pub fn delete_under_the_kill_switch() -> Scenario {
    let steps =
        vec![apply(5, every_minute(json!({}))), connection(60, json!({ "spec": { "paused": true } })), delete(150)];
    Scenario { expect: is_gone, ..Scenario::new(Setup::new(307), steps) }
}

/// What was left behind is found again under the same name, as it is, with what is left of its count.
pub fn orphan_and_apply_again() -> Scenario {
    let spec = every_minute(json!({ "deletionPolicy": "Orphan", "maxExecutions": 4 }));
    let steps = vec![apply(5, spec.clone()), delete(100), apply(130, spec)];
    let expect = |state: &State| {
        called(state, Operation::Create, 1)?;
        called(state, Operation::Patch, 0)?;
        ran(state, 4)?;
        says(state, REPORT, "Exhausted")
    };
    Scenario { expect, ..Scenario::new(Setup::new(308), steps) }.exact().lasting(seconds(500))
}
