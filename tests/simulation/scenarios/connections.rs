//! Keys, namespaces, and connections that change or go.

use serde_json::json;
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Operation};

use super::{REPORT, apply, connection, daily, delete, edit, every_minute, fail_once, says, spec};
use crate::fault::Fault;
use crate::log::seconds;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::{FOREIGN_KEY, OPERATOR_KEY, ROTATED_KEY, Setup};
use crate::state::State;

pub fn rotate_the_key() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Key(Some(ROTATED_KEY))),
        edit(61, json!({ "input": 1 })),
        edit(150, json!({ "input": 2 })),
    ];
    Scenario::new(Setup::new(70), steps)
}

/// A wrong key must not clone production.
pub fn a_wrong_key() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Key(Some(FOREIGN_KEY))),
        (seconds(100), Step::Crash),
        edit(200, json!({ "input": 1 })),
        (seconds(400), Step::Key(Some(OPERATOR_KEY))),
    ];
    let expect = |state: &State| match state.remote.schedules().find(|one| &*one.workspace == "elsewhere") {
        Some(clone) => Err(format!("{} was cloned", clone.id)),
        None => Ok(()),
    };
    Scenario { expect, ..Scenario::new(Setup::new(71), steps) }
        .without([Fault::StatusLost], "a restore leaves nothing that knows better than the key that is there")
        .patient(seconds(600))
}

/// A namespace that is deleted whole loses its Secret first, and must still empty itself. After a restart
/// nobody has the key any more: the condition says how to let go.
pub fn delete_the_namespace() -> Scenario {
    let orphan = |name: &str| Step::Edit(name.into(), json!({ "deletionPolicy": "Orphan" }));
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(5), Step::Apply("shop/second".into(), daily(json!({ "paused": true })))),
        (seconds(100), Step::DeleteNamespace("shop")),
        (seconds(300), orphan(REPORT)),
        (seconds(300), orphan("shop/second")),
    ];
    Scenario::new(Setup::new(72), steps)
}

/// A connection outlives its schedules.
pub fn delete_the_connection() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(60), Step::DeleteConnection("shop/default".into())),
        edit(100, json!({ "input": 1 })),
        (seconds(200), Step::Delete(REPORT.into())),
    ];
    Scenario::new(Setup::new(73), steps)
}

/// Another namespace uses the connection, may no longer, and deletes what it had.
pub fn withdraw_the_permission() -> Scenario {
    let mut spec = every_minute(json!({}));
    spec["connectionRef"] = json!({ "namespace": "shop", "name": "default" });
    let steps = vec![
        connection(1, json!({ "spec": { "allowedNamespaces": { "from": "All" } } })),
        (seconds(5), Step::Apply("guest/report".into(), spec)),
        connection(100, json!({ "spec": { "allowedNamespaces": { "from": "Same" } } })),
        (seconds(200), Step::Edit("guest/report".into(), json!({ "input": 1 }))),
        (seconds(300), Step::Delete("guest/report".into())),
    ];
    let mut setup = Setup::new(74);
    setup.excused.push("guest/report");
    let expect = |state: &State| match crate::oracle::schedule(state, "acme.guest.report") {
        Some(there) if there.definition.input.is_null() => Err("the guest's schedule is still there".to_owned()),
        Some(_) => Err("the guest's schedule was changed".to_owned()),
        None => Ok(()),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore leaves nothing that knows of the time when it was allowed")
}

/// And until the permission comes back nothing of it is written.
pub fn edit_without_permission() -> Scenario {
    let mut scenario = withdraw_the_permission();
    scenario.steps.retain(|(_, step)| !matches!(step, Step::Delete(_)));
    scenario.expect = |state| match crate::oracle::schedule(state, "acme.guest.report") {
        Some(there) if there.definition.input.is_null() => super::says(state, "guest/report", "NotPermitted"),
        Some(_) => Err("the guest's schedule was changed".to_owned()),
        None => Err("the guest's schedule is gone".to_owned()),
    };
    scenario.without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// Watches break off, and Kubernetes has forgotten what they missed.
pub fn watches_break_off() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Compact),
        edit(60, json!({ "input": 1 })),
        (seconds(120), Step::CutWatches),
        (seconds(120), Step::Delete(REPORT.into())),
        (seconds(180), Step::Apply("shop/second".into(), daily(json!({})))),
    ];
    Scenario::new(Setup::new(76), steps)
}

/// The cluster is restored from a backup without statuses.
pub fn restore() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({ "maxExecutions": 5 }))),
        (seconds(5), Step::Apply("shop/paused".into(), every_minute(json!({ "paused": true })))),
        (seconds(100), Step::Ask(REPORT.into(), "trigger-requested-at")),
        (seconds(160), Step::Crash),
        (seconds(161), Step::Restore),
        edit(260, json!({ "input": 1 })),
    ];
    Scenario::new(Setup::new(77), steps).lasting(seconds(500))
}

/// The old key is no longer any good: the new one is taken, and nothing else is needed.
pub fn rotate_and_revoke() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Key(Some(ROTATED_KEY))),
        (seconds(90), Step::Revoke(OPERATOR_KEY)),
        edit(150, json!({ "input": 1 })),
        delete(250),
    ];
    Scenario::new(Setup::new(78), steps)
}

/// A namespace that is deleted whole empties itself by the key that is known, though the Secret goes
/// first.
pub fn the_namespace_empties_itself() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(60), Step::Key(Some(FOREIGN_KEY))),
        (seconds(200), Step::DeleteNamespace("shop")),
    ];
    let expect = |state: &State| match crate::oracle::schedule(state, super::ID) {
        Some(_) => Err("the schedule is left behind".to_owned()),
        None => Ok(()),
    };
    Scenario { expect, ..Scenario::new(Setup::new(79), steps) }.without(
        [Fault::CrashBefore, Fault::CrashAfter, Fault::StatusLost],
        "the Secret is gone, and after a restart nobody has the key",
    )
}

/// A connection is deleted and made anew.
pub fn make_the_connection_anew() -> Scenario {
    let spec = json!({ "apiKeySecretRef": { "name": "key", "key": "key" }, "scheduleIdPrefix": "acme" });
    let steps = vec![
        (seconds(30), Step::DeleteConnection("shop/default".into())),
        (seconds(30), Step::ApplyConnection("shop/default".into(), spec)),
        apply(90, daily(json!({}))),
    ];
    Scenario::new(Setup::new(83), steps)
}

/// What was applied while the key was no good is made once it is.
pub fn the_key_comes_late() -> Scenario {
    let mut setup = Setup::new(84);
    setup.before.push(Step::Key(Some("nonsense")));
    let steps = vec![apply(5, every_minute(json!({}))), (seconds(90), Step::Key(Some(OPERATOR_KEY)))];
    Scenario::new(setup, steps)
}

/// Older definitions are installed over ours: what they would drop is not relied upon.
pub fn older_definitions() -> Scenario {
    let mut setup = Setup::new(85);
    setup.excused.push(REPORT);
    let steps = vec![(seconds(30), Step::Prune("memory")), apply(60, every_minute(json!({})))];
    let expect = |state: &State| super::nothing_is_written(state);
    Scenario { expect, ..Scenario::new(setup, steps) }
}

/// Ten minutes without an answer: nothing is said that may no longer be so.
pub fn an_outage() -> Scenario {
    let failing = FaultRule {
        principal: Some("operator".into()),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Gateway })
    };
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(100), Step::Failures(Some(Box::new(failing)))),
        (seconds(700), Step::Failures(None)),
    ];
    let expect = |state: &State| few_calls(state, "2026-11-24T12:05:00Z", 10);
    Scenario { expect, ..Scenario::new(Setup::new(87), steps) }
        .exact()
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// In six minutes of an outage: a poll a minute and what it takes to look again, not a call a schedule.
fn few_calls(state: &State, from: &str, most: usize) -> Result<(), String> {
    let from: jiff::Timestamp = from.parse().expect("a time");
    let is_then = |call: &&crate::oracle::Call| call.at >= from && call.at < from + seconds(360);
    match state.oracles.model.calls.iter().filter(is_then).count() {
        count if count <= most => Ok(()),
        count => Err(format!("{count} calls within six minutes from {from}, and {most} are enough")),
    }
}

/// One failed poll after a restart is no outage: no schedule is looked at for it.
pub fn restart_during_failures() -> Scenario {
    let steps = vec![
        apply(5, every_minute(json!({}))),
        (seconds(5), Step::Apply("shop/second".into(), every_minute(json!({})))),
        (seconds(100), Step::Crash),
        (seconds(101), fail_once(Operation::List, Failure::Status { status: 503, body: Body::Domain })),
    ];
    let expect = |state: &State| {
        let restarted: jiff::Timestamp = "2026-11-24T12:01:50Z".parse().expect("a time");
        let is_look =
            |call: &&crate::oracle::Call| call.operation == crate::oracle::Operation::Get && call.at > restarted;
        match state.oracles.model.calls.iter().filter(is_look).count() {
            0 => Ok(()),
            count => Err(format!("{count} GETs of what is equal")),
        }
    };
    Scenario { expect, downtime: seconds(40), ..Scenario::new(Setup::new(95), steps) }.exact()
}

/// One schedule cannot be written: it is tried more and more seldom.
pub fn it_backs_off() -> Scenario {
    let failing = FaultRule {
        operations: Some(vec![Operation::Patch]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(95), Step::Failures(Some(Box::new(failing)))),
        edit(100, json!({ "input": 1 })),
        (seconds(700), Step::Failures(None)),
    ];
    let expect = |state: &State| few_calls(state, "2026-11-24T12:04:00Z", 24);
    // After so many failures another one is waited out for five minutes.
    Scenario { expect, ..Scenario::new(Setup::new(94), steps) }.exact().patient(seconds(900)).lasting(seconds(1500))
}

/// It is told to wait, and waits.
pub fn rate_limited() -> Scenario {
    let limited = FaultRule {
        principal: Some("operator".into()),
        times: Some(3),
        ..FaultRule::always(Failure::RateLimited { retry_after_ms: Some(7000), retry_after: None })
    };
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(95), Step::Failures(Some(Box::new(limited)))),
        edit(100, json!({ "input": 1 })),
    ];
    Scenario::new(Setup::new(88), steps).without([Fault::ReplyLost], "the answer that says how long to wait is lost")
}

/// What one schedule is refused says nothing of the others.
pub fn one_is_forbidden() -> Scenario {
    let forbidden = FaultRule {
        schedule_id: Some(super::ID.into()),
        ..FaultRule::always(Failure::Status { status: 403, body: Body::Domain })
    };
    let mut setup = Setup::new(89);
    setup.before.push(Step::Failures(Some(Box::new(forbidden))));
    setup.excused.push(REPORT);
    let steps = vec![apply(5, daily(json!({}))), (seconds(100), Step::Apply("shop/second".into(), daily(json!({}))))];
    let expect = |state: &State| super::says(state, REPORT, "Forbidden");
    Scenario { expect, ..Scenario::new(setup, steps) }
}

/// Another namespace names a connection that allows none.
pub fn never_permitted() -> Scenario {
    let mut spec = every_minute(json!({}));
    spec["connectionRef"] = json!({ "namespace": "shop", "name": "default" });
    let mut setup = Setup::new(86);
    setup.excused.push("guest/report");
    let steps = vec![(seconds(5), Step::Apply("guest/report".into(), spec))];
    let expect = |state: &State| {
        super::nothing_is_written(state)?;
        super::says(state, "guest/report", "NotPermitted")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
}

/// Without its connection nothing of a schedule can be read any more: a next run that has passed is not shown.
pub fn edited_without_a_connection() -> Scenario {
    let mut setup = Setup::new(308);
    setup.excused.push(REPORT);
    let let_go = connection(100, json!({ "metadata": { "finalizers": null } }));
    let steps = vec![
        apply(5, spec(json!({ "cronExpressions": ["5 12 * * *"] }))),
        (seconds(100), Step::DeleteConnection("shop/default".into())),
        let_go,
        // At 12:06:50, when the run of 12:05 has passed.
        edit(400, json!({ "input": 1 })),
    ];
    let expect = |state: &State| {
        says(state, REPORT, "ConnectionNotFound")?;
        let object = state.kubernetes.store.get(&crate::people::schedule(REPORT)).map_err(|_| "it is gone")?;
        match object["status"]["nextExecutionTime"].as_str() {
            Some("2026-11-25T12:05:00Z") => Ok(()),
            next => Err(format!("the next run is {next:?}")),
        }
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact().lasting(seconds(1000))
}
