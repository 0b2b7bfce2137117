//! Objects that this release cannot read: the definition was edited by hand.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::{Cluster, World, eventually, message};
use crate::specs::{daily, with};

/// What no release reads.
fn unreadable() -> Value {
    json!({ "workflowIdentifier": 5, "cronExpressions": "0 9 * * *" })
}

/// Lets a control plane take any spec of a schedule. Gives the definition as it was.
fn loosen(cluster: &Cluster) -> String {
    let strict = cluster.kubectl().run(["get", "crd", "workflowschedules.workflows.mistral.ai", "-o", "json"]);
    let mut loose: Value = serde_json::from_str(&strict).unwrap();
    let schema = &mut loose["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    *schema = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    cluster.kubectl().with_input(["replace", "-f", "-"], &loose.to_string());
    strict
}

/// A world with an operator that has found the right definition, which is loosened after that.
async fn loosened() -> World {
    let cluster = Arc::new(Cluster::private());
    let world = World::builder().on(Arc::clone(&cluster)).start().await;
    loosen(&cluster);
    world
}

/// Applies a spec that only the loosened definition takes, once it is served.
async fn apply_unreadable(world: &World, name: &str) {
    eventually("the loosened definition is served", async || {
        world.schedule(name).try_apply(json!({}), unreadable()).await.map_err(|error| error.to_string())
    })
    .await;
}

#[tokio::test]
async fn an_object_that_cannot_be_read_does_not_affect_others() {
    let world = loosened().await;
    apply_unreadable(&world, "malformed").await;
    let bad = world.schedule("malformed");
    let told = bad.until_condition("Ready", "False", "Malformed").await;
    assert!(message(&told, "Ready").contains("cronExpressions"), "{}", message(&told, "Ready"));
    let good = world.schedule("good");
    good.apply(daily()).await;
    good.until_ready("InSync").await;
    bad.apply(daily()).await;
    bad.until_ready("InSync").await;
}

/// The API server takes any depth of an input, and what reads JSON here 128 levels.
#[tokio::test]
async fn an_input_that_is_nested_too_deeply_affects_no_other() {
    let mut world = World::start().await;
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let manifest = format!(
        r#"{{"apiVersion": "workflows.mistral.ai/v1alpha1", "kind": "WorkflowSchedule", "metadata": {{"name": "deep"}},
            "spec": {{"workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"], "input": {{"x": {deep}}}}}}}"#
    );
    world.cluster.kubectl().with_input(["create", "-n", &world.name, "-f", "-"], &manifest);
    let path = r#"jsonpath={.status.conditions[?(@.type=="Ready")].message}"#;
    eventually("it is told", async || {
        let told = world.kubectl(&["get", "wfs", "deep", "-o", path]);
        if told.contains("spec.input is nested too deeply") { Ok(()) } else { Err(told) }
    })
    .await;
    let good = world.schedule("good");
    good.apply(daily()).await;
    good.until_ready("InSync").await;
    world.crash_and_restart();
    good.edit(json!({ "jitter": "7s" })).await;
    world.until_remote("good", "edited", |remote| remote["jitter"] == "PT7S").await;
    world.kubectl(&["delete", "wfs", "deep"]);
}

/// Which schedule is its own the status says, and that it is to be deleted, the spec.
#[tokio::test]
async fn what_cannot_be_read_is_deleted_with_its_remote_schedule() {
    let world = loosened().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    apply_unreadable(&world, "nightly").await;
    resource.until_condition("Ready", "False", "Malformed").await;
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None);
    assert_eq!(world.writes("nightly").await, ["create", "delete"]);
}

#[tokio::test]
async fn what_cannot_be_read_and_perhaps_shall_stay_waits_for_the_documented_way_out() {
    let world = loosened().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    apply_unreadable(&world, "nightly").await;
    resource.apply(with(unreadable(), "deletionPolicy", json!("Keep"))).await;
    resource.until_condition("Ready", "False", "Malformed").await;
    resource.delete().await;
    let told = resource.until_condition("Ready", "False", "Malformed").await;
    assert!(
        message(&told, "Ready").contains("kubectl patch --field-manager=manual workflowschedule"),
        "{}",
        message(&told, "Ready")
    );
    resource.edit(json!({ "deletionPolicy": "Orphan" })).await.until_gone().await;
    assert_eq!(world.writes("nightly").await, ["create"], "the remote schedule stays");
}

/// The definition is strict again: it refuses any status of what it would not take.
#[tokio::test]
async fn where_no_condition_can_be_written_an_event_says_so() {
    let cluster = Arc::new(Cluster::private());
    let strict = loosen(&cluster);
    let mut world = World::builder().on(Arc::clone(&cluster)).operators(0).start().await;
    apply_unreadable(&world, "nightly").await;
    let mut strict: Value = serde_json::from_str(&strict).unwrap();
    strict["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    cluster.kubectl().with_input(["replace", "-f", "-"], &strict.to_string());
    let refused = json!({ "conditions": [], "paused": true });
    eventually("the strict definition is served", async || {
        let patch = json!({ "status": refused }).to_string();
        let arguments = [
            "patch",
            "wfs",
            "nightly",
            "-n",
            &world.name,
            "--subresource=status",
            "--dry-run=server",
            "--type=merge",
            "-p",
            &patch,
        ];
        if cluster.kubectl().attempt(arguments).status.success() { Err("it is taken".to_owned()) } else { Ok(()) }
    })
    .await;
    world.start_operator();
    let event = world.until_event("nightly", "Warning KubernetesError").await;
    assert!(event.contains("It would say: Malformed"), "{event}");
}
