//! Every spec that the engine accepts becomes Ready without further calls: specs that a real engine normalised,
//! declared as resources.

use fastrand::Rng;
use futures::future::join_all;
use serde_json::{Map, Value, json};

use crate::harness::{World, is_ready};

const COUNT: usize = 60;

/// A spec as it was sent to the engine, and as the engine returned it.
struct Vector {
    sent: Value,
    got: Value,
}

fn vectors() -> Vec<Vector> {
    let lines = include_str!("../vectors/temporal-1.32.0.jsonl").lines();
    let all = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter(|vector| vector.get("got").is_some())
        .map(|mut vector| Vector { sent: vector["sent"].take(), got: vector["got"].take() })
        .collect()
}

/// The same spec as a `WorkflowSchedule`.
fn declared(sent: &Value) -> Value {
    let mut spec = in_camel_case(sent);
    spec["workflowIdentifier"] = json!("report");
    if let Some(policy) = sent.get("policy") {
        let overlaps = ["Skip", "BufferOne", "BufferAll", "CancelOther", "TerminateOther", "AllowAll"];
        let number = policy["overlap"].as_u64().map(|number| usize::try_from(number).unwrap());
        spec["policy"] = json!({
            "overlap": number.map(|number| overlaps[number - 1]),
            "catchupWindow": policy["catchup_window_seconds"].as_f64().map(|seconds| format!("{seconds}s")),
            "pauseOnFailure": policy["pause_on_failure"],
        });
    }
    in_camel_case(&spec)
}

/// Without null values: a resource leaves them out.
fn in_camel_case(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (camel(name), in_camel_case(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(in_camel_case).collect(),
        other => other.clone(),
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

/// The differences between the remote and the normalised spec of the vector.
async fn disagreement(world: &World, name: &str, vector: &Vector) -> Option<String> {
    let there = world.remote(name).await;
    // No time zone means UTC, so the operator sends none for UTC.
    let is_utc = |zone: &Value| zone.is_null() || zone == "UTC";
    let is_equal = |field: &str| {
        there[field] == vector.got[field]
            || (field == "time_zone_name" && is_utc(&there[field]) && is_utc(&vector.got[field]))
    };
    let fields = ["calendars", "intervals", "skip", "start_at", "end_at", "time_zone_name", "policy"];
    let field = fields.into_iter().find(|field| !is_equal(field))?;
    Some(format!("{} became {field} {} and not {}", vector.sent, there[field], vector.got[field]))
}

async fn settle(world: &World, chosen: &[&Vector]) {
    let wrong = join_all(chosen.iter().enumerate().map(async |(number, vector)| {
        let name = format!("s-{number:02}");
        world.schedule(&name).apply(declared(&vector.sent)).await;
        world.schedule(&name).until("it is Ready", is_ready).await;
        disagreement(world, &name, vector).await
    }))
    .await;
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn random_specs_become_ready_and_then_cause_no_mutating_call() {
    let seed = crate::harness::seed();
    let mut random = Rng::with_seed(seed);
    let all = vectors();
    let world = World::start().await;
    let first: Vec<&Vector> = (0..COUNT).map(|_| &all[random.usize(..all.len())]).collect();
    settle(&world, &first).await;
    world.stays_quiet_over_polls().await;
    let second: Vec<&Vector> = (0..COUNT).map(|_| &all[random.usize(..all.len())]).collect();
    settle(&world, &second).await;
    world.stays_quiet_over_polls().await;
}
