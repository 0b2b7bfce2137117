//! Several replicas, of which one leads: a leader that sleeps longer than its lease lasts, or that the
//! API server does not hear of, changes nothing more.

use serde_json::{Value, json};

use super::{apply, ask, console, daily, delete, edit, every_minute, every_second};
use crate::log::seconds;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::Outage;

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
