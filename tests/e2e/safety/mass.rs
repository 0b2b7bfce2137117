//! Limits when many schedules are deleted or disappear at the same time.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{World, message};
use crate::specs::daily;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("s-{number:02}")).collect()
}

async fn with_schedules(count: usize) -> World {
    let world = World::start().await;
    let names = names(count);
    join_all(names.iter().map(async |name| {
        let resource = world.schedule(name);
        resource.apply(daily()).await;
        resource.until_ready("InSync").await;
    }))
    .await;
    world
}

#[tokio::test]
async fn a_mass_deletion_is_held_until_it_is_approved_and_a_restart_does_not_forget() {
    let mut world = with_schedules(14).await;
    let names = names(14);
    join_all(names.iter().map(async |name| {
        world.schedule(name).delete().await;
    }))
    .await;
    let connection = world.connection("default");
    let held = connection.until("four wait", |object| object["status"]["heldDeletions"] == 4).await;
    assert!(message(&held, "DeletionHeld").contains("approve-deletions-at"), "{}", message(&held, "DeletionHeld"));
    assert_eq!(world.sandbox.schedules().await.len(), 4);
    world.crash_and_restart();
    world.polls(2).await;
    connection.until("four still wait", |object| object["status"]["heldDeletions"] == 4).await;
    assert_eq!(world.sandbox.calls().await.named("delete").count(), 10);
    let left = world.sandbox.schedules().await;
    let id = left.keys().next().unwrap();
    let name = id.rsplit('.').next().unwrap();
    let told = world.schedule(name).until_condition("Ready", "False", "DeletionHeld").await;
    assert!(message(&told, "Ready").contains("Orphan"), "{}", message(&told, "Ready"));
    connection.annotate("approve-deletions-at", &jiff::Timestamp::now().to_string()).await;
    for name in &names {
        world.schedule(name).until_gone().await;
    }
    assert_eq!(world.sandbox.schedules().await.len(), 0);
}

#[tokio::test]
async fn a_mass_disappearance_is_not_corrected_until_it_is_approved() {
    let mut world = with_schedules(12).await;
    let names = names(12);
    world.operator().kill();
    let console = world.sandbox.console();
    for name in &names {
        console.delete(&world.id(name)).await;
    }
    world.crash_and_restart();
    let connection = world.connection("default");
    let is_told = |object: &Value| !message(object, "MassDisappearance").is_empty();
    let seen = connection.until("the disappearance is seen", is_told).await;
    let seen = message(&seen, "MassDisappearance");
    assert!(seen.contains("approve-disappearance-at"), "{seen}");
    for name in &names {
        world.schedule(name).until_condition("Ready", "False", "MassDisappearance").await;
    }
    assert_eq!(world.sandbox.schedules().await.len(), 0);
    connection.annotate("approve-disappearance-at", &jiff::Timestamp::now().to_string()).await;
    for name in &names {
        world.schedule(name).until_ready("InSync").await;
    }
    let again = |object: &Value| object["status"]["schedules"]["ready"] == json!(12);
    connection.until("all are back", again).await;
}
