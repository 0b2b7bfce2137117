//! Many new schedules until all are Ready, beside a bare loop that makes just the necessary calls at the same
//! concurrency. Each call to the remote takes 20 ms.

use std::time::Instant;

use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::harness::{World, console::Console};
use crate::load::{create, daily, each_by, name, schedules, until_all_ready};
use crate::meter::{cpu_seconds, kubernetes_writes, memory, open_connections};
use crate::table::Table;

const COUNT: usize = 1000;
const MANY: usize = 10_000;
/// The most calls that the operator makes at once over HTTP/1.1.
const CONCURRENCY: usize = 16;

/// Measures 1,000.
pub async fn measure(table: &mut Table) {
    let floor = floor().await;
    let mut world = unlimited().await;
    slow_down(&world).await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    let begun = Instant::now();
    world.start_operator();
    until_all_ready(&api, COUNT).await;
    let took = begun.elapsed().as_secs_f64();
    calls(table, &world, COUNT).await;
    let url = world.sandbox.url().to_owned();
    let writes = kubernetes_writes(world.operator()).await;
    let (_, peak) = memory(world.operator());
    table.row("1,000 new: Kubernetes writes a schedule", format!("{:.2}", per(writes, COUNT)), "≤ 3");
    let events: Api<Event> = Api::namespaced(world.cluster.client().await, &world.name);
    let about = ListParams::default().fields("involvedObject.kind=WorkflowSchedule");
    let events = events.list(&about).await.unwrap().items.len();
    table.row("1,000 new: events a schedule", format!("{:.2}", per(events as u64, COUNT)), "1");
    let ratio = format!("{took:.1} s, {:.2} × the floor of {floor:.1} s", took / floor);
    table.row("1,000 new: until all Ready", ratio, "≤ 6 s, ≤ 1.5 × the floor");
    table.row("1,000: peak memory", format!("{peak:.0} MB"), "≤ 30 MiB (31 MB)");
    table.row("open connections to the remote", open_connections(world.operator(), &url).to_string(), "≤ 16");
}

/// Measures 10,000.
pub async fn measure_many(table: &mut Table) {
    let mut world = unlimited().await;
    slow_down(&world).await;
    let api = schedules(&world).await;
    create(&api, MANY).await;
    let begun = Instant::now();
    world.start_operator();
    until_all_ready(&api, MANY).await;
    let took = begun.elapsed().as_secs_f64();
    let cpu = cpu_seconds(world.operator());
    table.row("10,000 new: until all Ready", format!("{took:.0} s, {cpu:.0} s of a core"), "≤ 60 s, ≤ 20 s of a core");
    calls(table, &world, MANY).await;
    let (_, peak) = memory(world.operator());
    table.row("10,000 new: peak memory", format!("{peak:.0} MB"), "≤ 80 MiB (84 MB)");
}

async fn calls(table: &mut Table, world: &World, count: usize) {
    let calls = world.sandbox.calls().await;
    let of = |name: &str| calls.clone().named(name).count();
    let (creates, lists, gets) = (of("create"), of("list"), of("get"));
    let all = per((creates + lists + gets) as u64, count);
    let measured = format!("{creates} POSTs, {lists} LISTs, {gets} GETs: {all:.2} calls a schedule");
    table.row(&format!("{count} new: calls"), measured, "one POST each, ≤ 1.1 calls a schedule");
}

#[allow(clippy::cast_precision_loss, reason = "thousands")]
fn per(number: u64, count: usize) -> f64 {
    number as f64 / count as f64
}

/// A world whose connection is not slowed down, and without an operator yet.
pub async fn unlimited() -> World {
    let connection = json!({ "rateLimit": { "requestsPerSecond": 10_000, "burst": 10_000 } });
    World::builder().connection(connection).operators(0).start().await
}

/// Each call to the remote takes 20 ms.
async fn slow_down(world: &World) {
    world.sandbox.inject(json!({ "fault": { "kind": "Latency", "delay": "PT0.02S" } })).await;
}

/// Finalizer, memory, POST, status, event: what the operator cannot do without.
async fn floor() -> f64 {
    let world = unlimited().await;
    slow_down(&world).await;
    let api = schedules(&world).await;
    create(&api, COUNT).await;
    let events: Api<Event> = Api::namespaced(world.cluster.client().await, &world.name);
    let console = world.sandbox.console();
    let begun = Instant::now();
    each_by(CONCURRENCY, COUNT, async |number| one(&api, &events, &console, &world.name, number).await).await;
    begun.elapsed().as_secs_f64()
}

async fn one(api: &Api<WorkflowSchedule>, events: &Api<Event>, console: &Console, namespace: &str, number: usize) {
    let (parameters, id) = (PatchParams::default(), format!("floor.{number}"));
    let finalizer = json!({ "metadata": { "finalizers": ["workflows.mistral.ai/floor"] } });
    api.patch(&name(number), &parameters, &Patch::Merge(finalizer)).await.unwrap();
    let creating = json!({ "connection": "a/b", "scheduleId": id, "target": {} });
    let memory = json!({ "status": { "memory": { "lifecycle": { "creating": creating } } } });
    api.patch_status(&name(number), &parameters, &Patch::Merge(memory)).await.unwrap();
    let spec = daily(number).spec;
    let schedule =
        json!({ "input": spec.input, "cron_expressions": spec.cron_expressions, "time_zone_name": "Europe/Paris" });
    console.create(&id, "report", schedule).await;
    let runs: Vec<Value> = (1..=10).map(|day| json!(format!("2026-12-{day:02}T08:00:00Z"))).collect();
    let status =
        json!({ "status": { "observedGeneration": 1, "scheduleId": id, "nextExecutions": runs, "memory": null } });
    api.patch_status(&name(number), &parameters, &Patch::Merge(status)).await.unwrap();
    let event: Event = serde_json::from_value(json!({
        "metadata": { "name": format!("floor-{number}") },
        "involvedObject": { "apiVersion": "workflows.mistral.ai/v1alpha1", "kind": "WorkflowSchedule",
                            "namespace": namespace, "name": name(number) },
        "reason": "Created", "message": format!("created {id}"), "type": "Normal", "count": 1,
    }))
    .unwrap();
    events.create(&PostParams::default(), &event).await.unwrap();
}
