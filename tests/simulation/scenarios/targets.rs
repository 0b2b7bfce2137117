//! A change of the workflow or of the deployment deletes and creates.

use serde_json::json;
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Operation};

use super::{ID, REPORT, apply, console, edit, every_minute, every_second, says};
use crate::log::seconds;
use crate::oracle::schedule;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

pub fn replace() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(100, json!({ "workflowIdentifier": "other" }))];
    Scenario::new(Setup::new(50), steps)
}

pub fn replace_while_paused() -> Scenario {
    let steps = vec![
        apply(5, every_second(json!({ "paused": true }))),
        edit(100, json!({ "workflowIdentifier": "other", "deploymentName": "blue" })),
    ];
    Scenario::new(Setup::new(51), steps)
}

/// The console's pause outlives the replace.
pub fn replace_while_paused_in_the_console() -> Scenario {
    let steps = vec![
        apply(5, every_second(json!({}))),
        console(60, Console::Pause),
        edit(160, json!({ "workflowIdentifier": "other" })),
    ];
    Scenario::new(Setup::new(52), steps)
}

/// There and back before the first change is through.
pub fn replace_and_back() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        edit(100, json!({ "workflowIdentifier": "other" })),
        edit(103, json!({ "workflowIdentifier": "report" })),
    ];
    Scenario::new(Setup::new(53), steps)
}

/// Somebody has put another workflow in its place: that is told, and not undone.
pub fn another_workflow_is_there() -> Scenario {
    let theirs =
        json!({ "workflow_identifier": "theirs", "schedule": { "input": null, "intervals": [{ "every": "PT1H" }] } });
    let mut setup = Setup::new(54);
    setup.excused.push(REPORT);
    let steps =
        vec![apply(5, every_minute(json!({}))), console(100, Console::Delete), console(100, Console::Create(theirs))];
    let expect = |state: &State| match schedule(state, ID) {
        Some(there) if &*there.workflow_name == "theirs" => says(state, REPORT, "Drifted"),
        _ => Err("what somebody has put there is gone".to_owned()),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// The change is taken back while the deletion is refused: then there is nothing to delete.
pub fn replace_and_back_in_time() -> Scenario {
    let refuse = FaultRule {
        operations: Some(vec![Operation::Delete]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(80), Step::Failures(Some(Box::new(refuse)))),
        edit(100, json!({ "workflowIdentifier": "other" })),
        edit(130, json!({ "workflowIdentifier": "report" })),
        (seconds(132), Step::Failures(None)),
    ];
    let expect = |state: &State| match crate::oracle::mutating(state).filter(|call| call.status == Some(201)).count() {
        1 => Ok(()),
        count => Err(format!("it was created {count} times")),
    };
    Scenario { expect, ..Scenario::new(Setup::new(55), steps) }.exact()
}
