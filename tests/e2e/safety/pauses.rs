//! A schedule that is declared paused never fires, and a pause is never lost.

use serde_json::{Value, json};

use crate::harness::{Object, World, eventually};
use crate::specs::{every, with};

/// Declares a schedule that is due every second as paused. For one minute it exists and its pause fails.
async fn created_and_not_paused_for_a_minute(world: &World) -> Object {
    let unavailable = json!({ "operations": ["pause"], "fault": { "kind": "Status", "status": 503 } });
    world.sandbox.inject(unavailable).await;
    let resource = world.schedule("every-second");
    resource.apply(with(every("1s"), "paused", json!(true))).await;
    eventually("a pause is tried", async || {
        let calls = world.sandbox.calls().await.of(&world.id("every-second")).named("pause");
        if calls.count() > 0 { Ok(()) } else { Err(calls.to_string()) }
    })
    .await;
    world.sandbox.advance("PT1M").await;
    resource
}

#[tokio::test]
async fn a_schedule_declared_paused_never_fires_between_create_and_pause() {
    let world = World::start().await;
    let resource = created_and_not_paused_for_a_minute(&world).await;
    assert_eq!(world.remote("every-second").await["paused"], false);
    world.sandbox.heal().await;
    resource.until_ready("Paused").await;
    let there = world.remote("every-second").await;
    assert_eq!((&there["paused"], &there["start_at"]), (&json!(true), &Value::Null), "its real timing is in place");
    world.sandbox.advance("PT1M").await;
    assert_eq!(world.sandbox.runs(&world.id("every-second")).await.len(), 0);
}

#[tokio::test]
async fn a_crash_between_create_and_pause_lets_nothing_fire() {
    let mut world = World::start().await;
    let resource = created_and_not_paused_for_a_minute(&world).await;
    world.crash_and_restart();
    world.sandbox.heal().await;
    resource.until_ready("Paused").await;
    world.sandbox.advance("PT1M").await;
    assert_eq!(world.sandbox.runs(&world.id("every-second")).await.len(), 0);
    assert_eq!(world.remote("every-second").await["start_at"], Value::Null);
}

#[tokio::test]
async fn a_patch_of_a_paused_schedule_lets_nothing_fire_on_a_server_that_rebuilds() {
    let world = World::start().await;
    world.sandbox.set(json!({ "patch_rebuilds": true })).await;
    let resource = world.schedule("every-second");
    resource.apply(with(every("1s"), "paused", json!(true))).await;
    resource.until_ready("Paused").await;
    resource.edit(json!({ "input": { "more": true } })).await;
    resource.until_ready("Paused").await;
    world.sandbox.advance("PT1M").await;
    let there = world.remote("every-second").await;
    assert_eq!((&there["paused"], &there["input"]), (&json!(true), &json!({ "more": true })));
    assert_eq!(world.sandbox.runs(&world.id("every-second")).await.len(), 0);
}

#[tokio::test]
async fn a_pause_by_a_person_and_its_note_survive_a_patch_on_a_server_that_rebuilds() {
    let world = World::start().await;
    world.sandbox.set(json!({ "patch_rebuilds": true })).await;
    let resource = world.schedule("every-second");
    resource.apply(every("1h")).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().pause(&world.id("every-second"), "looking into it").await;
    resource.reconcile().await;
    resource.edit(json!({ "intervals": [{ "every": "2h" }] })).await;
    let paused = resource.until_ready("Paused").await;
    assert_eq!(paused["status"]["pauseNote"], "looking into it");
    let there = world.remote("every-second").await;
    assert_eq!((&there["paused"], &there["note"]), (&json!(true), &json!("looking into it")));
    assert_eq!(there["intervals"][0]["every"], "PT2H");
    assert_eq!(there["start_at"], Value::Null);
}

#[tokio::test]
async fn a_pause_comes_before_the_patch_of_the_same_edit_and_a_resume_after_it() {
    let world = World::start().await;
    let resource = world.schedule("every-second");
    resource.apply(every("1h")).await;
    resource.until_ready("InSync").await;
    let id = world.id("every-second");
    resource.edit(json!({ "paused": true, "intervals": [{ "every": "2h" }] })).await;
    resource.until_ready("Paused").await;
    let first = world.sandbox.calls().await.of(&id).mutating();
    let pause = first.operations().iter().position(|operation| *operation == "pause");
    let patch = first.operations().iter().position(|operation| *operation == "patch");
    assert!(pause.is_some() && pause < patch, "{first}");
    resource.edit(json!({ "paused": false, "intervals": [{ "every": "3h" }] })).await;
    resource.until_ready("InSync").await;
    let all = world.sandbox.calls().await.of(&id).mutating();
    assert_eq!(all.operations()[first.count()..], ["patch", "resume"], "{all}");
}

#[tokio::test]
async fn a_pause_does_not_wait_for_a_fire_and_a_patch_does() {
    let world = World::start().await;
    let (patched, paused) = (world.schedule("patched"), world.schedule("paused"));
    for resource in [&patched, &paused] {
        resource.apply(every("30s")).await;
    }
    for resource in [&patched, &paused] {
        resource.until_ready("InSync").await;
    }
    eventually("a fire is 4 s away", async || {
        let second = jiff::Timestamp::now().as_second() % 30;
        if second == 26 { Ok(()) } else { Err(format!("second {second}")) }
    })
    .await;
    patched.edit(json!({ "input": { "more": true } })).await;
    paused.edit(json!({ "paused": true })).await;
    paused.until_ready("Paused").await;
    patched.until_condition("Ready", "False", "Guarded").await;
    patched.until_ready("InSync").await;
    let second = async |name: &str, operation: &str| {
        let calls = world.sandbox.calls().await.of(&world.id(name)).named(operation);
        let at: jiff::Timestamp = calls.0[0].at.parse().unwrap();
        at.as_millisecond() % 30_000
    };
    assert!((26_000..30_000).contains(&second("paused", "pause").await), "a pause is sent at once");
    let sent = second("patched", "patch").await;
    assert!((5_000..25_000).contains(&sent), "a patch is sent {sent} ms after a fire");
}
