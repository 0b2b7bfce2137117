//! There are never more runs than `maxExecutions`.

use serde_json::{Value, json};

use crate::harness::World;
use crate::specs::{every, with};

async fn limited(world: &World, count: i64) {
    let resource = world.schedule("limited");
    resource.apply(with(every("1h"), "maxExecutions", json!(count))).await;
    resource.until_ready("InSync").await;
}

async fn counts_sent(world: &World) -> Vec<Value> {
    let calls = world.sandbox.calls().await.of(&world.id("limited")).mutating();
    calls.0.iter().filter_map(|call| call.body["schedule"].get("max_executions").cloned()).collect()
}

#[tokio::test]
async fn an_edit_of_another_field_does_not_restart_the_count() {
    let world = World::start().await;
    limited(&world, 3).await;
    world.sandbox.advance("PT2H").await;
    let resource = world.schedule("limited");
    resource.edit(json!({ "input": { "more": true } })).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.remote("limited").await["remaining_executions"], 1);
    assert_eq!(counts_sent(&world).await, [3]);
    world.sandbox.advance("PT12H").await;
    assert_eq!(world.sandbox.runs(&world.id("limited")).await.len(), 3);
}

#[tokio::test]
async fn a_new_count_is_sent_once_although_its_reply_is_lost() {
    let world = World::start().await;
    limited(&world, 3).await;
    world.sandbox.advance("PT1H").await;
    world.sandbox.inject(json!({ "operations": ["patch"], "times": 1, "fault": { "kind": "DropAfter" } })).await;
    let resource = world.schedule("limited");
    resource.edit(json!({ "maxExecutions": 5 })).await;
    resource.until_ready("InSync").await;
    assert_eq!(counts_sent(&world).await, [3, 5]);
    let before = world.sandbox.runs(&world.id("limited")).await.len();
    world.sandbox.advance("P1D").await;
    resource.reconcile().await;
    resource.until_ready("Exhausted").await;
    assert_eq!(world.sandbox.runs(&world.id("limited")).await.len(), before + 5);
}

#[tokio::test]
async fn an_exhausted_schedule_stays_exhausted_when_its_remote_is_missing() {
    let world = World::start().await;
    limited(&world, 2).await;
    let resource = world.schedule("limited");
    world.sandbox.advance("PT5H").await;
    resource.reconcile().await;
    resource.until_ready("Exhausted").await;
    world.sandbox.console().delete(&world.id("limited")).await;
    resource.reconcile().await;
    resource.until_ready("Exhausted").await;
    assert_eq!(world.writes("limited").await, ["create"]);
    resource.edit(json!({ "maxExecutions": 4 })).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.remote("limited").await["remaining_executions"], 4, "a new count is a new start");
}

#[tokio::test]
async fn a_missing_remote_schedule_is_created_again_with_its_remaining_count() {
    let world = World::start().await;
    limited(&world, 4).await;
    let resource = world.schedule("limited");
    world.sandbox.advance("PT1H").await;
    resource.reconcile().await;
    resource.until("one run is used", |object| object["status"]["remainingExecutions"] == 3).await;
    world.sandbox.console().delete(&world.id("limited")).await;
    resource.reconcile().await;
    resource.until_ready("InSync").await;
    assert_eq!(world.remote("limited").await["remaining_executions"], 3);
}
