//! Objects that the operator cannot read: nothing is done with them but their deletion.

use serde_json::json;

use super::{ID, REPORT, apply, called, daily, delete, edit, has_said, is_gone, is_let_go, is_there};
use crate::fault::Fault;
use crate::oracle::Operation;
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
