//! Around a run nothing is changed, but what must not wait.

use serde_json::json;

use super::{REPORT, apply, calls, delete, edit, every_minute, spec};
use crate::fault::Fault;
use crate::oracle::Operation;
use crate::play::Play;
use crate::setup::Setup;
use crate::state::State;
use crate::story::seconds;

/// Runs are due 20 seconds after each minute, and the play begins 10 seconds after one.
fn at_the_last_moment(seed: u64, change: serde_json::Value) -> Play {
    let steps = vec![apply(5, every_minute(json!({}))), edit(126, change)];
    Play { without: Fault::ALL.to_vec(), ..Play::new(Setup::new(seed), steps) }
}

fn runs_at(state: &State, at: &str) -> usize {
    let at: jiff::Timestamp = at.parse().expect("a time");
    state.remote.runs().iter().filter(|run| run.scheduled_at == at).count()
}

const DUE: &str = "2026-11-24T12:02:20Z";

/// A pause never waits: the run that is due does not start.
pub fn pause_at_the_last_moment() -> Play {
    let expect = |state: &State| if runs_at(state, DUE) == 0 { Ok(()) } else { Err("it ran".to_owned()) };
    Play { expect, ..at_the_last_moment(140, json!({ "paused": true })) }
}

/// A new workflow waits: the run that is due is the old one's.
pub fn replace_at_the_last_moment() -> Play {
    let expect = |state: &State| if runs_at(state, DUE) == 1 { Ok(()) } else { Err("a run is lost".to_owned()) };
    Play { expect, ..at_the_last_moment(141, json!({ "workflowIdentifier": "other" })) }
}

/// So does a new input.
pub fn edit_at_the_last_moment() -> Play {
    let expect = |state: &State| {
        let patch = calls(state, Operation::Patch).next().ok_or("it is not patched")?;
        let due: jiff::Timestamp = DUE.parse().expect("a time");
        if patch.at > due { Ok(()) } else { Err(format!("it was patched at {}, just before a run", patch.at)) }
    };
    Play { expect, ..at_the_last_moment(142, json!({ "input": 1 })) }
}

/// A deletion never waits.
pub fn delete_at_the_last_moment() -> Play {
    let expect = |state: &State| if runs_at(state, DUE) == 0 { Ok(()) } else { Err("it ran".to_owned()) };
    let steps = vec![apply(5, every_minute(json!({}))), delete(126)];
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(143), steps) }
}

/// What fires every few seconds would wait for ever: it does not wait at all.
pub fn edit_what_fires_often() -> Play {
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
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(144), steps) }
}

fn patched_at(state: &State) -> Vec<jiff::Timestamp> {
    calls(state, Operation::Patch).map(|call| call.at).collect()
}

/// Not just after a run, and not just before the next.
pub fn edit_after_a_run_and_before_the_next() -> Play {
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
    Play { expect, without: Fault::ALL.to_vec(), ..Play::new(Setup::new(145), steps) }
}

/// Two edits that wait for the same run are one change.
pub fn two_edits_wait_together() -> Play {
    let mut play = at_the_last_moment(146, json!({ "input": 1 }));
    play.steps.push(edit(128, json!({ "input": 2 })));
    let expect = |state: &State| {
        let sent: Vec<_> = calls(state, Operation::Patch).map(|call| &call.body["schedule"]["input"]).collect();
        let due: jiff::Timestamp = DUE.parse().expect("a time");
        let is_after = patched_at(state).iter().all(|at| *at > due + seconds(5));
        if sent == [2] && is_after { Ok(()) } else { Err(format!("sent were {sent:?} at {:?}", patched_at(state))) }
    };
    Play { expect, without: vec![Fault::PersonFirst, Fault::LateEffect], ..play }
}
