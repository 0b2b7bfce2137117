//! The lifecycle of a schedule: created, changed, paused, resumed, replaced, triggered, deleted.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::harness::{World, message};
use crate::specs::{daily, with};

#[tokio::test]
async fn a_new_schedule_is_created_by_one_call_and_then_causes_no_more() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    let ready = resource.until_ready("InSync").await;
    assert_eq!(ready["status"]["scheduleId"], json!(world.id("nightly")));
    assert_eq!(ready["status"]["workflowName"], "report");
    assert_eq!(ready["status"]["nextExecutions"].as_array().map(Vec::len), Some(10));
    assert_eq!(world.remote("nightly").await["workflow_name"], "report");
    world.stays_quiet().await;
    assert_eq!(world.writes("nightly").await, ["create"]);
}

#[tokio::test]
async fn an_edit_is_one_patch_that_carries_all_timing() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    let calendars = world.remote("nightly").await["calendars"].clone();
    assert_eq!(calendars.as_array().map(Vec::len), Some(1), "the old time is gone: {calendars}");
    assert_eq!(calendars[0]["hour"][0]["start"], 10);
    let calls = world.sandbox.calls().await.of(&world.id("nightly")).mutating();
    assert_eq!(calls.operations(), ["create", "patch"]);
    let sent = &calls.0[1].body["schedule"];
    let timing =
        ["calendars", "intervals", "cron_expressions", "skip", "start_at", "end_at", "jitter", "time_zone_name"];
    for field in timing.into_iter().chain(["policy", "input"]) {
        assert!(sent.get(field).is_some(), "{field} is missing in {sent}");
    }
    assert!(sent.get("max_executions").is_none(), "a count that did not change is not sent: {sent}");
    world.stays_quiet().await;
}

#[tokio::test]
async fn a_change_in_the_console_is_corrected() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().patch(&world.id("nightly"), json!({ "input": { "by": "hand" } })).await;
    world.until_remote("nightly", "its input is as declared", |there| there["input"].is_null()).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
    world.stays_quiet_over_polls().await;
}

#[tokio::test]
async fn a_missing_remote_schedule_is_created_again_with_an_event() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().delete(&world.id("nightly")).await;
    resource.reconcile().await;
    resource.until_ready("InSync").await;
    world.until_event("nightly", "Warning Recreated").await;
    assert_eq!(world.writes("nightly").await, ["create", "create"]);
}

#[tokio::test]
async fn a_declared_pause_pauses_and_its_end_resumes() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "paused": true, "pauseNote": "holidays" })).await;
    let paused = resource.until_ready("Paused").await;
    assert_eq!(paused["status"]["paused"], true);
    assert_eq!(paused["status"].get("nextExecutionTime"), None, "what is paused has no next run");
    let there = world.remote("nightly").await;
    assert_eq!((&there["paused"], &there["note"]), (&json!(true), &json!("holidays")));
    resource.edit(json!({ "paused": false, "pauseNote": null })).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.remote("nightly").await["paused"], false);
    assert_eq!(world.writes("nightly").await, ["create", "pause", "resume"]);
    world.stays_quiet().await;
}

#[tokio::test]
async fn a_pause_by_a_person_stays_if_nothing_is_declared() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().pause(&world.id("nightly"), "looking into it").await;
    resource.reconcile().await;
    let paused = resource.until_ready("Paused").await;
    assert_eq!(paused["status"]["pauseNote"], "looking into it");
    world.stays_quiet().await;
    assert_eq!(world.writes("nightly").await, ["create"]);
}

#[tokio::test]
async fn a_pause_by_a_person_is_undone_with_a_warning_if_paused_false_is_declared() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "paused", json!(false))).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().pause(&world.id("nightly"), "looking into it").await;
    resource.reconcile().await;
    assert_eq!(world.remote("nightly").await["paused"], false);
    world.until_event("nightly", "Warning").await;
    assert_eq!(world.writes("nightly").await, ["create", "resume"]);
}

#[tokio::test]
async fn another_workflow_replaces_the_schedule_and_keeps_its_count_and_pause() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "maxExecutions", json!(5))).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().pause(&world.id("nightly"), "looking into it").await;
    resource.reconcile().await;
    resource.until_ready("Paused").await;
    resource.edit(json!({ "workflowIdentifier": "digest" })).await;
    resource.until("it starts the new workflow", |object| object["status"]["workflowName"] == "digest").await;
    resource.until_ready("Paused").await;
    let there = world.remote("nightly").await;
    assert_eq!(there["workflow_name"], "digest");
    assert_eq!(there["remaining_executions"], 5);
    assert_eq!((&there["paused"], &there["note"]), (&json!(true), &json!("looking into it")));
    assert_eq!(there["start_at"], Value::Null, "nothing stays parked");
    world.until_event("nightly", "Normal Replaced").await;
    world.stays_quiet().await;
}

#[tokio::test]
async fn a_trigger_starts_one_run_for_each_token() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let token = Timestamp::now().to_string();
    resource.annotate("trigger-requested-at", &token).await;
    let accepted = |object: &Value| object["status"]["trigger"]["state"] == "Accepted";
    let object = resource.until("the trigger is accepted", accepted).await;
    assert_eq!(object["status"]["trigger"]["token"], json!(token));
    resource.reconcile().await;
    resource.until("the run is seen", |object| object["status"]["lastExecution"].is_object()).await;
    world.stays_quiet().await;
    let runs = world.sandbox.runs(&world.id("nightly")).await;
    assert_eq!(runs.iter().filter(|run| run["triggered"] == true).count(), 1);
    assert_eq!(world.writes("nightly").await, ["create", "trigger"]);
}

#[tokio::test]
async fn an_old_trigger_does_nothing_and_is_recorded() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    let old = json!({ "annotations": { "workflows.mistral.ai/trigger-requested-at": "2020-01-01T00:00:00Z" } });
    resource.apply_with(old, daily()).await;
    resource.until_ready("InSync").await;
    let refused = |object: &Value| object["status"]["trigger"]["state"] == "Refused";
    resource.until("the trigger is refused", refused).await;
    assert_eq!(world.writes("nightly").await, ["create"]);
}

#[tokio::test]
async fn deleting_the_resource_deletes_the_remote_schedule() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None);
    assert_eq!(world.writes("nightly").await, ["create", "delete"]);
}

#[tokio::test]
async fn a_resource_without_a_remote_schedule_is_deleted() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().delete(&world.id("nightly")).await;
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None);
}

#[tokio::test]
async fn an_orphaned_remote_schedule_stays() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "deletionPolicy", json!("Orphan"))).await;
    resource.until_ready("InSync").await;
    resource.delete().await.until_gone().await;
    assert_eq!(world.remote("nightly").await["workflow_name"], "report");
    assert_eq!(world.writes("nightly").await, ["create"]);
}

#[tokio::test]
async fn without_a_deletion_policy_the_policy_of_the_connection_applies() {
    let world = World::builder().connection(json!({ "deletionPolicy": "Orphan" })).start().await;
    let (kept, gone) = (world.schedule("kept"), world.schedule("gone"));
    kept.apply(daily()).await;
    gone.apply(with(daily(), "deletionPolicy", json!("Delete"))).await;
    for resource in [kept, gone] {
        resource.until_ready("InSync").await;
        resource.delete().await.until_gone().await;
    }
    assert!(world.sandbox.schedule(&world.id("kept")).await.is_some());
    assert!(world.sandbox.schedule(&world.id("gone")).await.is_none());
}

#[tokio::test]
async fn management_off_changes_nothing_until_the_resource_is_deleted() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "management": "Off", "cronExpressions": ["0 11 * * *"] })).await;
    let is_left_alone = |object: &Value| {
        let status = &object["status"];
        status["observedGeneration"] == object["metadata"]["generation"] && status.get("conditions").is_none()
    };
    resource.until("nothing is claimed of it any more", is_left_alone).await;
    world.stays_quiet_over_polls().await;
    assert_eq!(world.remote("nightly").await["calendars"][0]["hour"][0]["start"], 9);
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None);
}

#[tokio::test]
async fn a_schedule_cannot_move_to_another_id() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "scheduleId": "another" })).await;
    let stalled = resource.until_stalled("Immutable").await;
    assert!(message(&stalled, "Ready").contains("scheduleId"), "{}", message(&stalled, "Ready"));
    assert_eq!(world.writes("nightly").await, ["create"]);
    resource.edit(json!({ "scheduleId": null })).await;
    resource.until_ready("InSync").await;
}
