//! Every field of a schedule reaches the remote: one row for each field, created and changed.

use std::collections::BTreeSet;

use futures::future::join_all;
use kube::CustomResourceExt as _;
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::admission::spec_fields;
use crate::harness::{World, is_ready};

/// A field, and the expected effect.
struct Row {
    /// The fields that this row covers; nested fields are written with dots.
    field: &'static str,
    /// Fields to set in a daily schedule (`null` removes a field).
    declared: Value,
    /// The JSON pointers and values expected at the remote.
    there: (Place, Value),
    /// The changed fields.
    changed: Value,
    /// The JSON pointers and values expected at the remote.
    then: (Place, Value),
    /// The expected mutating calls in total.
    calls: &'static [&'static str],
}

/// Where to check: in the stored schedule, or in the last request with a body. JSON pointers.
#[derive(Clone, Copy)]
enum Place {
    Stored(&'static str),
    Sent(&'static str),
}
use Place::{Sent, Stored};

const CREATED: &[&str] = &["create"];
const PATCHED: &[&str] = &["create", "patch"];
const REPLACED: &[&str] = &["create", "delete", "create"];

fn row(
    field: &'static str,
    (declared, there): (Value, (Place, Value)),
    (changed, then): (Value, (Place, Value)),
    calls: &'static [&'static str],
) -> Row {
    Row { field, declared, there, changed, then, calls }
}

fn range(start: i64, end: i64) -> Value {
    json!([{ "start": start, "end": end, "step": 1 }])
}

fn target_rows() -> Vec<Row> {
    let (one, two) = ("6f1c2f52-3c2f-4d7e-9d3f-0d8f6f6f6f6f", "7f1c2f52-3c2f-4d7e-9d3f-0d8f6f6f6f6f");
    vec![
        row(
            "workflowIdentifier",
            (json!({ "workflowIdentifier": "report" }), (Stored("/workflow_name"), json!("report"))),
            (json!({ "workflowIdentifier": "digest" }), (Stored("/workflow_name"), json!("digest"))),
            REPLACED,
        ),
        row(
            "workflowRegistrationId",
            (
                json!({ "workflowIdentifier": null, "workflowRegistrationId": one }),
                (Sent("/workflow_registration_id"), json!(one)),
            ),
            (json!({ "workflowRegistrationId": two }), (Sent("/workflow_registration_id"), json!(two))),
            REPLACED,
        ),
        row(
            "deploymentName",
            (json!({ "deploymentName": "blue" }), (Stored("/deployment_name"), json!("blue"))),
            (json!({ "deploymentName": "green" }), (Stored("/deployment_name"), json!("green"))),
            REPLACED,
        ),
    ]
}

fn timing_rows() -> Vec<Row> {
    let hour = Stored("/calendars/0/hour");
    let at_nine = |zone: &str| json!({ "timeZoneName": zone });
    let skipping = |month: i64| json!({ "skip": [{ "hour": [{ "start": 9 }], "month": [{ "start": month }] }] });
    vec![
        row(
            "cronExpressions",
            (json!({ "cronExpressions": ["0 9 * * 1-5"] }), (Stored("/calendars/0/day_of_week"), range(1, 5))),
            (json!({ "cronExpressions": ["0 9 * * 1-4"] }), (Stored("/calendars/0/day_of_week"), range(1, 4))),
            PATCHED,
        ),
        row(
            "calendars",
            (json!({ "cronExpressions": null, "calendars": [{ "hour": [{ "start": 7 }] }] }), (hour, range(7, 7))),
            (json!({ "calendars": [{ "hour": [{ "start": 8, "end": 10 }] }] }), (hour, range(8, 10))),
            PATCHED,
        ),
        row(
            "intervals",
            (
                json!({ "cronExpressions": null, "intervals": [{ "every": "4h", "offset": "30m" }] }),
                (Stored("/intervals"), json!([{ "every": "PT4H", "offset": "PT30M" }])),
            ),
            (
                json!({ "intervals": [{ "every": "PT6H" }] }),
                (Stored("/intervals"), json!([{ "every": "PT6H", "offset": null }])),
            ),
            PATCHED,
        ),
        row(
            "skip",
            (skipping(12), (Stored("/skip/0/month"), range(12, 12))),
            (skipping(8), (Stored("/skip/0/month"), range(8, 8))),
            PATCHED,
        ),
        row(
            "timeZoneName",
            (at_nine("Europe/Paris"), (Stored("/time_zone_name"), json!("Europe/Paris"))),
            (at_nine("Asia/Tokyo"), (Stored("/time_zone_name"), json!("Asia/Tokyo"))),
            PATCHED,
        ),
        row(
            "startAt",
            (json!({ "startAt": "2090-01-01T01:00:00+01:00" }), (Stored("/start_at"), json!("2090-01-01T00:00:00Z"))),
            (json!({ "startAt": "2091-01-01T00:00:00Z" }), (Stored("/start_at"), json!("2091-01-01T00:00:00Z"))),
            PATCHED,
        ),
        row(
            "endAt",
            (json!({ "endAt": "2090-01-01T00:00:00Z" }), (Stored("/end_at"), json!("2090-01-01T00:00:00Z"))),
            (json!({ "endAt": null }), (Stored("/end_at"), Value::Null)),
            PATCHED,
        ),
        row(
            "jitter",
            (json!({ "jitter": "90s" }), (Stored("/jitter"), json!("PT1M30S"))),
            (json!({ "jitter": "PT2H" }), (Stored("/jitter"), json!("PT2H"))),
            PATCHED,
        ),
    ]
}

fn other_rows() -> Vec<Row> {
    vec![
        row(
            "input",
            (json!({ "input": { "a": [1, null] } }), (Stored("/input"), json!({ "a": [1, null] }))),
            (json!({ "input": "a text" }), (Stored("/input"), json!("a text"))),
            PATCHED,
        ),
        row(
            "inputFrom",
            (
                json!({ "inputFrom": [{ "configMapKeyRef": { "name": "settings", "key": "text" }, "into": "text" }] }),
                (Stored("/input"), json!({ "text": "[1, 2]" })),
            ),
            (
                json!({ "inputFrom": [{ "secretKeyRef": { "name": "secrets", "key": "json" }, "format": "JSON" }] }),
                (Stored("/input"), json!({ "b": 2 })),
            ),
            PATCHED,
        ),
        row(
            "policy.overlap",
            (json!({ "policy": { "overlap": "BufferOne" } }), (Stored("/policy/overlap"), json!(2))),
            (json!({ "policy": { "overlap": "AllowAll" } }), (Stored("/policy/overlap"), json!(6))),
            PATCHED,
        ),
        row(
            "policy.catchupWindow",
            (json!({ "policy": { "catchupWindow": "1h" } }), (Stored("/policy/catchup_window_seconds"), json!(3600))),
            (json!({ "policy": null }), (Stored("/policy/catchup_window_seconds"), json!(31_536_000))),
            PATCHED,
        ),
        row(
            "policy.pauseOnFailure",
            (json!({ "policy": { "pauseOnFailure": true } }), (Stored("/policy/pause_on_failure"), json!(true))),
            (json!({ "policy": { "pauseOnFailure": false } }), (Stored("/policy/pause_on_failure"), json!(false))),
            PATCHED,
        ),
        row(
            "maxExecutions",
            (json!({ "maxExecutions": 5 }), (Stored("/remaining_executions"), json!(5))),
            (json!({ "maxExecutions": 7 }), (Stored("/remaining_executions"), json!(7))),
            PATCHED,
        ),
        row(
            "paused",
            (json!({ "paused": true }), (Stored("/paused"), json!(true))),
            (json!({ "paused": false }), (Stored("/paused"), json!(false))),
            &["create", "pause", "patch", "resume"],
        ),
        row(
            "pauseNote",
            (json!({ "paused": true, "pauseNote": "holidays" }), (Stored("/note"), json!("holidays"))),
            (json!({ "pauseNote": "strike" }), (Stored("/note"), json!("strike"))),
            &["create", "pause", "patch", "pause"],
        ),
        row(
            "scheduleId",
            (json!({ "scheduleId": "chosen-by-hand" }), (Sent("/schedule_id"), json!("chosen-by-hand"))),
            (json!({ "deletionPolicy": "Orphan" }), (Sent("/schedule_id"), json!("chosen-by-hand"))),
            CREATED,
        ),
    ]
}

/// Fields that change only the behaviour of the operator; each has its own tests.
const BEHAVIOUR: &[&str] = &["connectionRef", "adoption", "management", "deletionPolicy", "runs"];

fn rows() -> Vec<Row> {
    [target_rows(), timing_rows(), other_rows()].into_iter().flatten().collect()
}

#[test]
fn no_field_is_without_a_row() {
    let crd = serde_json::to_value(WorkflowSchedule::crd()).unwrap();
    let rows = rows();
    let covered = rows.iter().filter_map(|row| row.field.split('.').next()).chain(BEHAVIOUR.iter().copied());
    assert_eq!(covered.map(str::to_owned).collect::<BTreeSet<_>>(), spec_fields(&crd));
}

#[tokio::test]
async fn every_field_reaches_the_remote_when_created_and_when_changed() {
    let world = World::start().await;
    // The first patch of a paused schedule also tests whether a PATCH on this server keeps the pause.
    let scout = world.schedule("scout");
    scout.apply(json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"], "paused": true })).await;
    scout.until_ready("Paused").await;
    world.put_config_map("settings", "text", "[1, 2]");
    world.put_secret("secrets", "json", r#"{"b": 2}"#);
    let wrong = join_all(rows().iter().map(|row| disagreement(&world, row))).await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.stays_quiet_over_polls().await;
}

/// The differences from the expectation of a row; empty if there are none.
async fn disagreement(world: &World, row: &Row) -> Option<String> {
    let name = row.field.to_lowercase();
    let resource = world.schedule(&name);
    let mut spec = json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] });
    json_patch(&mut spec, &row.declared);
    let id = spec["scheduleId"].as_str().map_or_else(|| world.id(&name), str::to_owned);
    resource.apply(spec).await;
    resource.until("Ready", is_ready).await;
    let created = look(world, &id, row.there.0).await;
    if created != row.there.1 {
        return Some(format!("{} created: {created} and not {}", row.field, row.there.1));
    }
    resource.edit(row.changed.clone()).await;
    resource.until("Ready again", is_ready).await;
    let changed = look(world, &id, row.then.0).await;
    if changed != row.then.1 {
        return Some(format!("{} changed: {changed} and not {}", row.field, row.then.1));
    }
    let calls = world.sandbox.calls().await.of(&id).mutating();
    (calls.operations() != row.calls).then(|| format!("{} made the calls\n{calls}and not {:?}", row.field, row.calls))
}

fn json_patch(spec: &mut Value, fields: &Value) {
    for (name, value) in fields.as_object().expect("an object") {
        if value.is_null() {
            spec.as_object_mut().expect("an object").remove(name);
        } else {
            spec[name] = value.clone();
        }
    }
}

async fn look(world: &World, id: &str, place: Place) -> Value {
    match place {
        Stored(pointer) => {
            let stored = world.sandbox.schedule(id).await.unwrap_or_default();
            stored.pointer(pointer).cloned().unwrap_or_default()
        }
        Sent(pointer) => {
            let calls = world.sandbox.calls().await.of(id).mutating();
            let with_it = calls.0.iter().rev().find_map(|call| call.body.pointer(pointer).cloned());
            with_it.unwrap_or_default()
        }
    }
}
