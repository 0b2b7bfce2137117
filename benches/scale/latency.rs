//! From an edit to its call: in an idle operator, among many schedules, and behind ten thousand creations that wait.

use jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::floor;
use crate::harness::{World, eventually};
use crate::load::{create, create_from, daily, name, schedules, slow_down, unlimited, until_all_ready};
use crate::report::{Report, Unit, float, quantiles};

const EDITS: usize = 100;
const QUEUED: usize = 10_000;
const PROMPT: usize = 20;

/// Edits while nothing else is to do.
pub async fn idle(report: &mut Report) {
    let mut world = unlimited("60s").await;
    slow_down(&world).await;
    world.start_operator();
    let api = schedules(&world).await;
    create(&api, EDITS).await;
    until_all_ready(&api, EDITS).await;
    among(report, &world, "edit → PATCH, idle").await;
}

/// Edits of the first schedules of a world in which nothing else is to do.
pub async fn among(report: &mut Report, world: &World, what: &str) {
    let api = schedules(world).await;
    world.sandbox.forget_calls().await;
    let floor = quantiles(floor::edits(world, EDITS).await);
    // The operator finds the floor's changes before it is measured.
    for _ in 0..2 {
        world.connection("default").reconcile().await;
    }
    let mut took = Vec::new();
    for number in 0..EDITS {
        let edit = json!({ "spec": { "jitter": "7s" } });
        took.push(until_call(world, &api, &name(number), "patch", edit).await);
    }
    let took = quantiles(took);
    report.at_most(&format!("{what}: median"), took.median, Unit::Milliseconds, 50.0);
    report.over_floor(&format!("{what}: p99"), (took.p99, floor.p99), Unit::Milliseconds, 100.0);
    report.at_most(&format!("{what}: max"), took.max, Unit::Milliseconds, 60.0);
}

/// Edits and pauses behind ten thousand creations at ten calls a second.
pub async fn queued(report: &mut Report) {
    let connection = json!({ "rateLimit": { "requestsPerSecond": 10, "burst": 10 } });
    let mut world = World::builder().connection(connection).operators(0).start().await;
    slow_down(&world).await;
    let api = schedules(&world).await;
    world.start_operator();
    create(&api, PROMPT * 2).await;
    until_all_ready(&api, PROMPT * 2).await;
    create_from(&api, PROMPT * 2, QUEUED, daily).await;
    let (mut edits, mut pauses) = (Vec::new(), Vec::new());
    for number in 0..PROMPT {
        let edit = json!({ "spec": { "jitter": "7s" } });
        edits.push(until_call(&world, &api, &name(number), "patch", edit).await);
        let pause = json!({ "spec": { "paused": true } });
        pauses.push(until_call(&world, &api, &name(PROMPT + number), "pause", pause).await);
    }
    let waiting = QUEUED - world.sandbox.calls().await.named("create").count();
    let (edits, pauses) = (quantiles(edits), quantiles(pauses));
    report.shown("behind 10,000 creations at 10/s: still waiting at the end", float(waiting), Unit::Count);
    report.at_most("edit → PATCH behind 10,000 creations at 10/s: p99", edits.p99, Unit::Milliseconds, 2000.0);
    report.at_most("pause behind 10,000 creations at 10/s: p99", pauses.p99, Unit::Milliseconds, 1000.0);
}

/// Milliseconds from an edit until the remote has seen the call that follows from it.
async fn until_call(world: &World, api: &Api<WorkflowSchedule>, name: &str, operation: &str, edit: Value) -> f64 {
    let count = async || world.sandbox.calls().await.of(&world.id(name)).named(operation);
    let before = count().await.count();
    let asked = Timestamp::now();
    api.patch(name, &PatchParams::default(), &Patch::Merge(edit)).await.unwrap();
    let arrived: Timestamp = eventually("the call arrives", async || {
        let calls = count().await;
        calls.0.get(before).map(|call| call.at.parse().unwrap()).ok_or_else(|| calls.to_string())
    })
    .await;
    arrived.duration_since(asked).as_secs_f64() * 1000.0
}
