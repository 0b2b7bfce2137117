//! What is taken over, and what is left as it is.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{REPORT, apply, called, daily, delete, every_minute, is_there, nothing_is_written, says};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::{Operation, schedule};
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// Somebody else's schedule is there, and a resource would like to have it.
fn existing(seed: u64, workflow: &str, spec: Value) -> Scenario {
    let theirs =
        json!({ "workflow_identifier": workflow, "schedule": { "input": 7, "cron_expressions": ["0 9 * * *"] } });
    let mut setup = Setup::new(seed);
    setup.before.push(Step::Console(Console::Create(theirs), "theirs".into()));
    setup.excused.push(REPORT);
    Scenario::new(setup, vec![apply(5, spec), delete(150)])
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id, and its owner has to give it back")
}

/// What is in the way is deleted, and nobody asks: the resource no longer shows its runs, and has its own.
pub fn what_is_in_the_way_goes() -> Scenario {
    let mut scenario = existing(305, "report", daily(json!({ "scheduleId": "theirs", "input": 8 })));
    scenario.steps[1] = (seconds(200), Step::Console(Console::Delete, "theirs".into()));
    let expect = |state: &State| {
        called(state, Operation::Create, 1)?;
        says(state, REPORT, "InSync")
    };
    Scenario { expect, ..scenario }.exact()
}

/// "`IfEqual` only without a write": what differs is not taken over, and its resource takes nothing with it.
pub fn not_equal_and_not_adopted() -> Scenario {
    let spec = daily(json!({ "scheduleId": "theirs", "adoption": "IfEqual", "input": 8 }));
    let expect = |state: &State| {
        nothing_is_written(state)?;
        is_there(state, "theirs", false)
    };
    Scenario { expect, ..existing(220, "report", spec) }
}

/// And it says so.
pub fn not_equal_and_told() -> Scenario {
    let mut scenario = not_equal_and_not_adopted();
    scenario.steps.pop();
    Scenario {
        expect: |state| nothing_is_written(state).and_then(|()| says(state, REPORT, "AdoptionRefused")),
        ..scenario
    }
}

/// "A mismatched workflow on adoption is Stalled": nothing says that it is ours to overwrite.
pub fn another_workflow_is_not_adopted() -> Scenario {
    let spec = daily(json!({ "scheduleId": "theirs", "adoption": "IfExists", "paused": true }));
    let mut scenario = existing(221, "another", spec);
    scenario.steps.pop();
    let expect = |state: &State| {
        nothing_is_written(state)?;
        match schedule(state, "theirs") {
            Some(there) if &*there.workflow_name == "another" => says(state, REPORT, "TargetMismatch"),
            _ => Err("what was there is gone".into()),
        }
    };
    Scenario { expect, ..scenario }
}

/// An older resource comes to mean the id of one that owns its schedule already.
pub fn the_owner_keeps_its_id() -> Scenario {
    const OLDER: &str = "shop/older";
    let mut setup = Setup::new(222);
    setup.excused.push(OLDER);
    let asleep = daily(json!({ "scheduleId": "first", "management": "Off" }));
    let awake = json!({ "scheduleId": "shared", "management": null });
    let steps = vec![
        (seconds(5), Step::Apply(OLDER.into(), asleep)),
        apply(30, every_minute(json!({ "scheduleId": "shared" }))),
        (seconds(100), Step::Edit(OLDER.into(), awake)),
    ];
    let expect = |state: &State| {
        called(state, Operation::Create, 1)?;
        called(state, Operation::Patch, 0)?;
        says(state, REPORT, "InSync")?;
        says(state, OLDER, "Conflict")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id, and its owner has to give it back")
}

/// While the owner's POST is on its way, too.
pub fn the_owner_keeps_the_id_that_it_creates() -> Scenario {
    let mut scenario = the_owner_keeps_its_id();
    scenario.setup.seed = 223;
    scenario.steps[2].0 = SignedDuration::from_millis(31_500);
    scenario.without(Fault::ALL, "it is about half a second: whatever takes longer gives the id to the other")
}
