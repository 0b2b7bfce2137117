//! Behaviour of the API that is not documented: the operator works correctly in each case.

use serde_json::{Value, json};

use crate::harness::World;
use crate::specs::{daily, with};

/// Each switch of the sandbox for an open question about the API.
fn variants() -> Vec<Value> {
    let mut variants = vec![
        json!({ "partial_list": true }),
        json!({ "list_lag": "PT30S" }),
        json!({ "page_limit": 1 }),
        json!({ "patch_rebuilds": true }),
        json!({ "patch_drops_pending": true }),
        json!({ "domain_404": false }),
        json!({ "empty_timing": "Refuse" }),
    ];
    for duplicate in ["Ok200", "Created201", "Refused422", "Failed500"] {
        variants.push(json!({ "duplicate": duplicate }));
    }
    for missing in ["NoContent204", "Failed500"] {
        variants.push(json!({ "delete_missing": missing }));
    }
    for note in ["Keep", "Clear"] {
        variants.push(json!({ "resume_note": note }));
    }
    variants
}

#[tokio::test]
async fn a_whole_lifecycle_works_with_every_undocumented_behaviour_of_the_api() {
    let world = World::start().await;
    for (number, settings) in variants().into_iter().enumerate() {
        println!("variant: {settings}");
        world.sandbox.set(settings.clone()).await;
        life(&world, &format!("s-{number}")).await;
        let usual: serde_json::Map<_, _> =
            settings.as_object().unwrap().keys().map(|name| (name.clone(), Value::Null)).collect();
        world.sandbox.set(Value::Object(usual)).await;
    }
}

/// Created paused with a lost reply, changed, resumed, deleted by somebody else and by the operator.
async fn life(world: &World, name: &str) {
    let resource = world.schedule(name);
    let lost = json!({
        "operations": ["create"], "schedule_id": world.id(name), "times": 1, "fault": { "kind": "DropAfter" },
    });
    world.sandbox.inject(lost).await;
    resource.apply(with(daily(), "paused", json!(true))).await;
    resource.until_ready("Paused").await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("Paused").await;
    let there = world.remote(name).await;
    assert_eq!((&there["paused"], &there["calendars"][0]["hour"][0]["start"]), (&json!(true), &json!(10)));
    resource.edit(json!({ "paused": false })).await;
    resource.until_ready("InSync").await;
    let there = world.remote(name).await;
    assert_eq!((&there["paused"], &there["start_at"]), (&json!(false), &Value::Null));
    world.stays_quiet().await;
    world.sandbox.console().delete(&world.id(name)).await;
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.schedule(&world.id(name)).await, None);
}

#[tokio::test]
async fn a_change_of_the_input_is_found_although_a_list_does_not_contain_it() {
    let world = World::start().await;
    world.sandbox.set(json!({ "partial_list": true })).await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.sandbox.console().patch(&world.id("nightly"), json!({ "input": { "by": "hand" } })).await;
    world.until_remote("nightly", "its input is as declared", |there| there["input"].is_null()).await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
}

#[tokio::test]
async fn a_stale_list_creates_nothing_twice_and_undoes_nothing() {
    let world = World::start().await;
    world.sandbox.set(json!({ "list_lag": "PT20S" })).await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    world.stays_quiet_over_polls().await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
}

#[tokio::test]
async fn a_workspace_that_requires_encoded_inputs_is_reported_and_an_encoded_input_works() {
    let world = World::start().await;
    world.sandbox.set(json!({ "require_encoding": true })).await;
    let (plain, encoded) = (world.schedule("plain"), world.schedule("encoded"));
    plain.apply(with(daily(), "input", json!({ "a": 1 }))).await;
    plain.until_stalled("RemoteRefused").await;
    let input = json!({ "b64payload": "aGVsbG8=", "encoding_options": ["encrypted"], "empty": false });
    encoded.apply(with(daily(), "input", input.clone())).await;
    encoded.until_ready("InSync").await;
    encoded.reconcile().await;
    assert_eq!(world.remote("encoded").await["input"], input);
    assert_eq!(world.writes("encoded").await, ["create"]);
}
