//! Many creations at once: a LIST stands in for the GETs before and after each POST.

use serde_json::{Value, json};

use super::{At, called, daily, every_minute};
use crate::fault::Fault;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::Step;
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// More than the operator treats one by one.
const MANY: usize = 24;

fn names() -> impl Iterator<Item = String> {
    (0..MANY).map(|number| format!("shop/report-{number:02}"))
}

fn id(name: &str) -> String {
    format!("acme.{}", name.replace('/', "."))
}

fn apply_all(at: i64, spec: &Value) -> Vec<At> {
    names().map(|name| (seconds(at), Step::Apply(name, spec.clone()))).collect()
}

fn many(seed: u64, steps: Vec<At>) -> Scenario {
    Scenario::new(Setup::new(seed), steps).sparse(11)
}

fn gets(state: &State) -> usize {
    state.oracles.model.calls.iter().filter(|call| call.operation == Operation::Get).count()
}

/// Each takes one call; of the GETs few are left.
pub fn created_in_bulk() -> Scenario {
    let expect = |state: &State| {
        called(state, Operation::Create, MANY)?;
        match gets(state) {
            count if count <= MANY / 4 => Ok(()),
            count => Err(format!("{count} GETs for {MANY} creations")),
        }
    };
    Scenario { expect, ..many(290, apply_all(5, &every_minute(json!({ "input": { "region": "eu" } })))) }.exact()
}

/// A list that shows nothing for half a minute, and a server that overwrites what exists.
pub fn created_in_bulk_where_a_list_lags() -> Scenario {
    let mut scenario = many(291, apply_all(5, &daily(json!({}))));
    scenario.setup.settings.list_lag = seconds(30);
    scenario.setup.settings.duplicate = workflow_schedule_operator::sandbox::Duplicate::Upsert201;
    Scenario { expect: |state| called(state, Operation::Create, MANY), ..scenario }.exact()
}

/// Entries are partial: they tell of no input, so each new schedule is read by a GET.
pub fn created_in_bulk_where_lists_are_partial() -> Scenario {
    let mut scenario = many(292, apply_all(5, &daily(json!({ "input": 1 }))));
    scenario.setup.settings.partial_list = true;
    Scenario { expect: |state| called(state, Operation::Create, MANY), ..scenario }.exact()
}

/// Let go and applied again before a list shows them: nothing is created over what is there.
pub fn orphaned_and_applied_again() -> Scenario {
    let spec = daily(json!({ "deletionPolicy": "Orphan" }));
    let mut steps = apply_all(5, &spec);
    steps.extend(names().map(|name| (seconds(120), Step::Delete(name))));
    steps.extend(apply_all(130, &spec));
    let mut scenario = many(293, steps);
    scenario.setup.settings.list_lag = seconds(200);
    scenario.setup.settings.duplicate = workflow_schedule_operator::sandbox::Duplicate::Upsert201;
    scenario.without([Fault::StatusLost], "a restore brings back what was let go")
}

/// The same, and another process leads by then.
pub fn orphaned_and_applied_again_after_a_restart() -> Scenario {
    let mut scenario = orphaned_and_applied_again();
    scenario.setup.seed = 294;
    scenario.steps.push((seconds(128), Step::Crash));
    scenario.steps.sort_by_key(|(at, _)| *at);
    scenario
}

/// A cluster is made anew after many were let go, and they are applied again later. Lists show none of them, and the
/// server overwrites. Another schedule was there when the prefix was claimed anew, so no list proves that nothing is
/// there.
pub fn let_go_and_applied_again_in_a_cluster_made_anew() -> Scenario {
    let spec = daily(json!({ "deletionPolicy": "Orphan" }));
    let mut steps = apply_all(5, &spec);
    steps.push((seconds(5), Step::Apply("shop/other".into(), daily(json!({})))));
    steps.extend(names().map(|name| (seconds(120), Step::Delete(name))));
    let ids: Vec<String> = names().map(|name| id(&name)).collect();
    steps.push((seconds(200), Step::Remote(json!({ "list_lost": ids }))));
    steps.push((seconds(205), Step::Restore));
    steps.extend(apply_all(400, &spec));
    let mut scenario = many(295, steps);
    scenario.setup.settings.duplicate = workflow_schedule_operator::sandbox::Duplicate::Upsert201;
    scenario.without([Fault::StatusLost], "a restore brings back what was let go").exact()
}

/// Another process leads, the statuses are emptied, a list has lost an entry, and the server overwrites: the finalizer
/// tells that the schedules may exist.
pub fn emptied_statuses_where_a_list_has_lost_one() -> Scenario {
    let mut steps = apply_all(5, &daily(json!({})));
    steps.push((seconds(100), Step::Crash));
    steps.push((seconds(300), Step::Remote(json!({ "list_lost": [id("shop/report-22")] }))));
    steps.extend(names().map(|name| (seconds(300), Step::WipeStatus(name))));
    let mut scenario = many(297, steps);
    scenario.setup.settings.duplicate = workflow_schedule_operator::sandbox::Duplicate::Upsert201;
    scenario
}

/// An edit and a deletion while others wait to be read back. A count and a pause take the slow way.
pub fn edited_while_created_in_bulk() -> Scenario {
    let mut steps = apply_all(5, &daily(json!({})));
    steps.push((seconds(5), Step::Apply("shop/counted".into(), daily(json!({ "maxExecutions": 5 })))));
    steps.push((seconds(5), Step::Apply("shop/paused".into(), daily(json!({ "paused": true })))));
    let name = |number: usize| format!("shop/report-{number:02}");
    steps.push((seconds(9), Step::Edit(name(3), json!({ "input": 2 }))));
    steps.push((seconds(9), Step::Edit(name(4), json!({ "paused": true }))));
    steps.push((seconds(10), Step::Delete(name(5))));
    many(296, steps)
}
