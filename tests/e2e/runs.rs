//! Whether a schedule's runs started, and how they ended: its status answers that alone.

use serde_json::{Value, json};

use crate::harness::{Object, World, condition, eventually, message};
use crate::specs::{every, with};

/// How the runs of the workflow behave from now on.
async fn behaves(world: &World, workflow: Value) {
    world.sandbox.set(json!({ "workflows": { "report": workflow } })).await;
}

async fn hourly(world: &World) -> Object {
    let resource = world.schedule("hourly");
    resource.apply(every("1h")).await;
    resource.until_ready("InSync").await;
    resource
}

async fn trigger(resource: &Object) {
    resource.annotate("trigger-requested-at", &jiff::Timestamp::now().to_string()).await;
    resource.until("the trigger was accepted", |object| object["status"]["trigger"]["state"] == "Accepted").await;
}

/// Polls until the status is as described.
async fn polled_until(world: &World, resource: &Object, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    eventually(what, async || {
        world.polls(1).await;
        let object = resource.get().await.unwrap();
        if is_so(&object) { Ok(object) } else { Err(object["status"].to_string()) }
    })
    .await
}

fn last_state(object: &Value) -> &Value {
    &object["status"]["lastExecution"]["state"]
}

#[tokio::test]
async fn a_failed_run_is_told_with_its_reason_and_a_completed_one_ends_that() {
    let world = World::start().await;
    world.put_secret("token", "key", "hunter2-hunter2");
    let resource = world.schedule("hourly");
    let secret = json!([{ "secretKeyRef": { "name": "token", "key": "key" }, "into": "token" }]);
    resource.apply(with(every("1h"), "inputFrom", secret)).await;
    resource.until_ready("InSync").await;
    behaves(&world, json!({ "outcome": "FAILED", "failure": "no disk for hunter2-hunter2" })).await;
    // The reason of a run that began in the second of a change is not shown: its input may be the one before.
    let changed: jiff::Timestamp =
        resource.get().await.unwrap()["status"]["lastChangeTime"].as_str().unwrap().parse().unwrap();
    eventually("the second of the change is over", async || {
        let passed = jiff::Timestamp::now().duration_since(changed);
        if passed > jiff::SignedDuration::from_secs(1) { Ok(()) } else { Err(format!("{passed:#}")) }
    })
    .await;
    trigger(&resource).await;
    let failed =
        polled_until(&world, &resource, "it is failing", |object| condition(object, "RunsFailing").is_some()).await;
    let told = message(&failed, "RunsFailing");
    assert!(told.contains("no disk for [redacted]") && told.contains("1 in a row"), "{told}");
    assert_eq!((last_state(&failed), &failed["status"]["consecutiveFailures"]), (&json!("Failed"), &json!(1)));
    assert_eq!(condition(&failed, "Ready").unwrap()["status"], "True", "a failing run must not block a deploy");
    world.until_event("hourly", "Warning RunsFailing").await;
    let shown = world.kubectl(&["get", "wfs", "hourly", "-o", "wide"]);
    assert!(shown.contains("STATE") && shown.contains("Failed") && shown.contains("FAILURES"), "{shown}");
    behaves(&world, json!({ "outcome": "COMPLETED" })).await;
    trigger(&resource).await;
    let done =
        polled_until(&world, &resource, "it is not failing", |object| condition(object, "RunsFailing").is_none()).await;
    assert_eq!((last_state(&done), &done["status"]["consecutiveFailures"]), (&json!("Completed"), &json!(0)));
    assert!(done["status"]["lastSuccessfulTime"].is_string(), "{}", done["status"]);
    assert_eq!(world.sandbox.calls().await.named("events").count(), 1, "one call for the failure");
}

#[tokio::test]
async fn a_run_that_hangs_is_running_and_overdue_where_that_is_declared() {
    let world = World::start().await;
    behaves(&world, json!({ "run_time": "PT1H" })).await;
    let resource = hourly(&world).await;
    resource.edit(json!({ "runs": { "maxDuration": "5s" } })).await;
    resource.until_ready("InSync").await;
    trigger(&resource).await;
    let overdue =
        polled_until(&world, &resource, "it is overdue", |object| condition(object, "RunOverdue").is_some()).await;
    assert_eq!(last_state(&overdue), "Running");
    assert_eq!(world.writes("hourly").await, ["create", "trigger"], "expectations change nothing at the remote");
}

#[tokio::test]
async fn a_run_that_is_not_started_is_missed_until_the_next_one_starts() {
    let world = World::start().await;
    behaves(&world, json!({ "starts": false })).await;
    let resource = world.schedule("frequent");
    resource.apply(with(every("15s"), "runs", json!({ "startWithin": "2s" }))).await;
    resource.until_ready("InSync").await;
    let missed =
        polled_until(&world, &resource, "a run is missed", |object| condition(object, "RunsMissed").is_some()).await;
    let due = missed["status"]["missedExecutionTime"].as_str().unwrap();
    assert!(message(&missed, "RunsMissed").contains(due), "{missed}");
    assert_eq!(condition(&missed, "Ready").unwrap()["status"], "True");
    world.until_event("frequent", "Warning RunsMissed").await;
    behaves(&world, json!({ "starts": true })).await;
    polled_until(&world, &resource, "a run has started", |object| condition(object, "RunsMissed").is_none()).await;
}

#[tokio::test]
async fn without_a_run_whose_end_is_unknown_no_list_of_runs_is_read() {
    let world = World::start().await;
    let resource = hourly(&world).await;
    world.polls(2).await;
    assert_eq!(world.sandbox.calls().await.named("runs").count(), 0);
    trigger(&resource).await;
    world.polls(3).await;
    let before = world.sandbox.calls().await;
    let lists = before.clone().named("list").count();
    let runs = before.clone().named("runs").count();
    assert!((1..=2 * lists).contains(&runs), "{before}");
    assert_eq!(before.named("execution").count(), 0, "a list shows it");
}

#[tokio::test]
async fn a_server_without_a_list_of_runs_is_asked_for_the_last_runs_and_the_connection_says_so() {
    let world = World::start().await;
    world.sandbox.set(json!({ "runs_api": false })).await;
    let resource = hourly(&world).await;
    trigger(&resource).await;
    world.polls(2).await;
    let connection = world.connection("default");
    let limited = |object: &Value| object["status"]["runs"]["limited"].is_string();
    connection.until("it says what is not known", limited).await;
    assert_eq!(condition(&resource.get().await.unwrap(), "Ready").unwrap()["status"], "True");
}

#[tokio::test]
async fn nothing_is_asked_about_runs_where_that_is_switched_off() {
    let world = World::builder().connection(json!({ "runs": { "tracking": "Off" } })).start().await;
    let resource = hourly(&world).await;
    trigger(&resource).await;
    world.polls(3).await;
    assert_eq!(world.sandbox.calls().await.named("runs").count(), 0);
    assert!(last_state(&resource.get().await.unwrap()).is_null());
}
