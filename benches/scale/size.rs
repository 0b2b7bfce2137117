//! A number of schedules through their life: created, without changes, after a restart.

use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::ListParams;

use crate::harness::{Cluster, World, eventually_within};
use crate::load::{create, schedules, slow_down, unlimited_on, until_all_ready};
use crate::meter::{CallCounts, Memory, Watched, cpu_seconds, kubernetes_writes, memory, open_connections, watch};

/// An entry of what was changed within 15 s is not compared.
const SETTLING: Duration = Duration::from_secs(16);
/// What follows from a poll has happened by then.
const FOLLOWING: Duration = Duration::from_secs(5);
/// A poll a minute.
const POLL_INTERVAL: &str = "60s";

/// What was measured with one number of schedules.
pub struct Figures {
    pub count: usize,
    pub creation: Creation,
    pub rest: Rest,
    pub restart: Restart,
}

/// From the start of the operator until all are Ready; the resources were there before.
pub struct Creation {
    pub seconds: f64,
    pub cpu_seconds: f64,
    pub calls: CallCounts,
    pub writes: f64,
    pub events: usize,
    pub connections: usize,
    pub memory: Memory,
}

/// While nothing changes.
pub struct Rest {
    pub lists_of_a_poll: usize,
    /// A poll is in it, or two.
    pub minute: Watched,
    pub memory: Memory,
}

/// From the kill of the operator until its successor knows all schedules.
pub struct Restart {
    pub seconds: f64,
    pub cpu_seconds: f64,
    /// Of two polls.
    pub calls: CallCounts,
    pub writes: f64,
    pub memory: Memory,
}

/// Measures `count` schedules on a cluster of their own. The world is as after the restart.
pub async fn measure(count: usize) -> (World, Figures) {
    let mut world = unlimited_on(Arc::new(Cluster::private()), POLL_INTERVAL).await;
    slow_down(&world).await;
    let creation = creation(&mut world, count).await;
    let rest = rest(&mut world).await;
    let restart = restart(&mut world, count).await;
    (world, Figures { count, creation, rest, restart })
}

async fn creation(world: &mut World, count: usize) -> Creation {
    let api = schedules(world).await;
    create(&api, count).await;
    let begun = Instant::now();
    world.start_operator();
    until_all_ready(&api, count).await;
    let (seconds, cpu_seconds) = (begun.elapsed().as_secs_f64(), cpu_seconds(world.operator()));
    let (url, memory) = (world.sandbox.url().to_owned(), memory(world.operator()));
    let connections = open_connections(world.operator(), &url);
    let events: Api<Event> = Api::namespaced(world.cluster.client().await, &world.name);
    Creation {
        seconds,
        cpu_seconds,
        events: count_events(&events, count).await,
        calls: CallCounts::of(world).await,
        writes: kubernetes_writes(world.operator()).await,
        connections,
        memory,
    }
}

/// Waits for the events, which are sent after the statuses, and then for more than there should be.
async fn count_events(events: &Api<Event>, expected: usize) -> usize {
    let about = ListParams::default().fields("involvedObject.kind=WorkflowSchedule");
    let deadline = Instant::now() + Duration::from_mins(1);
    let count = async || events.list(&about).await.unwrap().items.len();
    while count().await < expected && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tokio::time::sleep(FOLLOWING).await;
    count().await
}

async fn rest(world: &mut World) -> Rest {
    let connection = world.connection("default");
    // What was just changed is not compared. After that the first LIST compares every entry, the ones after it only what
    // has changed.
    tokio::time::sleep(SETTLING).await;
    connection.reconcile().await;
    world.sandbox.forget_calls().await;
    connection.reconcile().await;
    let lists_of_a_poll = CallCounts::of(world).await.named("list");
    tokio::time::sleep(FOLLOWING).await;
    let minute = watch(world, Duration::from_mins(1)).await;
    Rest { lists_of_a_poll, minute, memory: memory(world.operator()) }
}

async fn restart(world: &mut World, count: usize) -> Restart {
    world.sandbox.forget_calls().await;
    let begun = Instant::now();
    world.crash_and_restart();
    let pages = pages(count);
    eventually_within(Duration::from_mins(2), "the first LIST is complete", async || {
        let lists = CallCounts::of(world).await.named("list");
        if lists >= pages { Ok(()) } else { Err(format!("{lists} pages")) }
    })
    .await;
    let seconds = begun.elapsed().as_secs_f64();
    world.connection("default").reconcile().await;
    tokio::time::sleep(FOLLOWING).await;
    Restart {
        seconds,
        cpu_seconds: cpu_seconds(world.operator()),
        calls: CallCounts::of(world).await,
        // One of them answers the request for the second poll.
        writes: kubernetes_writes(world.operator()).await - 1.0,
        memory: memory(world.operator()),
    }
}

/// Pages of a LIST: a full last one is followed by an empty one.
pub const fn pages(count: usize) -> usize {
    count / 1000 + 1
}
