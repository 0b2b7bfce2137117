//! Others change the remote.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::Duplicate;

use super::{ID, REPORT, apply, ask, calls, console, daily, edit, every_minute};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

fn other_timing() -> Value {
    json!({ "cron_expressions": [], "calendars": [], "intervals": [{ "every": "PT5H" }], "skip": [] })
}

pub fn changed_in_the_console() -> Scenario {
    Scenario::new(Setup::new(60), vec![apply(5, daily(json!({}))), console(90, Console::Patch(other_timing()))])
}

pub fn deleted_in_the_console() -> Scenario {
    Scenario::new(Setup::new(61), vec![apply(5, every_minute(json!({}))), console(150, Console::Delete)])
}

/// LIST entries hold what an index knows, and lag.
pub fn changed_where_lists_are_partial() -> Scenario {
    let mut scenario = changed_in_the_console();
    scenario.setup.settings.partial_list = true;
    scenario.setup.settings.list_lag = SignedDuration::from_secs(5);
    scenario.steps.push(console(200, Console::Patch(json!({ "input": "other" }))));
    scenario
}

/// A worker registers its own schedule under the same id again and again. Writing stops, and goes on
/// when somebody says so.
pub fn contended() -> Scenario {
    let mut steps = vec![apply(5, daily(json!({})))];
    steps.extend((1..=6).map(|round| console(round * 100, Console::Patch(other_timing()))));
    steps.push(ask(900, "reconcile-requested-at"));
    Scenario::new(Setup::new(62), steps).patient(seconds(900))
}

/// It stops by itself, at the third time.
pub fn contended_without_faults() -> Scenario {
    let expect = |state: &State| {
        let asked: jiff::Timestamp = "2026-11-24T12:15:00Z".parse().expect("a time");
        match calls(state, Operation::Patch).filter(|call| call.at < asked).count() {
            3 => Ok(()),
            count => Err(format!("it was put right {count} times before anybody asked for it")),
        }
    };
    Scenario { expect, ..contended() }.exact()
}

/// Creating an id that exists has another answer, and changes nothing.
pub fn duplicate(answer: Duplicate, seed: u64) -> Scenario {
    let mut scenario = Scenario::new(Setup::new(seed), vec![apply(5, every_minute(json!({})))]);
    scenario.setup.settings.duplicate = answer;
    scenario
}

pub fn duplicate_is_200() -> Scenario {
    duplicate(Duplicate::Ok200, 63)
}

pub fn duplicate_is_422() -> Scenario {
    duplicate(Duplicate::Refused422, 64)
}

pub fn duplicate_is_500() -> Scenario {
    duplicate(Duplicate::Failed500, 65)
}

/// Two resources mean the same id: the older holds it, and the younger has it when the older goes.
pub fn two_claims() -> Scenario {
    let theirs = json!({ "scheduleId": "shared" });
    let steps = vec![
        apply(5, every_minute(theirs.clone())),
        (seconds(30), Step::Apply("shop/second".into(), daily(theirs))),
        (seconds(150), Step::Delete(REPORT.into())),
    ];
    Scenario::new(Setup::new(66), steps)
        .without([Fault::StatusLost], "a restore makes both resources anew, and the older is there again")
        .patient(seconds(600))
}

/// What is not ours is there before and after, untouched.
pub fn among_others() -> Scenario {
    let theirs = json!({ "workflow_identifier": "w", "schedule": { "input": 1, "intervals": [{ "every": "PT1H" }] } });
    let mut setup = Setup::new(67);
    for id in ["acme2.shop.report", "acme-shop-report", "report"] {
        setup.before.push(Step::Console(Console::Create(theirs.clone()), id.into()));
    }
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(60), Step::Console(Console::Create(theirs), "acme.shop.unknown".into())),
        edit(120, json!({ "workflowIdentifier": "other" })),
        (seconds(200), Step::Delete(REPORT.into())),
    ];
    let expect = |state: &crate::state::State| match state.remote.schedules().filter(|one| *one.id != *ID).count() {
        4 => Ok(()),
        count => Err(format!("{count} of 4 schedules that are not ours are left")),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
}
