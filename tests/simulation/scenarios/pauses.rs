//! Pauses: declared, made in the console, made by the server, made by the kill switch.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Outcome, Workflow};

use super::{apply, ask, connection, console, daily, edit, every_minute, every_second, spec};
use crate::fault::Fault;
use crate::people::{Console, Step};
use crate::play::Play;
use crate::setup::Setup;
use crate::story::seconds;

/// The API cannot create a schedule paused.
pub fn create_paused() -> Play {
    Play::new(Setup::new(20), vec![apply(5, every_second(json!({ "paused": true, "pauseNote": "not yet" })))])
}

pub fn edit_while_paused() -> Play {
    let steps = vec![
        apply(5, every_second(json!({ "paused": true }))),
        edit(60, json!({ "input": { "region": "us" }, "pauseNote": "still not" })),
    ];
    Play::new(Setup::new(21), steps)
}

/// The server makes a schedule anew at each PATCH, and forgets its pause.
pub fn edit_while_paused_where_a_patch_rebuilds() -> Play {
    let mut play = edit_while_paused();
    play.setup.settings.patch_rebuilds = true;
    play
}

pub fn edit_and_pause_at_once() -> Play {
    let steps = vec![
        apply(5, spec(json!({ "paused": false }))),
        edit(60, json!({ "paused": true, "intervals": [{ "every": "PT1S" }] })),
    ];
    Play::new(Setup::new(22), steps)
}

pub fn pause_and_resume() -> Play {
    let steps = vec![
        apply(5, every_minute(json!({ "paused": false }))),
        edit(60, json!({ "paused": true })),
        edit(200, json!({ "paused": false })),
    ];
    Play::new(Setup::new(23), steps)
}

/// A new timing and the end of the pause come together: the old timing must not fire.
pub fn edit_and_resume_at_once() -> Play {
    let steps = vec![
        apply(5, every_second(json!({ "paused": true }))),
        edit(60, json!({ "paused": false, "intervals": [{ "every": "PT1H" }] })),
    ];
    Play::new(Setup::new(24), steps)
}

/// Nothing is declared: the console's pause is the console's.
pub fn paused_in_the_console() -> Play {
    let steps = vec![
        apply(5, every_second(json!({}))),
        console(60, Console::Pause),
        edit(180, json!({ "input": 1 })),
        console(300, Console::Resume),
    ];
    Play::new(Setup::new(25), steps)
}

/// A PATCH lifts the console's pause for a moment, and it comes back.
pub fn paused_in_the_console_where_a_patch_rebuilds() -> Play {
    let steps = vec![apply(5, daily(json!({}))), console(60, Console::Pause), edit(180, json!({ "input": 1 }))];
    let mut play = Play::new(Setup::new(33), steps);
    // A PATCH that lands a minute late lifts it once more, when nobody looks for that any longer.
    play.without = vec![Fault::LateEffect];
    play.setup.settings.patch_rebuilds = true;
    play
}

pub fn resumed_on_request() -> Play {
    let steps = vec![apply(5, every_minute(json!({}))), console(60, Console::Pause), ask(150, "resume-requested-at")];
    Play::new(Setup::new(26), steps)
}

/// `paused: false` is enforced.
pub fn paused_against_the_declaration() -> Play {
    Play::new(Setup::new(27), vec![apply(5, every_minute(json!({ "paused": false }))), console(90, Console::Pause)])
}

/// `paused: true` is enforced.
pub fn resumed_against_the_declaration() -> Play {
    Play::new(Setup::new(28), vec![apply(5, every_minute(json!({ "paused": true }))), console(90, Console::Resume)])
}

fn failing() -> Workflow {
    Workflow { outcome: Outcome::Failed, run_time: Some(SignedDuration::from_millis(100)), ..Workflow::default() }
}

fn failing_play(seed: u64, spec: Value) -> Play {
    let mut setup = Setup::new(seed);
    setup.settings.workflows.insert("report".into(), failing());
    Play::new(setup, vec![apply(5, spec)])
}

/// The server's own pause is not undone: the failing run must not run again.
pub fn paused_by_the_server() -> Play {
    let mut play = failing_play(29, every_minute(json!({ "paused": false, "policy": { "pauseOnFailure": true } })));
    play.steps.push(edit(130, json!({ "input": 2 })));
    play.expect = |state| match state.remote.runs().len() {
        1 => Ok(()),
        count => Err(format!("the failing workflow ran {count} times")),
    };
    play
}

/// The kill switch pauses all, and lifting it resumes only those that it has paused.
pub fn kill_switch() -> Play {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(5), Step::Apply("shop/held".into(), every_minute(json!({ "paused": true })))),
        (seconds(5), Step::Apply("shop/by-hand".into(), every_minute(json!({})))),
        (seconds(60), Step::Console(Console::Pause, "acme.shop.by-hand".into())),
        connection(130, json!({ "spec": { "paused": true, "pauseNote": "incident 7" } })),
        connection(330, json!({ "spec": { "paused": null, "pauseNote": null } })),
    ];
    Play::new(Setup::new(30), steps)
}

/// A pause that is declared under the kill switch outlives both the switch and the declaration.
pub fn declared_under_the_kill_switch() -> Play {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        edit(120, json!({ "paused": true })),
        connection(180, json!({ "spec": { "paused": null } })),
        edit(300, json!({ "paused": null })),
    ];
    Play::new(Setup::new(34), steps)
}

pub fn create_under_the_kill_switch() -> Play {
    let steps = vec![
        connection(5, json!({ "spec": { "paused": true } })),
        apply(30, every_second(json!({}))),
        ask(60, "trigger-requested-at"),
        connection(130, json!({ "spec": { "paused": null } })),
    ];
    Play::new(Setup::new(31), steps)
}

pub fn edit_under_the_kill_switch() -> Play {
    let steps = vec![
        apply(5, daily(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        edit(120, json!({ "intervals": [{ "every": "PT1S" }], "cronExpressions": [] })),
        connection(200, json!({ "spec": { "paused": false } })),
    ];
    Play::new(Setup::new(32), steps)
}
