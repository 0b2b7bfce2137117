//! The API server is out of reach: what is known goes on, nothing is done by half, and what happened
//! meanwhile is put right afterwards.

use serde_json::json;

use super::{
    At, REPORT, apply, ask, called, calls, connection, console, daily, delete, edit, every_minute, is_there, says,
};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::{Console, Step, Watches};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::{Outage, State};

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

/// It accepts requests and never answers: what waits for an answer then does not wait for ever.
pub fn the_api_server_hangs() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        edit(100, json!({ "input": 1 })),
        (seconds(101), Step::Outage(Outage::Hangs)),
        console(130, Console::Patch(json!({ "input": "theirs" }))),
        (seconds(220), Step::OutageEnds),
        edit(230, json!({ "input": 2 })),
    ];
    Scenario { expect: |state| has_input(state, 2), ..Scenario::new(Setup::new(164), steps) }
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

/// etcd is restored to what it was at 100 s. Other objects have been written a lot meanwhile, so that
/// versions need long to come as far again.
fn rewound(seed: u64, (at, watches): Rewind, before: Vec<At>, after: Vec<At>) -> Scenario {
    let mut steps = vec![apply(5, every_minute(json!({}))), (seconds(100), Step::Snapshot)];
    let busy =
        |at: i64| (seconds(at), Step::Put("configmaps", "shop/busy", json!({ "data": { "at": at.to_string() } })));
    steps.extend(before);
    steps.extend((150..270).map(busy));
    steps.sort_by_key(|(at, _)| *at);
    steps.push((seconds(at), Step::Rewind(watches)));
    steps.extend(after);
    Scenario::new(Setup::new(seed), steps)
        .without([Fault::StatusLost], "a status out of the backup may be that of a reconcile under way")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .patient(seconds(400))
}

type Rewind = (i64, Watches);

/// The API server is started anew.
const BREAKS: Rewind = (300, Watches::Break);
/// The watches were begun before the backup was made: what happens comes, with smaller versions.
const GOES_ON: Rewind = (280, Watches::Survive);
/// The watches are just begun anew, from versions that are lost: they say nothing.
const IS_SILENT: Rewind = (300, Watches::Survive);

fn has_input(state: &State, input: i64) -> Result<(), String> {
    let patches = calls(state, Operation::Patch).map(|call| call.body["schedule"]["input"].clone());
    match patches.last() {
        Some(last) if last == json!(input) => says(state, REPORT, "InSync"),
        last => Err(format!("the last input that was sent is {last:?}")),
    }
}

/// The edits on both sides have the same generation.
fn edited_after_a_rewind(seed: u64, rewind: Rewind) -> Scenario {
    let (before, after) = (vec![edit(200, json!({ "input": 1 }))], vec![edit(340, json!({ "input": 2 }))]);
    Scenario { expect: |state| has_input(state, 2), ..rewound(seed, rewind, before, after) }
}

/// An edit is lost, and another one is made.
pub fn an_edit_after_a_rewind() -> Scenario {
    edited_after_a_rewind(153, BREAKS)
}

/// The same, and the watches live on.
pub fn an_edit_after_a_rewind_that_watches_survive() -> Scenario {
    edited_after_a_rewind(154, GOES_ON)
}

/// An edit that is lost is undone at the remote.
pub fn an_edit_is_lost_in_a_rewind() -> Scenario {
    let before = vec![edit(50, json!({ "input": 1 })), edit(200, json!({ "input": 2 }))];
    Scenario { expect: |state| has_input(state, 1), ..rewound(155, BREAKS, before, Vec::new()) }
}

/// The same, and the watches live on: the first event with a smaller version tells it.
pub fn an_edit_is_lost_in_a_rewind_that_watches_survive() -> Scenario {
    let before = vec![edit(50, json!({ "input": 1 })), edit(200, json!({ "input": 2 }))];
    let after = vec![(seconds(340), Step::Apply("shop/second".into(), daily(json!({}))))];
    Scenario { expect: |state| has_input(state, 1), ..rewound(306, GOES_ON, before, after) }
}

/// The same, and nothing else tells it: no write meets a conflict, and the event comes before the watches are begun anew.
pub fn an_edit_of_what_is_quiet_is_lost_in_a_rewind() -> Scenario {
    let before = vec![edit(50, json!({ "input": 1 })), edit(200, json!({ "input": 2 }))];
    let after = vec![(seconds(285), Step::Apply("shop/second".into(), daily(json!({}))))];
    let mut scenario = Scenario { expect: |state| has_input(state, 1), ..rewound(308, GOES_ON, before, after) };
    scenario.steps[0] = apply(5, daily(json!({})));
    scenario
}

/// The answer to a write of the status comes after its resource is deleted, and somebody has taken away its
/// finalizer: nothing of the resource is kept, and the connection can go.
pub fn an_answer_after_the_deletion() -> Scenario {
    let mut setup = Setup::new(307);
    setup.latencies = (3000, 20);
    let let_go = Step::Metadata(REPORT.into(), json!({ "finalizers": null }));
    let steps = vec![
        apply(5, daily(json!({ "deletionPolicy": "Orphan" }))),
        ask(120, "reconcile-requested-at"),
        // The status that says so is stored, and its answer is on its way.
        delete(124),
        (seconds(124), let_go),
        (seconds(200), Step::DeleteConnection("shop/default".into())),
    ];
    let expect = |state: &State| {
        let connection = state.kubernetes.store.get(&crate::people::connection("shop/default"));
        if connection.is_err() { Ok(()) } else { Err("the connection stays, though nothing needs it".into()) }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

fn created_after_a_rewind(seed: u64, rewind: Rewind) -> Scenario {
    let after = vec![(seconds(340), Step::Apply("shop/second".into(), daily(json!({}))))];
    let expect = |state: &State| {
        is_there(state, "acme.shop.second", false)?;
        says(state, "shop/second", "InSync")
    };
    Scenario { expect, ..rewound(seed, rewind, Vec::new(), after) }
}

/// A schedule is declared afterwards.
pub fn a_creation_after_a_rewind() -> Scenario {
    created_after_a_rewind(156, BREAKS)
}

/// The same, and the watches live on.
pub fn a_creation_after_a_rewind_that_watches_survive() -> Scenario {
    created_after_a_rewind(157, GOES_ON)
}

/// It is declared over a schedule that was edited since the backup.
fn switched_after_a_rewind(seed: u64, rewind: Rewind) -> Scenario {
    let before = vec![edit(200, json!({ "input": 1 }))];
    let after = vec![connection(340, json!({ "spec": { "paused": true } }))];
    let expect = |state: &State| {
        called(state, Operation::Pause, 1)?;
        let limit: jiff::Timestamp = "2026-11-24T12:09:00Z".parse().expect("a time");
        if let Some(run) = state.remote.runs().iter().find(|run| run.started_at > limit) {
            return Err(format!("it ran at {}, long after the kill switch was declared", run.started_at));
        }
        says(state, REPORT, "Paused")
    };
    Scenario { expect, ..rewound(seed, rewind, before, after) }.lasting(seconds(900))
}

/// The kill switch stops a schedule that was restored.
pub fn the_kill_switch_after_a_rewind() -> Scenario {
    switched_after_a_rewind(158, BREAKS)
}

/// The same, and the watches are silent.
pub fn the_kill_switch_after_a_rewind_that_watches_survive() -> Scenario {
    switched_after_a_rewind(159, IS_SILENT)
}

/// What was deleted since the backup is there again.
pub fn a_deletion_is_lost_in_a_rewind() -> Scenario {
    let expect = |state: &State| {
        called(state, Operation::Create, 2)?;
        is_there(state, "acme.shop.report", false)?;
        says(state, REPORT, "InSync")
    };
    let after = vec![edit(340, json!({ "input": 2 }))];
    Scenario { expect, ..rewound(160, BREAKS, vec![delete(200)], after) }
}
