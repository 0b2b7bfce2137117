//! A change of the workflow or of the deployment deletes and creates.

use serde_json::json;

use super::{ID, REPORT, apply, console, edit, every_minute, every_second, says};
use crate::fault::Fault;
use crate::oracle::schedule;
use crate::people::Console;
use crate::play::Play;
use crate::setup::Setup;
use crate::state::State;

pub fn replace() -> Play {
    let steps = vec![apply(5, every_minute(json!({}))), edit(100, json!({ "workflowIdentifier": "other" }))];
    Play::new(Setup::new(50), steps)
}

pub fn replace_while_paused() -> Play {
    let steps = vec![
        apply(5, every_second(json!({ "paused": true }))),
        edit(100, json!({ "workflowIdentifier": "other", "deploymentName": "blue" })),
    ];
    Play::new(Setup::new(51), steps)
}

/// The console's pause outlives the replace.
pub fn replace_while_paused_in_the_console() -> Play {
    let steps = vec![
        apply(5, every_second(json!({}))),
        console(60, Console::Pause),
        edit(160, json!({ "workflowIdentifier": "other" })),
    ];
    Play::new(Setup::new(52), steps)
}

/// There and back before the first change is through.
pub fn replace_and_back() -> Play {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        edit(100, json!({ "workflowIdentifier": "other" })),
        edit(103, json!({ "workflowIdentifier": "report" })),
    ];
    Play::new(Setup::new(53), steps)
}

/// Somebody has put another workflow in its place: that is told, and not undone.
pub fn another_workflow_is_there() -> Play {
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
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(setup, steps) }
}
