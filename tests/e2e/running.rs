//! The process: its logs, its end, its HTTP endpoints, and older CRDs.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Cluster, World, eventually};
use crate::specs::daily;

#[tokio::test]
async fn each_action_is_one_log_line_with_schedule_action_and_reason() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    let (namespace, id) = (world.name.clone(), world.id("nightly"));
    let lines = world.operator().log_lines();
    for action in ["create", "patch"] {
        let told: Vec<&Value> = lines.iter().filter(|line| line["action"] == action).collect();
        let [line] = told.as_slice() else { panic!("{action} is told {} times", told.len()) };
        assert_eq!(line["namespace"], json!(namespace));
        assert_eq!(line["name"], "nightly");
        assert_eq!(line["schedule_id"], json!(id));
        assert!(line["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{line}");
        assert!(line["timestamp"].is_string() && line["level"] == "INFO", "{line}");
    }
}

#[tokio::test]
async fn a_poll_without_differences_logs_at_most_one_line() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let before = world.operator().log_lines().len();
    world.polls(5).await;
    let lines = world.operator().log_lines();
    assert!(lines.len() <= before + 5, "{:#?}", &lines[before..]);
}

#[tokio::test]
async fn sigterm_ends_it_within_five_seconds_and_the_next_one_finds_a_complete_state() {
    let mut world = World::start().await;
    let slow = json!({
        "operations": ["create"], "times": 1, "fault": { "kind": "Latency", "delay": "PT2S" },
    });
    world.sandbox.inject(slow).await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    eventually("the create is under way", async || {
        let finalizers = resource.get().await.and_then(|object| object["metadata"].get("finalizers").cloned());
        finalizers.map(drop).ok_or_else(|| "no finalizer yet".into())
    })
    .await;
    let operator = world.operator();
    operator.signal(Signal::TERM);
    let status = operator.ended_within(Duration::from_secs(5)).expect("it ends within 5 s");
    assert!(status.success(), "{status}: {}", operator.log());
    world.start_operator();
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("nightly").await, ["create"]);
}

#[tokio::test]
async fn an_idle_operator_stops_at_once() {
    let mut world = World::start().await;
    let operator = world.operator();
    operator.signal(Signal::INT);
    let status = operator.ended_within(Duration::from_secs(2)).expect("it ends within 2 s");
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn health_readiness_and_metrics_are_served() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let operator = world.operator();
    for path in ["healthz", "readyz"] {
        assert_eq!(operator.ask(path).await.0, 200, "{path}");
    }
    let (status, metrics) = operator.ask("metrics").await;
    assert_eq!(status, 200);
    let creates: Vec<&str> =
        metrics.lines().filter(|line| !line.starts_with('#') && line.contains(r#"operation="create""#)).collect();
    assert!(creates.iter().any(|line| line.ends_with(" 1")), "{creates:?}");
    assert!(!metrics.contains("operator-key"), "no key is in the metrics");
}

#[tokio::test]
async fn with_an_older_crd_the_operator_is_not_ready_and_makes_no_calls() {
    let cluster = Arc::new(Cluster::private());
    let name = "workflowschedules.workflows.mistral.ai";
    let crd = cluster.kubectl().run(["get", "crd", name, "-o", "json"]);
    let current: Value = serde_json::from_str(&crd).unwrap();
    let mut older = current.clone();
    let status = &mut older["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"];
    status.as_object_mut().unwrap().remove("memory");
    cluster.kubectl().with_input(["replace", "-f", "-"], &older.to_string());
    let mut world = World::builder().on(Arc::clone(&cluster)).operators(0).start().await;
    world.schedule("nightly").apply(daily()).await;
    world.start_operator();
    let said = eventually("it says why it is not ready", async || match world.operator().ask("readyz").await {
        (503, text) if text.contains("memory") => Ok(text),
        (status, text) => Err(format!("{status} {text}")),
    })
    .await;
    assert!(said.contains("install the definitions"), "{said}");
    assert_eq!(world.sandbox.calls().await.count(), 0);
    let mut current = current;
    current["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    cluster.kubectl().with_input(["replace", "-f", "-"], &current.to_string());
    world.schedule("nightly").until_ready("InSync").await;
    assert_eq!(world.operator().ask("readyz").await.0, 200);
}
