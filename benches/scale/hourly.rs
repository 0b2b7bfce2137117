//! 10,000 schedules that run every hour: what the times and the ends of their runs cost.

use std::sync::Arc;
use std::time::Duration;

use crate::harness::Cluster;
use crate::load::{create_from, hourly, schedules, unlimited_on, until_all_ready};
use crate::meter::{Watched, watch};
use crate::report::{Report, Unit, float};
use crate::size::pages;

const COUNT: usize = 10_000;
const WATCHED: Duration = Duration::from_mins(2);

/// Measures.
pub async fn measure(report: &mut Report) {
    let mut world = unlimited_on(Arc::new(Cluster::private()), "30s").await;
    let api = schedules(&world).await;
    create_from(&api, 0, COUNT, hourly).await;
    world.start_operator();
    until_all_ready(&api, COUNT).await;
    for _ in 0..2 {
        world.connection("default").reconcile().await;
    }
    let Watched { calls, writes, cpu } = watch(&mut world, WATCHED).await;
    let writes = writes / WATCHED.as_secs_f64();
    let polls = float(calls.named("list")) / float(pages(COUNT));
    let what = "10,000 that run every hour";
    report.at_most(&format!("{what}: Kubernetes writes"), writes, Unit::PerSecond, 20.0);
    report.shown(&format!("{what}: polls"), polls, Unit::Count);
    report.at_most(&format!("{what}: pages of runs a poll"), float(calls.named("runs")) / polls, Unit::Count, 4.0);
    report.exactly(&format!("{what}: GETs of schedules"), calls.named("get"), 0);
    report.exactly(&format!("{what}: GETs of executions"), calls.named("execution"), 0);
    report.exactly(&format!("{what}: mutating calls"), calls.mutating, 0);
    report.shown(&format!("{what}: processor"), cpu, Unit::PercentOfCore);
}
