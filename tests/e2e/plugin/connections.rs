//! The verbs about connections.

use futures::future::join_all;
use serde_json::json;

use super::wfs;
use crate::harness::World;
use crate::specs::daily;

async fn with_schedules(count: usize) -> (World, Vec<String>) {
    let world = World::start().await;
    let names: Vec<String> = (0..count).map(|number| format!("s-{number:02}")).collect();
    join_all(names.iter().map(async |name| {
        world.schedule(name).apply(daily()).await;
        world.schedule(name).until_ready("InSync").await;
    }))
    .await;
    (world, names)
}

#[tokio::test]
async fn the_kill_switch_is_on_when_all_are_paused_and_off_again() {
    let (world, names) = with_schedules(3).await;
    let said = wfs(&world, &["kill-switch", "on", "default", "--note", "incident 4711"]).ok();
    assert!(said.contains("on: 3 of 3 schedules are paused"), "{said}");
    for name in &names {
        let note = world.remote(name).await["note"].clone();
        assert!(note.as_str().is_some_and(|note| note.ends_with("incident 4711")), "{note}");
    }
    let said = wfs(&world, &["connections"]).ok();
    assert!(said.contains("on, 3 of 3 paused"), "{said}");
    wfs(&world, &["kill-switch", "off", "default"]).ok();
    for name in &names {
        world.until_remote(name, "resumed", |there| there["paused"] == false).await;
    }
}

#[tokio::test]
async fn deletions_that_wait_are_shown_and_approved() {
    let (world, names) = with_schedules(14).await;
    assert!(wfs(&world, &["approve", "deletions", "default"]).ok().contains("nothing waits"));
    join_all(names.iter().map(async |name| {
        world.schedule(name).delete().await;
    }))
    .await;
    world.connection("default").until("four wait", |object| object["status"]["heldDeletions"] == 4).await;
    assert!(wfs(&world, &["connections"]).ok().contains("4 deletion(s) wait"));
    let said = wfs(&world, &["approve", "deletions", "default"]).with_code(2);
    assert!(said.contains("4 deletion(s) wait") && said.contains("--yes"), "{said}");
    wfs(&world, &["approve", "deletions", "default", "--yes"]).ok();
    for name in &names {
        world.schedule(name).until_gone().await;
    }
}

#[tokio::test]
async fn unclaimed_ids_are_listed() {
    let world = World::start().await;
    assert!(wfs(&world, &["unclaimed", "default"]).ok().ends_with("default: none\n"));
    let there = json!({ "input": null, "cron_expressions": ["0 9 * * *"] });
    world.sandbox.console().create(&world.id("forgotten"), "report", there).await;
    wfs(&world, &["reconcile", "--connection", "default"]).ok();
    let status = |object: &serde_json::Value| object["status"]["unclaimed"]["count"] == 1;
    world.connection("default").until("it is counted", status).await;
    assert!(wfs(&world, &["unclaimed", "default"]).ok().contains(&world.id("forgotten")));
}
