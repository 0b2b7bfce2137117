//! What has ended is not gone wrong: the engine deletes what has nothing left to run, and what is resumed after a long
//! pause.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule};

use super::{
    At, ID, REPORT, apply, ask, called, connection, daily, edit, every_minute, has_said, is_gone, is_there, says, spec,
    triggered,
};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// More than may vanish at once.
const NAMES: [&str; 12] = [
    "shop/a", "shop/b", "shop/c", "shop/d", "shop/e", "shop/f", "shop/g", "shop/h", "shop/i", "shop/j", "shop/k",
    "shop/l",
];

/// Why what has ended is left out with a status that is lost.
const CREATED_ONCE_MORE: &str = "without a status it is created once more, and ends after the simulation";

/// A world whose engine keeps what has nothing left to run for minutes in place of a week.
fn impatient(seed: u64) -> Setup {
    let mut setup = Setup::new(seed);
    setup.settings.retention = SignedDuration::from_mins(5);
    setup
}

fn all(spec: &Value) -> Vec<At> {
    NAMES.iter().map(|name| (seconds(5), Step::Apply((*name).into(), spec.clone()))).collect()
}

fn never_said(state: &State, reason: &str) -> Result<(), String> {
    has_said(state, reason).map_or(Ok(()), |()| Err(format!("something said {reason}")))
}

/// Until the end of the third minute.
fn short() -> Value {
    every_minute(json!({ "endAt": "2026-11-24T12:03:00Z" }))
}

/// Many with one end are gone a week after it. They have ended, and nothing is created again.
pub fn many_end() -> Scenario {
    let expect = |state: &State| {
        called(state, Operation::Create, NAMES.len())?;
        never_said(state, "MassDisappearance")?;
        NAMES.iter().try_for_each(|name| says(state, name, "Ended"))
    };
    Scenario { expect, ..Scenario::new(impatient(280), all(&short())) }
        .exact()
        .sparse(9)
        .lasting(seconds(700))
        .without([Fault::StatusLost], CREATED_ONCE_MORE)
}

/// They have still ended after a restart, and after an edit that gives them no run.
pub fn ended_and_edited() -> Scenario {
    let steps = vec![apply(5, short()), edit(600, json!({ "input": 1 })), (seconds(700), Step::Crash)];
    let expect = |state: &State| {
        called(state, Operation::Create, 1)?;
        is_gone(state, ID)?;
        says(state, REPORT, "Ended")
    };
    Scenario { expect, ..Scenario::new(impatient(281), steps) }.exact().without([Fault::StatusLost], CREATED_ONCE_MORE)
}

/// An edit that gives runs to many that have ended creates them again, and nobody has to approve that.
pub fn ended_and_given_runs() -> Scenario {
    let mut steps = all(&short());
    steps.extend(NAMES.iter().map(|name| (seconds(700), Step::Edit((*name).into(), json!({ "endAt": null })))));
    let expect = |state: &State| {
        called(state, Operation::Create, 2 * NAMES.len())?;
        never_said(state, "MassDisappearance")?;
        NAMES.iter().try_for_each(|name| says(state, name, "InSync"))
    };
    Scenario { expect, ..Scenario::new(impatient(282), steps) }.exact().sparse(15)
}

/// Without any times there is nothing to end: it is there for a trigger.
pub fn without_times() -> Scenario {
    let steps = vec![
        apply(5, spec(json!({}))),
        ask(500, "trigger-requested-at"),
        (seconds(520), Step::Remote(json!({ "retention": "P7D" }))),
    ];
    let expect = |state: &State| {
        called(state, Operation::Create, 2)?;
        triggered(state, 1, "Accepted")
    };
    Scenario { expect, ..Scenario::new(impatient(283), steps) }
        .exact()
        .without([Fault::PersonFirst], "a request that comes before the schedule is refused")
        .without([Fault::StatusLost, Fault::LateEffect], "a request of unknown outcome is not carried out")
}

/// The kill switch was on for longer than a week. What is resumed is deleted by the engine, and created again.
pub fn lifted_after_long() -> Scenario {
    let mut steps = all(&daily(json!({})));
    steps.push(connection(100, json!({ "spec": { "paused": true } })));
    steps.push(connection(900, json!({ "spec": { "paused": null } })));
    let expect = |state: &State| {
        called(state, Operation::Create, 2 * NAMES.len())?;
        never_said(state, "MassDisappearance")?;
        NAMES.iter().try_for_each(|name| is_there(state, &format!("acme.{}", name.replace('/', ".")), false))
    };
    Scenario { expect, ..Scenario::new(impatient(284), steps) }.exact().sparse(15)
}

/// The same, and nothing can be created for some minutes, and then the operator is started anew.
pub fn lifted_after_long_and_restarted() -> Scenario {
    let mut scenario = lifted_after_long();
    scenario.setup.seed = 285;
    let failing = FaultRule {
        operations: Some(vec![Operation::Create]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Gateway })
    };
    scenario.steps.insert(scenario.steps.len() - 1, (seconds(890), Step::Failures(Some(Box::new(failing)))));
    scenario.steps.extend([(seconds(1100), Step::Crash), (seconds(1200), Step::Failures(None))]);
    let expect = |state: &State| {
        never_said(state, "MassDisappearance")?;
        NAMES.iter().try_for_each(|name| is_there(state, &format!("acme.{}", name.replace('/', ".")), false))
    };
    Scenario { expect, ..scenario }.sparse(90).patient(SignedDuration::from_mins(15))
}

/// A declared pause of more than a week ends.
pub fn resumed_after_long() -> Scenario {
    let steps = vec![apply(5, daily(json!({ "paused": true }))), edit(900, json!({ "paused": false }))];
    let expect = |state: &State| {
        called(state, Operation::Create, 2)?;
        is_there(state, ID, false)
    };
    Scenario { expect, ..Scenario::new(impatient(286), steps) }
        .exact()
        .without([Fault::PersonFirst], "a pause that ends earlier is not long")
}
