//! Connections: a problem is reported on the connection, once, and ends without help.

use serde_json::{Value, json};

use crate::harness::{OPERATOR_KEY, World, message};
use crate::specs::daily;

#[tokio::test]
async fn a_missing_secret_is_named_and_the_connection_becomes_ready_when_it_exists() {
    let mut world = World::builder().operators(0).start().await;
    world.kubectl(&["delete", "secret", "api-key"]);
    world.start_operator();
    let (resource, connection) = (world.schedule("nightly"), world.connection("default"));
    resource.apply(daily()).await;
    let told = connection.until_condition("Ready", "False", "SecretNotFound").await;
    assert!(message(&told, "Ready").contains("api-key"), "{}", message(&told, "Ready"));
    resource.until_condition("Ready", "False", "SecretNotFound").await;
    assert_eq!(world.sandbox.all_calls().await.count(), 0);
    world.put_secret("api-key", "key", OPERATOR_KEY);
    connection.until_ready("Connected").await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn a_key_that_no_header_takes_is_told_without_showing_it_and_a_line_break_at_its_end_is_ignored() {
    let world = World::builder().operators(0).start().await;
    world.put_secret("api-key", "key", &format!("{OPERATOR_KEY}\nanother line"));
    let mut world = world;
    world.start_operator();
    let connection = world.connection("default");
    let told = connection.until_condition("Ready", "False", "SecretInvalid").await;
    let expected =
        format!("apiKeySecretRef: key key of Secret {}/api-key has several lines: an API key is one line", world.name);
    assert_eq!(message(&told, "Ready"), expected);
    assert_eq!(world.sandbox.all_calls().await.count(), 0);
    world.put_secret("api-key", "key", &format!("{OPERATOR_KEY}\n"));
    connection.annotate("reconcile-requested-at", "now").await;
    connection.until_ready("Connected").await;
}

#[tokio::test]
async fn a_ca_bundle_without_a_certificate_is_refused() {
    let world = World::start().await;
    let mut spec = world.connection("default").get().await.unwrap()["spec"].clone();
    spec["scheduleIdPrefix"] = json!("other");
    spec["caBundle"] = json!("no certificate");
    let connection = world.connection("other");
    connection.apply(spec).await;
    let told = connection.until_stalled("Invalid").await;
    assert!(
        message(&told, "Ready").starts_with("caBundle: it holds no PEM certificate"),
        "{}",
        message(&told, "Ready")
    );
    connection.edit(json!({ "caBundle": null })).await;
    connection.until_ready("Connected").await;
}

#[tokio::test]
async fn with_a_refused_key_schedules_make_no_calls_until_there_is_a_new_one() {
    let world = World::start().await;
    let names = ["one", "two", "three", "four"];
    for name in names {
        world.schedule(name).apply(daily()).await;
    }
    for name in names {
        world.schedule(name).until_ready("InSync").await;
    }
    world.put_secret("api-key", "key", "a-key-that-nobody-knows");
    let connection = world.connection("default");
    connection.annotate("reconcile-requested-at", "now").await;
    connection.until_condition("Ready", "False", "Unauthorized").await;
    for name in names {
        world.schedule(name).edit(json!({ "input": { "more": true } })).await;
        world.schedule(name).until_condition("Ready", "False", "Unauthorized").await;
    }
    let refused = world.sandbox.all_calls().await.answered(401);
    assert!(refused.0.iter().all(|call| call.schedule_id.is_none()), "{refused}");
    world.put_secret("api-key", "key", OPERATOR_KEY);
    for name in names {
        world.schedule(name).until_ready("InSync").await;
        assert_eq!(world.remote(name).await["input"], json!({ "more": true }));
    }
}

#[tokio::test]
async fn a_schedule_without_a_connection_reports_it_and_continues_when_it_exists() {
    let world = World::start().await;
    let usual = world.connection("default").get().await.unwrap()["spec"].clone();
    let resource = world.schedule("nightly");
    let mut spec = daily();
    spec["connectionRef"] = json!({ "name": "later" });
    resource.apply(spec).await;
    let told = resource.until_condition("Ready", "False", "ConnectionNotFound").await;
    assert!(message(&told, "Ready").contains("later"), "{}", message(&told, "Ready"));
    let mut later = usual;
    later["scheduleIdPrefix"] = json!("later");
    world.connection("later").apply(later).await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn the_default_connection_of_the_operator_is_used_if_there_is_no_other() {
    let neighbour = crate::harness::Namespace::fresh().await;
    let connection = json!({ "allowedNamespaces": { "from": "All" } });
    let world = World::builder().connection(connection).operators(0).start().await;
    let default = format!("{}/default", world.name);
    let world = world.with_operator(&["--watch-namespace", &neighbour.name, "--default-connection", &default]).await;
    let resource = neighbour.schedule("nightly");
    resource.apply(daily()).await;
    let ready = resource.until_ready("InSync").await;
    assert_eq!(ready["status"]["connection"], json!(default));
    assert_eq!(ready["status"]["scheduleId"], json!(format!("e2e.{}.nightly", neighbour.name)));
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
}

#[tokio::test]
async fn a_key_is_never_sent_in_the_clear_or_to_a_host_that_is_not_allowed() {
    let world = World::builder().arguments(&["--allowed-server-hosts", "127.0.0.1"]).start().await;
    let usual = world.connection("default").get().await.unwrap()["spec"].clone();
    for (name, url, word) in
        [("clear", "http://example.com", "https"), ("elsewhere", "https://example.com", "--allowed-server-hosts")]
    {
        let mut spec = usual.clone();
        spec["serverUrl"] = json!(url);
        world.connection(name).apply(spec).await;
        let told = world.connection(name).until_stalled("Invalid").await;
        assert!(message(&told, "Ready").contains(word), "{}", message(&told, "Ready"));
    }
}

#[tokio::test]
async fn an_outage_of_the_remote_is_reported_and_then_changes_are_applied() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world
        .sandbox
        .inject(json!({ "principal": "key-1", "fault": { "kind": "Status", "status": 503, "body": "html" } }))
        .await;
    resource.edit(json!({ "input": { "more": true } })).await;
    let told = resource.until_condition("Ready", "False", "RemoteUnavailable").await;
    assert!(message(&told, "Ready").contains("503"), "{}", message(&told, "Ready"));
    world.connection("default").until_condition("Ready", "False", "RemoteUnavailable").await;
    world.sandbox.heal().await;
    resource.until_ready("InSync").await;
    world.connection("default").until_ready("Connected").await;
    assert_eq!(world.writes("nightly").await.len(), 2, "the create and one patch");
}

#[tokio::test]
async fn a_429_slows_the_connection_down_and_nothing_is_lost() {
    let world = World::start().await;
    let limited = json!({ "principal": "key-1", "times": 5, "fault": { "kind": "RateLimited", "retry_after": "1" } });
    world.sandbox.inject(limited).await;
    let names = ["one", "two", "three"];
    for name in names {
        world.schedule(name).apply(daily()).await;
    }
    for name in names {
        world.schedule(name).until_ready("InSync").await;
    }
    assert_eq!(world.sandbox.schedules().await.len(), 3);
}

#[tokio::test]
async fn a_server_without_whoami_can_be_used() {
    let world = World::builder().operators(0).start().await;
    world.sandbox.set(json!({ "whoami": false })).await;
    let world = world.with_operator(&[]).await;
    let connection = world.connection("default").until_ready("Connected").await;
    assert_eq!(connection["status"].get("identity"), None);
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn a_paused_schedule_is_counted_and_a_drifted_one_too() {
    let world = World::start().await;
    let (paused, observed) = (world.schedule("paused"), world.schedule("observed"));
    let mut spec = daily();
    spec["paused"] = json!(true);
    paused.apply(spec).await;
    world.sandbox.console().create("by-hand", "report", json!({ "input": 1, "cron_expressions": ["0 9 * * *"] })).await;
    let mut spec = daily();
    spec["scheduleId"] = json!("by-hand");
    spec["management"] = json!("Observe");
    observed.apply(spec).await;
    paused.until_ready("Paused").await;
    observed.until_ready("Observing").await;
    world.polls(1).await;
    let counted = |object: &Value| {
        let counts = &object["status"]["schedules"];
        (&counts["managed"], &counts["paused"], &counts["drifted"]) == (&json!(2), &json!(1), &json!(1))
    };
    world.connection("default").until("both are counted", counted).await;
}
