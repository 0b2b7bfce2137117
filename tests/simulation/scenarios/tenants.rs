//! Several connections, and namespaces that share one: what is wrong with one is not wrong with another.

use serde_json::{Value, json};

use super::keys::secret_data;
use super::{ID, REPORT, apply, called, connection, daily, every_minute, is_gone, is_let_go, is_there, says};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::{Operation, mutating};
use crate::people::{self, Step};
use crate::scenario::Scenario;
use crate::setup::{OPERATOR_KEY, Setup};
use crate::state::State;

const OTHER: &str = "other/default";
const OTHERS: &str = "other/report";
const GUEST: &str = "guest/report";

/// Two teams, each with a connection and a schedule of its own.
fn two_teams(seed: u64, key: &str) -> Scenario {
    let mut setup = Setup::new(seed);
    let spec = json!({ "apiKeySecretRef": { "name": "key", "key": "key" }, "scheduleIdPrefix": "others" });
    setup.connections.push((OTHER.into(), spec));
    setup.before.push(Step::Put("secrets", "other/key", secret_data("key", key)));
    let steps =
        vec![apply(5, every_minute(json!({}))), (seconds(5), Step::Apply(OTHERS.into(), every_minute(json!({}))))];
    Scenario::new(setup, steps)
}

fn is_connected(state: &State, key: &str) -> Result<(), String> {
    let object = state.kubernetes.store.get(&people::connection(key)).map_err(|_| format!("{key} is gone"))?;
    let conditions: Vec<(&Value, &Value)> = object["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|condition| (&condition["type"], &condition["reason"]))
        .collect();
    match conditions.as_slice() {
        [(kind, reason)] if **kind == "Ready" && **reason == "Connected" => Ok(()),
        conditions => Err(format!("{key} says {conditions:?}")),
    }
}

/// All that was ever changed is one creation.
fn is_created_and_left_alone(state: &State) -> Result<(), String> {
    let calls: Vec<Operation> = mutating(state).filter(|call| call.id == ID).map(|call| call.operation).collect();
    if calls != [Operation::Create] {
        return Err(format!("the calls for {ID} are {calls:?}"));
    }
    is_there(state, ID, false)?;
    says(state, REPORT, "InSync")?;
    is_connected(state, "shop/default")
}

/// A key that is no good, and a kill switch over it, are the other team's.
pub fn a_bad_key_of_the_other_team() -> Scenario {
    let mut scenario = two_teams(260, "nonsense");
    scenario.setup.excused.push(OTHERS);
    scenario.steps.push((seconds(100), Step::Connection(OTHER.into(), json!({ "spec": { "paused": true } }))));
    let expect = |state: &State| {
        is_created_and_left_alone(state)?;
        match mutating(state).find(|call| call.id != ID) {
            Some(call) => Err(format!("{:?} of {} without a key", call.operation, call.id)),
            None => Ok(()),
        }
    };
    Scenario { expect, ..scenario }
        .without([Fault::LateEffect], "a creation that comes late is refused, for there has been another")
}

/// A kill switch stops its own schedules, and no others.
pub fn the_switch_of_the_other_team() -> Scenario {
    let mut scenario = two_teams(261, OPERATOR_KEY);
    scenario.steps.push((seconds(100), Step::Connection(OTHER.into(), json!({ "spec": { "paused": true } }))));
    let expect = |state: &State| {
        is_created_and_left_alone(state)?;
        is_there(state, "others.other.report", true)?;
        called(state, Operation::Pause, 1)
    };
    Scenario { expect, ..scenario }.exact()
}

/// A connection that goes takes no new schedules, and waits for none of them.
pub fn onto_a_connection_that_goes() -> Scenario {
    const LATE: &str = "shop/late";
    let mut setup = Setup::new(262);
    setup.excused.push(LATE);
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(120), Step::DeleteConnection("shop/default".into())),
        (seconds(160), Step::Apply(LATE.into(), daily(json!({})))),
        (seconds(260), Step::Delete(REPORT.into())),
    ];
    let expect = |state: &State| {
        super::has_said(state, "Terminating")?;
        called(state, Operation::Create, 1)?;
        is_gone(state, ID)?;
        let is_gone = state.kubernetes.store.get(&people::connection("shop/default")).is_err();
        if is_gone { says(state, LATE, "ConnectionNotFound") } else { Err("the connection is still there".into()) }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

fn on_shop(mut spec: Value, id: &str) -> Value {
    spec["connectionRef"] = json!({ "namespace": "shop", "name": "default" });
    spec["scheduleId"] = json!(id);
    spec
}

/// Another namespace may claim the explicit ids that the connection's globs name.
pub fn an_id_that_is_allowed() -> Scenario {
    let globs = json!({ "spec": { "allowedNamespaces": { "from": "All" }, "allowedScheduleIds": ["{namespace}.*"] } });
    let steps = vec![
        connection(1, globs),
        (seconds(5), Step::Apply(GUEST.into(), on_shop(daily(json!({})), "guest.report"))),
        (seconds(150), Step::Delete(GUEST.into())),
    ];
    let expect = |state: &State| called(state, Operation::Delete, 1).and_then(|()| is_gone(state, "guest.report"));
    Scenario { expect, ..Scenario::new(Setup::new(263), steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id, and its owner has to give it back")
}

/// Others are refused …
pub fn an_id_that_is_not_allowed() -> Scenario {
    let mut scenario = an_id_that_is_allowed();
    scenario.setup.excused.push(GUEST);
    scenario.steps[1].1 = Step::Apply(GUEST.into(), on_shop(daily(json!({})), "shop-report"));
    scenario.steps.pop();
    let expect = |state: &State| super::nothing_is_written(state).and_then(|()| says(state, GUEST, "IdNotAllowed"));
    Scenario { expect, left_out: Vec::new(), ..scenario }
}

/// … until the connection's owner names them.
pub fn an_id_that_is_allowed_later() -> Scenario {
    let mut scenario = an_id_that_is_not_allowed();
    scenario.setup.excused.clear();
    scenario.steps.push(connection(150, json!({ "spec": { "allowedScheduleIds": ["{namespace}.*", "shop-rep*"] } })));
    let expect = |state: &State| {
        super::has_said(state, "IdNotAllowed")?;
        called(state, Operation::Create, 1)?;
        says(state, GUEST, "InSync")
    };
    Scenario { expect, ..scenario }
        .without([Fault::LateEffect], "an effect that comes a minute late comes after the end of what it was for")
}

/// The connection is lost, whose finalizer somebody has taken off: the resource still can be let go.
pub fn let_go_without_a_connection() -> Scenario {
    let mut setup = Setup::new(264);
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(120), Step::DeleteConnection("shop/default".into())),
        connection(121, json!({ "metadata": { "finalizers": null } })),
        super::delete(160),
        super::edit(260, json!({ "deletionPolicy": "Orphan" })),
    ];
    let expect = |state: &State| {
        super::has_said(state, "DeletionBlocked")?;
        called(state, Operation::Delete, 0)?;
        is_there(state, ID, false)?;
        is_let_go(state, REPORT)
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Two connections to one workspace and the same explicit id: the older resource holds it, and the younger says
/// so; its deletion takes nothing away.
pub fn one_id_through_two_connections() -> Scenario {
    let mut scenario = two_teams(265, OPERATOR_KEY);
    scenario.setup.excused.push(OTHERS);
    let named = |spec: Value| json!({ "scheduleId": "shared", "input": spec });
    scenario.steps = vec![
        apply(5, every_minute(named(json!("ours")))),
        (seconds(150), Step::Apply(OTHERS.into(), every_minute(named(json!("theirs"))))),
        (seconds(300), Step::Delete(OTHERS.into())),
    ];
    let expect = |state: &State| {
        super::has_said(state, "Conflict")?;
        called(state, Operation::Delete, 0)?;
        called(state, Operation::Create, 1)?;
        is_there(state, "shared", false)?;
        says(state, REPORT, "InSync")
    };
    Scenario { expect, ..scenario }
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id, and its owner has to give it back")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "a creation that comes late is refused, for there has been another")
}

/// An explicit id under the other connection's prefix could be one of its resources' own.
pub fn an_id_under_the_other_prefix() -> Scenario {
    let mut scenario = two_teams(266, OPERATOR_KEY);
    scenario.setup.excused.push(REPORT);
    scenario.steps = vec![
        apply(150, every_minute(json!({ "scheduleId": "others.other.report" }))),
        (seconds(200), Step::Apply(OTHERS.into(), every_minute(json!({})))),
        super::delete(350),
    ];
    let expect = |state: &State| {
        super::has_said(state, "IdNotAllowed")?;
        called(state, Operation::Delete, 0)?;
        called(state, Operation::Create, 1)?;
        says(state, OTHERS, "InSync")
    };
    Scenario { expect, ..scenario }
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
        .without([Fault::LateEffect], "a creation that comes late is refused, for there has been another")
}
