//! A schedule is replaced because its declared target changed, never because of the observed state.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{World, eventually_within};
use crate::specs::{daily, with};

#[tokio::test]
async fn another_workflow_at_the_remote_is_reported_and_not_replaced() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let id = world.id("nightly");
    world.sandbox.console().delete(&id).await;
    world.sandbox.console().create(&id, "another", json!({ "input": null, "cron_expressions": ["0 9 * * *"] })).await;
    resource.reconcile().await;
    resource.until_stalled("Drifted").await;
    assert_eq!(world.writes("nightly").await, ["create"]);
    assert_eq!(world.remote("nightly").await["workflow_name"], "another");
}

#[tokio::test]
async fn a_crash_between_the_delete_and_the_create_of_a_replace_loses_nothing() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "maxExecutions", json!(5))).await;
    resource.until_ready("InSync").await;
    world.sandbox.advance("P2D").await;
    world.sandbox.console().pause(&world.id("nightly"), "looking into it").await;
    resource.reconcile().await;
    let unavailable = json!({ "operations": ["create"], "fault": { "kind": "Status", "status": 503 } });
    world.sandbox.inject(unavailable).await;
    resource.edit(json!({ "workflowIdentifier": "digest" })).await;
    resource.until_condition("Ready", "False", "RemoteUnavailable").await;
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None);
    world.crash_and_restart();
    world.sandbox.heal().await;
    // With a count the second POST waits until the first can no longer arrive: 70 s.
    let is_there =
        async || world.sandbox.schedule(&world.id("nightly")).await.ok_or_else(|| "it is not there".to_owned());
    eventually_within(Duration::from_secs(70 + 45), "it is created again", is_there).await;
    resource.until_ready("Paused").await;
    let there = world.remote("nightly").await;
    assert_eq!((&there["workflow_name"], &there["remaining_executions"]), (&json!("digest"), &json!(3)));
    assert_eq!((&there["paused"], &there["note"]), (&json!(true), &json!("looking into it")));
    assert_eq!(there["start_at"], Value::Null);
}

#[tokio::test]
async fn a_post_of_unknown_outcome_creates_nothing_twice() {
    let world = World::start().await;
    for (name, kind) in [("dropped-after", "DropAfter"), ("dropped-before", "DropBefore")] {
        let fault = json!({
            "operations": ["create"], "schedule_id": world.id(name), "times": 1, "fault": { "kind": kind },
        });
        world.sandbox.inject(fault).await;
        world.schedule(name).apply(daily()).await;
    }
    let failed = json!({
        "operations": ["create"], "schedule_id": world.id("failed-after"), "times": 1,
        "fault": { "kind": "StatusAfter", "status": 500 },
    });
    world.sandbox.inject(failed).await;
    world.schedule("failed-after").apply(daily()).await;
    for name in ["dropped-after", "dropped-before", "failed-after"] {
        world.schedule(name).until_ready("InSync").await;
        let accepted = world.sandbox.calls().await.of(&world.id(name)).named("create");
        let expected = if name == "dropped-before" { 2 } else { 1 };
        assert_eq!(accepted.count(), expected, "{name}: a GET says whether it has landed\n{accepted}");
    }
}

#[tokio::test]
async fn a_schedule_with_another_writer_becomes_contended_and_is_not_written_any_more() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let id = world.id("nightly");
    for round in 1..=3 {
        world.sandbox.console().patch(&id, json!({ "input": { "round": round } })).await;
        // After a start the first LIST compares all schedules.
        world.crash_and_restart();
        world.until_remote("nightly", "it is put right", |there| there["input"].is_null()).await;
        let corrections = |object: &Value| object["status"]["memory"]["corrections"].as_array().map(Vec::len);
        resource.until("the correction is remembered", |object| corrections(object) == Some(round)).await;
    }
    world.sandbox.console().patch(&id, json!({ "input": { "round": 4 } })).await;
    world.crash_and_restart();
    resource.until_condition("Ready", "False", "Contended").await;
    assert_eq!(world.writes("nightly").await, ["create", "patch", "patch", "patch"]);
    resource.edit(json!({ "paused": true })).await;
    world.until_remote("nightly", "a declared pause stays enforced", |there| there["paused"] == true).await;
    resource.reconcile().await;
    world.until_remote("nightly", "asked for, it is written again", |there| there["input"].is_null()).await;
}
