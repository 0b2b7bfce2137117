//! The identity of the API key, and the owner of the prefix.

use serde_json::{Value, json};

use crate::harness::{World, message};
use crate::specs::daily;

/// Adds keys to the remote: a second key of the same workspace, and a key of another workspace.
async fn more_keys(world: &World) {
    let keys = json!({
        "rotated-key": { "principal": "somebody-else", "workspace": "workspace" },
        "staging-key": { "principal": "key-1", "workspace": "staging" },
    });
    world.sandbox.set(json!({ "keys": keys })).await;
}

#[tokio::test]
async fn a_wrong_key_does_not_clone_production() {
    let mut world = World::start().await;
    more_keys(&world).await;
    let (resource, connection) = (world.schedule("nightly"), world.connection("default"));
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.put_secret("api-key", "key", "staging-key");
    connection.annotate("reconcile-requested-at", "now").await;
    let changed = connection.until_condition("Ready", "False", "IdentityChanged").await;
    assert!(message(&changed, "Ready").contains("staging"), "{}", message(&changed, "Ready"));
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_condition("Ready", "False", "IdentityChanged").await;
    world.schedule("another").apply(daily()).await;
    world.schedule("another").until_condition("Ready", "False", "IdentityChanged").await;
    // A restart does not forget the identity either.
    world.crash_and_restart();
    connection.annotate("reconcile-requested-at", "after the restart").await;
    connection
        .until("it was looked at", |object| object["status"]["lastHandledReconcileAt"] == "after the restart")
        .await;
    connection.until_condition("Ready", "False", "IdentityChanged").await;
    let ids: Vec<String> = world.sandbox.schedules().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [world.id("nightly")], "nothing was created in the other workspace");
    let all = world.sandbox.all_calls().await.mutating();
    assert_eq!(all.operations(), ["create"]);
    world.put_secret("api-key", "key", crate::harness::OPERATOR_KEY);
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
}

#[tokio::test]
async fn a_rotated_key_of_the_same_workspace_is_used_at_once() {
    let world = World::start().await;
    more_keys(&world).await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.put_secret("api-key", "key", "rotated-key");
    let connection = world.connection("default");
    connection.annotate("reconcile-requested-at", "now").await;
    let who = |object: &Value| object["status"]["identity"]["principal"].to_string().contains("somebody-else");
    connection.until("the new principal is seen", who).await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.sandbox.all_calls().await.of(&world.id("nightly")).mutating().operations(), ["create", "patch"]);
}

#[tokio::test]
async fn a_move_to_another_workspace_continues_after_it_is_accepted() {
    let world = World::start().await;
    more_keys(&world).await;
    let (resource, connection) = (world.schedule("nightly"), world.connection("default"));
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.put_secret("api-key", "key", "staging-key");
    connection.annotate("reconcile-requested-at", "now").await;
    connection.until_condition("Ready", "False", "IdentityChanged").await;
    connection.annotate("accept-identity", &jiff::Timestamp::now().to_string()).await;
    let says_what_is_wrong = |object: &Value| {
        let said = message(object, "Ready");
        said.contains("accept-identity=staging") && said.contains("which is another")
    };
    connection.until("another word accepts nothing", says_what_is_wrong).await;
    connection.annotate("accept-identity", "staging").await;
    connection.until_ready("Connected").await;
    resource.reconcile().await;
    resource.until_ready("InSync").await;
    assert_eq!(world.sandbox.all_calls().await.of(&world.id("nightly")).mutating().operations(), ["create", "create"]);
}

#[tokio::test]
async fn ids_that_another_cluster_may_be_writing_wait_until_the_prefix_is_claimed() {
    let mut world = World::builder().operators(0).start().await;
    let id = world.id("nightly");
    let there = json!({ "input": null, "cron_expressions": ["0 9 * * *"] });
    world.sandbox.console().create(&id, "report", there).await;
    world.start_operator();
    let (resource, connection) = (world.schedule("nightly"), world.connection("default"));
    resource.apply(daily()).await;
    let waiting = connection.until_condition("Ready", "False", "PrefixInUse").await;
    assert!(message(&waiting, "Ready").contains(&id), "{}", message(&waiting, "Ready"));
    resource.until_condition("Ready", "False", "PrefixInUse").await;
    connection.annotate("claim-prefix", crate::harness::PREFIX).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("nightly").await, [""; 0], "a cluster rebuilt from Git finds its schedules again");
}

#[tokio::test]
async fn a_second_connection_with_the_same_prefix_is_told_of_the_first() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let spec = world.connection("default").get().await.unwrap()["spec"].clone();
    let second = world.connection("second");
    second.apply(spec).await;
    let waiting = second.until_stalled("PrefixInUse").await;
    let said = message(&waiting, "Ready");
    assert!(said.contains(&format!("WorkflowConnection {}/default", world.name)), "{said}");
    assert!(!said.contains("no resource of this cluster"), "{said}");
    second.annotate("claim-prefix", crate::harness::PREFIX).await;
    second.until_ready("Connected").await;
}

#[tokio::test]
async fn an_unclaimed_id_under_the_prefix_is_reported_and_never_deleted() {
    let world = World::start().await;
    let id = world.id("left-behind");
    world.sandbox.console().create(&id, "report", json!({ "input": null, "cron_expressions": ["0 9 * * *"] })).await;
    world.polls(2).await;
    let reported = |object: &Value| object["status"]["unclaimed"] == json!({ "count": 1, "ids": [id] });
    world.connection("default").until("it is reported", reported).await;
    world.polls(2).await;
    assert!(world.sandbox.schedule(&id).await.is_some());
    assert_eq!(world.sandbox.calls().await.mutating().count(), 0);
}

#[tokio::test]
async fn a_restored_resource_without_status_is_found_again_and_nothing_is_changed() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    let mut spec = daily();
    spec["maxExecutions"] = json!(5);
    resource.apply(spec).await;
    resource.until_ready("InSync").await;
    let old = jiff::Timestamp::now().to_string();
    resource.annotate("trigger-requested-at", &old).await;
    resource.until("triggered", |object| object["status"]["trigger"]["state"] == "Accepted").await;
    world.sandbox.advance("P2D").await;
    let left = world.remote("nightly").await["remaining_executions"].clone();
    world.operator().kill();
    let nothing = json!({
        "connection": null, "scheduleId": null, "memory": null, "trigger": null, "conditions": null,
        "remainingExecutions": null, "workflowName": null, "observedGeneration": null, "paused": null,
    });
    resource.merge_status(nothing).await;
    world.crash_and_restart();
    resource.until_ready("InSync").await;
    let after = world.remote("nightly").await;
    assert_eq!(after["remaining_executions"], left, "the count stands");
    assert_eq!(world.writes("nightly").await, ["create", "trigger"], "nothing was triggered or written again");
}
