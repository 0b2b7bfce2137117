//! Pauses: declared, made in the console, made by the server, made by the kill switch.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Outcome, Workflow};

use super::{
    At, ID, LATE_PATCH_REBUILDS, REPORT, apply, ask, calls, connection, console, daily, edit, every_minute,
    every_second, is_there, says, spec,
};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::{Operation, schedule};
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// The API cannot create a schedule paused.
pub fn create_paused() -> Scenario {
    Scenario::new(Setup::new(20), vec![apply(5, every_second(json!({ "paused": true, "pauseNote": "not yet" })))])
}

pub fn edit_while_paused() -> Scenario {
    let steps = vec![
        apply(5, every_second(json!({ "paused": true }))),
        edit(60, json!({ "input": { "region": "us" }, "pauseNote": "still not" })),
    ];
    Scenario::new(Setup::new(21), steps)
}

/// The server makes a schedule anew at each PATCH, and forgets its pause.
pub fn edit_while_paused_where_a_patch_rebuilds() -> Scenario {
    let mut scenario = edit_while_paused();
    scenario.setup.settings.patch_rebuilds = true;
    scenario
}

pub fn edit_and_pause_at_once() -> Scenario {
    let steps = vec![
        apply(5, spec(json!({ "paused": false }))),
        edit(60, json!({ "paused": true, "intervals": [{ "every": "PT1S" }] })),
    ];
    Scenario::new(Setup::new(22), steps)
}

pub fn pause_and_resume() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "paused": false }))),
        edit(60, json!({ "paused": true })),
        edit(200, json!({ "paused": false })),
    ];
    Scenario::new(Setup::new(23), steps)
}

/// A new timing and the end of the pause come together: the old timing must not fire.
pub fn edit_and_resume_at_once() -> Scenario {
    let steps = vec![
        apply(5, every_second(json!({ "paused": true }))),
        edit(60, json!({ "paused": false, "intervals": [{ "every": "PT1H" }] })),
    ];
    Scenario::new(Setup::new(24), steps)
}

/// Nothing is declared: the console's pause is the console's.
pub fn paused_in_the_console() -> Scenario {
    let steps = vec![
        apply(5, every_second(json!({}))),
        console(60, Console::Pause),
        edit(180, json!({ "input": 1 })),
        console(300, Console::Resume),
    ];
    Scenario::new(Setup::new(25), steps)
}

/// A PATCH lifts the console's pause for a moment, and it comes back.
pub fn paused_in_the_console_where_a_patch_rebuilds() -> Scenario {
    let steps = vec![apply(5, daily(json!({}))), console(60, Console::Pause), edit(180, json!({ "input": 1 }))];
    let mut scenario = Scenario::new(Setup::new(33), steps);
    scenario.setup.settings.patch_rebuilds = true;
    scenario.without([Fault::LateEffect], LATE_PATCH_REBUILDS)
}

pub fn resumed_on_request() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), console(60, Console::Pause), ask(150, "resume-requested-at")];
    Scenario::new(Setup::new(26), steps)
}

/// `paused: false` is enforced.
pub fn paused_against_the_declaration() -> Scenario {
    Scenario::new(Setup::new(27), vec![apply(5, every_minute(json!({ "paused": false }))), console(90, Console::Pause)])
}

/// `paused: true` is enforced.
pub fn resumed_against_the_declaration() -> Scenario {
    Scenario::new(Setup::new(28), vec![apply(5, every_minute(json!({ "paused": true }))), console(90, Console::Resume)])
}

fn failing() -> Workflow {
    Workflow { outcome: Outcome::Failed, run_time: Some(SignedDuration::from_millis(100)), ..Workflow::default() }
}

fn failing_scenario(seed: u64, spec: Value) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.settings.workflows.insert("report".into(), failing());
    Scenario::new(setup, vec![apply(5, spec)])
}

/// The server's own pause is not undone: the failing run must not run again.
pub fn paused_by_the_server() -> Scenario {
    let mut scenario =
        failing_scenario(29, every_minute(json!({ "paused": false, "policy": { "pauseOnFailure": true } })));
    scenario.steps.push(edit(130, json!({ "input": 2 })));
    Scenario { expect: is_paused_after_one_run, ..scenario }
}

/// The kill switch pauses all, and lifting it resumes only those that it has paused.
pub fn kill_switch() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(5), Step::Apply("shop/held".into(), every_minute(json!({ "paused": true })))),
        (seconds(5), Step::Apply("shop/by-hand".into(), every_minute(json!({})))),
        (seconds(60), Step::Console(Console::Pause, "acme.shop.by-hand".into())),
        connection(130, json!({ "spec": { "paused": true, "pauseNote": "incident 7" } })),
        connection(330, json!({ "spec": { "paused": null, "pauseNote": null } })),
    ];
    Scenario::new(Setup::new(30), steps)
}

/// A pause that is declared under the kill switch outlives both the switch and the declaration.
pub fn declared_under_the_kill_switch() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        edit(120, json!({ "paused": true })),
        connection(180, json!({ "spec": { "paused": null } })),
        edit(300, json!({ "paused": null })),
    ];
    Scenario::new(Setup::new(34), steps)
}

pub fn create_under_the_kill_switch() -> Scenario {
    let steps = vec![
        connection(5, json!({ "spec": { "paused": true } })),
        apply(30, every_second(json!({}))),
        ask(60, "trigger-requested-at"),
        connection(130, json!({ "spec": { "paused": null } })),
    ];
    Scenario::new(Setup::new(31), steps)
}

pub fn edit_under_the_kill_switch() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        edit(120, json!({ "intervals": [{ "every": "PT1S" }], "cronExpressions": [] })),
        connection(200, json!({ "spec": { "paused": false } })),
    ];
    Scenario::new(Setup::new(32), steps)
}

/// A request asks once: a pause that comes later stays.
pub fn paused_again_after_a_request() -> Scenario {
    let mut scenario = resumed_on_request();
    scenario.steps.push(console(250, Console::Pause));
    scenario.steps.push(edit(400, json!({ "input": 1 })));
    scenario.without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// What is refused for another reason is still declared paused.
pub fn resumed_though_refused() -> Scenario {
    let mut setup = Setup::new(35);
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, every_minute(json!({ "paused": true }))),
        edit(160, json!({ "scheduleId": "moved" })),
        console(250, Console::Resume),
    ];
    Scenario { expect: is_paused, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

fn is_paused(state: &State) -> Result<(), String> {
    match schedule(state, ID) {
        Some(there) if there.paused => Ok(()),
        Some(_) => Err(format!("{ID} is running")),
        None => Err(format!("{ID} is gone")),
    }
}

fn is_paused_after_one_run(state: &State) -> Result<(), String> {
    match state.remote.runs().len() {
        1 => is_paused(state),
        count => Err(format!("the failing workflow ran {count} times")),
    }
}

fn is_running(state: &State) -> Result<(), String> {
    match schedule(state, ID) {
        Some(there) if !there.paused => Ok(()),
        Some(_) => Err(format!("{ID} is paused")),
        None => Err(format!("{ID} is gone")),
    }
}

/// It was paused in the console when it vanished: so it comes back.
pub fn deleted_while_paused_in_the_console() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), console(60, Console::Pause), console(250, Console::Delete)];
    Scenario { expect: is_paused, ..Scenario::new(Setup::new(36), steps) }.exact()
}

/// A run that takes too long has failed too.
pub fn paused_by_the_server_after_a_timeout() -> Scenario {
    let mut scenario = paused_by_the_server();
    scenario.setup.settings.workflows.insert("report".into(), Workflow { outcome: Outcome::TimedOut, ..failing() });
    scenario.exact()
}

/// A PATCH would lift the server's pause, and what fails would run again.
pub fn paused_by_the_server_where_a_patch_rebuilds() -> Scenario {
    let mut scenario = paused_by_the_server();
    scenario.setup.settings.patch_rebuilds = true;
    scenario.setup.excused.push(REPORT);
    scenario.exact()
}

/// The note remembers what the status has forgotten.
pub fn restore_under_the_kill_switch() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        (seconds(120), Step::Crash),
        (seconds(121), Step::Restore),
        connection(240, json!({ "spec": { "paused": null } })),
    ];
    Scenario { expect: is_running, ..Scenario::new(Setup::new(37), steps) }.exact()
}

/// The kill switch does not ask whether a spec can be.
pub fn refused_under_the_kill_switch() -> Scenario {
    let mut setup = Setup::new(38);
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, every_minute(json!({}))),
        edit(160, json!({ "scheduleId": "moved" })),
        connection(220, json!({ "spec": { "paused": true } })),
    ];
    Scenario { expect: is_paused, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// A run that began before the switch fails under it: the engine would have paused the schedule, so
/// lifting the switch does not resume it.
pub fn fails_under_the_kill_switch() -> Scenario {
    let mut scenario = failing_scenario(39, every_minute(json!({ "policy": { "pauseOnFailure": true } })));
    let slow = Workflow { run_time: Some(SignedDuration::from_secs(120)), ..failing() };
    scenario.setup.settings.workflows.insert("report".into(), slow);
    scenario.setup.excused.push(REPORT);
    scenario.steps.push(connection(90, json!({ "spec": { "paused": true } })));
    scenario.steps.push(connection(240, json!({ "spec": { "paused": null } })));
    Scenario { expect: is_paused_after_one_run, ..scenario }.exact()
}

/// Where calls are few the soonest run is stopped first.
pub fn the_next_run_is_stopped_first() -> Scenario {
    let mut steps = vec![connection(1, json!({ "spec": { "rateLimit": { "requestsPerSecond": 1, "burst": 1 } } }))];
    for hour in [20, 18, 16, 14, 22, 19] {
        let spec = spec(json!({ "cronExpressions": [format!("0 {hour} * * *")] }));
        // By name they come the other way round.
        steps.push((seconds(5), Step::Apply(format!("shop/before-{}", 99 - hour), spec)));
    }
    steps.push(connection(200, json!({ "spec": { "paused": true } })));
    let expect = |state: &State| {
        let paused: Vec<&str> =
            calls(state, Operation::Pause).filter_map(|call| call.id.strip_prefix("acme.shop.before-")).collect();
        if paused == ["85", "83", "81", "80", "79", "77"] {
            Ok(())
        } else {
            Err(format!("paused in this order: {paused:?}"))
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(90), steps) }.exact().sparse(5).without(
        [Fault::PersonUnheard],
        "at one call a second, what is created before the switch is heard of says Ready for a while",
    )
}

/// A person takes over what the kill switch has paused, and something happens before the switch is lifted:
/// the pause stays the person's.
fn taken_over(seed: u64, meanwhile: Option<At>) -> Scenario {
    let mut steps = vec![
        apply(5, every_minute(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        console(120, Console::Pause),
    ];
    steps.extend(meanwhile);
    steps.push(connection(400, json!({ "spec": { "paused": null } })));
    let expect = |state: &State| {
        is_there(state, ID, true)?;
        says(state, REPORT, "Paused")
    };
    Scenario { expect, ..Scenario::new(Setup::new(seed), steps) }.exact()
}

pub fn taken_over_under_the_kill_switch() -> Scenario {
    taken_over(314, None)
}

pub fn taken_over_and_replaced() -> Scenario {
    taken_over(313, Some(edit(200, json!({ "workflowIdentifier": "other" }))))
}

pub fn taken_over_and_deleted_in_the_console() -> Scenario {
    taken_over(315, Some(console(290, Console::Delete))).without(
        [Fault::PersonFirst],
        "a deletion that comes right after the pause leaves nothing by which the pause could be known",
    )
}

/// In characters it is within the engine's limit, in bytes above it.
fn long_reason() -> String {
    "データセンターで障害が発生しています。".repeat(20)
}

pub fn create_paused_for_a_long_reason() -> Scenario {
    Scenario::new(Setup::new(316), vec![apply(5, every_second(json!({ "paused": true, "pauseNote": long_reason() })))])
}

pub fn paused_for_a_long_reason() -> Scenario {
    let steps =
        vec![apply(5, every_minute(json!({}))), edit(70, json!({ "paused": true, "pauseNote": long_reason() }))];
    Scenario { expect: is_paused, ..Scenario::new(Setup::new(317), steps) }
}

pub fn switched_off_for_a_long_reason() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(70, json!({ "spec": { "paused": true, "pauseNote": long_reason() } })),
        connection(330, json!({ "spec": { "paused": null } })),
    ];
    Scenario { expect: is_running, ..Scenario::new(Setup::new(318), steps) }
}

/// The server takes no note of more than so many bytes.
fn sparing(seed: u64, longest_note: usize, steps: Vec<At>) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.settings.longest_note = longest_note;
    setup.excused.push(REPORT);
    Scenario { expect: is_paused, ..Scenario::new(setup, steps) }
}

/// The kill switch's mark is 41 bytes long.
pub fn switched_off_where_notes_are_short() -> Scenario {
    let reason = json!({ "spec": { "paused": true, "pauseNote": "incident 7" } });
    sparing(319, 41, vec![apply(5, every_minute(json!({}))), connection(70, reason)])
}

pub fn switched_off_where_no_note_is_taken() -> Scenario {
    sparing(320, 0, vec![apply(5, every_minute(json!({}))), connection(70, json!({ "spec": { "paused": true } }))])
}

/// The note is sent once, not at every look.
pub fn paused_where_no_note_is_taken() -> Scenario {
    let pause = json!({ "paused": true, "pauseNote": "incident 7" });
    let mut scenario = sparing(321, 0, vec![apply(5, every_minute(json!({}))), edit(70, pause)]);
    scenario.expect = |state| {
        is_paused(state)?;
        let sent = calls(state, Operation::Pause).count();
        // The note, the mark, none; and the note again, which might have been changed by somebody.
        if sent <= 4 { says(state, REPORT, "Paused") } else { Err(format!("paused {sent} times")) }
    };
    scenario.exact()
}
