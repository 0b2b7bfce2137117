//! A change of the workflow or of the deployment deletes and creates.

use serde_json::json;

use super::{apply, console, edit, every_minute, every_second};
use crate::people::Console;
use crate::play::Play;
use crate::setup::Setup;

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
