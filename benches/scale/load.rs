//! Makes many resources.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use kube::Api;
use kube::api::{ListParams, PostParams};
use serde_json::json;
use workflow_schedule_operator::api::{WorkflowSchedule, WorkflowScheduleSpec};

use crate::harness::{World, eventually_within};

/// So many hands make them.
pub const HANDS: usize = 8;

/// The schedules of a world, as an administrator sees them.
pub async fn schedules(world: &World) -> Api<WorkflowSchedule> {
    Api::namespaced(world.cluster.client().await, &world.name)
}

/// A daily schedule with an input that makes the resource 2 KiB.
pub fn daily(number: usize) -> WorkflowSchedule {
    let spec = WorkflowScheduleSpec {
        workflow_identifier: Some("report".into()),
        cron_expressions: vec![format!("{} {} * * *", number % 60, number / 60 % 24)],
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

/// Makes `count` of them.
pub async fn create(api: &Api<WorkflowSchedule>, count: usize) {
    create_from(api, 0, count).await;
}

/// Makes those numbered from `first` to below `end`.
pub async fn create_from(api: &Api<WorkflowSchedule>, first: usize, end: usize) {
    each(end - first, async |number| {
        api.create(&PostParams::default(), &daily(first + number)).await.unwrap();
    })
    .await;
}

/// Does something for each number below `count`, [`HANDS`] at once.
pub async fn each(count: usize, work: impl AsyncFn(usize)) {
    each_by(HANDS, count, work).await;
}

/// Does something for each number below `count`, `hands` at once.
pub async fn each_by(hands: usize, count: usize, work: impl AsyncFn(usize)) {
    let next = AtomicUsize::new(0);
    let hand = async || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            work(number).await;
        }
    };
    join_all((0..hands).map(|_| hand())).await;
}

/// Waits until all are Ready.
pub async fn until_all_ready(api: &Api<WorkflowSchedule>, count: usize) {
    eventually_within(Duration::from_mins(15), "all are Ready", async || {
        let all = api.list(&ListParams::default()).await.unwrap();
        let is_ready = |resource: &&WorkflowSchedule| {
            let conditions = resource.status.iter().flat_map(|status| &status.conditions);
            conditions.into_iter().any(|one| one.type_ == "Ready" && one.status == "True")
        };
        let ready = all.items.iter().filter(is_ready).count();
        if ready == count { Ok(()) } else { Err(format!("{ready} of {count}")) }
    })
    .await;
}
