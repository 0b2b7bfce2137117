//! Bare loops of only the necessary calls: what no operator can be quicker than.

use std::time::Instant;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowSchedule;

use crate::harness::World;
use crate::harness::console::Console;
use crate::load::{create, daily, each, name, schedules, slow_down, unlimited};

/// The most calls that the operator makes at once over HTTP/1.1.
const CONCURRENCY: usize = 16;

/// Seconds that `count` creations take: finalizer, memory, POST, status, event.
pub async fn creations(count: usize) -> f64 {
    let world = unlimited("60s").await;
    slow_down(&world).await;
    let api = schedules(&world).await;
    create(&api, count).await;
    let events: Api<Event> = Api::namespaced(world.cluster.client().await, &world.name);
    let console = world.sandbox.console();
    let begun = Instant::now();
    each(CONCURRENCY, count, async |number| creation(&api, &events, &console, &world.name, number).await).await;
    begun.elapsed().as_secs_f64()
}

async fn creation(api: &Api<WorkflowSchedule>, events: &Api<Event>, console: &Console, namespace: &str, number: usize) {
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

/// Seconds that the kill switch needs for `count` schedules: memory, pause, status. It leaves them paused.
pub async fn pauses(world: &World, count: usize) -> f64 {
    let (console, api, parameters) = (world.sandbox.console(), schedules(world).await, PatchParams::default());
    let begun = Instant::now();
    each(CONCURRENCY, count, async |number| {
        let memory = json!({ "status": { "memory": { "pausedByConnection": true } } });
        api.patch_status(&name(number), &parameters, &Patch::Merge(memory)).await.unwrap();
        console.pause(&world.id(&name(number)), "floor").await;
        let status = json!({ "status": { "paused": true, "pauseNote": "floor" } });
        api.patch_status(&name(number), &parameters, &Patch::Merge(status)).await.unwrap();
    })
    .await;
    begun.elapsed().as_secs_f64()
}

/// Milliseconds that each of `count` edits takes: GET, and PATCH until it arrives.
pub async fn edits(world: &World, count: usize) -> Vec<f64> {
    let console = world.sandbox.console();
    let mut took = Vec::new();
    for number in 0..count {
        let (begun, id) = (Timestamp::now(), world.id(&name(number)));
        console.look(&id).await;
        console.patch(&id, json!({})).await;
        let patches = world.sandbox.all_calls().await.of(&id).named("patch");
        let arrived: Timestamp = patches.0.last().unwrap().at.parse().unwrap();
        took.push(arrived.duration_since(begun).as_secs_f64() * 1000.0);
    }
    took
}
