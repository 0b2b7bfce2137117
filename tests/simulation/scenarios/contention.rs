//! Others write the same schedule again and again.

use serde_json::{Value, json};

use super::{At, ID, REPORT, apply, called, console, daily, is_there, says};
use crate::fault::Fault;
use crate::oracle::Operation;
use crate::people::Console;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

fn other_timing() -> Value {
    json!({ "cron_expressions": [], "calendars": [], "intervals": [{ "every": "PT5H" }], "skip": [] })
}

fn again_and_again(what: &Console, times: i64) -> impl Iterator<Item = At> + '_ {
    (1..=times).map(move |round| console(round * 100, what.clone()))
}

fn fair(seed: u64, spec: Value, meddling: impl IntoIterator<Item = At>) -> Scenario {
    let mut steps = vec![apply(5, daily(spec))];
    steps.extend(meddling);
    Scenario::new(Setup::new(seed), steps).exact()
}

/// "a declared pause stays enforced", however often somebody undoes it.
pub fn resumed_again_and_again() -> Scenario {
    let scenario = fair(230, json!({ "paused": true }), again_and_again(&Console::Resume, 5));
    let expect = |state: &State| called(state, Operation::Pause, 6).and_then(|()| is_there(state, ID, true));
    Scenario { expect, ..scenario }
}

/// Where running is declared the operator gives in, and says so.
pub fn paused_again_and_again() -> Scenario {
    let mut scenario = fair(231, json!({ "paused": false }), again_and_again(&Console::Pause, 5));
    scenario.setup.excused.push(REPORT);
    let expect = |state: &State| {
        called(state, Operation::Resume, 3)?;
        is_there(state, ID, true)?;
        says(state, REPORT, "Contended")
    };
    Scenario { expect, ..scenario }
}

/// Three corrections of one morning say nothing of the afternoon.
pub fn changed_after_a_long_calm() -> Scenario {
    let change = Console::Patch(other_timing());
    let meddling = again_and_again(&change, 3).chain([console(2300, change.clone())]);
    let expect = |state: &State| called(state, Operation::Patch, 4).and_then(|()| says(state, REPORT, "InSync"));
    Scenario { expect, ..fair(232, json!({}), meddling) }
        .without([Fault::PersonFirst], "what others change comes earlier, and so the third time within half an hour")
}

/// The timing is given up, and the declared pause is not.
pub fn contended_and_resumed() -> Scenario {
    let change = Console::Patch(other_timing());
    let meddling = again_and_again(&change, 5).chain([console(620, Console::Resume)]);
    let mut scenario = fair(233, json!({ "paused": true }), meddling);
    scenario.setup.excused.push(REPORT);
    let expect = |state: &State| {
        is_there(state, ID, true)?;
        called(state, Operation::Pause, 2)?;
        says(state, REPORT, "Contended")
    };
    Scenario { expect, ..scenario }
}

/// What comes back paused is made parked first: that is our own doing, and no other writer's.
pub fn deleted_again_and_again_while_paused() -> Scenario {
    let deletions = (2..=6).map(|round| console(round * 120, Console::Delete));
    let meddling = [console(100, Console::Pause)].into_iter().chain(deletions).chain([console(900, Console::Resume)]);
    let expect = |state: &State| {
        called(state, Operation::Create, 6)?;
        is_there(state, ID, false)?;
        says(state, REPORT, "InSync")
    };
    Scenario { expect, ..fair(234, json!({}), meddling) }
}
