//! Inputs from `ConfigMaps` and Secrets: merged in order, read when they appear, never shown.

use serde_json::{Value, json};

use crate::harness::{World, message};

fn with_sources(sources: &Value) -> Value {
    json!({
        "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"],
        "input": { "region": "eu", "token": "none" }, "inputFrom": sources,
    })
}

fn secret(name: &str) -> Value {
    json!({ "secretKeyRef": { "name": name, "key": "token" }, "into": "token" })
}

#[tokio::test]
async fn a_missing_source_is_named_and_used_when_it_exists() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(with_sources(&json!([secret("credentials")]))).await;
    let waiting = resource.until_condition("Ready", "False", "InputMissing").await;
    assert!(message(&waiting, "Ready").contains("credentials"), "{}", message(&waiting, "Ready"));
    assert_eq!(world.writes("nightly").await, [""; 0]);
    world.put_secret("credentials", "token", "s3cr3t-of-the-test");
    resource.until_ready("InSync").await;
    let there = world.remote("nightly").await;
    assert_eq!(there["input"], json!({ "region": "eu", "token": "s3cr3t-of-the-test" }));
}

#[tokio::test]
async fn with_a_secret_label_no_other_secret_is_used() {
    let label = "workflows.example/use=yes";
    let world = World::builder().operators(0).start().await;
    world.kubectl(&["label", "secret", "api-key", label]);
    let world = world.with_operator(&["--secret-label", label]).await;
    world.put_secret("credentials", "token", "s3cr3t-of-the-test");
    let resource = world.schedule("nightly");
    resource.apply(with_sources(&json!([secret("credentials")]))).await;
    let waiting = resource.until_condition("Ready", "False", "InputMissing").await;
    let told = message(&waiting, "Ready");
    assert!(told.contains("add the label workflows.example/use=yes to the Secret"), "{told}");
    assert_eq!(world.writes("nightly").await, [""; 0]);
    world.kubectl(&["label", "secret", "credentials", label]);
    resource.until_ready("InSync").await;

    let connection = world.connection("default");
    world.kubectl(&["label", "secret", "api-key", "workflows.example/use-"]);
    connection.annotate("reconcile-requested-at", "now").await;
    let waiting = connection.until_condition("Ready", "False", "SecretNotFound").await;
    assert!(message(&waiting, "Ready").contains("add the label"), "{}", message(&waiting, "Ready"));
}

#[tokio::test]
async fn sources_overwrite_the_input_in_order() {
    let world = World::start().await;
    world.put_config_map("base", "all", r#"{"region": "us", "depth": 3}"#);
    world.put_secret("credentials", "token", "abc");
    let resource = world.schedule("nightly");
    let base = json!({ "configMapKeyRef": { "name": "base", "key": "all" }, "format": "JSON" });
    resource.apply(with_sources(&json!([base, secret("credentials")]))).await;
    resource.until_ready("InSync").await;
    let expected = json!({ "region": "us", "depth": 3, "token": "abc" });
    assert_eq!(world.remote("nightly").await["input"], expected);
}

#[tokio::test]
async fn an_optional_source_may_be_missing() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    let optional = json!({ "secretKeyRef": { "name": "nowhere", "key": "token", "optional": true }, "into": "token" });
    resource.apply(with_sources(&json!([optional]))).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.remote("nightly").await["input"], json!({ "region": "eu", "token": "none" }));
}

#[tokio::test]
async fn a_source_that_is_not_json_is_refused_and_not_shown() {
    let world = World::start().await;
    world.put_secret("credentials", "token", "{s3cr3t-of-the-test");
    let resource = world.schedule("nightly");
    let mut source = secret("credentials");
    source["format"] = json!("JSON");
    resource.apply(with_sources(&json!([source]))).await;
    let stalled = resource.until_stalled("InputInvalid").await;
    assert!(message(&stalled, "Ready").contains("credentials"), "{}", message(&stalled, "Ready"));
    assert!(!stalled["status"].to_string().contains("s3cr3t"), "{}", stalled["status"]);
}

#[tokio::test]
async fn a_changed_source_reaches_the_remote_at_the_next_requested_reconcile() {
    let world = World::start().await;
    world.put_secret("credentials", "token", "old");
    let resource = world.schedule("nightly");
    resource.apply(with_sources(&json!([secret("credentials")]))).await;
    resource.until_ready("InSync").await;
    world.put_secret("credentials", "token", "new");
    resource.reconcile().await;
    world.until_remote("nightly", "the new token", |there| there["input"]["token"] == "new").await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
}

/// A 422 repeats the request, and thus the input.
#[tokio::test]
async fn nothing_secret_reaches_a_status_an_event_or_a_log() {
    let mut world = World::start().await;
    world.put_secret("credentials", "token", "s3cr3t-of-the-test");
    let resource = world.schedule("nightly");
    let mut spec = with_sources(&json!([secret("credentials")]));
    spec["cronExpressions"] = json!(["every now and then"]);
    resource.apply(spec).await;
    resource.until("it is refused", |object| object["status"]["conditions"][0]["status"] == "False").await;
    resource.edit(json!({ "cronExpressions": ["0 9 * * *"] })).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().patch(&world.id("nightly"), json!({ "input": { "token": "other" } })).await;
    resource.edit(json!({ "management": "Observe" })).await;
    let drifted = resource.until_ready("Observing").await;
    assert_eq!(drifted["status"]["drift"][0]["field"], "input");
    let log = world.operator().log();
    for text in [drifted["status"].to_string(), world.events("nightly").join("\n"), log] {
        for word in ["s3cr3t", "operator-key"] {
            assert!(!text.contains(word), "{word} is shown:\n{text}");
        }
    }
}
