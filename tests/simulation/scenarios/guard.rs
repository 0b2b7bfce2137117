//! Around a run nothing is changed, but what must not wait.

use serde_json::json;

use super::{REPORT, apply, calls, delete, edit, every_minute, spec};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// Runs are due 20 seconds after each minute, and the scenario begins 10 seconds after one.
fn at_the_last_moment(seed: u64, change: serde_json::Value) -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(126, change)];
    Scenario::new(Setup::new(seed), steps).exact()
}

fn runs_at(state: &State, at: &str) -> usize {
    let at: jiff::Timestamp = at.parse().expect("a time");
    state.remote.runs().iter().filter(|run| run.scheduled_at == at).count()
}

const DUE: &str = "2026-11-24T12:02:20Z";

/// A pause never waits: the run that is due does not start.
pub fn pause_at_the_last_moment() -> Scenario {
    let expect = |state: &State| if runs_at(state, DUE) == 0 { Ok(()) } else { Err("it ran".to_owned()) };
    Scenario { expect, ..at_the_last_moment(140, json!({ "paused": true })) }
}

/// A new workflow waits: the run that is due is the old one's.
pub fn replace_at_the_last_moment() -> Scenario {
    let expect = |state: &State| if runs_at(state, DUE) == 1 { Ok(()) } else { Err("a run is lost".to_owned()) };
    Scenario { expect, ..at_the_last_moment(141, json!({ "workflowIdentifier": "other" })) }.without(
        [Fault::StatusLost],
        "after a restore the oracle does not know which workflow was declared before the edit",
    )
}

/// So does a new input.
pub fn edit_at_the_last_moment() -> Scenario {
    let expect = |state: &State| {
        let patch = calls(state, Operation::Patch).next().ok_or("it is not patched")?;
        let due: jiff::Timestamp = DUE.parse().expect("a time");
        if patch.at > due { Ok(()) } else { Err(format!("it was patched at {}, just before a run", patch.at)) }
    };
    Scenario { expect, ..at_the_last_moment(142, json!({ "input": 1 })) }
}

/// A deletion never waits.
pub fn delete_at_the_last_moment() -> Scenario {
    let expect = |state: &State| if runs_at(state, DUE) == 0 { Ok(()) } else { Err("it ran".to_owned()) };
    let steps = vec![apply(5, every_minute(json!({}))), delete(126)];
    Scenario { expect, ..Scenario::new(Setup::new(143), steps) }.exact()
}

/// What fires every few seconds would wait for ever: it does not wait at all.
pub fn edit_what_fires_often() -> Scenario {
    let mut often = spec(json!({}));
    often["intervals"] = json!([{ "every": "PT7S" }]);
    let steps = vec![apply(5, often), edit(100, json!({ "input": 1 }))];
    let expect = |state: &State| {
        let patch = calls(state, Operation::Patch).next().ok_or(format!("{REPORT} is not patched"))?;
        let edited: jiff::Timestamp = "2026-11-24T12:01:50Z".parse().expect("a time");
        if patch.at.duration_since(edited) < seconds(10) {
            Ok(())
        } else {
            Err(format!("it waited until {}", patch.at))
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(144), steps) }.exact()
}

fn patched_at(state: &State) -> Vec<jiff::Timestamp> {
    calls(state, Operation::Patch).map(|call| call.at).collect()
}

/// Not just after a run, and not just before the next.
pub fn edit_after_a_run_and_before_the_next() -> Scenario {
    let steps =
        vec![apply(5, every_minute(json!({}))), edit(131, json!({ "input": 1 })), edit(187, json!({ "input": 2 }))];
    let expect = |state: &State| {
        let due: jiff::Timestamp = DUE.parse().expect("a time");
        let near = |after: i64| due + seconds(after + 5)..due + seconds(after + 20);
        match patched_at(state).as_slice() {
            [first, second] if near(0).contains(first) && near(60).contains(second) => Ok(()),
            times => Err(format!("it was patched at {times:?}")),
        }
    };
    Scenario { expect, ..Scenario::new(Setup::new(145), steps) }.exact()
}

/// Two edits that wait for the same run are one change.
pub fn two_edits_wait_together() -> Scenario {
    let mut scenario = at_the_last_moment(146, json!({ "input": 1 }));
    scenario.steps.push(edit(128, json!({ "input": 2 })));
    let expect = |state: &State| {
        let sent: Vec<_> = calls(state, Operation::Patch).map(|call| &call.body["schedule"]["input"]).collect();
        let due: jiff::Timestamp = DUE.parse().expect("a time");
        let is_after = patched_at(state).iter().all(|at| *at > due + seconds(5));
        if sent == [2] && is_after { Ok(()) } else { Err(format!("sent were {sent:?} at {:?}", patched_at(state))) }
    };
    Scenario { expect, is_exact: false, ..scenario }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}
