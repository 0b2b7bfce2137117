//! The verbs that change schedules.

use serde_json::{Value, json};

use super::wfs;
use crate::harness::World;
use crate::specs::{daily, with};

async fn ready(world: &World, names: &[&str]) {
    for name in names {
        world.schedule(name).apply(daily()).await;
    }
    for name in names {
        world.schedule(name).until_ready("InSync").await;
    }
}

fn annotation(object: &Value, name: &str) -> Value {
    object["metadata"]["annotations"][format!("workflows.mistral.ai/{name}")].clone()
}

#[tokio::test]
async fn a_trigger_waits_for_its_acknowledgement_and_names_the_run() {
    let world = World::start().await;
    ready(&world, &["nightly"]).await;
    let said = wfs(&world, &["trigger", "nightly"]).ok();
    let runs = world.sandbox.runs(&world.id("nightly")).await;
    let run = runs.iter().find(|run| run["triggered"] == true).unwrap_or_else(|| panic!("{said}: {runs:?}"));
    let id = run["execution_id"].as_str().unwrap();
    assert_eq!(said, format!("{}/nightly: started run {id}\n", world.name));
}

#[tokio::test]
async fn the_overlap_of_one_trigger_is_not_that_of_the_next() {
    let world = World::start().await;
    ready(&world, &["nightly"]).await;
    wfs(&world, &["trigger", "nightly", "--overlap", "AllowAll"]).ok();
    let resource = world.schedule("nightly");
    assert_eq!(annotation(&resource.get().await.unwrap(), "trigger-overlap"), "AllowAll");
    wfs(&world, &["trigger", "nightly"]);
    assert_eq!(annotation(&resource.get().await.unwrap(), "trigger-overlap"), Value::Null);
    resource.annotate("trigger-overlap", "BufferOne").await;
    wfs(&world, &["trigger", "nightly"]);
    assert_eq!(annotation(&resource.get().await.unwrap(), "trigger-overlap"), "BufferOne", "somebody else set it");
}

#[tokio::test]
async fn a_refused_trigger_fails_and_says_why() {
    let world = World::start().await;
    ready(&world, &["nightly"]).await;
    wfs(&world, &["kill-switch", "on", "default", "--note", "incident 4711"]).ok();
    let said = wfs(&world, &["trigger", "nightly"]).with_code(1);
    assert!(said.contains("refused: connection") && said.contains("is paused"), "{said}");
}

#[tokio::test]
async fn pause_and_resume_leave_the_spec_as_it_was() {
    let world = World::start().await;
    ready(&world, &["nightly"]).await;
    let before = world.schedule("nightly").get().await.unwrap()["spec"].clone();
    let said = wfs(&world, &["pause", "nightly", "--note", "holidays"]).ok();
    assert!(said.contains("Paused"), "{said}");
    let there = world.remote("nightly").await;
    assert_eq!((&there["paused"], &there["note"]), (&json!(true), &json!("holidays")));
    let said = wfs(&world, &["resume", "nightly"]).ok();
    assert!(said.contains("InSync"), "{said}");
    assert_eq!(world.remote("nightly").await["paused"], false);
    assert_eq!(world.schedule("nightly").get().await.unwrap()["spec"], before);
    assert_eq!(world.writes("nightly").await, ["create", "pause", "resume"]);
}

#[tokio::test]
async fn resume_ends_the_pause_of_a_person_but_not_that_of_the_kill_switch() {
    let world = World::start().await;
    ready(&world, &["nightly"]).await;
    world.sandbox.console().pause(&world.id("nightly"), "looking into it").await;
    wfs(&world, &["reconcile", "nightly"]).ok();
    wfs(&world, &["resume", "nightly"]).ok();
    assert_eq!(world.remote("nightly").await["paused"], false);
    wfs(&world, &["kill-switch", "on", "default"]).ok();
    let said = wfs(&world, &["resume", "nightly"]).with_code(1);
    assert!(said.contains("still paused"), "{said}");
}

#[tokio::test]
async fn reconcile_waits_for_the_comparison_with_the_remote() {
    let world = World::start().await;
    ready(&world, &["nightly"]).await;
    world.sandbox.console().patch(&world.id("nightly"), json!({ "input": { "by": "hand" } })).await;
    let said = wfs(&world, &["reconcile", "nightly", "--wait"]).ok();
    assert!(said.contains("InSync"), "{said}");
    assert_eq!(world.remote("nightly").await["input"], Value::Null);
    let polls = world.sandbox.calls().await.named("list").count();
    wfs(&world, &["reconcile", "--connection", "default", "--wait"]).ok();
    assert!(world.sandbox.calls().await.named("list").count() > polls);
}

#[tokio::test]
async fn adopt_takes_over_what_is_equal() {
    let world = World::start().await;
    let console = world.sandbox.console();
    console.create("legacy", "report", json!({ "input": null, "cron_expressions": ["0 9 * * *"] })).await;
    let resource = world.schedule("nightly");
    resource.apply(with(daily(), "scheduleId", json!("legacy"))).await;
    resource.until_stalled("AlreadyExists").await;
    let said = wfs(&world, &["adopt", "nightly"]).ok();
    assert!(said.contains("InSync"), "{said}");
    assert_eq!(world.sandbox.calls().await.of("legacy").mutating().count(), 0);
    ready(&world, &["other"]).await;
    assert!(wfs(&world, &["adopt", "other"]).with_code(2).contains("no scheduleId"));
}

#[tokio::test]
async fn what_git_would_undo_is_not_changed_unless_told() {
    let world = World::start().await;
    let labels = json!({ "labels": {
        "kustomize.toolkit.fluxcd.io/name": "team-a", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    } });
    let resource = world.schedule("nightly");
    resource.apply_with(labels, daily()).await;
    resource.until_ready("InSync").await;
    let said = wfs(&world, &["pause", "nightly"]).with_code(1);
    assert!(said.contains("Flux, Kustomization flux-system/team-a applies it"), "{said}");
    assert!(said.contains("flux suspend kustomization team-a -n flux-system"), "{said}");
    assert_eq!(resource.get().await.unwrap()["spec"].get("paused"), None);
    // A request is no field that Git holds.
    wfs(&world, &["trigger", "nightly"]).ok();
    let said = wfs(&world, &["pause", "nightly", "--anyway"]).ok();
    assert!(said.contains("undoes it at its next sync if spec.paused is in Git"), "{said}");
    assert_eq!(world.remote("nightly").await["paused"], true);
    let managers = resource.get().await.unwrap()["metadata"]["managedFields"].clone();
    let is_removed_by_flux = |entry: &Value| entry["manager"].as_str().unwrap().starts_with("kubectl");
    assert!(!managers.as_array().unwrap().iter().any(is_removed_by_flux), "{managers}");
}

#[tokio::test]
async fn many_objects_need_a_confirmation_and_a_dry_run_changes_nothing() {
    let world = World::start().await;
    let names = ["a", "b", "c", "d"];
    ready(&world, &names).await;
    assert!(wfs(&world, &["pause"]).with_code(2).contains("name the objects"));
    let said = wfs(&world, &["pause", "--all"]).with_code(2);
    assert!(said.contains("Pause 4 objects") && said.contains("--yes"), "{said}");
    let said = wfs(&world, &["pause", "--all", "--dry-run"]).ok();
    assert_eq!(said.lines().count(), 4, "{said}");
    assert_eq!(world.remote("a").await["paused"], false);
    wfs(&world, &["pause", "--all", "--yes"]).ok();
    for name in names {
        assert_eq!(world.remote(name).await["paused"], true, "{name}");
    }
    assert!(wfs(&world, &["resume", "a", "nobody"]).with_code(1).contains("there is no WorkflowSchedule nobody"));
    world.schedule("a").merge(json!({ "metadata": { "labels": { "team": "x" } } })).await;
    assert_eq!(wfs(&world, &["resume", "-l", "team=x"]).ok().lines().count(), 1);
}

#[tokio::test]
async fn without_an_operator_it_says_that_nothing_answers() {
    let world = World::builder().operators(0).start().await;
    world.schedule("nightly").apply(daily()).await;
    let said = wfs(&world, &["trigger", "nightly", "--timeout", "1s"]).with_code(4);
    assert!(said.contains("is the operator running"), "{said}");
}
