//! The kill switch, and pauses that must be made whatever else is wrong.

use serde_json::json;
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule};

use super::{At, ID, REPORT, apply, called, calls, connection, console, edit, every_minute, is_there, says};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// A person's pause outlives both the schedule and the switch.
pub fn paused_deleted_and_switched() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        console(120, Console::Pause),
        connection(200, json!({ "spec": { "paused": true } })),
        console(260, Console::Delete),
        connection(440, json!({ "spec": { "paused": null } })),
    ];
    let expect = |state: &State| {
        called(state, Operation::Create, 2)?;
        called(state, Operation::Resume, 0)?;
        is_there(state, ID, true)?;
        says(state, REPORT, "Paused")
    };
    Scenario { expect, ..Scenario::new(Setup::new(210), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
}

fn unreadable(seed: u64, then: Vec<At>) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.excused.push(REPORT);
    let mut steps = vec![apply(5, every_minute(json!({})))];
    steps.extend(then);
    Scenario { expect: is_paused_as_it_was, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

fn is_paused_as_it_was(state: &State) -> Result<(), String> {
    is_there(state, ID, true)?;
    if let Some(call) = calls(state, Operation::Patch).next() {
        return Err(format!("it was patched with {}", call.body));
    }
    says(state, REPORT, "Invalid")
}

/// Whoever pauses in haste may write nonsense beside it.
pub fn unreadable_and_paused() -> Scenario {
    unreadable(211, vec![edit(160, json!({ "cronExpressions": ["nonsense"], "paused": true }))])
}

/// The kill switch stops what cannot be read.
pub fn unreadable_under_the_kill_switch() -> Scenario {
    let nonsense = json!({ "cronExpressions": ["nonsense"] });
    unreadable(212, vec![edit(160, nonsense), connection(220, json!({ "spec": { "paused": true } }))])
}

/// Another workflow is declared meanwhile: it is made paused, and runs once the switch is lifted.
pub fn replaced_under_the_kill_switch() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        edit(150, json!({ "workflowIdentifier": "other" })),
        connection(300, json!({ "spec": { "paused": null } })),
    ];
    let expect = |state: &State| {
        let lifted: jiff::Timestamp = "2026-11-24T12:05:10Z".parse().expect("a time");
        let first = state.remote.runs().iter().find(|run| *run.workflow_name == *"other").map(|run| run.started_at);
        if first.is_none_or(|first| first < lifted) {
            return Err(format!("the first run of the new workflow is at {first:?}"));
        }
        is_there(state, ID, false)?;
        says(state, REPORT, "InSync")
    };
    Scenario { expect, ..Scenario::new(Setup::new(213), steps) }
        .exact()
        .without([Fault::PersonUnheard], "a process that does not hear of the lifted switch says what was so")
}

/// A count that is declared meanwhile is there for the time afterwards.
pub fn counted_under_the_kill_switch() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        connection(60, json!({ "spec": { "paused": true } })),
        edit(150, json!({ "maxExecutions": 2 })),
        connection(300, json!({ "spec": { "paused": null } })),
    ];
    let expect = |state: &State| {
        let lifted: jiff::Timestamp = "2026-11-24T12:05:10Z".parse().expect("a time");
        match state.remote.runs().iter().filter(|run| run.started_at > lifted).count() {
            2 => says(state, REPORT, "Exhausted"),
            count => Err(format!("it ran {count} times after the switch, and maxExecutions is 2")),
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(214), steps) }.exact().lasting(seconds(600))
}

fn lifted(at: i64) -> At {
    connection(at, json!({ "spec": { "paused": null } }))
}

/// What the switch has paused runs again once it is lifted, also where the spec makes no sense.
pub fn unreadable_and_lifted() -> Scenario {
    let mut scenario = unreadable_under_the_kill_switch();
    scenario.setup.seed = 215;
    scenario.steps.push(lifted(300));
    scenario.expect = |state| {
        is_there(state, ID, false)?;
        called(state, Operation::Resume, 1)?;
        says(state, REPORT, "Invalid")
    };
    scenario.exact()
}

/// It was paused while it could be read.
pub fn switched_off_unreadable_and_lifted() -> Scenario {
    let nonsense = json!({ "cronExpressions": ["nonsense"] });
    let switched_off = connection(160, json!({ "spec": { "paused": true } }));
    let scenario = unreadable(216, vec![switched_off, edit(220, nonsense), lifted(300)]);
    let expect = |state: &State| is_there(state, ID, false).and_then(|()| says(state, REPORT, "Invalid"));
    Scenario { expect, ..scenario }
}

/// What a person has paused meanwhile stays paused.
pub fn unreadable_paused_and_lifted() -> Scenario {
    let mut scenario = unreadable_under_the_kill_switch();
    scenario.setup.seed = 217;
    scenario.steps.push(console(260, Console::Pause));
    scenario.steps.push(lifted(300));
    scenario.expect = |state| called(state, Operation::Resume, 0).and_then(|()| is_there(state, ID, true));
    scenario.exact()
}

/// So does what has failed under `pauseOnFailure` while the switch was on.
pub fn unreadable_failed_and_lifted() -> Scenario {
    let mut scenario = unreadable_under_the_kill_switch();
    scenario.setup.seed = 218;
    let slow = json!({ "workflows": { "report": { "outcome": "FAILED", "run_time": "PT40S" } } });
    scenario.setup.before.push(Step::Remote(slow));
    // Its first run begins before the switch is on, and fails afterwards.
    scenario.steps[0] = apply(150, every_minute(json!({ "policy": { "pauseOnFailure": true } })));
    scenario.steps.push(lifted(300));
    scenario.expect = |state| {
        called(state, Operation::Resume, 0)?;
        is_there(state, ID, true)
    };
    scenario.exact()
}

/// Where others write the same schedule again and again, the switch still gives back what it took.
pub fn contended_and_lifted() -> Scenario {
    let other = json!({ "cron_expressions": [], "calendars": [], "intervals": [{ "every": "PT5H" }], "skip": [] });
    let mut setup = Setup::new(219);
    setup.excused.push(REPORT);
    let mut steps = vec![apply(5, every_minute(json!({})))];
    steps.extend((1..=4).map(|round| console(round * 100, Console::Patch(other.clone()))));
    steps.extend([connection(560, json!({ "spec": { "paused": true } })), lifted(700)]);
    let expect = |state: &State| {
        called(state, Operation::Pause, 1)?;
        is_there(state, ID, false)?;
        says(state, REPORT, "Contended")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// So it does where the remote refuses what is declared.
pub fn refused_and_lifted() -> Scenario {
    let mut setup = Setup::new(290);
    setup.excused.push(REPORT);
    let refused = FaultRule {
        operations: Some(vec![Operation::Patch]),
        ..FaultRule::always(Failure::Status { status: 422, body: Body::Domain })
    };
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(100), Step::Failures(Some(Box::new(refused)))),
        edit(120, json!({ "input": 1 })),
        connection(200, json!({ "spec": { "paused": true } })),
        lifted(300),
    ];
    let expect = |state: &State| is_there(state, ID, false).and_then(|()| says(state, REPORT, "RemoteRefused"));
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}
