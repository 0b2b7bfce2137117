//! Several replicas, of which one leads: a leader that sleeps longer than its lease lasts, or that the
//! API server does not hear of, changes nothing more.

use serde_json::{Value, json};

use super::{REPORT, apply, ask, console, daily, delete, edit, every_minute, every_second, says, spec};
use crate::log::seconds;
use crate::people::{Console, Step, schedule};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::{Outage, State};

/// More schedules than one.
const NAMES: [&str; 3] = ["shop/report", "shop/second", "shop/third"];

fn two(scenario: Scenario) -> Scenario {
    Scenario { replicas: 2, ..scenario }
}

pub fn two_replicas_create_paused() -> Scenario {
    two(Scenario::new(Setup::new(80), vec![apply(5, every_second(json!({ "paused": true })))]))
}

pub fn two_replicas_edit() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(60, json!({ "workflowIdentifier": "other", "input": 1 }))];
    two(Scenario::new(Setup::new(81), steps))
}

pub fn two_replicas_trigger_and_delete() -> Scenario {
    two(Scenario::new(Setup::new(82), vec![apply(5, daily(json!({}))), ask(60, "trigger-requested-at"), delete(200)]))
}

/// They ask for the lease at the same moment, and there is work to do.
pub fn two_replicas_start_together() -> Scenario {
    let mut setup = Setup::new(160);
    setup.before = NAMES.map(|name| Step::Apply(name.into(), every_minute(json!({})))).into();
    two(Scenario::new(setup, Vec::new()))
}

/// Of a leader that sleeps the others take over at the same moment.
pub fn three_replicas() -> Scenario {
    let steps = vec![apply(5, every_minute(json!({}))), edit(60, json!({ "input": 1 })), delete(150)];
    Scenario { replicas: 3, ..Scenario::new(Setup::new(161), steps) }
}

/// While a leader sleeps, calls of other schedules wait for their token.
pub fn two_replicas_at_a_low_rate() -> Scenario {
    let mut setup = Setup::new(162);
    setup.connections[0].1["rateLimit"] = json!({ "requestsPerSecond": 1, "burst": 1 });
    let all = |at: i64, step: fn(String, Value) -> Step, what: &Value| {
        NAMES.map(|name| (seconds(at), step(name.to_owned(), what.clone())))
    };
    let mut steps = Vec::from(all(5, Step::Apply, &every_minute(json!({}))));
    steps.extend(all(90, Step::Edit, &json!({ "input": 1 })));
    two(Scenario::new(setup, steps))
}

/// The leader reaches the remote, and not Kubernetes: somebody else leads, and may have other orders.
pub fn the_leader_is_cut_off() -> Scenario {
    let mut setup = Setup::new(163);
    setup.connections[0].1["pollInterval"] = json!("PT10S");
    let mut steps = vec![apply(5, every_minute(json!({}))), (seconds(60), Step::Outage(Outage::OfTheLeader))];
    let meddle = |at| console(at, Console::Patch(json!({ "input": at.to_string() })));
    steps.extend([70, 82, 94, 106, 118, 130].map(meddle));
    steps.push(edit(131, json!({ "paused": true })));
    steps.push((seconds(170), Step::OutageEnds));
    two(Scenario::new(setup, steps))
}

/// The API server is silent for so long that the lease is renewed just in time: what could not be written before that
/// is written afterwards.
pub fn edited_before_a_late_renewal() -> Scenario {
    let mut setup = Setup::new(166);
    // A renewal takes some seconds, in which the last one is too old.
    setup.latencies = (1000, 600);
    setup.excused.push(REPORT);
    let nonsense = |text: &str| json!({ "cronExpressions": [text] });
    let steps = vec![
        apply(5, spec(nonsense("nonsense"))),
        // The last renewal before that began at 94 s, and the next that is answered begins at 123 s.
        (seconds(101), Step::Outage(Outage::Hangs)),
        (seconds(121), Step::OutageEnds),
        edit(121, nonsense("more nonsense")),
    ];
    let expect = |state: &State| {
        let object = state.kubernetes.store.get(&schedule(REPORT)).map_err(|_| "it is gone")?;
        match (object["metadata"]["generation"].as_i64(), object["status"]["observedGeneration"].as_i64()) {
            (Some(edited), Some(observed)) if edited == observed => says(state, REPORT, "Invalid"),
            (edited, observed) => Err(format!("generation {edited:?} is there, and the status is of {observed:?}")),
        }
    };
    two(Scenario { expect, ..Scenario::new(setup, steps) })
}
