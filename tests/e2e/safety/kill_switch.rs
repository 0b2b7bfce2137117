//! The kill switch of a connection.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::harness::World;
use crate::specs::{every, with};

#[tokio::test]
async fn the_kill_switch_pauses_the_soonest_first_and_lifting_it_resumes_only_those() {
    let world =
        World::builder().connection(json!({ "rateLimit": { "requestsPerSecond": 2, "burst": 2 } })).start().await;
    // In alphabetical order of their next runs, except for the last.
    let names = ["b-1h", "c-2h", "d-3h", "a-6h"];
    for (name, interval) in names.into_iter().zip(["1h", "2h", "3h", "6h"]) {
        world.schedule(name).apply(with(every(interval), "startAt", json!("2090-01-01T00:30:00Z"))).await;
    }
    world.schedule("theirs").apply(every("12h")).await;
    for name in names.into_iter().chain(["theirs"]) {
        world.schedule(name).until_ready("InSync").await;
    }
    world.sandbox.console().pause(&world.id("theirs"), "looking into it").await;
    world.stays_quiet().await;
    let connection = world.connection("default");
    connection.edit(json!({ "paused": true, "pauseNote": "the database moves" })).await;
    for name in names {
        let paused = world.schedule(name).until_ready("Paused").await;
        let note = paused["status"]["pauseNote"].as_str().unwrap_or_default().to_owned();
        let mark = format!("paused by WorkflowConnection {}/default", world.name);
        assert!(note.starts_with(&mark) && note.contains("the database moves"), "{note}");
    }
    let pauses = world.sandbox.calls().await.named("pause");
    let order: Vec<String> = pauses.0.iter().filter_map(|call| call.schedule_id.clone()).collect();
    assert_eq!(order, names.map(|name| world.id(name)), "soonest next run first");
    world.polls(1).await;
    let switched = |object: &Value| object["status"]["killSwitch"] == json!({ "paused": 5, "total": 5 });
    connection.until("it says how far it has come", switched).await;

    let (late, asking) = (world.schedule("late"), world.schedule("b-1h"));
    late.apply(every("1s")).await;
    late.until_ready("Paused").await;
    asking.annotate("trigger-requested-at", &Timestamp::now().to_string()).await;
    asking.until("its trigger is refused", |object| object["status"]["trigger"]["state"] == "Refused").await;
    assert_eq!(world.sandbox.runs(&world.id("late")).await.len(), 0, "what is new under it never fires");

    connection.edit(json!({ "paused": null, "pauseNote": null })).await;
    for name in names.into_iter().chain(["late"]) {
        world.schedule(name).until_ready("InSync").await;
        assert_eq!(world.remote(name).await["paused"], false, "{name}");
    }
    let theirs = world.remote("theirs").await;
    assert_eq!((&theirs["paused"], &theirs["note"]), (&json!(true), &json!("looking into it")));
    assert_eq!(world.sandbox.calls().await.named("resume").of(&world.id("theirs")).count(), 0);
}

#[tokio::test]
async fn lifting_the_kill_switch_does_not_resume_what_fails_under_pause_on_failure() {
    let world = World::start().await;
    world.sandbox.set(json!({ "workflows": { "report": { "outcome": "FAILED", "run_time": "PT1H" } } })).await;
    let resource = world.schedule("failing");
    resource.apply(with(every("24h"), "policy", json!({ "pauseOnFailure": true }))).await;
    resource.until_ready("InSync").await;
    // A run is active when the kill switch is turned on, and fails while it is on.
    resource.annotate("trigger-requested-at", &Timestamp::now().to_string()).await;
    resource.until("triggered", |object| object["status"]["trigger"]["state"] == "Accepted").await;
    let connection = world.connection("default");
    connection.edit(json!({ "paused": true })).await;
    resource.until_ready("Paused").await;
    world.sandbox.advance("PT2H").await;
    connection.edit(json!({ "paused": false })).await;
    connection.until_ready("Connected").await;
    resource.reconcile().await;
    assert_eq!(world.remote("failing").await["paused"], true);
    assert_eq!(world.sandbox.calls().await.named("resume").count(), 0);
}
