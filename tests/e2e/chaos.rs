//! Crashes, outages and faults at the same time; at the end the remote must be as declared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use futures::StreamExt as _;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Cluster, World, eventually_within};
use crate::specs::every;

/// The number of resources …
const RESOURCES: usize = 200;
/// … that are edited for this time, while the operator is killed.
const CHAOS: Duration = Duration::from_mins(1);

/// The interval of each schedule, in the form of the remote.
type Intervals = BTreeMap<String, String>;

/// One random change of one random resource.
async fn change(world: &World, declared: &mut Intervals, random: &mut Rng) {
    let name = format!("s-{:03}", random.usize(0..RESOURCES));
    let resource = world.schedule(&name);
    if declared.contains_key(&name) && random.u8(0..4) == 0 {
        resource.delete().await;
        declared.remove(&name);
        return;
    }
    let interval = format!("PT{}H", random.u32(1..24));
    // A resource that is still being deleted cannot be applied again: it stays deleted.
    let is_going = resource.get().await.is_some_and(|object| object["metadata"]["deletionTimestamp"].is_string());
    if !is_going {
        resource.apply(every(&interval)).await;
        declared.insert(name, interval);
    }
}

/// The intervals at the remote.
async fn stored(world: &World) -> Intervals {
    let schedules = world.sandbox.schedules().await;
    let interval = |schedule: &Value| schedule["intervals"][0]["every"].as_str().unwrap_or_default().to_owned();
    let name = |id: &str| id.rsplit('.').next().expect("an id").to_owned();
    schedules.iter().map(|(id, schedule)| (name(id), interval(schedule))).collect()
}

#[tokio::test]
async fn after_random_kills_and_faults_the_remote_is_as_declared() {
    let seed = crate::harness::seed();
    let mut random = Rng::with_seed(seed);
    let mut world = World::start().await;
    // A mass deletion is intended here, for the whole time of the test.
    let approved = jiff::Timestamp::now() + Duration::from_mins(9);
    world.connection("default").annotate("approve-deletions-at", &approved.to_string()).await;
    let failing = json!({ "principal": "key-1", "probability": 0.1, "fault": { "kind": "Status", "status": 503 } });
    let lost = json!({ "principal": "key-1", "probability": 0.05, "fault": { "kind": "DropAfter" } });
    world.sandbox.inject(failing).await;
    world.sandbox.inject(lost).await;
    let mut declared = Intervals::new();
    let begun = Instant::now();
    let mut next_kill = Duration::from_secs(3);
    while begun.elapsed() < CHAOS {
        change(&world, &mut declared, &mut random).await;
        if begun.elapsed() >= next_kill {
            world.crash_and_restart();
            next_kill = begun.elapsed() + Duration::from_millis(random.u64(500..6000));
        }
    }
    world.sandbox.heal().await;
    eventually_within(Duration::from_mins(4), "what is declared is what is there", async || {
        let there = stored(&world).await;
        if there == declared { Ok(()) } else { Err(differences(&declared, &there)) }
    })
    .await;
    futures::stream::iter(declared.keys())
        .for_each_concurrent(20, async |name| {
            world.schedule(name).until_ready("InSync").await;
        })
        .await;
    // If a creation may still take effect, the deletion waits one minute for it.
    eventually_within(Duration::from_mins(2), "none is stuck", async || {
        let left = world.kubectl(&["get", "wfs", "-o", "jsonpath={.items[*].metadata.name}"]);
        let stuck: Vec<&str> = left.split_whitespace().filter(|name| !declared.contains_key(*name)).collect();
        if stuck.is_empty() { Ok(()) } else { Err(stuck.join(" ")) }
    })
    .await;
    world.stays_quiet_over_polls().await;
}

fn differences(declared: &Intervals, there: &Intervals) -> String {
    let names = declared.keys().chain(there.keys()).filter(|name| declared.get(*name) != there.get(*name));
    let lines = names.map(|name| format!("{name}: declared {:?}, there {:?}", declared.get(name), there.get(name)));
    lines.take(20).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn after_an_outage_of_the_api_server_changes_are_applied() {
    let cluster = Arc::new(Cluster::private());
    let world = World::builder().on(Arc::clone(&cluster)).start().await;
    let names: Vec<String> = (0..20).map(|number| format!("s-{number:02}")).collect();
    join_all(names.iter().map(async |name| {
        let resource = world.schedule(name);
        resource.apply(every("1h")).await;
        resource.until_ready("InSync").await;
    }))
    .await;
    let writes = world.sandbox.calls().await.mutating().count();
    cluster.plane().stop_api_server().await;
    // The operator sees a change of the remote while it cannot read the specs from Kubernetes.
    world.sandbox.console().patch(&world.id("s-00"), json!({ "input": { "by": "hand" } })).await;
    eventually_within(Duration::from_mins(1), "two polls without an API server", async || {
        let polls = world.sandbox.calls().await.named("list").count();
        if polls >= 4 { Ok(()) } else { Err(format!("{polls} polls")) }
    })
    .await;
    assert_eq!(world.sandbox.calls().await.mutating().count(), writes, "nothing is written blindly");
    cluster.plane().start_api_server().await;
    // Its backoff has doubled after each failed reconcile.
    eventually_within(Duration::from_mins(3), "s-00 is put right", async || {
        let there = world.remote("s-00").await;
        if there["input"].is_null() { Ok(()) } else { Err(there.to_string()) }
    })
    .await;
    world.schedule("s-01").edit(json!({ "intervals": [{ "every": "2h" }] })).await;
    world.until_remote("s-01", "the edit arrives", |there| there["intervals"][0]["every"] == "PT2H").await;
    world.stays_quiet().await;
    assert_eq!(world.sandbox.calls().await.mutating().count(), writes + 2);
}
