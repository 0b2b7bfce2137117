//! Malformed and hostile input: it is reported, causes at most two calls, and delays no other resource.

use serde_json::{Value, json};

use crate::harness::{World, message};

/// Invalid specs that the schema accepts, with a part of the expected message.
fn impossible() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("bad-cron", json!({ "cronExpressions": ["every now and then"] }), "cronExpressions"),
        ("bad-minute", json!({ "cronExpressions": ["61 * * * *"] }), "Minute"),
        ("unknown-zone", json!({ "cronExpressions": ["0 9 * * *"], "timeZoneName": "Mars/Olympus" }), "Mars/Olympus"),
        (
            "two-zones",
            json!({ "cronExpressions": ["CRON_TZ=Europe/Paris 0 9 * * *"], "timeZoneName": "Asia/Tokyo" }),
            "conflicting",
        ),
        ("short-interval", json!({ "intervals": [{ "every": "10ms" }] }), "intervals"),
        ("long-offset", json!({ "intervals": [{ "every": "1h", "offset": "2h" }] }), "intervals"),
    ]
}

fn spec(fields: &Value) -> Value {
    let mut spec = json!({ "workflowIdentifier": "report" });
    for (name, value) in fields.as_object().unwrap() {
        spec[name] = value.clone();
    }
    spec
}

#[tokio::test]
async fn an_invalid_spec_is_stalled_with_its_field_and_others_continue() {
    let world = World::start().await;
    for (name, fields, _) in impossible() {
        world.schedule(name).apply(spec(&fields)).await;
    }
    let good = world.schedule("good");
    good.apply(spec(&json!({ "cronExpressions": ["0 9 * * *"] }))).await;
    good.until_ready("InSync").await;
    for (name, _, word) in impossible() {
        let stalled = world.schedule(name).until_condition("Stalled", "True", "Invalid").await;
        assert!(message(&stalled, "Ready").contains(word), "{name}: {}", message(&stalled, "Ready"));
    }
    world.polls(3).await;
    for (name, _, _) in impossible() {
        let calls = world.sandbox.calls().await.of(&world.id(name));
        assert!(calls.count() <= 2, "{name} made more than 2 calls:\n{calls}");
    }
}

#[tokio::test]
async fn a_stalled_schedule_becomes_ready_when_its_spec_is_corrected() {
    let world = World::start().await;
    let resource = world.schedule("bad-cron");
    resource.apply(spec(&json!({ "cronExpressions": ["61 * * * *"] }))).await;
    resource.until_stalled("Invalid").await;
    resource.edit(json!({ "cronExpressions": ["1 * * * *"] })).await;
    let ready = resource.until_ready("InSync").await;
    assert_eq!(ready["status"]["conditions"].as_array().map(Vec::len), Some(1), "Stalled is gone");
}

#[tokio::test]
async fn a_spec_that_only_the_remote_refuses_is_stalled_after_two_calls() {
    let world = World::start().await;
    let fault = json!({
        "operations": ["create"], "schedule_id": world.id("odd"),
        "fault": { "kind": "Status", "status": 422, "body": "domain" },
    });
    world.sandbox.inject(fault).await;
    let resource = world.schedule("odd");
    resource.apply(spec(&json!({ "cronExpressions": ["0 9 * * *"] }))).await;
    resource.until_stalled("RemoteRefused").await;
    world.polls(3).await;
    let calls = world.sandbox.calls().await.of(&world.id("odd"));
    assert!(calls.count() <= 2, "{calls}");
    world.sandbox.heal().await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn an_unknown_workflow_is_reported_and_waited_for() {
    let world = World::start().await;
    world.sandbox.set(json!({ "known_workflows_only": true })).await;
    let resource = world.schedule("early");
    resource.apply(spec(&json!({ "cronExpressions": ["0 9 * * *"] }))).await;
    let waiting = resource.until_condition("Ready", "False", "RemoteError").await;
    assert!(message(&waiting, "Ready").contains("workflow"), "{}", message(&waiting, "Ready"));
    world.sandbox.set(json!({ "workflows": { "report": {} } })).await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn an_ambiguous_workflow_requires_a_deployment_name() {
    let world = World::start().await;
    world.sandbox.set(json!({ "workflows": { "report": { "deployments": ["blue", "green"] } } })).await;
    let resource = world.schedule("daily");
    resource.apply(spec(&json!({ "cronExpressions": ["0 9 * * *"] }))).await;
    let waiting = resource.until_condition("Ready", "False", "RemoteRefused").await;
    assert!(message(&waiting, "Ready").contains("deploymentName"), "{}", message(&waiting, "Ready"));
    resource.edit(json!({ "deploymentName": "blue" })).await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn a_refusal_of_one_resource_does_not_affect_the_connection() {
    let world = World::start().await;
    let fault = json!({
        "schedule_id": world.id("forbidden"), "operations": ["create"],
        "fault": { "kind": "Status", "status": 403, "body": "domain" },
    });
    world.sandbox.inject(fault).await;
    for name in ["forbidden", "allowed"] {
        world.schedule(name).apply(spec(&json!({ "cronExpressions": ["0 9 * * *"] }))).await;
    }
    world.schedule("forbidden").until_stalled("Forbidden").await;
    world.schedule("allowed").until_ready("InSync").await;
    world.connection("default").until_ready("Connected").await;
}
