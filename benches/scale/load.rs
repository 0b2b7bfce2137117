//! Worlds for measuring, and many resources in them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::Api;
use kube::api::PostParams;
use kube::runtime::{WatchStreamExt as _, watcher};
use serde_json::json;
use workflow_schedule_operator::api::{WorkflowSchedule, WorkflowScheduleSpec};

use crate::harness::{Cluster, World};

/// How many requests of the load are in flight at once.
pub const LOADERS: usize = 8;
/// The longest time that anything here takes.
const LIMIT: Duration = Duration::from_mins(15);

/// A world whose connection has no low rate limit, and without an operator yet. It is polled every `poll_interval`.
pub async fn unlimited(poll_interval: &str) -> World {
    unlimited_on(Cluster::shared(), poll_interval).await
}

/// The same on this cluster.
pub async fn unlimited_on(cluster: Arc<Cluster>, poll_interval: &str) -> World {
    let rate = json!({ "requestsPerSecond": 10_000, "burst": 10_000 });
    let connection = json!({ "rateLimit": rate, "pollInterval": poll_interval });
    World::builder().on(cluster).connection(connection).operators(0).start().await
}

/// Each call to the remote takes 20 ms.
pub async fn slow_down(world: &World) {
    world.sandbox.inject(json!({ "fault": { "kind": "Latency", "delay": "PT0.02S" } })).await;
}

/// The schedules of a world, as an administrator sees them.
pub async fn schedules(world: &World) -> Api<WorkflowSchedule> {
    Api::namespaced(world.cluster.client().await, &world.name)
}

/// A daily schedule with an input that makes the resource 2 KiB. No run is due within six hours.
pub fn daily(number: usize) -> WorkflowSchedule {
    let paris = TimeZone::get("Europe/Paris").unwrap();
    let first = usize::try_from(Timestamp::now().to_zoned(paris).hour()).unwrap() + 7;
    scheduled(number, format!("{} {} * * *", number % 60, (first + number / 60 % 12) % 24))
}

/// An hourly one.
pub fn hourly(number: usize) -> WorkflowSchedule {
    scheduled(number, format!("{} * * * *", number % 60))
}

fn scheduled(number: usize, cron: String) -> WorkflowSchedule {
    let spec = WorkflowScheduleSpec {
        workflow_identifier: Some("report".into()),
        cron_expressions: vec![cron],
        time_zone_name: Some("Europe/Paris".into()),
        input: Some(json!({ "region": "eu", "text": "x".repeat(1700) })),
        ..WorkflowScheduleSpec::default()
    };
    WorkflowSchedule::new(&name(number), spec)
}

/// Its name.
pub fn name(number: usize) -> String {
    format!("load-{number}")
}

/// Makes `count` daily schedules.
pub async fn create(api: &Api<WorkflowSchedule>, count: usize) {
    create_from(api, 0, count, daily).await;
}

/// Makes those numbered from `first` to below `end`.
pub async fn create_from(
    api: &Api<WorkflowSchedule>,
    first: usize,
    end: usize,
    resource: impl Fn(usize) -> WorkflowSchedule,
) {
    each(LOADERS, end - first, async |number| {
        api.create(&PostParams::default(), &resource(first + number)).await.unwrap();
    })
    .await;
}

/// Does something for each number below `count`, `concurrency` at once.
pub async fn each(concurrency: usize, count: usize, work: impl AsyncFn(usize)) {
    let next = AtomicUsize::new(0);
    let worker = async || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            work(number).await;
        }
    };
    join_all((0..concurrency).map(|_| worker())).await;
}

/// Waits until all are Ready.
pub async fn until_all_ready(api: &Api<WorkflowSchedule>, count: usize) {
    until_all(api, count, "are Ready", |resource| {
        let conditions = resource.status.iter().flat_map(|status| &status.conditions);
        conditions.into_iter().any(|one| one.type_ == "Ready" && one.status == "True")
    })
    .await;
}

/// Waits until as many are as described. It watches: to list ten thousand again and again would take the processor of
/// the operator.
pub async fn until_all(
    api: &Api<WorkflowSchedule>,
    count: usize,
    what: &str,
    is_so: impl Fn(&WorkflowSchedule) -> bool,
) {
    let mut found = BTreeSet::new();
    let watching = async {
        let events = watcher(api.clone(), watcher::Config::default()).default_backoff().applied_objects();
        let mut events = std::pin::pin!(events);
        while found.len() < count
            && let Some(event) = events.next().await
        {
            // A watch that breaks off begins again.
            let Ok(resource) = event else { continue };
            let name = resource.metadata.name.clone().unwrap();
            if is_so(&resource) {
                found.insert(name);
            } else {
                found.remove(&name);
            }
        }
    };
    let ended = tokio::time::timeout(LIMIT, watching).await;
    assert!(ended.is_ok() && found.len() >= count, "only {} of {count} {what}", found.len());
}
