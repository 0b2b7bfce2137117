//! A LIST is a hint: what it does not hold is looked at before anything is done about it.

use serde_json::json;

use super::{At, ID, apply, called, daily, delete, edit, is_gone};
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
    Scenario { expect, ..twelve(270, then) }.without(
        [Fault::PersonFirst],
        "known defect: where one is really gone while a LIST shows none, the LIST's word holds it back",
    )
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
        let is_more = |call: &&crate::oracle::Call| call.operation.is_mutating() || call.operation == Operation::Get;
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
