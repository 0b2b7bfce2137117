//! A trigger starts at most one run, even if its reply is lost.

use serde_json::{Value, json};

use crate::harness::{Object, World, eventually};
use crate::specs::{daily, with};

async fn ready(world: &World) -> Object {
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource
}

async fn ask(resource: &Object) {
    resource.annotate("trigger-requested-at", &jiff::Timestamp::now().to_string()).await;
}

fn is(state: &'static str) -> impl Fn(&Value) -> bool {
    move |object| object["status"]["trigger"]["state"] == state
}

async fn triggered_runs(world: &World) -> usize {
    let runs = world.sandbox.runs(&world.id("nightly")).await;
    runs.iter().filter(|run| run["triggered"] == true).count()
}

#[tokio::test]
async fn a_trigger_whose_reply_is_lost_is_unknown_and_never_sent_again() {
    let mut world = World::start().await;
    let resource = ready(&world).await;
    world.sandbox.inject(json!({ "operations": ["trigger"], "fault": { "kind": "DropAfter" } })).await;
    ask(&resource).await;
    resource.until("its outcome is unknown", is("Unknown")).await;
    world.until_event("nightly", "Warning TriggerUnknown").await;
    world.sandbox.heal().await;
    resource.reconcile().await;
    world.crash_and_restart();
    resource.reconcile().await;
    assert_eq!(triggered_runs(&world).await, 1);
    assert_eq!(world.writes("nightly").await, ["create", "trigger"]);
}

#[tokio::test]
async fn a_crash_while_a_trigger_is_under_way_does_not_send_it_again() {
    let mut world = World::start().await;
    let resource = ready(&world).await;
    let late = json!({ "operations": ["trigger"], "fault": { "kind": "LateReply", "delay": "PT8S" } });
    world.sandbox.inject(late).await;
    ask(&resource).await;
    eventually("the trigger has arrived", async || match triggered_runs(&world).await {
        1 => Ok(()),
        count => Err(format!("{count} runs")),
    })
    .await;
    world.crash_and_restart();
    world.sandbox.heal().await;
    resource.until("its outcome is unknown", is("Unknown")).await;
    resource.reconcile().await;
    assert_eq!(triggered_runs(&world).await, 1);
}

#[tokio::test]
async fn a_trigger_that_had_no_effect_is_sent_again() {
    let world = World::start().await;
    let resource = ready(&world).await;
    let limited = json!({
        "operations": ["trigger"], "times": 2, "fault": { "kind": "RateLimited", "retry_after_ms": 100 },
    });
    world.sandbox.inject(limited).await;
    ask(&resource).await;
    resource.until("it is accepted", is("Accepted")).await;
    assert_eq!(triggered_runs(&world).await, 1);
}

#[tokio::test]
async fn two_tokens_start_two_runs_and_a_repeated_token_none() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    // Otherwise the engine leaves out the second run while the first is active.
    resource.apply(with(daily(), "policy", json!({ "overlap": "AllowAll" }))).await;
    resource.until_ready("InSync").await;
    for _ in 0..2 {
        // The run of the previous token has ended: a run is left out while another is active.
        world.sandbox.advance("PT1M").await;
        let token = jiff::Timestamp::now().to_string();
        for _ in 0..2 {
            resource.annotate("trigger-requested-at", &token).await;
            resource
                .until("it is accepted", |object| {
                    object["status"]["trigger"]["token"] == token && is("Accepted")(object)
                })
                .await;
        }
        // The engine names a run after the second in which it starts.
        world.sandbox.advance("PT2S").await;
    }
    assert_eq!(triggered_runs(&world).await, 2);
}

#[tokio::test]
async fn a_trigger_works_while_paused() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "paused", json!(true))).await;
    resource.until_ready("Paused").await;
    ask(&resource).await;
    resource.until("it is accepted", is("Accepted")).await;
    assert_eq!(triggered_runs(&world).await, 1);
    assert_eq!(world.remote("nightly").await["paused"], true);
}
