//! What lets a paused schedule run again, and what does not.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Outcome, Workflow};

use super::{At, ID, REPORT, apply, ask, connection, console, edit, every_minute, is_there, ran, says};
use crate::fault::Fault;
use crate::log::seconds;
use crate::people::{Console, Step, schedule};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// Its first run fails 10 seconds after the beginning or a minute later, and the server pauses it.
fn failing_scenario(seed: u64, more: Value, then: Vec<At>) -> Scenario {
    let mut setup = Setup::new(seed);
    let run_time = Some(SignedDuration::from_millis(100));
    setup
        .settings
        .workflows
        .insert("report".into(), Workflow { outcome: Outcome::Failed, run_time, ..Workflow::default() });
    let mut spec = every_minute(more);
    spec["policy"] = json!({ "pauseOnFailure": true });
    let mut steps = vec![apply(5, spec)];
    steps.extend(then);
    Scenario::new(setup, steps)
}

/// What the workflow does is put right.
fn it_works_again(at: i64) -> At {
    (seconds(at), Step::Remote(json!({ "workflows": { "report": { "outcome": "COMPLETED" } } })))
}

/// The first run has failed, and the last has not: so the kill switch's pause ends with the switch.
pub fn lifted_after_a_good_run() -> Scenario {
    let then = vec![
        it_works_again(100),
        ask(110, "resume-requested-at"),
        connection(160, json!({ "spec": { "paused": true } })),
        connection(290, json!({ "spec": { "paused": null } })),
    ];
    let expect = |state: &State| is_there(state, ID, false).and_then(|()| says(state, REPORT, "InSync"));
    Scenario { expect, ..failing_scenario(200, json!({}), then) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

/// A change of `paused` is a person's word.
pub fn true_then_false_after_a_failure() -> Scenario {
    let then = vec![it_works_again(100), edit(150, json!({ "paused": true })), edit(280, json!({ "paused": false }))];
    let expect = |state: &State| is_there(state, ID, false).and_then(|()| says(state, REPORT, "InSync"));
    Scenario { expect, ..failing_scenario(201, json!({ "paused": false }), then) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

/// What fails does not run again because somebody has deleted it.
pub fn deleted_while_paused_by_the_server() -> Scenario {
    let then = vec![console(160, Console::Delete)];
    let expect = |state: &State| {
        ran(state, 1)?;
        is_there(state, ID, true)?;
        says(state, REPORT, "PausedOnFailure")
    };
    Scenario { expect, ..failing_scenario(202, json!({ "paused": false }), then) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// A request from yesterday's backup is recorded, and does nothing.
pub fn an_old_resume() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        console(120, Console::Pause),
        (seconds(800), Step::AskLate(REPORT.into(), "resume-requested-at", seconds(660))),
    ];
    let expect = |state: &State| {
        is_there(state, ID, true)?;
        let object = state.kubernetes.store.get(&schedule(REPORT)).map_err(|_| "it is gone")?;
        let recorded = object["status"]["lastHandledResumeAt"].clone();
        if recorded == "2026-11-24T12:02:30Z" { Ok(()) } else { Err(format!("recorded is {recorded}")) }
    };
    Scenario { expect, ..Scenario::new(Setup::new(203), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Another workflow is no person's word that it may run again.
pub fn replaced_while_paused_by_the_server() -> Scenario {
    let then = vec![edit(160, json!({ "workflowIdentifier": "other" }))];
    let expect = |state: &State| {
        ran(state, 1)?;
        is_there(state, ID, true)?;
        says(state, REPORT, "PausedOnFailure")
    };
    Scenario { expect, ..failing_scenario(204, json!({ "paused": false }), then) }.exact()
}
