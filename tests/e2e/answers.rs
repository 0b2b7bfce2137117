//! Answers that no API gives: too long, without an end, or with the key in them. Whoever writes a connection
//! chooses the server, and may take nobody else down with it.

use serde_json::{Value, json};

use crate::harness::{OPERATOR_KEY, World, eventually, message};

fn daily() -> Value {
    json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] })
}

/// The most memory that the operator has had so far, in MiB.
fn peak(world: &mut World) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", world.operator().id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

async fn answers_with(world: &World, fault: Value) {
    world.sandbox.inject(json!({ "operations": ["list", "get"], "fault": fault })).await;
}

#[tokio::test]
async fn a_server_without_an_end_is_told_and_costs_the_others_nothing() {
    let mut world = World::start().await;
    world.schedule("steady").apply(daily()).await;
    world.schedule("steady").until_ready("InSync").await;
    for content in ["whitespace", "entries"] {
        let body = json!({ "kind": "LargeBody", "content": content, "size": 1_000_000, "endless": true });
        answers_with(&world, body).await;
        world.polls(3).await;
        let told = world.connection("default").until_condition("Ready", "False", "RemoteUnavailable").await;
        assert!(message(&told, "Ready").contains("longer than 16384 KiB"), "{}", message(&told, "Ready"));
        world.sandbox.heal().await;
        world.connection("default").until_ready("Connected").await;
    }
    world.schedule("steady").until_ready("InSync").await;
    assert!(
        world.writes("steady").await.len() == 1,
        "it was created, and nothing else: {:?}",
        world.writes("steady").await
    );
    let peak = peak(&mut world);
    assert!(peak < 200, "the deployment has 256 MiB, and {peak} MiB were taken");
}

#[tokio::test]
async fn an_error_body_of_many_megabytes_is_cut() {
    let mut world = World::start().await;
    let body = json!({ "kind": "LargeBody", "status": 422, "content": "detail", "size": 30_000_000, "endless": true });
    world.sandbox.inject(json!({ "operations": ["create"], "fault": body })).await;
    world.schedule("daily").apply(daily()).await;
    world.schedule("daily").until_stalled("RemoteRefused").await;
    assert!(peak(&mut world) < 150);
}

#[tokio::test]
async fn an_answer_that_repeats_the_key_shows_it_nowhere() {
    let mut world = World::start().await;
    let spellings = ["plain", "escaped_slash", "unicode", "percent", "base64", "base64_header"];
    for (status, reason) in [(403, "Forbidden"), (422, "RemoteRefused")] {
        for spelling in spellings {
            let name = format!("{reason}-{spelling}").to_lowercase().replace('_', "-");
            let echo = json!({ "kind": "EchoKey", "status": status, "spelling": spelling });
            let rule = json!({ "operations": ["create"], "schedule_id": world.id(&name), "fault": echo });
            world.sandbox.inject(rule).await;
            world.schedule(&name).apply(daily()).await;
            let stalled = world.schedule(&name).until_stalled(reason).await;
            let events = world.events(&name).join("\n");
            shows_no_key(&format!("{spelling} {status}"), &stalled.to_string(), &events, &world.operator().log());
        }
    }
    world.sandbox.heal().await;
    for spelling in ["unicode", "base64_header"] {
        let echo = json!({ "kind": "EchoKey", "status": 401, "spelling": spelling });
        world.sandbox.inject(json!({ "operations": ["list"], "fault": echo })).await;
        let told = world.connection("default").until_condition("Ready", "False", "Unauthorized").await;
        shows_no_key(&format!("{spelling} 401"), &told.to_string(), "", &world.operator().log());
        world.sandbox.heal().await;
        world.connection("default").until_ready("Connected").await;
    }
}

/// The beginning of the key, in the spellings that the remote has used.
fn shows_no_key(what: &str, status: &str, events: &str, log: &str) {
    let parts = [
        OPERATOR_KEY[..16].to_owned(),
        // The first characters as JSON escapes and percent-encoded.
        "\\u006f\\u0070\\u0065\\u0072".to_owned(),
        "%6F%70%65%72".to_owned(),
        // "operator-key" and "Bearer operator-key" in base64.
        "b3BlcmF0b3Ita2V5".to_owned(),
        "QmVhcmVyIG9wZXJhdG9y".to_owned(),
    ];
    for (place, text) in [("status", status), ("events", events), ("log", log)] {
        for part in &parts {
            assert!(!text.contains(part.as_str()), "{what}: the {place} shows {part}: {text}");
        }
    }
}

#[tokio::test]
async fn what_the_remote_shows_of_a_run_is_bounded() {
    let world = World::start().await;
    let long = json!({ "kind": "ReplaceField", "field": "note", "with": { "text": 3_000_000 } });
    answers_with(&world, long).await;
    let resource = world.schedule("paused");
    let mut spec = daily();
    spec["paused"] = json!(true);
    resource.apply(spec).await;
    eventually("its status says that it is paused", async || {
        let status = resource.get().await.unwrap_or_default()["status"].clone();
        let is_paused = status["paused"] == true;
        let is_short = status.to_string().len() < 10_000;
        if is_paused && is_short {
            Ok(())
        } else {
            Err(format!("{} bytes, paused {}", status.to_string().len(), status["paused"]))
        }
    })
    .await;
}
