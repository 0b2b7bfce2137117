//! 1,000 and 10,000 schedules: created, without changes, after a restart; and the kill switch over 10,000.

use jiff::Timestamp;
use serde_json::json;
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::floor;
use crate::harness::World;
use crate::latency;
use crate::load::{schedules, until_all};
use crate::report::{Report, Unit, float};
use crate::size::{Figures, Rest, measure, pages};

/// Beside those of the schedules, at most: its finalizer, and its statuses while they are created.
const CONNECTION_WRITES: f64 = 10.0;

/// What a number of schedules is held to.
struct Bounds {
    cpu_seconds: f64,
    mebibytes: f64,
}

/// Measures 1,000.
pub async fn thousand(report: &mut Report) -> Figures {
    let floor = floor::creations(1000).await;
    let (_, figures) = measure(1000).await;
    report.above_floor("1,000 new: until all Ready", (figures.creation.seconds, floor), Unit::Seconds, (6.0, 1.5));
    rows(report, "1,000", &figures, &Bounds { cpu_seconds: 3.0, mebibytes: 30.0 });
    figures
}

/// Measures 10,000.
pub async fn ten_thousand(report: &mut Report) -> Figures {
    let (mut world, figures) = measure(10_000).await;
    report.at_most("10,000 new: until all Ready", figures.creation.seconds, Unit::Seconds, 60.0);
    rows(report, "10,000", &figures, &Bounds { cpu_seconds: 20.0, mebibytes: 80.0 });
    latency::among(report, &world, "edit → PATCH among 10,000").await;
    kill_switch(report, &mut world, 10_000).await;
    figures
}

fn rows(report: &mut Report, count: &str, figures: &Figures, bounds: &Bounds) {
    let Figures { count: number, creation, rest, restart } = figures;
    let name = |what: &str| format!("{count} {what}");
    let cpu = creation.cpu_seconds;
    report.at_most(&name("new: processor time"), cpu, Unit::ProcessorSeconds, bounds.cpu_seconds);
    report.exactly(&name("new: POSTs"), creation.calls.named("create"), *number);
    report.at_most(&name("new: remote calls"), creation.calls.per_schedule(*number), Unit::PerSchedule, 1.1);
    report.shown(&name("new: LISTs"), float(creation.calls.named("list")), Unit::Count);
    report.shown(&name("new: GETs"), float(creation.calls.named("get")), Unit::Count);
    let writes = |all: f64| all / float(*number);
    let most = 3.0 + writes(CONNECTION_WRITES);
    report.at_most(&name("new: Kubernetes writes"), writes(creation.writes), Unit::PerSchedule, most);
    report.exactly(&name("new: events"), creation.events, *number);
    report.at_most(&name("new: open connections"), float(creation.connections), Unit::Count, 16.0);
    report.at_most(&name("new: peak memory"), creation.memory.peak, Unit::Mebibytes, bounds.mebibytes);
    let Rest { lists_of_a_poll, minute, memory } = rest;
    report.exactly(&name("at rest: LISTs of a poll"), *lists_of_a_poll, pages(*number));
    // The look of the day leaves out what was changed within the hour, which all of this was.
    report.exactly(&name("at rest: GETs in a minute"), minute.calls.named("get"), 0);
    report.exactly(&name("at rest: mutating calls"), minute.calls.mutating, 0);
    let runs = float(minute.calls.named("runs"));
    report.at_most(&name("at rest: pages of runs in a minute"), runs, Unit::Count, 4.0);
    report.at_most(&name("at rest: Kubernetes writes in a minute"), minute.writes, Unit::Count, 0.0);
    report.at_most(&name("at rest: processor"), minute.cpu, Unit::PercentOfCore, 2.0);
    report.at_most(&name("at rest: peak memory"), memory.peak, Unit::Mebibytes, bounds.mebibytes);
    report.shown(&name("at rest: memory"), memory.now, Unit::Mebibytes);
    report.shown(&name("restart: until all known"), restart.seconds, Unit::Seconds);
    report.shown(&name("restart: processor time"), restart.cpu_seconds, Unit::ProcessorSeconds);
    report.exactly(&name("restart: LISTs of two polls"), restart.calls.named("list"), 2 * pages(*number));
    report.exactly(&name("restart: GETs"), restart.calls.named("get"), 0);
    report.exactly(&name("restart: mutating calls"), restart.calls.mutating, 0);
    report.at_most(&name("restart: Kubernetes writes"), restart.writes, Unit::Count, 0.0);
    report.at_most(&name("restart: peak memory"), restart.memory.peak, Unit::Mebibytes, bounds.mebibytes);
}

/// The kill switch beside a bare loop. The schedules are resumed in between, and the operator has ended.
async fn kill_switch(report: &mut Report, world: &mut World, count: usize) {
    let (connection, api) = (world.connection("default"), schedules(world).await);
    world.sandbox.forget_calls().await;
    let begun = Timestamp::now();
    connection.edit(json!({ "paused": true, "pauseNote": "benchmark" })).await;
    let is_paused = |one: &WorkflowSchedule| one.status.as_ref().is_some_and(|status| status.paused == Some(true));
    until_all(&api, count, "are paused", is_paused).await;
    let pauses = world.sandbox.calls().await.named("pause");
    let last: Timestamp = pauses.0.last().unwrap().at.parse().unwrap();
    let seconds = last.duration_since(begun).as_secs_f64();
    report.exactly("kill switch over 10,000: pauses", pauses.count(), count);
    connection.edit(json!({ "paused": null, "pauseNote": null })).await;
    until_all(&api, count, "run again", |one| !is_paused(one)).await;
    world.operator().kill();
    let floor = floor::pauses(world, count).await;
    report.above_floor("kill switch over 10,000: until all are paused", (seconds, floor), Unit::Seconds, (60.0, 1.5));
}
