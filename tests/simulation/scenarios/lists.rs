//! A LIST is a hint: what it does not hold is looked at before anything is done about it.

use jiff::SignedDuration;
use serde_json::json;

use super::{At, ID, apply, called, console, daily, delete, edit, has_said, is_gone, spec};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

const NAMES: [&str; 12] = [
    "shop/a", "shop/b", "shop/c", "shop/d", "shop/e", "shop/f", "shop/g", "shop/h", "shop/i", "shop/j", "shop/k",
    "shop/l",
];

/// More schedules than may vanish at once.
fn twelve(seed: u64, then: Vec<At>) -> Scenario {
    let mut steps: Vec<At> =
        NAMES.iter().map(|name| (seconds(5), Step::Apply((*name).into(), daily(json!({}))))).collect();
    steps.extend(then);
    Scenario::new(Setup::new(seed), steps).exact().sparse(5)
}

/// The index forgets all for a minute, and remembers: that was no disappearance, and one that comes
/// later is made good.
pub fn an_empty_list() -> Scenario {
    let lag = |text: &str| Step::Remote(json!({ "list_lag": text }));
    let gone = Step::Console(Console::Delete, "acme.shop.a".into());
    let then = vec![(seconds(200), lag("PT10M")), (seconds(262), lag("PT0S")), (seconds(400), gone)];
    let expect = |state: &State| called(state, Operation::Create, NAMES.len() + 1);
    Scenario { expect, ..twelve(270, then) }
}

/// The index has lost all but one, and one of them is really gone. A GET tells which, and that one comes back.
pub fn a_list_that_lost_many() -> Scenario {
    let lost: Vec<String> = NAMES[..11].iter().map(|name| format!("acme.{}", name.replace('/', "."))).collect();
    let then = vec![
        (seconds(200), Step::Remote(json!({ "list_lost": lost }))),
        (seconds(200), Step::Console(Console::Delete, "acme.shop.a".into())),
    ];
    let expect = |state: &State| {
        called(state, Operation::Create, NAMES.len() + 1)?;
        match has_said(state, "MassDisappearance") {
            Ok(()) => Err("the LIST alone was believed".into()),
            Err(_) => Ok(()),
        }
    };
    Scenario { expect, ..twelve(273, then) }
}

fn stuck(is_stuck: bool) -> Step {
    Step::Remote(json!({ "list_stuck": is_stuck }))
}

/// The index keeps the entry of one that is gone: once a run has passed, and the entry has not moved, a GET looks.
pub fn deleted_while_the_list_is_stuck() -> Scenario {
    let every = json!({ "intervals": [{ "every": "PT5M" }] });
    let steps = vec![
        apply(5, spec(every)),
        (seconds(100), stuck(true)),
        console(160, Console::Delete),
        (seconds(1500), stuck(false)),
    ];
    let expect = |state: &State| called(state, Operation::Create, 2);
    Scenario { expect, ..Scenario::new(Setup::new(274), steps) }
        .exact()
        .patient(SignedDuration::from_mins(14))
        .without([Fault::PersonFirst], "a deletion that no LIST has shown is another scenario")
}

/// The same, and no run is near: each schedule is looked at once a day.
pub fn deleted_while_the_list_is_stuck_and_nothing_runs() -> Scenario {
    let mut setup = Setup::new(275);
    setup.connections[0].1["pollInterval"] = json!("PT1H");
    let monthly = json!({ "cronExpressions": ["0 9 15 * *"] });
    let (hour, day) = (60 * 60, 24 * 60 * 60);
    let steps = vec![
        apply(5, spec(monthly)),
        (seconds(2 * hour), stuck(true)),
        console(2 * hour + 60, Console::Delete),
        (seconds(day + 5 * hour), stuck(false)),
    ];
    let expect = |state: &State| called(state, Operation::Create, 2);
    Scenario { expect, ..Scenario::new(setup, steps) }
        .exact()
        .sparse(9)
        .patient(SignedDuration::from_hours(26))
        .without(
            [Fault::PersonFirst, Fault::StaleCache, Fault::StatusLost],
            "at one poll an hour nothing settles within the time of the simulation",
        )
}

/// Nothing happens for longer than the hour in which what was created needs no look.
pub fn nothing_happens_for_long() -> Scenario {
    let steps = vec![apply(5, daily(json!({})))];
    let expect = |state: &State| called(state, Operation::Create, 1);
    Scenario { expect, ..Scenario::new(Setup::new(276), steps) }
        .lasting(SignedDuration::from_mins(75))
        .exact()
        .sparse(9)
}

/// A list that is half a minute old shows neither an edit nor a deletion.
pub fn a_list_that_lags() -> Scenario {
    let mut setup = Setup::new(271);
    setup.settings.list_lag = seconds(30);
    setup.connections[0].1["pollInterval"] = json!("PT20S");
    let steps = vec![apply(5, daily(json!({}))), edit(100, json!({ "input": 1 })), delete(160)];
    let expect = |state: &State| {
        called(state, Operation::Create, 1)?;
        called(state, Operation::Patch, 1)?;
        called(state, Operation::Delete, 1)?;
        is_gone(state, ID)
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

/// Section 6: "restart with 10,000 equal schedules: known equal after 10 LISTs; 0 writes".
pub fn equal_after_a_restart() -> Scenario {
    let expect = |state: &State| {
        let of_the_second = |call: &&crate::oracle::Call| call.process == 2;
        let is_get = |call: &&crate::oracle::Call| call.operation == Operation::Get;
        // Each has its time of the day at which a GET looks at it, and it may just be the time of one.
        let the_daily_look = state.oracles.model.calls.iter().filter(of_the_second).find(is_get).map(|call| call.at);
        let is_more = |call: &&crate::oracle::Call| {
            call.operation.is_mutating() || is_get(call) && Some(call.at) != the_daily_look
        };
        if !state.oracles.model.calls.iter().any(|call| of_the_second(&call) && call.operation == Operation::List) {
            return Err("nothing was listed after the restart".into());
        }
        if let Some(call) = state.oracles.model.calls.iter().filter(of_the_second).find(is_more) {
            return Err(format!("{:?} of {}, which is equal", call.operation, call.id));
        }
        let log = state.log.text();
        let is_write = |line: &&str| line.contains("operator 2  #") && line.contains("WorkflowSchedule ");
        log.lines().find(is_write).map_or(Ok(()), |line| Err(format!("a restart writes: {line}")))
    };
    Scenario { expect, ..twelve(272, vec![(seconds(200), Step::Crash)]) }.lasting(seconds(400))
}
