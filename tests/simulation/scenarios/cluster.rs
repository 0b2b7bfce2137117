//! The API server is out of reach: what is known goes on, nothing is done by half, and what happened
//! meanwhile is put right afterwards.

use serde_json::json;

use super::{REPORT, apply, ask, console, daily, delete, edit, every_minute};
use crate::log::seconds;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::Outage;

/// Two minutes, in which somebody changes what is at the remote.
pub fn the_api_server_is_down() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(5), Step::Apply("shop/second".into(), daily(json!({ "paused": true })))),
        (seconds(100), Step::Outage(Outage::Total)),
        console(130, Console::Patch(json!({ "input": "theirs" }))),
        (seconds(131), Step::Console(Console::Resume, "acme.shop.second".into())),
        (seconds(220), Step::OutageEnds),
        edit(221, json!({ "input": 1 })),
    ];
    Scenario::new(Setup::new(150), steps)
}

/// It goes in the middle of an edit.
pub fn the_api_server_goes_down_during_an_edit() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 20 }))),
        edit(100, json!({ "workflowIdentifier": "other", "maxExecutions": 30 })),
        (seconds(101), Step::Outage(Outage::Total)),
        (seconds(160), Step::OutageEnds),
        ask(300, "trigger-requested-at"),
        (seconds(300), Step::Outage(Outage::Total)),
        (seconds(330), Step::OutageEnds),
        delete(400),
    ];
    Scenario::new(Setup::new(151), steps)
}

/// Every third request fails, for as long as a life takes.
pub fn the_api_server_fails_now_and_then() -> Scenario {
    let steps = vec![
        (seconds(3), Step::Outage(Outage::OneIn(3))),
        apply(5, every_minute(json!({ "maxExecutions": 20 }))),
        edit(100, json!({ "maxExecutions": 30, "input": 1 })),
        ask(200, "trigger-requested-at"),
        edit(300, json!({ "workflowIdentifier": "other" })),
        edit(400, json!({ "paused": true })),
        (seconds(500), Step::Delete(REPORT.into())),
        (seconds(600), Step::OutageEnds),
    ];
    Scenario::new(Setup::new(152), steps).patient(seconds(900))
}
