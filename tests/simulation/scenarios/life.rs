//! Creation, edits, deletion.

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::Operation;

use super::{LATE, apply, ask, daily, delete, edit, every_minute, fail_once, spec};
use crate::fault::Fault;
use crate::log::seconds;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

pub fn create() -> Scenario {
    Scenario::new(Setup::new(1), vec![apply(5, every_minute(json!({ "input": { "region": "eu" } })))])
}

/// Everything that a spec can say.
pub fn create_in_full() -> Scenario {
    let spec = spec(json!({
        "deploymentName": "production",
        "input": { "a": [1, null, "b"] },
        "cronExpressions": ["30 9 * * 1-5 # mornings", "@every 90m/10m"],
        "calendars": [{ "hour": [{ "start": 6, "end": 18, "step": 3 }], "dayOfWeek": [{ "start": 6 }] }],
        "intervals": [{ "every": "PT4H", "offset": "PT30M" }],
        "skip": [{ "month": [{ "start": 12 }], "dayOfMonth": [{ "start": 25 }] }],
        "timeZoneName": "Europe/Paris",
        "startAt": "2026-11-24T14:00:00+01:00",
        "endAt": "2030-01-01T00:00:00Z",
        "policy": { "overlap": "AllowAll", "catchupWindow": "PT1H" },
    }));
    Scenario::new(Setup::new(2), vec![apply(5, spec)])
}

pub fn edit_the_timing() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(100, json!({ "intervals": [{ "every": "PT2M" }] }))];
    Scenario::new(Setup::new(3), steps)
}

/// The timing stays: no run may be lost.
pub fn edit_the_input() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(134, json!({ "input": { "region": "us" } }))];
    Scenario::new(Setup::new(4), steps)
}

pub fn edit_twice() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        edit(60, json!({ "cronExpressions": ["0 10 * * *"] })),
        edit(62, json!({ "cronExpressions": ["0 11 * * *"], "policy": { "overlap": "AllowAll" } })),
    ];
    Scenario::new(Setup::new(5), steps)
}

pub fn delete_it() -> Scenario {
    Scenario::new(Setup::new(6), vec![apply(5, every_minute(json!({}))), delete(100)])
}

/// The deletion meets a creation that is under way.
pub fn delete_at_once() -> Scenario {
    Scenario::new(Setup::new(7), vec![apply(5, every_minute(json!({}))), delete(7)])
}

pub fn delete_and_create_again() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        delete(100),
        apply(101, daily(json!({}))),
        apply(110, daily(json!({}))),
    ];
    Scenario::new(Setup::new(8), steps)
}

pub fn orphan() -> Scenario {
    let steps = vec![apply(5, daily(json!({ "deletionPolicy": "Orphan" }))), delete(100)];
    let expect = |state: &crate::state::State| {
        let was_there = crate::oracle::mutating(state).any(|call| call.status == Some(201));
        let is_there = crate::oracle::schedule(state, super::ID).is_some();
        if was_there == is_there { Ok(()) } else { Err("the orphan is gone".to_owned()) }
    };
    Scenario { expect, ..Scenario::new(Setup::new(9), steps) }
}

pub fn reconcile_on_request() -> Scenario {
    Scenario::new(Setup::new(11), vec![apply(5, daily(json!({}))), ask(100, "reconcile-requested-at")])
}

fn existing() -> Value {
    json!({
        "workflow_identifier": "report",
        "schedule": { "input": null, "cron_expressions": ["0 9 * * *"], "max_executions": 7 },
    })
}

/// Somebody else's schedule under an id of its own.
fn with_existing(seed: u64) -> Setup {
    let mut setup = Setup::new(seed);
    setup.before.push(Step::Console(Console::Create(existing()), "theirs".into()));
    setup
}

pub fn adopt_an_equal_one() -> Scenario {
    let steps = vec![apply(5, daily(json!({ "scheduleId": "theirs", "adoption": "IfEqual" })))];
    let expect = |state: &crate::state::State| match crate::oracle::mutating(state).next() {
        Some(call) => Err(format!("{:?} of an equal schedule", call.operation)),
        None => Ok(()),
    };
    Scenario { expect, ..Scenario::new(with_existing(15), steps) }
}

pub fn adopt_another() -> Scenario {
    let spec = every_minute(json!({ "scheduleId": "theirs", "adoption": "IfExists", "paused": true }));
    Scenario::new(with_existing(16), vec![apply(5, spec)])
}

/// Without a word about adoption it is left alone.
pub fn claim_what_is_taken() -> Scenario {
    let mut setup = with_existing(17);
    setup.excused.push(super::REPORT);
    let steps = vec![apply(5, every_minute(json!({ "scheduleId": "theirs" }))), delete(120)];
    let expect = |state: &crate::state::State| match crate::oracle::mutating(state).next() {
        Some(call) => Err(format!("{:?} of a schedule that is not ours", call.operation)),
        None => Ok(()),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
}

pub fn an_explicit_id() -> Scenario {
    Scenario::new(Setup::new(18), vec![apply(5, every_minute(json!({ "scheduleId": "my-own" }))), delete(200)])
}

/// Somebody creates the id between our look and our POST: it is theirs.
pub fn somebody_is_quicker() -> Scenario {
    let mut setup = Setup::new(19);
    setup.excused.push(super::REPORT);
    let steps = vec![
        apply(5, every_minute(json!({ "scheduleId": "my-own" }))),
        (seconds(100), Step::Console(Console::Create(existing()), "my-own".into())),
    ];
    let expect = |state: &State| {
        let is_theirs = crate::oracle::schedule(state, "my-own").is_some_and(|there| there.remaining.is_some());
        let is_written = crate::oracle::mutating(state).any(|call| call.status.is_some_and(|status| status < 300));
        if is_theirs && is_written { Err("it was taken over".to_owned()) } else { Ok(()) }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id, and its owner has to give it back")
}

/// A finalizer that came with the manifest is no claim.
pub fn delete_what_was_never_ours() -> Scenario {
    let mut scenario = claim_what_is_taken();
    let finalizer = json!({ "finalizers": ["workflows.mistral.ai/finalizer"] });
    scenario.steps.insert(1, (seconds(60), Step::Metadata(super::REPORT.into(), finalizer)));
    scenario
}

/// A POST is on its way for a minute, another has come through, and then the resource goes: the first one
/// must not bring the schedule back.
pub fn delete_before_a_late_creation() -> Scenario {
    let mut setup = Setup::new(20);
    setup.before.push(fail_once(Operation::Create, LATE));
    let expect = |state: &State| match crate::oracle::schedule(state, super::ID) {
        Some(_) => Err("it came back".to_owned()),
        None => Ok(()),
    };
    let steps = vec![apply(5, every_minute(json!({}))), delete(25)];
    Scenario { expect, ..Scenario::new(setup, steps) }
        .exact()
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
}

/// An entry of a list may be cut after ten; what a GET gives is whole.
pub fn an_eleventh() -> Scenario {
    let crons = |count: u8| -> Vec<String> { (0..count).map(|hour| format!("0 {hour} * * *")).collect() };
    let steps = vec![
        apply(5, spec(json!({ "cronExpressions": crons(10) }))),
        edit(100, json!({ "cronExpressions": crons(11) })),
    ];
    Scenario::new(Setup::new(21), steps)
}
