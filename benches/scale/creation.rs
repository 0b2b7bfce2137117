//! 1,000 new schedules until all are Ready, beside a bare loop that makes just those calls.

use std::time::Instant;

use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::harness::{World, console::Console};
use crate::load::{create, daily, each, name, schedules, until_all_ready};
use crate::meter::{kubernetes_writes, memory, open_connections};
use crate::table::Table;

const COUNT: usize = 1000;

/// Measures.
pub async fn measure(table: &mut Table) {
    let floor = floor().await;
    let mut world = unlimited().await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    let begun = Instant::now();
    world.start_operator();
    until_all_ready(&api, COUNT).await;
    let took = begun.elapsed().as_secs_f64();
    let calls = world.sandbox.calls().await;
    let creates = calls.clone().named("create").count();
    let url = world.sandbox.url().to_owned();
    let operator = world.operator();
    let writes = kubernetes_writes(operator).await;
    let (_, peak) = memory(operator);
    table.row("1,000 new: POSTs", creates.to_string(), "exactly 1,000");
    #[allow(clippy::cast_precision_loss, reason = "thousands")]
    let per_schedule = writes as f64 / COUNT as f64;
    table.row("1,000 new: Kubernetes writes a schedule", format!("{per_schedule:.2}"), "≤ 3");
    let ratio = format!("{took:.1} s, {:.2} × the floor of {floor:.1} s", took / floor);
    table.row("1,000 new: until all Ready", ratio, "≤ 1.5 × the floor");
    table.row("1,000: peak memory", format!("{peak:.0} MB"), "≤ 40 MB");
    table.row("open connections to the remote", open_connections(operator, &url).to_string(), "≤ 8");
}

/// A world whose connection is not slowed down, and without an operator yet.
pub async fn unlimited() -> World {
    let connection = json!({ "rateLimit": { "requestsPerSecond": 10_000, "burst": 10_000 } });
    World::builder().connection(connection).operators(0).start().await
}

/// Finalizer, GET, memory, POST, GET, status: the calls that the operator makes, and nothing else.
async fn floor() -> f64 {
    let world = unlimited().await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    let console = world.sandbox.console();
    let begun = Instant::now();
    each(COUNT, async |number| one(&api, &console, number).await).await;
    begun.elapsed().as_secs_f64()
}

async fn one(api: &Api<WorkflowSchedule>, console: &Console, number: usize) {
    let (parameters, id) = (PatchParams::default(), format!("floor.{number}"));
    let finalizer = json!({ "metadata": { "finalizers": ["workflows.mistral.ai/floor"] } });
    assert!(console.look(&id).await.is_none());
    api.patch(&name(number), &parameters, &Patch::Merge(finalizer)).await.unwrap();
    let memory = json!({ "status": { "memory": { "lifecycle": { "creating": { "connection": "a/b", "scheduleId": id, "target": {} } } } } });
    api.patch_status(&name(number), &parameters, &Patch::Merge(memory)).await.unwrap();
    let spec = daily(number).spec;
    let schedule =
        json!({ "input": spec.input, "cron_expressions": spec.cron_expressions, "time_zone_name": "Europe/Paris" });
    console.create(&id, "report", schedule).await;
    let there = console.look(&id).await.unwrap();
    let runs: Vec<Value> =
        there["future_executions"].as_array().unwrap().iter().map(|run| run["scheduled_at"].clone()).collect();
    let status =
        json!({ "status": { "observedGeneration": 1, "scheduleId": id, "nextExecutions": runs, "memory": null } });
    api.patch_status(&name(number), &parameters, &Patch::Merge(status)).await.unwrap();
}
