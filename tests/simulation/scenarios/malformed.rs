//! Objects that the operator cannot read: nothing is done with them but their deletion.

use serde_json::{Value, json};

use super::{At, ID, REPORT, apply, called, daily, delete, edit, has_said, is_gone, is_let_go, is_there, says};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::{Operation, schedule};
use crate::people::{Step, connection};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// What it is to delete, the status says.
pub fn unreadable_and_deleted() -> Scenario {
    let steps = vec![apply(5, daily(json!({}))), edit(60, json!({ "adoption": 5 })), delete(120)];
    let expect = |state: &State| {
        has_said(state, "Malformed")?;
        is_gone(state, ID)?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..Scenario::new(Setup::new(270), steps) }
        .exact()
        .without([Fault::PersonFirst], "it is unreadable before it was ever created")
}

/// Whether it is to be deleted nobody knows, until somebody says it.
pub fn unreadable_and_let_go() -> Scenario {
    let mut setup = Setup::new(271);
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, daily(json!({}))),
        edit(60, json!({ "deletionPolicy": "Keep" })),
        delete(120),
        edit(200, json!({ "deletionPolicy": "Orphan", "adoption": 5 })),
    ];
    let expect = |state: &State| {
        has_said(state, "Malformed")?;
        called(state, Operation::Delete, 0)?;
        is_there(state, ID, false)?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .exact()
        .without([Fault::PersonFirst], "it is unreadable before it was ever created")
}

const SECOND: &str = "shop/second";

/// Two want one id, and the one that has it becomes unreadable.
fn unreadable_owner(seed: u64, then: Vec<At>) -> Scenario {
    let spec = |input: &str| daily(json!({ "scheduleId": "shared", "adoption": "IfExists", "input": input }));
    let mut setup = Setup::new(seed);
    setup.excused.extend([REPORT, SECOND]);
    let mut steps = vec![
        apply(5, spec("first")),
        (seconds(60), Step::Apply(SECOND.into(), spec("second"))),
        edit(120, json!({ "adoption": 5 })),
    ];
    steps.extend(then);
    let expect = |state: &State| {
        let input = schedule(state, "shared").map_or(Value::Null, |there| (*there.definition.input).clone());
        if input != "first" {
            return Err(format!("another resource has taken it: its input is {input}"));
        }
        says(state, SECOND, "Conflict")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// What cannot be read keeps its id.
pub fn unreadable_and_claimed() -> Scenario {
    unreadable_owner(272, Vec::new())
}

/// Also for a process that has never seen it readable.
pub fn unreadable_and_claimed_after_a_restart() -> Scenario {
    unreadable_owner(273, vec![(seconds(200), Step::Crash), edit(260, json!({ "adoption": 6 }))])
}

/// The connection of what cannot be read stays until its schedule is deleted.
pub fn unreadable_and_without_a_connection() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        edit(60, json!({ "adoption": 5 })),
        (seconds(100), Step::DeleteConnection("shop/default".into())),
        (seconds(160), Step::Crash),
        edit(300, json!({ "adoption": null })),
        delete(400),
    ];
    let expect = |state: &State| {
        is_gone(state, ID)?;
        is_let_go(state, REPORT)?;
        match state.kubernetes.store.get(&connection("shop/default")) {
            Err(_) => Ok(()),
            Ok(_) => Err("the connection is still there".into()),
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(274), steps) }
        .without([Fault::PersonFirst], "a connection that is deleted first takes no new schedules")
}
