//! Many at once: deletions that nobody meant, and schedules that vanish together.

use jiff::SignedDuration;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Body, Fault as Failure, FaultRule};

use super::{At, called, calls, connection, daily, every_minute, is_let_go, says};
use crate::fault::Fault;
use crate::kubernetes::find;
use crate::log::seconds;
use crate::oracle::Operation;
use crate::people::{Console, Step};
use crate::scenario::Scenario;
use crate::setup::Setup;
use crate::state::State;

/// So many are deleted within ten minutes without anybody's word.
const HELD_FROM: usize = 10;
const NAMES: [&str; 14] = [
    "shop/many-00",
    "shop/many-01",
    "shop/many-02",
    "shop/many-03",
    "shop/many-04",
    "shop/many-05",
    "shop/many-06",
    "shop/many-07",
    "shop/many-08",
    "shop/many-09",
    "shop/many-10",
    "shop/many-11",
    "shop/many-12",
    "shop/many-13",
];

const TEAM: [&str; 12] = [
    "team/many-00",
    "team/many-01",
    "team/many-02",
    "team/many-03",
    "team/many-04",
    "team/many-05",
    "team/many-06",
    "team/many-07",
    "team/many-08",
    "team/many-09",
    "team/many-10",
    "team/many-11",
];

fn apply_all() -> Vec<At> {
    NAMES.iter().map(|name| (seconds(5), Step::Apply((*name).into(), daily(json!({}))))).collect()
}

fn delete_at(at: i64, names: &[&str]) -> Vec<At> {
    names.iter().map(|name| (seconds(at), Step::Delete((*name).into()))).collect()
}

fn approve(at: i64) -> At {
    (seconds(at), Step::AskConnection("shop/default".into(), "approve-deletions-at"))
}

/// Nothing is promised of what waits for somebody's word.
fn held(seed: u64, steps: Vec<At>) -> Scenario {
    let mut setup = Setup::new(seed);
    setup.excused.extend(NAMES);
    Scenario { expect: ten_are_deleted, ..Scenario::new(setup, steps) }.exact().sparse(7).without(
        [Fault::PersonFirst],
        "a connection stays while deletions are held that no status names yet: not looked into",
    )
}

fn ten_are_deleted(state: &State) -> Result<(), String> {
    match calls(state, Operation::Delete).count() {
        HELD_FROM => all_others_say_so(state),
        count => Err(format!("{count} of {} were deleted, and {HELD_FROM} may go", NAMES.len())),
    }
}

/// A restart may count more than there were, and never fewer.
fn no_more_are_deleted(state: &State) -> Result<(), String> {
    match calls(state, Operation::Delete).count() {
        6..=HELD_FROM => all_others_say_so(state),
        count => Err(format!("{count} of {} were deleted, and {HELD_FROM} may go", NAMES.len())),
    }
}

fn all_others_say_so(state: &State) -> Result<(), String> {
    let mut left = NAMES.iter().filter(|name| state.kubernetes.store.get(&crate::people::schedule(name)).is_ok());
    left.try_for_each(|name| says(state, name, "DeletionHeld"))
}

/// Many are deleted at once: some go, the rest waits until somebody says so.
pub fn delete_many() -> Scenario {
    let mut steps = apply_all();
    steps.extend(delete_at(120, &NAMES));
    steps.push(approve(300));
    Scenario::new(Setup::new(75), steps).patient(seconds(360))
}

pub fn delete_many_unapproved() -> Scenario {
    let mut steps = apply_all();
    steps.extend(delete_at(120, &NAMES));
    held(120, steps)
}

/// What was counted survives a restart.
pub fn delete_many_and_restart() -> Scenario {
    let mut steps = apply_all();
    steps.extend(delete_at(120, &NAMES[..6]));
    steps.push((seconds(160), Step::Crash));
    steps.extend(delete_at(170, &NAMES[6..]));
    Scenario { expect: no_more_are_deleted, ..held(121, steps) }
}

/// What was approved long ago is not approved now.
pub fn delete_many_with_an_old_approval() -> Scenario {
    let mut steps = apply_all();
    steps.push(approve(60));
    steps.extend(delete_at(900, &NAMES));
    held(122, steps)
}

fn vanish(at: i64) -> Vec<At> {
    let id = |name: &&str| format!("acme.{}", name.replace('/', "."));
    NAMES[..12].iter().map(|name| (seconds(at), Step::Console(Console::Delete, id(name)))).collect()
}

/// Many vanish at once: that is no accident of one, and nothing is created again.
pub fn many_vanish() -> Scenario {
    let mut steps = apply_all();
    steps.extend(vanish(200));
    let mut setup = Setup::new(123);
    setup.excused.extend(NAMES);
    let expect = |state: &State| {
        let created = calls(state, Operation::Create).count();
        if created != NAMES.len() {
            return Err(format!("{} were created again", created - NAMES.len()));
        }
        says(state, NAMES[0], "MassDisappearance")
    };
    Scenario { expect, ..Scenario::new(setup, steps) }.exact().sparse(7).lasting(seconds(500))
}

/// Until somebody says that they shall be.
pub fn many_vanish_and_come_back() -> Scenario {
    let mut steps = apply_all();
    steps.extend(vanish(200));
    steps.push((seconds(500), Step::AskConnection("shop/default".into(), "approve-disappearance-at")));
    Scenario::new(Setup::new(124), steps)
        .exact()
        .sparse(7)
        .without([Fault::PersonFirst], "an approval before anything is reported approves nothing")
        .patient(SignedDuration::from_mins(12))
}

/// The approval survives a restart, though nothing could be created before.
pub fn approved_and_restarted() -> Scenario {
    let mut scenario = many_vanish_and_come_back();
    scenario.setup.seed = 130;
    let failing = FaultRule {
        operations: Some(vec![Operation::Create]),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Gateway })
    };
    scenario.steps.insert(scenario.steps.len() - 1, (seconds(490), Step::Failures(Some(Box::new(failing)))));
    scenario.steps.extend([(seconds(650), Step::Crash), (seconds(700), Step::Failures(None))]);
    scenario.sparse(84).patient(SignedDuration::from_mins(20))
}

/// What is used up and gone has not vanished: one that really has comes back after an outage.
pub fn used_up_is_not_vanished() -> Scenario {
    let failing = FaultRule {
        principal: Some("operator".into()),
        ..FaultRule::always(Failure::Status { status: 503, body: Body::Gateway })
    };
    let id = |name: &str| format!("acme.{}", name.replace('/', "."));
    let (live, used_up) = NAMES.split_last().expect("some");
    let mut steps: Vec<At> = vec![(seconds(5), Step::Apply((*live).into(), daily(json!({}))))];
    steps.extend(
        used_up
            .iter()
            .map(|name| (seconds(5), Step::Apply((*name).into(), every_minute(json!({ "maxExecutions": 1 }))))),
    );
    steps.extend(used_up.iter().map(|name| (seconds(250), Step::Console(Console::Delete, id(name)))));
    steps.push((seconds(400), Step::Failures(Some(Box::new(failing)))));
    steps.push((seconds(650), Step::Console(Console::Delete, id(live))));
    steps.push((seconds(700), Step::Failures(None)));
    Scenario::new(Setup::new(125), steps).exact().sparse(7)
}

/// Two waves nine minutes apart are one: at most the limit goes.
pub fn delete_many_in_two_waves() -> Scenario {
    let mut steps = apply_all();
    steps.extend(delete_at(120, &NAMES[..7]));
    steps.extend(delete_at(660, &NAMES[7..]));
    held(126, steps)
}

/// A namespace that is deleted whole is no exception.
pub fn delete_a_namespace_of_many() -> Scenario {
    let mut steps = apply_all();
    steps.push((seconds(120), Step::DeleteNamespace("shop")));
    held(127, steps)
}

/// The namespace of others, where nobody can be told: the connection names them.
pub fn delete_another_namespace_of_many() -> Scenario {
    let spec = daily(json!({ "connectionRef": { "name": "default", "namespace": "shop" } }));
    let mut steps = vec![connection(1, json!({ "spec": { "allowedNamespaces": { "from": "All" } } }))];
    steps.extend(TEAM.iter().map(|name| (seconds(5), Step::Apply((*name).into(), spec.clone()))));
    steps.push((seconds(120), Step::DeleteNamespace("team")));
    let mut scenario = held(130, steps);
    scenario.setup.excused.extend(TEAM);
    Scenario { expect: are_named_on_the_connection, ..scenario }
}

fn are_named_on_the_connection(state: &State) -> Result<(), String> {
    let events = find("events").into_iter().flat_map(|resource| state.kubernetes.store.list(resource, None));
    let of_connection = |event: &&Value| event["regarding"]["kind"] == "WorkflowConnection";
    let notes: Vec<&Value> = events
        .map(|(_, event)| event)
        .filter(of_connection)
        .filter(|event| event["reason"] == "DeletionHeld" && event["type"] == "Warning")
        .map(|event| &event["note"])
        .collect();
    let held: Vec<&str> =
        TEAM.into_iter().filter(|name| state.kubernetes.store.get(&crate::people::schedule(name)).is_ok()).collect();
    let is_named = |name: &&str| notes.iter().any(|note| note.as_str().is_some_and(|note| note.contains(*name)));
    if held.len() == TEAM.len() - HELD_FROM && held.iter().all(is_named) {
        return Ok(());
    }
    Err(format!("{held:?} are held, and events name {notes:?}"))
}

/// Until somebody says so.
pub fn delete_a_namespace_of_many_with_approval() -> Scenario {
    let mut scenario = delete_a_namespace_of_many();
    scenario.setup.excused.clear();
    scenario.steps.push(approve(300));
    let expect = |state: &State| {
        called(state, Operation::Delete, NAMES.len())?;
        NAMES.iter().try_for_each(|name| is_let_go(state, name))
    };
    Scenario { expect, ..scenario }
        .without(
            [Fault::CrashBefore, Fault::CrashAfter, Fault::StatusLost],
            "the Secret goes first: after a restart nobody has the key, and a person has to let the resources go",
        )
        .patient(seconds(360))
}

/// Somebody makes four of them good, and then there is a restart: the eight that are left would be few,
/// and are still not made again.
pub fn many_vanish_and_restart() -> Scenario {
    let theirs = json!({
        "workflow_identifier": "report",
        "schedule": { "input": null, "cron_expressions": ["0 9 * * *"] },
    });
    let mut scenario = many_vanish();
    scenario.setup.seed = 128;
    let put_back = |name: &&str| {
        let id = format!("acme.{}", name.replace('/', "."));
        (seconds(300), Step::Console(Console::Create(theirs.clone()), id))
    };
    scenario.steps.extend(NAMES[..4].iter().map(put_back));
    scenario.steps.push((seconds(400), Step::Crash));
    let expect = |state: &State| {
        called(state, Operation::Create, NAMES.len())?;
        NAMES[..4].iter().try_for_each(|name| says(state, name, "InSync"))?;
        NAMES[4..12].iter().try_for_each(|name| says(state, name, "MassDisappearance"))
    };
    Scenario { expect, ..scenario }.lasting(seconds(700))
}

/// One word is for one time.
pub fn many_vanish_twice() -> Scenario {
    let mut scenario = many_vanish_and_come_back();
    scenario.setup.seed = 129;
    scenario.setup.excused.extend(NAMES);
    scenario.steps.extend(vanish(1000));
    let expect = |state: &State| {
        called(state, Operation::Create, NAMES.len() + 12)?;
        NAMES[..12].iter().try_for_each(|name| says(state, name, "MassDisappearance"))
    };
    Scenario { expect, ..scenario }.lasting(seconds(1300))
}

/// An edit of one is no word about all.
pub fn many_vanish_and_one_is_edited() -> Scenario {
    let mut scenario = many_vanish();
    scenario.setup.seed = 310;
    scenario.steps.push((seconds(400), Step::Edit(NAMES[0].into(), json!({ "input": 1 }))));
    scenario
}

/// What waits for approval can be let go, without a call.
pub fn let_go_what_is_held() -> Scenario {
    let mut scenario = delete_many_unapproved();
    scenario.setup.seed = 311;
    let orphan = |name: &&str| (seconds(300), Step::Edit((*name).into(), json!({ "deletionPolicy": "Orphan" })));
    scenario.steps.extend(NAMES.iter().map(orphan));
    let expect = |state: &State| {
        called(state, Operation::Delete, HELD_FROM)?;
        NAMES.iter().try_for_each(|name| is_let_go(state, name))?;
        match state.remote.schedules().count() {
            4 => Ok(()),
            count => Err(format!("{count} are left, and 4 were let go")),
        }
    };
    Scenario { expect, ..scenario }
}

/// What is held and has been deleted by hand meanwhile needs no approval.
pub fn held_and_deleted_by_hand() -> Scenario {
    let mut scenario = delete_many_unapproved();
    scenario.setup.seed = 312;
    let id = |name: &&str| format!("acme.{}", name.replace('/', "."));
    scenario.steps.extend(NAMES.iter().map(|name| (seconds(300), Step::Console(Console::Delete, id(name)))));
    let expect = |state: &State| {
        called(state, Operation::Delete, HELD_FROM)?;
        NAMES.iter().try_for_each(|name| is_let_go(state, name))
    };
    Scenario { expect, ..scenario }.exact()
}
