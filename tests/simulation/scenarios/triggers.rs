//! One run for each request, and never two.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Fault as Failure, FaultRule, Operation};

use super::{
    At, ID, REPORT, apply, ask, called, calls, connection, daily, delete, edit, every_minute, fail_once, ran, says,
    spec, triggered,
};
use crate::fault::Fault;
use crate::log::seconds;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

fn a_trigger(more: Value) -> Vec<At> {
    vec![apply(5, daily(more)), ask(100, "trigger-requested-at")]
}

pub fn trigger() -> Scenario {
    Scenario::new(Setup::new(12), a_trigger(json!({})))
}

pub fn trigger_twice() -> Scenario {
    let mut steps = a_trigger(json!({ "paused": true }));
    steps.push(ask(102, "trigger-requested-at"));
    Scenario::new(Setup::new(13), steps)
}

/// Where nothing goes wrong each request has its run.
pub fn each_trigger_runs() -> Scenario {
    let mut steps = a_trigger(json!({}));
    steps.push(ask(200, "trigger-requested-at"));
    let expect = |state: &State| triggered(state, 2, "Accepted");
    Scenario { expect, ..Scenario::new(Setup::new(130), steps) }.exact()
}

/// Two requests, the second before a second has passed since the first was sent: the engine names an execution
/// by its second, and would leave out another of this name.
pub fn two_triggers_at_once() -> Scenario {
    let mut setup = Setup::new(300);
    setup.latencies = (20, 20);
    setup.settings.default_run_time = seconds(30);
    let mut steps = a_trigger(json!({ "policy": { "overlap": "AllowAll" } }));
    let soon = seconds(100) + SignedDuration::from_millis(300);
    steps.push((soon, Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(-5))));
    let expect = |state: &State| triggered(state, 2, "Accepted");
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// The same where runs are so close together that no trigger can wait for a time without them.
pub fn two_triggers_of_what_runs_often() -> Scenario {
    let mut scenario = two_triggers_at_once();
    scenario.setup.seed = 303;
    let mut often = spec(json!({ "policy": { "overlap": "AllowAll" } }));
    often["intervals"] = json!([{ "every": "PT10S" }]);
    scenario.steps[0] = apply(5, often);
    // At 12:01:53, and 300 ms later.
    scenario.steps[1].0 = seconds(103);
    scenario.steps[2].0 = seconds(103) + SignedDuration::from_millis(300);
    scenario.steps.push(delete(200));
    let expect = |state: &State| match state.remote.runs().iter().filter(|run| run.triggered).count() {
        2 => Ok(()),
        count => Err(format!("{count} runs of 2 triggers")),
    };
    Scenario { expect, ..scenario }
}

/// The same while a run of the schedule is due: it has its own second too.
pub fn a_trigger_at_a_run() -> Scenario {
    let mut setup = Setup::new(301);
    setup.latencies = (20, 20);
    setup.settings.default_run_time = seconds(30);
    // The run at 12:02:20 is due in 130 s.
    let spec = every_minute(json!({ "policy": { "overlap": "AllowAll" } }));
    let steps = vec![apply(5, spec), (seconds(130) - SignedDuration::from_millis(50), asks_for_a_run()), delete(300)];
    let expect = |state: &State| {
        let runs = state.remote.runs();
        let at = |second: &str| runs.iter().filter(|run| run.scheduled_at.to_string().contains(second)).count();
        match (at(":02:20"), runs.iter().filter(|run| run.triggered).count()) {
            (1, 1) => Ok(()),
            counts => Err(format!("{counts:?} scheduled and triggered runs")),
        }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

fn asks_for_a_run() -> Step {
    Step::Ask(REPORT.into(), "trigger-requested-at")
}

/// A run is active, and takes long.
fn a_trigger_while_a_run_is_active(seed: u64, overlap: Option<&str>) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.settings.default_run_time = seconds(600);
    let mut steps = a_trigger(json!({}));
    let annotations = json!({ "annotations": { "workflows.mistral.ai/trigger-overlap": overlap } });
    steps.push((seconds(150), Step::Metadata(REPORT.into(), annotations)));
    steps.push(ask(200, "trigger-requested-at"));
    Scenario::new(setup, steps).exact()
}

fn message(state: &State) -> String {
    let object = state.kubernetes.store.get(&crate::people::schedule(REPORT));
    object.ok().and_then(|object| object["status"]["trigger"]["message"].as_str()).unwrap_or_default().to_owned()
}

/// With Skip the engine leaves out the run without a word: the status does not claim it.
pub fn a_trigger_that_is_left_out() -> Scenario {
    let expect = |state: &State| {
        triggered(state, 1, "Accepted")?;
        let message = message(state);
        if message.contains("no run of it is seen") { Ok(()) } else { Err(format!("it says {message:?}")) }
    };
    Scenario { expect, ..a_trigger_while_a_run_is_active(302, None) }
}

/// The annotation says that it is to run all the same.
pub fn a_trigger_beside_an_active_run() -> Scenario {
    let expect = |state: &State| {
        triggered(state, 2, "Accepted")?;
        let message = message(state);
        if message.starts_with("started run ") { Ok(()) } else { Err(format!("it says {message:?}")) }
    };
    Scenario { expect, ..a_trigger_while_a_run_is_active(303, Some("AllowAll")) }
}

/// What is no policy starts nothing.
pub fn a_trigger_with_a_wrong_overlap() -> Scenario {
    let expect = |state: &State| triggered(state, 1, "Refused");
    Scenario { expect, ..a_trigger_while_a_run_is_active(304, Some("Allow")) }
}

/// A token in Git is older than the resource.
pub fn an_old_trigger() -> Scenario {
    let steps = vec![
        apply(30, daily(json!({}))),
        (seconds(60), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(700))),
    ];
    Scenario::new(Setup::new(14), steps)
}

/// And one that is young may still be older than the resource.
pub fn a_trigger_from_before() -> Scenario {
    let steps = vec![
        apply(100, daily(json!({}))),
        (seconds(130), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(90))),
    ];
    let expect = |state: &State| triggered(state, 0, "Refused");
    Scenario { expect, ..Scenario::new(Setup::new(131), steps) }
        .without([Fault::StatusLost], "a restore makes the resource anew, and younger than the request")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Whether it ran cannot be learnt, and is not made up.
pub fn a_trigger_without_an_answer() -> Scenario {
    let rule = FaultRule { operations: Some(vec![Operation::Trigger]), ..FaultRule::always(Failure::DropAfter) };
    let mut steps = a_trigger(json!({}));
    steps.insert(1, (seconds(60), Step::Failures(Some(Box::new(rule)))));
    let expect = |state: &State| triggered(state, 1, "Unknown");
    Scenario { expect, ..Scenario::new(Setup::new(132), steps) }.exact()
}

/// A proxy gives up, and the run has started.
pub fn a_trigger_with_a_timeout() -> Scenario {
    let mut scenario = a_trigger_without_an_answer();
    let rule = FaultRule {
        operations: Some(vec![Operation::Trigger]),
        ..FaultRule::always(Failure::StatusAfter { status: 408 })
    };
    scenario.steps[1].1 = Step::Failures(Some(Box::new(rule)));
    scenario
}

/// The kill switch is on: it is refused, and does not wait for better times.
pub fn a_trigger_under_the_kill_switch() -> Scenario {
    let mut steps = a_trigger(json!({}));
    steps.push(connection(60, json!({ "spec": { "paused": true } })));
    steps.push(connection(200, json!({ "spec": { "paused": null } })));
    steps.sort_by_key(|(at, _)| *at);
    let expect = |state: &State| triggered(state, 0, "Refused");
    Scenario { expect, ..Scenario::new(Setup::new(133), steps) }.exact()
}

/// Nobody remembers the trigger, and its annotation is still there.
pub fn a_trigger_and_an_emptied_status() -> Scenario {
    let mut steps = a_trigger(json!({}));
    steps.push((seconds(160), Step::WipeStatus(REPORT.into())));
    let expect = |state: &State| match state.remote.runs().iter().filter(|run| run.triggered).count() {
        0 | 1 => Ok(()),
        count => Err(format!("{count} runs for one request")),
    };
    Scenario { expect, ..Scenario::new(Setup::new(134), steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
}

/// While it is asked for, somebody edits something else.
pub fn a_trigger_and_an_edit() -> Scenario {
    let mut steps = a_trigger(json!({}));
    steps.push(edit(103, json!({ "input": 1 })));
    Scenario::new(Setup::new(135), steps)
}

/// A token that comes back, as from a branch that is merged late, has had its run.
pub fn a_token_that_comes_back() -> Scenario {
    let mut steps = a_trigger(json!({}));
    steps.push(ask(200, "trigger-requested-at"));
    steps.push((seconds(300), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(200))));
    let expect = |state: &State| triggered(state, 2, "Refused");
    Scenario { expect, ..Scenario::new(Setup::new(290), steps) }.exact()
}

/// The next request cannot be sent for a while, and meanwhile the token before it comes back, as from Git: its run
/// has been, and the remote is not asked again and again.
pub fn a_token_that_comes_back_while_another_waits() -> Scenario {
    let limited = FaultRule {
        operations: Some(vec![Operation::Trigger]),
        ..FaultRule::always(Failure::RateLimited { retry_after_ms: None, retry_after: None })
    };
    let mut steps = a_trigger(json!({}));
    steps.extend([
        (seconds(190), Step::Failures(Some(Box::new(limited)))),
        ask(200, "trigger-requested-at"),
        (seconds(230), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(130))),
        (seconds(300), Step::Failures(None)),
    ]);
    let expect = |state: &State| {
        let sent = calls(state, Operation::Trigger).count();
        if sent > 10 {
            return Err(format!("the trigger was sent {sent} times"));
        }
        triggered(state, 1, "Accepted")
    };
    Scenario { expect, ..Scenario::new(Setup::new(318), steps) }.exact()
}

/// One that is younger than the resource is still too old after ten minutes.
pub fn a_trigger_from_lunch() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(700), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(650))),
    ];
    let expect = |state: &State| triggered(state, 0, "Refused");
    Scenario { expect, ..Scenario::new(Setup::new(291), steps) }.exact()
}

/// It is told to wait, and the run comes after all.
pub fn a_trigger_that_has_to_wait() -> Scenario {
    let limited = Failure::RateLimited { retry_after_ms: Some(4000), retry_after: None };
    let mut steps = a_trigger(json!({}));
    steps.insert(1, (seconds(60), fail_once(Operation::Trigger, limited)));
    let expect = |state: &State| triggered(state, 1, "Accepted");
    Scenario { expect, ..Scenario::new(Setup::new(292), steps) }.exact()
}

/// What became of the first is not known, and the second runs all the same.
pub fn a_trigger_after_an_unknown_one() -> Scenario {
    let mut steps = a_trigger(json!({}));
    steps.insert(1, (seconds(60), fail_once(Operation::Trigger, Failure::DropBefore)));
    steps.push(ask(200, "trigger-requested-at"));
    let expect = |state: &State| triggered(state, 1, "Accepted");
    Scenario { expect, ..Scenario::new(Setup::new(293), steps) }.exact()
}

/// What is used up can still be asked for a run, and has no more left by it.
pub fn a_trigger_of_what_is_used_up() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({ "maxExecutions": 1 }))), ask(200, "trigger-requested-at")];
    let expect = |state: &State| {
        triggered(state, 1, "Accepted")?;
        ran(state, 1)?;
        says(state, REPORT, "Exhausted")
    };
    Scenario { expect, ..Scenario::new(Setup::new(294), steps) }.exact()
}

/// Nothing is there to be asked: the request ends, and the schedule does not come back by it.
pub fn a_trigger_of_what_is_used_up_and_gone() -> Scenario {
    let mut scenario = a_trigger_of_what_is_used_up();
    scenario.setup.seed = 295;
    scenario.steps.insert(1, (seconds(150), Step::Console(Console::Delete, ID.into())));
    let expect = |state: &State| {
        triggered(state, 0, "Refused")?;
        called(state, Operation::Create, 1)?;
        says(state, REPORT, "Exhausted")
    };
    Scenario { expect, ..scenario }.lasting(seconds(1200))
}
