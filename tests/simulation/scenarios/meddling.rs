//! Others change the remote.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::Duplicate;

use super::{ID, REPORT, apply, ask, calls, console, daily, edit, every_minute};
use crate::fault::Fault;
use crate::oracle::Operation;
use crate::people::{Console, Step};
use crate::play::Play;
use crate::setup::Setup;
use crate::state::State;
use crate::story::seconds;

fn other_timing() -> Value {
    json!({ "cron_expressions": [], "calendars": [], "intervals": [{ "every": "PT5H" }], "skip": [] })
}

pub fn changed_in_the_console() -> Play {
    Play::new(Setup::new(60), vec![apply(5, daily(json!({}))), console(90, Console::Patch(other_timing()))])
}

pub fn deleted_in_the_console() -> Play {
    Play::new(Setup::new(61), vec![apply(5, every_minute(json!({}))), console(150, Console::Delete)])
}

/// LIST entries hold what an index knows, and lag.
pub fn changed_where_lists_are_partial() -> Play {
    let mut play = changed_in_the_console();
    play.setup.settings.partial_list = true;
    play.setup.settings.list_lag = SignedDuration::from_secs(5);
    play.steps.push(console(200, Console::Patch(json!({ "input": "other" }))));
    play
}

/// A worker registers its own schedule under the same id again and again. Writing stops, and goes on
/// when somebody says so.
pub fn contended() -> Play {
    let mut steps = vec![apply(5, daily(json!({})))];
    steps.extend((1..=6).map(|round| console(round * 100, Console::Patch(other_timing()))));
    steps.push(ask(900, "reconcile-requested-at"));
    Play::new(Setup::new(62), steps).patient(seconds(900))
}

/// It stops by itself, at the third time.
pub fn contended_in_fair_weather() -> Play {
    let expect = |state: &State| {
        let asked: jiff::Timestamp = "2026-11-24T12:15:00Z".parse().expect("a time");
        match calls(state, Operation::Patch).filter(|call| call.at < asked).count() {
            3 => Ok(()),
            count => Err(format!("it was put right {count} times before anybody asked for it")),
        }
    };
    Play { expect, without: Fault::ALL.to_vec(), ..contended() }
}

/// Creating an id that exists has another answer, and changes nothing.
pub fn duplicate(answer: Duplicate, seed: u64) -> Play {
    let mut play = Play::new(Setup::new(seed), vec![apply(5, every_minute(json!({})))]);
    play.setup.settings.duplicate = answer;
    play
}

pub fn duplicate_is_200() -> Play {
    duplicate(Duplicate::Ok200, 63)
}

pub fn duplicate_is_422() -> Play {
    duplicate(Duplicate::Refused422, 64)
}

pub fn duplicate_is_500() -> Play {
    duplicate(Duplicate::Failed500, 65)
}

/// Two resources mean the same id: the older holds it, and the younger has it when the older goes.
pub fn two_claims() -> Play {
    let theirs = json!({ "scheduleId": "shared" });
    let steps = vec![
        apply(5, every_minute(theirs.clone())),
        (seconds(30), Step::Apply("shop/second".into(), daily(theirs))),
        (seconds(150), Step::Delete(REPORT.into())),
    ];
    // A restore makes both anew, and the older is there again.
    let without = vec![Fault::StatusLost];
    Play { without, ..Play::new(Setup::new(66), steps) }.patient(seconds(600))
}

/// What is not ours is there before and after, untouched.
pub fn among_others() -> Play {
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
    Play { expect, ..Play::new(setup, steps) }
}
