//! What is taken over, and what is left as it is.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{REPORT, apply, called, daily, delete, every_minute, is_there, nothing_is_written, says};
use crate::fault::Fault;
use crate::oracle::{Operation, schedule};
use crate::people::{Console, Step};
use crate::play::Play;
use crate::setup::Setup;
use crate::state::State;
use crate::story::seconds;

/// Somebody else's schedule is there, and a resource would like to have it.
fn existing(seed: u64, workflow: &str, spec: Value) -> Play {
    let theirs =
        json!({ "workflow_identifier": workflow, "schedule": { "input": 7, "cron_expressions": ["0 9 * * *"] } });
    let mut setup = Setup::new(seed);
    setup.before.push(Step::Console(Console::Create(theirs), "theirs".into()));
    setup.excused.push(REPORT);
    Play { without: vec![Fault::StatusLost], ..Play::new(setup, vec![apply(5, spec), delete(150)]) }
}

/// "`IfEqual` only without a write": what differs is not taken over, and its resource takes nothing with it.
pub fn not_equal_and_not_adopted() -> Play {
    let spec = daily(json!({ "scheduleId": "theirs", "adoption": "IfEqual", "input": 8 }));
    let expect = |state: &State| {
        nothing_is_written(state)?;
        is_there(state, "theirs", false)
    };
    Play { expect, ..existing(220, "report", spec) }
}

/// And it says so.
pub fn not_equal_and_told() -> Play {
    let mut play = not_equal_and_not_adopted();
    play.steps.pop();
    Play { expect: |state| nothing_is_written(state).and_then(|()| says(state, REPORT, "AdoptionRefused")), ..play }
}

/// "A mismatched workflow on adoption is Stalled": nothing says that it is ours to overwrite.
pub fn another_workflow_is_not_adopted() -> Play {
    let spec = daily(json!({ "scheduleId": "theirs", "adoption": "IfExists", "paused": true }));
    let mut play = existing(221, "another", spec);
    play.steps.pop();
    let expect = |state: &State| {
        nothing_is_written(state)?;
        match schedule(state, "theirs") {
            Some(there) if &*there.workflow_name == "another" => says(state, REPORT, "TargetMismatch"),
            _ => Err("what was there is gone".into()),
        }
    };
    Play { expect, ..play }
}

/// An older resource comes to mean the id of one that owns its schedule already.
pub fn the_owner_keeps_its_id() -> Play {
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
    Play { expect, without: vec![Fault::PersonFirst, Fault::LateEffect, Fault::StatusLost], ..Play::new(setup, steps) }
}

/// While the owner's POST is on its way, too.
pub fn the_owner_keeps_the_id_that_it_creates() -> Play {
    let mut play = the_owner_keeps_its_id();
    play.setup.seed = 223;
    play.steps[2].0 = SignedDuration::from_millis(31_500);
    Play { without: Fault::ALL.to_vec(), ..play }
}
