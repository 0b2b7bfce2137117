//! Which ids a resource may write.

use serde_json::{Value, json};

use crate::harness::{Namespace, World, message};
use crate::specs::{daily, with};

fn explicit(id: &str) -> Value {
    with(daily(), "scheduleId", json!(id))
}

#[tokio::test]
async fn of_two_resources_with_one_id_the_older_holds_it_and_then_the_younger() {
    let world = World::start().await;
    let (first, second) = (world.schedule("first"), world.schedule("second"));
    first.apply(explicit("shared")).await;
    first.until_ready("InSync").await;
    second.apply(with(explicit("shared"), "adoption", json!("IfExists"))).await;
    let stalled = second.until_stalled("Conflict").await;
    assert!(message(&stalled, "Ready").contains("first"), "{}", message(&stalled, "Ready"));
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
    first.edit(json!({ "deletionPolicy": "Orphan" })).await;
    first.until_ready("InSync").await;
    first.delete().await.until_gone().await;
    second.until_ready("InSync").await;
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
}

#[tokio::test]
async fn the_loser_of_a_conflict_deletes_nothing_when_it_is_deleted() {
    let world = World::start().await;
    let (first, second) = (world.schedule("first"), world.schedule("second"));
    first.apply(explicit("shared")).await;
    first.until_ready("InSync").await;
    second.apply(explicit("shared")).await;
    second.until_stalled("Conflict").await;
    second.delete().await.until_gone().await;
    first.reconcile().await;
    assert!(world.sandbox.schedule("shared").await.is_some());
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
}

#[tokio::test]
async fn an_explicit_id_under_the_prefix_is_refused_unless_it_is_the_resources_own() {
    let world = World::start().await;
    let (victim, thief, honest) = (world.schedule("victim"), world.schedule("thief"), world.schedule("honest"));
    victim.apply(daily()).await;
    victim.until_ready("InSync").await;
    thief.apply(with(explicit(&world.id("victim")), "adoption", json!("IfExists"))).await;
    thief.until_stalled("IdNotAllowed").await;
    honest.apply(explicit(&world.id("honest"))).await;
    honest.until_ready("InSync").await;
    thief.delete().await.until_gone().await;
    assert!(world.sandbox.schedule(&world.id("victim")).await.is_some());
}

/// A test setup and a second namespace that may use its connection.
async fn with_a_neighbour() -> (World, Namespace) {
    let neighbour = Namespace::fresh().await;
    let connection = json!({
        "allowedNamespaces": { "from": "Names", "names": [neighbour.name] },
        "allowedScheduleIds": ["{namespace}.*"],
    });
    let world =
        World::builder().connection(connection).arguments(&["--watch-namespace", &neighbour.name]).start().await;
    (world, neighbour)
}

fn through(world: &World, spec: Value) -> Value {
    with(spec, "connectionRef", json!({ "name": "default", "namespace": world.name }))
}

#[tokio::test]
async fn another_namespace_claims_only_the_explicit_ids_that_it_is_allowed() {
    let (world, neighbour) = with_a_neighbour().await;
    let (bad, good) = (neighbour.schedule("bad"), neighbour.schedule("good"));
    bad.apply(through(&world, explicit("not-theirs"))).await;
    bad.until_stalled("IdNotAllowed").await;
    let allowed = format!("{}.1", neighbour.name);
    good.apply(through(&world, explicit(&allowed))).await;
    good.until_ready("InSync").await;
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
}

#[tokio::test]
async fn a_status_edited_to_anothers_id_is_told_and_its_deletion_goes_to_its_own_schedule() {
    let world = World::start().await;
    let (edited, other) = (world.schedule("edited"), world.schedule("other"));
    for resource in [&edited, &other] {
        resource.apply(daily()).await;
        resource.until_ready("InSync").await;
    }
    edited.merge_status(json!({ "scheduleId": world.id("other") })).await;
    let told = edited.until_stalled("Immutable").await;
    let said = message(&told, "Ready");
    assert!(said.contains(&world.id("other")) && said.contains("status.scheduleId"), "{said}");
    // The command of the message mends it.
    let command = said.split("kubectl ").nth(1).unwrap();
    let patch = command.split('\'').nth(1).unwrap();
    world.kubectl(&["patch", "workflowschedule", "edited", "--subresource", "status", "--type", "merge", "-p", patch]);
    edited.until_ready("InSync").await;
    edited.merge_status(json!({ "scheduleId": world.id("other") })).await;
    edited.until_stalled("Immutable").await;
    edited.delete().await.until_gone().await;
    let event = world.until_event("edited", "Warning Orphaned").await;
    assert!(event.contains(&world.id("other")), "{event}");
    other.reconcile().await;
    other.until_ready("InSync").await;
    assert!(world.sandbox.schedule(&world.id("edited")).await.is_none());
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create", "create", "delete"]);
}

#[tokio::test]
async fn a_withdrawn_permission_stops_all_writes_except_the_deletion() {
    let (world, neighbour) = with_a_neighbour().await;
    let resource = neighbour.schedule("nightly");
    resource.apply(through(&world, daily())).await;
    resource.until_ready("InSync").await;
    world.connection("default").edit(json!({ "allowedNamespaces": { "from": "Same", "names": null } })).await;
    resource.until_condition("Ready", "False", "NotPermitted").await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_condition("Ready", "False", "NotPermitted").await;
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
    resource.delete().await.until_gone().await;
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create", "delete"]);
}

#[tokio::test]
async fn a_connection_that_is_missing_and_one_that_is_not_permitted_read_alike() {
    let (world, neighbour) = with_a_neighbour().await;
    world.connection("default").edit(json!({ "allowedNamespaces": null })).await;
    let (hidden, missing) = (neighbour.schedule("hidden"), neighbour.schedule("missing"));
    hidden.apply(through(&world, daily())).await;
    missing.apply(with(daily(), "connectionRef", json!({ "name": "other", "namespace": world.name }))).await;
    let hidden = hidden.until_condition("Ready", "False", "NotPermitted").await;
    let missing = missing.until_condition("Ready", "False", "NotPermitted").await;
    assert_eq!(message(&hidden, "Ready"), message(&missing, "Ready").replace("/other", "/default"));
    assert_eq!(world.sandbox.calls().await.mutating().count(), 0);
}

#[tokio::test]
async fn a_schedule_cannot_move_to_another_connection() {
    let world = World::start().await;
    let usual = world.connection("default").get().await.unwrap()["spec"].clone();
    let other = world.connection("other");
    other.apply(with(usual, "scheduleIdPrefix", json!("other"))).await;
    other.until_ready("Connected").await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    resource.edit(json!({ "connectionRef": { "name": "other" } })).await;
    let stalled = resource.until_stalled("Immutable").await;
    assert!(message(&stalled, "Ready").contains("connectionRef"), "{}", message(&stalled, "Ready"));
    assert_eq!(world.sandbox.calls().await.mutating().operations(), ["create"]);
}
