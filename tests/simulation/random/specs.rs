//! Specs that can be, made up.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// A whole spec.
pub fn some(rng: &mut Rng) -> Value {
    let mut spec = Map::new();
    for part in [target, timing, input, policy, pause, count] {
        spec.extend(part(rng));
    }
    spec.retain(|_, value| !value.is_null());
    Value::Object(spec)
}

/// A change of one part, or of two.
pub fn change(rng: &mut Rng) -> Value {
    let parts = [target, timing, timing, input, input, policy, pause, pause, count];
    let mut change = parts[rng.usize(0..parts.len())](rng);
    if rng.u8(0..4) == 0 {
        change.extend(parts[rng.usize(0..parts.len())](rng));
    }
    Value::Object(change)
}

type Part = Map<String, Value>;

fn part(value: Value) -> Part {
    match value {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Part::new(),
    }
}

fn pick(rng: &mut Rng, choices: &[Value]) -> Value {
    choices[rng.usize(0..choices.len())].clone()
}

fn target(rng: &mut Rng) -> Part {
    let workflow = pick(rng, &[json!("report"), json!("report"), json!("other")]);
    let deployment = pick(rng, &[Value::Null, Value::Null, json!("blue")]);
    part(json!({ "workflowIdentifier": workflow, "deploymentName": deployment }))
}

fn timing(rng: &mut Rng) -> Part {
    let often = [
        json!([{ "every": "PT1M" }]),
        json!([{ "every": "PT1M", "offset": "PT17S" }]),
        json!([{ "every": "PT7M" }, { "every": "PT1H", "offset": "PT30M" }]),
        json!([{ "every": "PT1S" }]),
        json!([]),
    ];
    let crons =
        [json!([]), json!(["0 9 * * *"]), json!(["*/5 * * * * # often", "30 12 * * MON-FRI"]), json!(["@hourly"])];
    let calendars =
        [json!([]), json!([]), json!([{ "hour": [{ "start": 0, "end": 23, "step": 2 }], "minute": [{ "start": 5 }] }])];
    let skips = [
        json!([]),
        json!([]),
        json!([{ "minute": [{ "start": 0, "end": 59, "step": 3 }], "hour": [{ "start": 0, "end": 23 }] }]),
    ];
    let zones = [Value::Null, json!("UTC"), json!("Europe/Paris")];
    let starts = [Value::Null, Value::Null, json!("2026-11-24T12:05:00Z")];
    let ends = [Value::Null, Value::Null, json!("2027-01-01T00:00:00+02:00")];
    part(json!({
        "intervals": pick(rng, &often),
        "cronExpressions": pick(rng, &crons),
        "calendars": pick(rng, &calendars),
        "skip": pick(rng, &skips),
        "timeZoneName": pick(rng, &zones),
        "startAt": pick(rng, &starts),
        "endAt": pick(rng, &ends),
        "jitter": if rng.u8(0..8) == 0 { json!("PT3S") } else { Value::Null },
    }))
}

fn input(rng: &mut Rng) -> Part {
    let source = json!([{ "configMapKeyRef": { "name": "words", "key": "text" }, "into": "words" }]);
    let inputs = [Value::Null, json!({ "region": "eu" }), json!({ "region": "us", "deep": [1, { "a": null }] })];
    let sources = [Value::Null, Value::Null, Value::Null, source];
    part(json!({ "input": pick(rng, &inputs), "inputFrom": pick(rng, &sources) }))
}

fn policy(rng: &mut Rng) -> Part {
    let policies =
        [Value::Null, json!({ "overlap": "AllowAll" }), json!({ "overlap": "BufferOne", "catchupWindow": "PT1H" })];
    part(json!({ "policy": pick(rng, &policies) }))
}

fn pause(rng: &mut Rng) -> Part {
    let (paused, note) = match rng.u8(0..6) {
        0 | 1 => (Value::Null, Value::Null),
        2 | 3 => (json!(false), Value::Null),
        4 => (json!(true), Value::Null),
        _ => (json!(true), json!("a reason")),
    };
    part(json!({ "paused": paused, "pauseNote": note }))
}

fn count(rng: &mut Rng) -> Part {
    let count = if rng.u8(0..4) == 0 { json!(rng.i64(1..6)) } else { Value::Null };
    part(json!({ "maxExecutions": count }))
}
