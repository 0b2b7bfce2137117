//! Remote schedules that existed before: taken over, or only observed.

use serde_json::{Value, json};

use crate::harness::{World, message};

const ID: &str = "made-by-hand";

/// A test setup in which a person created a remote schedule by hand.
async fn with_a_schedule_by_hand() -> World {
    let world = World::start().await;
    world.sandbox.console().create(ID, "report", json!({ "input": null, "cron_expressions": ["0 9 * * *"] })).await;
    world
}

fn claiming(adoption: Option<&str>, cron: &str) -> Value {
    let mut spec = json!({ "workflowIdentifier": "report", "scheduleId": ID, "cronExpressions": [cron] });
    if let Some(adoption) = adoption {
        spec["adoption"] = json!(adoption);
    }
    spec
}

async fn writes(world: &World) -> Vec<String> {
    world.sandbox.calls().await.mutating().operations().into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn an_existing_schedule_is_not_taken_over_unless_asked_for() {
    let world = with_a_schedule_by_hand().await;
    let resource = world.schedule("mine");
    resource.apply(claiming(None, "0 9 * * *")).await;
    let stalled = resource.until_stalled("AlreadyExists").await;
    assert!(message(&stalled, "Ready").contains("adoption"), "{}", message(&stalled, "Ready"));
    world.stays_quiet().await;
    assert_eq!(writes(&world).await, [""; 0]);
    resource.delete().await.until_gone().await;
    assert!(world.sandbox.schedule(ID).await.is_some(), "what was never ours is never deleted");
}

#[tokio::test]
async fn an_equal_schedule_is_taken_over_without_a_write() {
    let world = with_a_schedule_by_hand().await;
    let resource = world.schedule("mine");
    resource.apply(claiming(Some("IfEqual"), "0 9 * * *")).await;
    resource.until_ready("InSync").await;
    assert_eq!(writes(&world).await, [""; 0]);
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    assert_eq!(writes(&world).await, ["patch"]);
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.schedule(ID).await, None, "what was taken over is deleted with its resource");
}

#[tokio::test]
async fn if_equal_does_not_take_over_what_differs() {
    let world = with_a_schedule_by_hand().await;
    let resource = world.schedule("mine");
    resource.apply(claiming(Some("IfEqual"), "0 10 * * *")).await;
    let stalled = resource.until_stalled("AdoptionRefused").await;
    let drift = stalled["status"]["drift"].to_string();
    assert!(drift.contains("calendars"), "it says where: {drift}");
    assert_eq!(writes(&world).await, [""; 0]);
    resource.edit(json!({ "cronExpressions": ["0 9 * * *"] })).await;
    resource.until_ready("InSync").await;
    assert_eq!(writes(&world).await, [""; 0]);
}

#[tokio::test]
async fn if_exists_takes_over_and_makes_equal() {
    let world = with_a_schedule_by_hand().await;
    let resource = world.schedule("mine");
    resource.apply(claiming(Some("IfExists"), "0 10 * * *")).await;
    resource.until_ready("InSync").await;
    assert_eq!(writes(&world).await, ["patch"]);
    assert_eq!(world.sandbox.schedule(ID).await.unwrap()["calendars"][0]["hour"][0]["start"], 10);
    world.stays_quiet().await;
}

#[tokio::test]
async fn a_schedule_of_another_workflow_is_never_taken_over() {
    let world = with_a_schedule_by_hand().await;
    let resource = world.schedule("mine");
    let mut spec = claiming(Some("IfExists"), "0 9 * * *");
    spec["workflowIdentifier"] = json!("digest");
    resource.apply(spec).await;
    resource.until_stalled("TargetMismatch").await;
    assert_eq!(writes(&world).await, [""; 0]);
}

#[tokio::test]
async fn observe_reports_drift_and_writes_nothing() {
    let world = with_a_schedule_by_hand().await;
    let resource = world.schedule("mine");
    let mut spec = claiming(None, "0 10 * * *");
    spec["management"] = json!("Observe");
    resource.apply(spec).await;
    let observing = resource.until_ready("Observing").await;
    assert_eq!(observing["metadata"].get("finalizers"), None);
    assert_eq!(observing["status"]["drift"][0]["field"], "calendars");
    resource.until_condition("Drifted", "True", "Drifted").await;
    resource.edit(json!({ "cronExpressions": ["0 9 * * *"] })).await;
    let equal = |object: &Value| object["status"].get("drift").is_none();
    resource.until("no drift is left", equal).await;
    resource.delete().await.until_gone().await;
    assert!(world.sandbox.schedule(ID).await.is_some());
    assert_eq!(writes(&world).await, [""; 0]);
}
