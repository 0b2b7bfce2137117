//! Two replicas, of which one leads: a leader that sleeps longer than its lease lasts wakes to find that
//! it leads no more.

use serde_json::json;

use super::{apply, ask, daily, delete, edit, every_minute, every_second};
use crate::play::Play;
use crate::setup::Setup;

fn two(play: Play) -> Play {
    Play { replicas: 2, ..play }
}

pub fn two_replicas_create_paused() -> Play {
    two(Play::new(Setup::new(80), vec![apply(5, every_second(json!({ "paused": true })))]))
}

pub fn two_replicas_edit() -> Play {
    let steps = vec![apply(5, every_minute(json!({}))), edit(60, json!({ "workflowIdentifier": "other", "input": 1 }))];
    two(Play::new(Setup::new(81), steps))
}

pub fn two_replicas_trigger_and_delete() -> Play {
    two(Play::new(Setup::new(82), vec![apply(5, daily(json!({}))), ask(60, "trigger-requested-at"), delete(200)]))
}
