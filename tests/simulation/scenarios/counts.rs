//! `maxExecutions`: sent when its declared value changed, and then once.

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Duplicate, Fault as Failure, Operation};

use super::{
    At, ID, LATE, REPORT, TWICE_AS_LATE, apply, ask, called, calls, console, edit, every_minute, fail_once, says, spec,
};
use crate::fault::Fault;
use crate::log::seconds;
use crate::people::Console;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

pub fn limited() -> Scenario {
    Scenario::new(Setup::new(40), vec![apply(5, every_minute(json!({ "maxExecutions": 3 })))]).lasting(seconds(300))
}

/// The entries of a list do not say what is left.
pub fn limited_where_lists_are_partial() -> Scenario {
    let mut scenario = limited();
    scenario.setup.settings.partial_list = true;
    scenario.lasting(seconds(600))
}

/// An edit of something else must not start the count anew.
pub fn edit_something_else() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({ "maxExecutions": 3 }))), edit(150, json!({ "input": 1 }))];
    Scenario::new(Setup::new(41), steps).lasting(seconds(400))
}

pub fn a_new_count() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({ "maxExecutions": 5 }))), edit(150, json!({ "maxExecutions": 2 }))];
    Scenario::new(Setup::new(42), steps).lasting(seconds(480))
}

/// A second new count comes while the first is on its way.
pub fn a_count_twice() -> Scenario {
    let mut scenario = a_new_count();
    scenario.setup.seed = 136;
    scenario.steps.push(edit(153, json!({ "maxExecutions": 3 })));
    scenario
}

pub fn a_first_count() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(100, json!({ "maxExecutions": 2 }))];
    Scenario::new(Setup::new(43), steps).lasting(seconds(400))
}

/// The PATCH that sets it is on its way for a minute: a second one would start the count anew.
pub fn a_count_that_comes_late() -> Scenario {
    let mut scenario = a_first_count();
    scenario.steps.insert(1, (seconds(80), fail_once(Operation::Patch, LATE)));
    let expect = |state: &State| match calls(state, Operation::Patch).filter(|call| call.status.is_some()).count() {
        0 => Ok(()),
        count => Err(format!("it was sent {count} times more")),
    };
    Scenario { expect, ..scenario }.exact().without([Fault::LateEffect], TWICE_AS_LATE)
}

pub fn lift_the_limit() -> Scenario {
    let steps =
        vec![apply(5, every_minute(json!({ "maxExecutions": 2 }))), edit(250, json!({ "maxExecutions": null }))];
    Scenario::new(Setup::new(44), steps).lasting(seconds(400))
}

/// What is exhausted stays exhausted.
pub fn exhausted_and_gone() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({ "maxExecutions": 1 }))), console(200, Console::Delete)];
    Scenario::new(Setup::new(45), steps).lasting(seconds(500))
}

/// What is used up, paused and then deleted is exhausted, not paused.
pub fn exhausted_paused_and_gone() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 1 }))),
        edit(150, json!({ "paused": true })),
        console(250, Console::Delete),
    ];
    Scenario::new(Setup::new(48), steps).lasting(seconds(700))
}

/// A replace restores what was left.
pub fn replace_with_a_count() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 3 }))),
        edit(150, json!({ "workflowIdentifier": "other" })),
    ];
    Scenario::new(Setup::new(46), steps).lasting(seconds(480))
}

/// Another workflow for what is used up, and then a new count.
pub fn replace_what_is_used_up() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 1 }))),
        edit(150, json!({ "workflowIdentifier": "other" })),
        edit(220, json!({ "maxExecutions": 2 })),
    ];
    Scenario::new(Setup::new(49), steps).lasting(seconds(500))
}

pub fn a_new_count_while_paused() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 3, "paused": true }))),
        edit(60, json!({ "maxExecutions": 2 })),
        edit(120, json!({ "paused": false })),
    ];
    Scenario::new(Setup::new(47), steps).lasting(seconds(480))
}

/// What was left when it vanished is left when it comes back.
pub fn deleted_with_runs_left() -> Scenario {
    let mut spec = spec(json!({ "maxExecutions": 3 }));
    spec["intervals"] = json!([{ "every": "PT5M" }]);
    let expect = |state: &State| match state.remote.runs().len() {
        3 => Ok(()),
        count => Err(format!("it ran {count} times, and maxExecutions is 3")),
    };
    let steps = vec![apply(5, spec), console(500, Console::Delete)];
    Scenario { expect, ..Scenario::new(Setup::new(91), steps) }.exact().lasting(seconds(2200))
}

/// Another workflow and another count in one edit: the new schedule gets the new count, and once.
pub fn a_new_count_with_another_workflow() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 9 }))),
        edit(160, json!({ "workflowIdentifier": "other", "maxExecutions": 2 })),
    ];
    let expect = |state: &State| {
        let count = |call: &crate::oracle::Call| call.body["schedule"]["max_executions"].as_i64();
        let sent: Vec<i64> = crate::oracle::mutating(state).filter_map(count).collect();
        let runs = state.remote.runs().iter().filter(|run| *run.workflow_name == *"other").count();
        if sent == [9, 2] && runs == 2 {
            return says(state, REPORT, "Exhausted");
        }
        Err(format!("the counts {sent:?} were sent, and the new workflow ran {runs} times"))
    };
    Scenario { expect, ..Scenario::new(Setup::new(280), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .lasting(seconds(480))
}

/// A DELETE that comes late must not find the new schedule.
pub fn replaced_by_a_delete_that_comes_late() -> Scenario {
    let mut scenario = a_new_count_with_another_workflow();
    scenario.steps.insert(1, (seconds(150), fail_once(Operation::Delete, LATE)));
    scenario.exact()
}

/// The PATCH that sets it is lost, and a run comes by before that can be told.
pub fn a_count_that_is_lost() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 9 }))),
        (seconds(90), fail_once(Operation::Patch, Failure::DropBefore)),
        edit(100, json!({ "maxExecutions": 3 })),
    ];
    let expect = |state: &State| {
        let sent: Vec<_> = calls(state, Operation::Patch).collect();
        let landed = sent.iter().find(|call| call.status == Some(200)).ok_or("the new count never came")?;
        let after = state.remote.runs().iter().filter(|run| run.started_at > landed.at).count();
        if sent.len() == 2 && after == 3 {
            return says(state, REPORT, "Exhausted");
        }
        Err(format!("it was sent {} times, and {after} runs came after it, not 3", sent.len()))
    };
    Scenario { expect, ..Scenario::new(Setup::new(281), steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .lasting(seconds(700))
}

/// And the one that is sent again is late.
pub fn a_count_that_is_lost_and_comes_late() -> Scenario {
    let mut scenario = a_count_that_is_lost();
    scenario.steps.push((seconds(120), fail_once(Operation::Patch, LATE)));
    let expect = |state: &State| match calls(state, Operation::Patch).count() {
        2 => Ok(()),
        count => Err(format!("it was sent {count} times")),
    };
    Scenario { expect, ..scenario }.exact()
}

/// It vanishes just when a new count is declared: the new schedule is made with it.
pub fn deleted_with_a_new_count() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 9 }))),
        console(160, Console::Delete),
        edit(160, json!({ "maxExecutions": 3 })),
    ];
    let expect = |state: &State| {
        let created = calls(state, Operation::Create).last().map(|call| &call.body["schedule"]["max_executions"]);
        if created != Some(&json!(3)) {
            return Err(format!("it was created with {created:?}"));
        }
        called(state, Operation::Patch, 0)?;
        says(state, REPORT, "Exhausted")
    };
    Scenario { expect, ..Scenario::new(Setup::new(282), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .lasting(seconds(480))
}

/// A few runs, and soon over.
fn every_quarter_of_a_minute(count: i64) -> Value {
    let mut spec = spec(json!({ "maxExecutions": count }));
    spec["intervals"] = json!([{ "every": "PT15S" }]);
    spec
}

/// The last count is 3, and no run is added to it by a call that comes late.
fn never_more_than_three(seed: u64, steps: Vec<At>) -> Scenario {
    let expect = |state: &State| {
        let set = |call: &&crate::oracle::Call| call.body["schedule"]["max_executions"] == 3 && call.status.is_some();
        let since = crate::oracle::mutating(state).find(set).ok_or("the count never came")?.at;
        match state.remote.runs().iter().filter(|run| &*run.schedule_id == ID && run.started_at > since).count() {
            3 => says(state, REPORT, "Exhausted"),
            count => Err(format!("it ran {count} times since {since}, and maxExecutions is 3")),
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(seed), steps) }
        .exact()
        .without([Fault::LateEffect], TWICE_AS_LATE)
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .lasting(seconds(480))
}

/// A POST is on its way for a minute, and where it changes what is there a second one would be undone by it.
pub fn a_late_creation_where_a_post_changes_what_is_there() -> Scenario {
    let steps = vec![apply(5, every_quarter_of_a_minute(3))];
    let mut scenario = never_more_than_three(283, steps);
    scenario.setup.settings.duplicate = Duplicate::Upsert201;
    scenario.setup.before.push(fail_once(Operation::Create, LATE));
    let expect = |state: &State| match state.remote.runs().len() {
        3 => called(state, Operation::Create, 1).and_then(|()| says(state, REPORT, "Exhausted")),
        count => Err(format!("it ran {count} times, and maxExecutions is 3")),
    };
    Scenario { expect, ..scenario }
}

/// The new schedule waits for a PATCH with a count that was meant for the old one.
pub fn deleted_before_a_late_count() -> Scenario {
    let steps = vec![
        apply(5, every_quarter_of_a_minute(100)),
        (seconds(50), fail_once(Operation::Patch, LATE)),
        edit(60, json!({ "maxExecutions": 3 })),
        console(75, Console::Delete),
        ask(76, "reconcile-requested-at"),
    ];
    never_more_than_three(284, steps)
}

/// So does the new schedule of another workflow.
pub fn replaced_before_a_late_count() -> Scenario {
    let steps = vec![
        apply(5, every_quarter_of_a_minute(100)),
        (seconds(50), fail_once(Operation::Patch, LATE)),
        edit(60, json!({ "maxExecutions": 3 })),
        edit(75, json!({ "workflowIdentifier": "other" })),
    ];
    never_more_than_three(285, steps)
}
