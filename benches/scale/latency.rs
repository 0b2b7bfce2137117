//! From an edit to its PATCH: in an idle operator, and behind ten thousand creations that wait.

use jiff::Timestamp;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::creation::unlimited;
use crate::harness::{World, eventually};
use crate::load::{create, create_from, name, schedules, until_all_ready};
use crate::table::{Table, quantiles};

const EDITS: usize = 100;
const FLOOD: usize = 10_000;
const PROMPT: usize = 20;

/// Measures.
pub async fn measure(table: &mut Table) {
    idle(table).await;
    flooded(table).await;
}

async fn idle(table: &mut Table) {
    let mut world = unlimited().await;
    world.start_operator();
    let api = schedules(&world).await;
    create(&api, EDITS).await;
    until_all_ready(&api, EDITS).await;
    let mut floor = Vec::new();
    let console = world.sandbox.console();
    for number in 0..EDITS {
        let begun = std::time::Instant::now();
        console.look(&world.id(&name(number))).await;
        console.patch(&world.id(&name(number)), json!({})).await;
        floor.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let mut took = Vec::new();
    for number in 0..EDITS {
        let edit = json!({ "spec": { "jitter": "7s" } });
        took.push(until_call(&world, &api, &name(number), "patch", edit).await);
    }
    let ((_, floor), (median, slow)) = (quantiles(floor), quantiles(took));
    let measured = format!("median {median:.0} ms, p99 {slow:.0} ms (GET + PATCH alone: p99 {floor:.0} ms)");
    table.row("edit → PATCH, idle", measured, "p99 ≤ 100 ms over the floor");
}

async fn flooded(table: &mut Table) {
    let connection = json!({ "rateLimit": { "requestsPerSecond": 10, "burst": 10 } });
    let mut world = World::builder().connection(connection).operators(0).start().await;
    let api = schedules(&world).await;
    world.start_operator();
    create(&api, PROMPT * 2).await;
    until_all_ready(&api, PROMPT * 2).await;
    create_from(&api, PROMPT * 2, FLOOD).await;
    let (mut edits, mut pauses) = (Vec::new(), Vec::new());
    for number in 0..PROMPT {
        let edit = json!({ "spec": { "jitter": "7s" } });
        edits.push(until_call(&world, &api, &name(number), "patch", edit).await);
        let pause = json!({ "spec": { "paused": true } });
        pauses.push(until_call(&world, &api, &name(PROMPT + number), "pause", pause).await);
    }
    let waiting = FLOOD - world.sandbox.calls().await.named("create").count();
    let ((median, slow), (_, slowest_pause)) = (quantiles(edits), quantiles(pauses));
    let measured = format!("median {median:.0} ms, p99 {slow:.0} ms, {waiting} creations still waiting at the end");
    table.row("edit → PATCH behind 10,000 creations at 10/s", measured, "p99 ≤ 2 s");
    table.row("pause behind 10,000 creations at 10/s", format!("p99 {slowest_pause:.0} ms"), "≤ 1 s");
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
