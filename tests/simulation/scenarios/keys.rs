//! API keys: which one is used, what it may do, and whose it is.

use k8s_openapi::ByteString;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule, Key, Operation};

use super::identity::accept;
use super::{At, REPORT, apply, called, calls, connection, daily, edit, has_said, says};
use crate::log::seconds;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::{FOREIGN_KEY, OPERATOR_KEY, ROTATED_KEY, Setup};
use crate::state::State;
use crate::world::WORKSPACE;

/// What a Secret holds, as Kubernetes writes it.
pub fn secret_data(name: &str, text: &str) -> Value {
    json!({ "data": { name: ByteString(text.as_bytes().to_vec()) } })
}

/// Another entry of the same Secret is named.
pub fn another_entry_of_the_secret() -> Scenario {
    let rename = json!({ "spec": { "apiKeySecretRef": { "key": "next" } } });
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Put("secrets", "shop/key", secret_data("next", ROTATED_KEY))),
        connection(70, rename),
        (seconds(100), Step::Revoke(OPERATOR_KEY)),
        edit(150, json!({ "input": 1 })),
    ];
    let expect = |state: &State| match calls(state, Operation::Patch).last() {
        Some(call) if call.key == ROTATED_KEY => says(state, REPORT, "InSync"),
        Some(call) => Err(format!("patched with {}", call.key)),
        None => Err("it is not patched".to_owned()),
    };
    Scenario { expect, ..Scenario::new(Setup::new(250), steps) }
}

/// A key that may not create is replaced by one that may: what it was forbidden is done.
pub fn a_better_key() -> Scenario {
    let mut setup = Setup::new(251);
    let weak = Key { forbidden: vec![Operation::Create], ..Key::new("reader", WORKSPACE) };
    setup.settings.keys.insert("weak-key".into(), weak);
    setup.before.push(Step::Key(Some("weak-key")));
    let steps = vec![apply(5, daily(json!({}))), (seconds(200), Step::Key(Some(OPERATOR_KEY)))];
    let expect = |state: &State| {
        has_said(state, "Forbidden")?;
        called(state, Operation::Create, 2)?;
        says(state, REPORT, "InSync")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact()
}

/// A key is refused, and one schedule's call is the first to meet that: the others say so too.
pub fn revoked_and_met_by_one() -> Scenario {
    let steps = vec![
        apply(5, daily(json!({}))),
        (seconds(5), Step::Apply("shop/second".into(), daily(json!({})))),
        (seconds(200), Step::Revoke(OPERATOR_KEY)),
        edit(201, json!({ "input": 1 })),
    ];
    let mut setup = Setup::new(254);
    setup.excused.extend([REPORT, "shop/second"]);
    let expect = |state: &State| {
        says(state, REPORT, "Unauthorized")?;
        says(state, "shop/second", "Unauthorized")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }
}

/// Another workspace is accepted before anybody can say which it is.
fn accepted_unseen(seed: u64, then: Vec<At>) -> Scenario {
    let silent = FaultRule {
        operations: Some(vec![Operation::Whoami]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Domain })
    };
    let mut steps = vec![
        apply(5, daily(json!({}))),
        (seconds(60), Step::Failures(Some(Box::new(silent)))),
        (seconds(61), Step::Key(Some(FOREIGN_KEY))),
        accept(100, "elsewhere"),
        edit(200, json!({ "input": 1 })),
    ];
    steps.extend(then);
    let mut setup = Setup::new(seed);
    setup.excused.push(REPORT);
    Scenario::new(setup, steps)
}

fn elsewhere(state: &State) -> usize {
    state.remote.schedules().filter(|one| &*one.workspace == "elsewhere").count()
}

/// A word that accepts does not make a key good of which nothing is known.
pub fn accepted_while_whoami_fails() -> Scenario {
    let expect = |state: &State| match elsewhere(state) {
        0 => Ok(()),
        count => Err(format!("{count} schedules were made in a workspace that nobody has seen")),
    };
    Scenario { expect, ..accepted_unseen(252, Vec::new()) }
}

/// Once it is known the word counts, and is not needed twice.
pub fn accepted_before_whoami_answers() -> Scenario {
    let expect = |state: &State| match elsewhere(state) {
        1 => says(state, REPORT, "InSync"),
        count => Err(format!("{count} schedules are in the workspace that was accepted")),
    };
    Scenario { expect, ..accepted_unseen(253, vec![(seconds(300), Step::Failures(None))]) }
}
