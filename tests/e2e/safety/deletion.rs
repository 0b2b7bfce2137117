//! Deletion: no remote schedule is left behind, and a deletion that waits says why.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{World, eventually_within, message};
use crate::specs::daily;

#[tokio::test]
async fn a_finalizer_is_set_before_the_first_post() {
    let world = World::start().await;
    world.sandbox.inject(json!({ "operations": ["create"], "fault": { "kind": "Status", "status": 503 } })).await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    let waiting = resource.until_condition("Ready", "False", "RemoteUnavailable").await;
    assert_eq!(waiting["metadata"]["finalizers"], json!(["workflows.mistral.ai/finalizer"]));
}

#[tokio::test]
async fn a_late_creation_does_not_outlive_its_resource() {
    let world = World::start().await;
    let late = json!({ "operations": ["create"], "times": 1, "fault": { "kind": "LateEffect", "delay": "PT20S" } });
    world.sandbox.inject(late).await;
    let unavailable = json!({ "operations": ["create"], "fault": { "kind": "Status", "status": 503 } });
    world.sandbox.inject(unavailable).await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_condition("Ready", "False", "RemoteUnavailable").await;
    resource.delete().await;
    eventually_within(Duration::from_mins(2), "the resource is gone", async || match resource.get().await {
        None => Ok(()),
        Some(object) => Err(object["status"].to_string()),
    })
    .await;
    world.sandbox.advance("PT5M").await;
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None, "it has landed by now");
}

#[tokio::test]
async fn a_deleted_namespace_becomes_empty_although_its_secret_is_deleted_first() {
    let world = World::start().await;
    let names = ["one", "two", "three"];
    for name in names {
        world.schedule(name).apply(daily()).await;
    }
    for name in names {
        world.schedule(name).until_ready("InSync").await;
    }
    world.kubectl(&["delete", "secret", "api-key"]);
    world.cluster.kubectl().run(["delete", "namespace", &world.name, "--wait=true", "--timeout=120s"]);
    assert_eq!(world.sandbox.schedules().await.len(), 0);
}

#[tokio::test]
async fn after_a_restart_without_a_key_the_message_contains_the_orphan_command() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.operator().kill();
    world.kubectl(&["delete", "secret", "api-key"]);
    world.cluster.kubectl().run(["delete", "namespace", &world.name, "--wait=false"]);
    world.crash_and_restart();
    let is_told =
        |object: &Value| message(object, "Ready").contains("kubectl patch --field-manager=manual workflowschedule");
    let told = resource.until("it says how to let go", is_told).await;
    let text = message(&told, "Ready");
    let command = &text[text.find("kubectl patch").unwrap()..];
    let arguments = shell_words(command.strip_prefix("kubectl ").unwrap());
    world.cluster.kubectl().run(arguments.iter().map(String::as_str));
    resource.until_gone().await;
    assert!(world.sandbox.schedule(&world.id("nightly")).await.is_some(), "it was let go, not deleted");
}

/// Splits at spaces that are not in single quotes.
fn shell_words(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[tokio::test]
async fn a_connection_outlives_its_schedules_and_takes_no_new_ones() {
    let world = World::start().await;
    let (resource, connection) = (world.schedule("nightly"), world.connection("default"));
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    connection.delete().await;
    let going = connection.until("it is going", |object| object["metadata"]["deletionTimestamp"].is_string()).await;
    assert_eq!(going["metadata"]["finalizers"], json!(["workflows.mistral.ai/finalizer"]));
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    let late = world.schedule("late");
    late.apply(daily()).await;
    late.until_condition("Ready", "False", "Terminating").await;
    late.delete().await.until_gone().await;
    resource.delete().await.until_gone().await;
    connection.until_gone().await;
    assert_eq!(world.sandbox.schedules().await.len(), 0);
}

#[tokio::test]
async fn deleting_the_crd_by_mistake_deletes_only_what_is_declared() {
    let cluster = Arc::new(crate::harness::Cluster::private());
    let world = World::builder().on(Arc::clone(&cluster)).start().await;
    world
        .sandbox
        .console()
        .create("foreign", "report", json!({ "input": null, "cron_expressions": ["0 9 * * *"] }))
        .await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    cluster.kubectl().run(["delete", "crd", "workflowschedules.workflows.mistral.ai", "--timeout=60s"]);
    let ids: Vec<String> = world.sandbox.schedules().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["foreign"]);
}
