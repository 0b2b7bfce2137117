//! Only one replica writes, whatever happens to it.

use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use crate::harness::{Cluster, Operator, World, eventually_within};
use crate::specs::daily;

/// Two replicas on their own cluster, because a cluster has one Lease.
async fn two_replicas() -> World {
    let arguments = ["--leader-elect", "--leader-election-namespace", "workflow-schedule-operator-system"];
    World::builder().on(Arc::new(Cluster::private())).arguments(&arguments).operators(2).start().await
}

fn leads(operator: &Operator) -> bool {
    operator.log_lines().iter().any(|line| line["message"] == "leadership acquired")
}

/// Moves the leader to the front; fails if there is none.
fn leader_first(world: &mut World) {
    let leading: Vec<bool> = world.operators().iter().map(leads).collect();
    assert_eq!(leading.iter().filter(|leads| **leads).count(), 1, "one of two leads: {leading:?}");
    if leading[1] {
        world.operators().swap(0, 1);
    }
}

async fn until_second_leads(world: &mut World, limit: Duration) {
    eventually_within(limit, "the other replica leads", async || {
        let second = &world.operators()[1];
        if leads(second) { Ok(()) } else { Err(second.log()) }
    })
    .await;
}

#[tokio::test]
async fn a_leader_that_stops_hands_over_at_once() {
    let mut world = two_replicas().await;
    leader_first(&mut world);
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.operator().signal(Signal::TERM);
    until_second_leads(&mut world, Duration::from_secs(20)).await;
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
}

#[tokio::test]
async fn a_leader_that_crashes_is_followed_within_a_minute_and_no_call_is_made_twice() {
    let mut world = two_replicas().await;
    leader_first(&mut world);
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.operator().kill();
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    until_second_leads(&mut world, Duration::from_mins(1)).await;
    resource.until_ready("InSync").await;
    assert_eq!(world.writes("nightly").await, ["create", "patch"]);
}

#[tokio::test]
async fn a_leader_frozen_for_longer_than_its_lease_writes_nothing_when_it_wakes() {
    let mut world = two_replicas().await;
    leader_first(&mut world);
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    world.operator().signal(Signal::STOP);
    // What it would do first if it woke up and still believed to be the leader.
    resource.edit(json!({ "cronExpressions": ["0 10 * * *"] })).await;
    until_second_leads(&mut world, Duration::from_secs(90)).await;
    resource.until_ready("InSync").await;
    world.operator().signal(Signal::CONT);
    resource.edit(json!({ "cronExpressions": ["0 11 * * *"] })).await;
    resource.until_ready("InSync").await;
    let ended = world.operator().ended_within(Duration::from_secs(20));
    assert!(ended.is_some_and(|status| !status.success()), "it ends, to be started anew: {}", world.operator().log());
    world.stays_quiet().await;
    assert_eq!(world.writes("nightly").await, ["create", "patch", "patch"]);
}
