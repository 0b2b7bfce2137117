//! One run for each request, and never two.

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Fault as Failure, FaultRule, Operation};

use super::{
    At, ID, REPORT, apply, ask, called, connection, daily, edit, every_minute, fail_once, ran, says, triggered,
};
use crate::fault::Fault;
use crate::people::{Console, Step};
use crate::play::Play;
use crate::setup::Setup;
use crate::state::State;
use crate::story::seconds;

fn a_trigger(more: Value) -> Vec<At> {
    vec![apply(5, daily(more)), ask(100, "trigger-requested-at")]
}

pub fn trigger() -> Play {
    Play::new(Setup::new(12), a_trigger(json!({})))
}

pub fn trigger_twice() -> Play {
    let mut steps = a_trigger(json!({ "paused": true }));
    steps.push(ask(102, "trigger-requested-at"));
    Play::new(Setup::new(13), steps)
}

/// Where nothing goes wrong each request has its run.
pub fn each_trigger_runs() -> Play {
    let mut steps = a_trigger(json!({}));
    steps.push(ask(200, "trigger-requested-at"));
    let expect = |state: &State| triggered(state, 2, "Accepted");
    Play { without: Fault::ALL.to_vec(), expect, ..Play::new(Setup::new(130), steps) }
}

/// A token in Git is older than the resource.
pub fn an_old_trigger() -> Play {
    let steps = vec![
        apply(30, daily(json!({}))),
        (seconds(60), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(700))),
    ];
    Play::new(Setup::new(14), steps)
}

/// And one that is young may still be older than the resource.
pub fn a_trigger_from_before() -> Play {
    let steps = vec![
        apply(100, daily(json!({}))),
        (seconds(130), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(90))),
    ];
    let expect = |state: &State| triggered(state, 0, "Refused");
    Play { expect, without: vec![Fault::StatusLost, Fault::PersonFirst], ..Play::new(Setup::new(131), steps) }
}

/// Whether it ran cannot be learnt, and is not made up.
pub fn a_trigger_without_an_answer() -> Play {
    let rule = FaultRule { operations: Some(vec![Operation::Trigger]), ..FaultRule::always(Failure::DropAfter) };
    let mut steps = a_trigger(json!({}));
    steps.insert(1, (seconds(60), Step::Weather(Some(Box::new(rule)))));
    let expect = |state: &State| triggered(state, 1, "Unknown");
    Play { without: Fault::ALL.to_vec(), expect, ..Play::new(Setup::new(132), steps) }
}

/// A proxy gives up, and the run has started.
pub fn a_trigger_with_a_timeout() -> Play {
    let mut play = a_trigger_without_an_answer();
    let rule = FaultRule {
        operations: Some(vec![Operation::Trigger]),
        ..FaultRule::always(Failure::StatusAfter { status: 408 })
    };
    play.steps[1].1 = Step::Weather(Some(Box::new(rule)));
    play
}

/// The kill switch is on: it is refused, and does not wait for better times.
pub fn a_trigger_under_the_kill_switch() -> Play {
    let mut steps = a_trigger(json!({}));
    steps.push(connection(60, json!({ "spec": { "paused": true } })));
    steps.push(connection(200, json!({ "spec": { "paused": null } })));
    steps.sort_by_key(|(at, _)| *at);
    let expect = |state: &State| triggered(state, 0, "Refused");
    Play { without: Fault::ALL.to_vec(), expect, ..Play::new(Setup::new(133), steps) }
}

/// Nobody remembers the trigger, and its annotation is still there.
pub fn a_trigger_and_an_emptied_status() -> Play {
    let mut steps = a_trigger(json!({}));
    steps.push((seconds(160), Step::WipeStatus(REPORT.into())));
    let expect = |state: &State| match state.remote.runs().iter().filter(|run| run.triggered).count() {
        0 | 1 => Ok(()),
        count => Err(format!("{count} runs for one request")),
    };
    Play { without: vec![Fault::StatusLost], expect, ..Play::new(Setup::new(134), steps) }
}

/// While it is asked for, somebody edits something else.
pub fn a_trigger_and_an_edit() -> Play {
    let mut steps = a_trigger(json!({}));
    steps.push(edit(103, json!({ "input": 1 })));
    Play::new(Setup::new(135), steps)
}

/// A token that comes back, as from a branch that is merged late, has had its run.
pub fn a_token_that_comes_back() -> Play {
    let mut steps = a_trigger(json!({}));
    steps.push(ask(200, "trigger-requested-at"));
    steps.push((seconds(300), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(200))));
    let expect = |state: &State| triggered(state, 2, "Refused");
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(290), steps) }
}

/// One that is younger than the resource is still too old after ten minutes.
pub fn a_trigger_from_lunch() -> Play {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(700), Step::AskLate(REPORT.into(), "trigger-requested-at", seconds(650))),
    ];
    let expect = |state: &State| triggered(state, 0, "Refused");
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(291), steps) }
}

/// It is told to wait, and the run comes after all.
pub fn a_trigger_that_has_to_wait() -> Play {
    let limited = Failure::RateLimited { retry_after_ms: Some(4000), retry_after: None };
    let mut steps = a_trigger(json!({}));
    steps.insert(1, (seconds(60), fail_once(Operation::Trigger, limited)));
    let expect = |state: &State| triggered(state, 1, "Accepted");
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(292), steps) }
}

/// What became of the first is not known, and the second runs all the same.
pub fn a_trigger_after_an_unknown_one() -> Play {
    let mut steps = a_trigger(json!({}));
    steps.insert(1, (seconds(60), fail_once(Operation::Trigger, Failure::DropBefore)));
    steps.push(ask(200, "trigger-requested-at"));
    let expect = |state: &State| triggered(state, 1, "Accepted");
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(293), steps) }
}

/// What is used up can still be asked for a run, and has no more left by it.
pub fn a_trigger_of_what_is_used_up() -> Play {
    let steps = vec![apply(5, every_minute(json!({ "maxExecutions": 1 }))), ask(200, "trigger-requested-at")];
    let expect = |state: &State| {
        triggered(state, 1, "Accepted")?;
        ran(state, 1)?;
        says(state, REPORT, "Exhausted")
    };
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(294), steps) }
}

/// Nothing is there to be asked: the request ends, and the schedule does not come back by it.
pub fn a_trigger_of_what_is_used_up_and_gone() -> Play {
    let mut play = a_trigger_of_what_is_used_up();
    play.setup.seed = 295;
    play.steps.insert(1, (seconds(150), Step::Console(Console::Delete, ID.into())));
    let expect = |state: &State| {
        triggered(state, 0, "Refused")?;
        called(state, Operation::Create, 1)?;
        says(state, REPORT, "Exhausted")
    };
    Play { expect, ..play }.lasting(seconds(1200))
}
