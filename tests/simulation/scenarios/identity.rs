//! Ids, prefixes and workspaces: what is whose.

use serde_json::{Value, json};

use super::{
    At, ID, REPORT, apply, calls, connection, daily, delete, edit, every_minute, has_said, is_gone, is_there,
    nothing_is_written, says,
};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::schedule;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::{FOREIGN_KEY, OPERATOR_KEY, Setup};
use crate::state::State;

const SECOND_CONNECTION: &str = "shop/second";

fn existing(id: &str, spec: &Value) -> Step {
    let body = json!({ "workflow_identifier": "report", "schedule": spec });
    Step::Console(Console::Create(body), id.to_owned())
}

fn a_minute() -> Value {
    json!({ "input": null, "intervals": [{ "every": "PT1M", "offset": "PT20S" }] })
}

fn stays_as_it_was(state: &State) -> Result<(), String> {
    let is_there = schedule(state, ID).is_some_and(|there| there.definition.input.is_null());
    if is_there { says(state, REPORT, "Immutable") } else { Err(format!("{ID} is gone or changed")) }
}

/// A pinned id is not moved by an edit.
pub fn another_id() -> Scenario {
    let mut setup = Setup::new(100);
    setup.excused.push(REPORT);
    let steps = vec![apply(5, every_minute(json!({}))), edit(160, json!({ "scheduleId": "moved", "input": 1 }))];
    // A restore leaves nothing that knows of the id before.
    Scenario { expect: stays_as_it_was, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

/// And the deletion takes away what is pinned, not what the spec says by then.
pub fn another_id_and_delete() -> Scenario {
    let mut scenario = another_id();
    scenario.setup.before.push(existing("moved", &a_minute()));
    scenario.steps.push(delete(300));
    scenario.expect = |state| match (schedule(state, ID), schedule(state, "moved")) {
        (None, Some(_)) => Ok(()),
        (Some(_), _) => Err(format!("{ID} is left behind")),
        (None, None) => Err("what is not ours is gone".into()),
    };
    scenario
}

/// Nor is a pinned connection.
pub fn another_connection() -> Scenario {
    let mut setup = Setup::new(101);
    let spec = json!({ "apiKeySecretRef": { "name": "key", "key": "key" }, "scheduleIdPrefix": "second" });
    setup.connections.push((SECOND_CONNECTION.into(), spec));
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, every_minute(json!({}))),
        edit(160, json!({ "connectionRef": { "name": "second" }, "input": 1 })),
    ];
    Scenario { expect: stays_as_it_was, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the very memory that this is about")
        .without([Fault::PersonFirst], "a person who acts earlier makes it another scenario")
}

pub fn another_connection_and_delete() -> Scenario {
    let mut scenario = another_connection();
    scenario.steps.push(delete(300));
    scenario.expect = |state| match schedule(state, ID) {
        None => Ok(()),
        Some(_) => Err(format!("{ID} is left behind")),
    };
    scenario
}

/// Another cluster writes under the same prefix, and even a resource of the same name.
pub fn prefix_in_use() -> Scenario {
    let mut setup = Setup::new(102);
    setup.before.push(existing(ID, &json!({ "input": "theirs", "cron_expressions": ["0 9 * * *"] })));
    setup.excused.push(REPORT);
    let steps = vec![apply(5, every_minute(json!({}))), edit(100, json!({ "input": 1 }))];
    let expect = |state: &State| nothing_is_written(state).and_then(|()| says(state, REPORT, "PrefixInUse"));
    // Who restores says that the prefix is his.
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore asks its owner whose prefix it is, and that is the answer")
}

/// Until somebody says whose it is.
pub fn prefix_is_claimed() -> Scenario {
    let mut scenario = prefix_in_use();
    scenario.setup.excused.clear();
    let claim = json!({ "metadata": { "annotations": { "workflows.mistral.ai/claim-prefix": "acme" } } });
    scenario.steps.push(connection(200, claim));
    Scenario { expect: |_| Ok(()), ..scenario }
}

/// The rest of a list cannot be read: then nobody knows whether the prefix is in use.
pub fn prefix_in_use_on_the_second_page() -> Scenario {
    use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Operation};
    let mut scenario = prefix_in_use();
    scenario.setup.before.insert(0, existing("another", &a_minute()));
    scenario.setup.before.push(existing("a-third", &a_minute()));
    scenario.setup.settings.page_limit = Some(1);
    let rule = FaultRule {
        operations: Some(vec![Operation::List]),
        probability: 0.5,
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    scenario.setup.before.push(Step::Failures(Some(Box::new(rule))));
    Scenario { expect: nothing_is_written, ..scenario }
}

/// And it never can: what the first page shows is not all.
pub fn prefix_in_use_behind_a_broken_page() -> Scenario {
    use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Operation};
    let mut scenario = prefix_in_use_on_the_second_page();
    scenario.setup.seed = 113;
    scenario.setup.before.pop();
    let broken = FaultRule {
        operations: Some(vec![Operation::List]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    // The first page is answered by then, and the second is on its way.
    let second_page = jiff::SignedDuration::from_millis(2500);
    scenario.steps.insert(0, (second_page, Step::Failures(Some(Box::new(broken)))));
    scenario
}

/// An explicit id under our prefix could be another resource's own.
pub fn an_explicit_id_under_the_prefix() -> Scenario {
    let mut setup = Setup::new(103);
    setup.excused.push(REPORT);
    let steps = vec![apply(5, every_minute(json!({ "scheduleId": "acme.shop.other" }))), delete(100)];
    Scenario { expect: nothing_is_written, ..Scenario::new(setup, steps) }
}

/// Equal or not: without a word about adoption it is not ours.
pub fn an_equal_one_is_not_adopted_unasked() -> Scenario {
    let mut setup = Setup::new(104);
    setup.before.push(existing("theirs", &a_minute()));
    setup.excused.push(REPORT);
    let steps = vec![apply(5, every_minute(json!({ "scheduleId": "theirs" })))];
    let expect = |state: &State| nothing_is_written(state).and_then(|()| says(state, REPORT, "AlreadyExists"));
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore takes the claim on an explicit id, and its owner has to give it back")
}

/// Taking over is no new count.
pub fn adopt_a_counted_one() -> Scenario {
    let mut setup = Setup::new(105);
    let mut spec = a_minute();
    spec["max_executions"] = json!(2);
    setup.before.push(existing("theirs", &spec));
    let steps =
        vec![apply(5, every_minute(json!({ "scheduleId": "theirs", "adoption": "IfExists", "maxExecutions": 2 })))];
    let expect = |state: &State| match state.remote.runs().len() {
        0..=2 => Ok(()),
        count => Err(format!("it ran {count} times, and its count was 2")),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.lasting(seconds(400))
}

/// Accepts the workspace of this name.
pub fn accept(at: i64, workspace: &str) -> At {
    connection(at, json!({ "metadata": { "annotations": { "workflows.mistral.ai/accept-identity": workspace } } }))
}

/// A word that does not name what the key opens accepts nothing.
pub fn accept_another_word() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Key(Some(FOREIGN_KEY))),
        accept(100, "2026-11-24T12:00:00Z"),
        edit(400, json!({ "input": 1 })),
    ];
    let mut setup = Setup::new(110);
    setup.excused.push(REPORT);
    let expect = |state: &State| says(state, REPORT, "IdentityChanged");
    Scenario { expect, ..Scenario::new(setup, steps) }
        .without([Fault::StatusLost], "a restore leaves nothing that knows better than the key that is there")
}

/// One move of workspace is accepted, and the next is another.
pub fn accept_one_workspace() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Key(Some(FOREIGN_KEY))),
        accept(100, "elsewhere"),
        (seconds(300), Step::Key(Some(OPERATOR_KEY))),
        edit(400, json!({ "input": 1 })),
    ];
    let mut setup = Setup::new(106);
    setup.excused.push(REPORT);
    let expect = |state: &State| match schedule(state, ID) {
        Some(there) if there.definition.input.is_null() => says(state, REPORT, "IdentityChanged"),
        Some(_) => Err("it was written in a workspace that nobody has accepted".into()),
        None => Err(format!("{ID} is gone")),
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// What cannot say whose key it is, is not used in place of one that could.
pub fn a_wrong_key_where_whoami_fails() -> Scenario {
    use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Operation};
    let rule = FaultRule {
        operations: Some(vec![Operation::Whoami]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Failures(Some(Box::new(rule)))),
        (seconds(61), Step::Key(Some(FOREIGN_KEY))),
        (seconds(100), Step::Crash),
        edit(200, json!({ "input": 1 })),
        (seconds(400), Step::Key(Some(OPERATOR_KEY))),
        (seconds(400), Step::Failures(None)),
    ];
    let expect = |state: &State| match state.remote.schedules().find(|one| &*one.workspace == "elsewhere") {
        Some(clone) => Err(format!("{} was cloned", clone.id)),
        None => Ok(()),
    };
    Scenario { expect, ..Scenario::new(Setup::new(107), steps) }
        .without([Fault::StatusLost], "a restore leaves nothing that knows better than the key that is there")
        .patient(seconds(600))
}

/// One answer that does not say whose key it is, is no permission for another key.
pub fn a_wrong_key_where_whoami_is_silent_once() -> Scenario {
    use workflow_schedule_operator::sandbox::{Body, Fault as Failure, Operation};
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), super::fail_once(Operation::Whoami, Failure::Status { status: 404, body: Body::Domain })),
        (seconds(61), Step::Key(Some(FOREIGN_KEY))),
        edit(200, json!({ "input": 1 })),
        (seconds(400), Step::Key(Some(OPERATOR_KEY))),
    ];
    let expect = |state: &State| match state.remote.schedules().find(|one| &*one.workspace == "elsewhere") {
        Some(clone) => Err(format!("{} was cloned", clone.id)),
        None => says(state, REPORT, "InSync"),
    };
    Scenario { expect, ..Scenario::new(Setup::new(112), steps) }
        .without([Fault::StatusLost], "a restore leaves nothing that knows better than the key that is there")
        .patient(seconds(600))
}

/// The older of two that mean an id goes while all watches are broken: the younger has it then.
pub fn two_claims_and_a_relist() -> Scenario {
    let theirs = json!({ "scheduleId": "shared" });
    let steps = vec![
        apply(5, every_minute(theirs.clone())),
        (seconds(30), Step::Apply("shop/second".into(), daily(theirs))),
        (seconds(150), Step::Delete(REPORT.into())),
        (seconds(150), Step::Compact),
    ];
    Scenario::new(Setup::new(108), steps)
        .without([Fault::StatusLost], "a restore makes both resources anew, and the older is there again")
        .patient(seconds(600))
}

/// Somebody writes another's id into a status: it is told, and the deletion goes to its own schedule.
pub fn a_status_with_anothers_id() -> Scenario {
    const OTHER: &str = "acme.shop.second";
    let mut setup = Setup::new(111);
    // It waits for the person, also where the status is edited before anything was created.
    setup.excused.push(REPORT);
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(5), Step::Apply("shop/second".into(), daily(json!({})))),
        (seconds(200), Step::EditStatus(REPORT.into(), json!({ "scheduleId": OTHER }))),
        delete(400),
    ];
    let expect = |state: &State| {
        has_said(state, "Immutable")?;
        is_gone(state, ID)?;
        is_there(state, OTHER, false)
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// A crash between POST and status: the id is the same one, and there is one schedule.
pub fn created_once() -> Scenario {
    let expect = |state: &State| match calls(state, crate::oracle::Operation::Create).count() {
        1 => Ok(()),
        count => Err(format!("{count} POSTs")),
    };
    Scenario { expect, ..Scenario::new(Setup::new(109), vec![apply(5, every_minute(json!({})))]) }.exact()
}
