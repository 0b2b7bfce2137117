//! Crashes, faults, an outage and a failover.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::harness::{Cluster, World, eventually_within, sandbox::Calls};
use crate::load::{LOADERS, create, each, name, schedules, slow_down, unlimited, until_all_ready};
use crate::report::{Report, Unit, float};

const COUNT: usize = 200;
/// The crashes come after so many creations.
const KILLED_AFTER: [usize; 4] = [20, 70, 120, 170];
const OUTAGE: Duration = Duration::from_mins(1);
/// Calls a second, and at once, in the outage.
const RATE: u32 = 20;

/// `kill -9` in the creation of 200, four times.
pub async fn crashes(report: &mut Report) {
    let (mut wrong, mut there, mut slowest) = (0, 0, 0.0_f64);
    for after in KILLED_AFTER {
        let mut world = unlimited("60s").await;
        slow_down(&world).await;
        let api = schedules(&world).await;
        create(&api, COUNT).await;
        world.start_operator();
        eventually_within(Duration::from_mins(1), "creations", async || {
            let created = world.sandbox.calls().await.named("create").count();
            if created >= after { Ok(()) } else { Err(format!("{created} creations")) }
        })
        .await;
        world.crash_and_restart();
        let restarted = Instant::now();
        until_all_ready(&api, COUNT).await;
        slowest = slowest.max(restarted.elapsed().as_secs_f64());
        let creates = world.sandbox.calls().await.named("create");
        wrong += creates.answered(409).count();
        there += world.sandbox.schedules().await.len();
    }
    report.exactly("kill -9 in 200 creations, four times: POSTs of what exists", wrong, 0);
    report.exactly("kill -9 in 200 creations, four times: schedules in the end", there, 4 * COUNT);
    report.at_most("kill -9 in 200 creations, four times: until all Ready, the slowest", slowest, Unit::Seconds, 10.0);
}

/// 10 % of the calls fail, and 5 % of the answers to changes are lost.
pub async fn faults(report: &mut Report) {
    let mut world = unlimited("60s").await;
    slow_down(&world).await;
    let operator = "key-1";
    let failing = json!({ "kind": "Status", "status": 500 });
    world.sandbox.inject(json!({ "principal": operator, "probability": 0.1, "fault": failing })).await;
    let changes = ["create", "patch", "delete", "pause", "resume", "trigger"];
    let lost = json!({ "kind": "DropAfter" });
    let lost = json!({ "principal": operator, "operations": changes, "probability": 0.05, "fault": lost });
    world.sandbox.inject(lost).await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    world.start_operator();
    let begun = Instant::now();
    until_all_ready(&api, COUNT).await;
    let seconds = begun.elapsed().as_secs_f64();
    let calls = world.sandbox.calls().await;
    let what = "200 with 10 % errors and 5 % lost answers";
    report.at_most(&format!("{what}: until all Ready"), seconds, Unit::Seconds, 10.0);
    report.exactly(&format!("{what}: POSTs of what exists"), calls.clone().named("create").answered(409).count(), 0);
    report.exactly(&format!("{what}: PATCHes of what is equal"), calls.named("patch").count(), 0);
}

/// Nothing answers for a minute, in which all are edited.
pub async fn outage(report: &mut Report) {
    let connection = json!({ "rateLimit": { "requestsPerSecond": RATE, "burst": RATE } });
    let mut world = World::builder().connection(connection).operators(0).start().await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    world.start_operator();
    until_all_ready(&api, COUNT).await;
    world.sandbox.forget_calls().await;
    world.sandbox.inject(json!({ "principal": "key-1", "fault": { "kind": "Status", "status": 503 } })).await;
    each(LOADERS, COUNT, async |number| {
        world.schedule(&name(number)).edit(json!({ "jitter": "7s" })).await;
    })
    .await;
    tokio::time::sleep(OUTAGE).await;
    let failed = world.sandbox.calls().await;
    world.sandbox.forget_calls().await;
    world.sandbox.heal().await;
    let healed = Instant::now();
    eventually_within(Duration::from_mins(5), "all edits are sent", async || {
        let patches = world.sandbox.calls().await.named("patch").answered(200);
        let ids: BTreeSet<_> = patches.0.iter().map(|call| call.schedule_id.as_deref()).collect();
        if ids.len() >= COUNT { Ok(()) } else { Err(format!("{} patched", ids.len())) }
    })
    .await;
    let seconds = healed.elapsed().as_secs_f64();
    // One PATCH too many would come now.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let calls = world.sandbox.calls().await;
    let most = float(2 * usize::try_from(RATE).unwrap());
    report.shown("outage of a minute with 200 edits: calls in it", float(failed.count()), Unit::Count);
    let busiest = float(most_in_a_second(&calls));
    report.at_most("outage of a minute with 200 edits: most calls in a second after it", busiest, Unit::Count, most);
    report.exactly("outage of a minute with 200 edits: PATCHes", calls.named("patch").answered(200).count(), COUNT);
    report.shown("outage of a minute with 200 edits: until all are sent", seconds, Unit::Seconds);
}

fn most_in_a_second(calls: &Calls) -> usize {
    let times: Vec<Timestamp> = calls.0.iter().map(|call| call.at.parse().unwrap()).collect();
    let second = jiff::SignedDuration::from_secs(1);
    let within = |from: &Timestamp| times.iter().filter(|at| *at >= from && at.duration_since(*from) < second).count();
    times.iter().map(within).max().unwrap_or_default()
}

/// The leader dies: how long until the other replica sends an edit.
pub async fn failover(report: &mut Report) {
    let arguments = ["--leader-elect", "--leader-election-namespace", "workflow-schedule-operator-system"];
    let cluster = Arc::new(Cluster::private());
    let mut world = World::builder().on(cluster).arguments(&arguments).operators(2).start().await;
    let resource = world.schedule("nightly");
    resource.apply(json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] })).await;
    resource.until_ready("InSync").await;
    let is_leader = |line: &Value| line["message"].as_str().is_some_and(|text| text.contains("leadership acquired"));
    let leads = |log: Vec<Value>| log.iter().any(is_leader);
    let leader = world.operators().iter().position(|operator| leads(operator.log_lines())).expect("one leads");
    world.operators()[leader].kill();
    let died = Instant::now();
    resource.edit(json!({ "jitter": "7s" })).await;
    eventually_within(Duration::from_mins(2), "the other replica sends the edit", async || {
        let calls = world.sandbox.calls().await.named("patch");
        if calls.count() == 1 { Ok(()) } else { Err(calls.to_string()) }
    })
    .await;
    let seconds = died.elapsed().as_secs_f64();
    report.at_most("failover after kill -9 of the leader: until an edit is sent", seconds, Unit::Seconds, 60.0);
    report.exactly("failover: creations in all", world.sandbox.calls().await.named("create").count(), 1);
}
