//! The 1,200 specs that a real Temporal 1.32.0 normalised, timed or refused, through POST and GET.

use serde_json::{Value, json};

use crate::api::{Api, SCHEDULES, creation, times};

/// What is wrong with the sandbox's answer to a vector; nothing if it is the engine's.
fn disagreement(api: &mut Api, vector: &Value) -> Option<String> {
    let answer = api.post(SCHEDULES, &creation("vector", &vector["sent"]));
    if vector["status"] != answer.status {
        return Some(format!("{}: {}", answer.status, answer.body));
    }
    let Some(got) = vector.get("got").and_then(Value::as_object) else {
        let refusal = json!({ "detail": vector["error"], "code": "WF_1200" });
        return (answer.body != refusal).then(|| answer.body.to_string());
    };
    let shown = api.show("vector");
    let differs = |(name, value): &(&String, &Value)| shown.get(name.as_str()) != Some(value);
    let mut wrong: Vec<String> =
        got.iter().filter(differs).map(|(name, _)| format!("{name}: {}", shown[name.as_str()])).collect();
    if shown["input"] != vector["sent"]["input"] {
        wrong.push(format!("input: {}", shown["input"]));
    }
    if json!(times(&shown["future_executions"])) != vector["next"] {
        wrong.push(format!("next: {}", shown["future_executions"]));
    }
    assert_eq!(api.delete("vector").status, 204);
    (!wrong.is_empty()).then(|| wrong.join("\n    "))
}

#[test]
fn every_vector_is_normalised_timed_and_refused_as_the_engine_does() {
    let text = include_str!("../vectors/temporal-1.32.0.jsonl");
    let vectors: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(vectors.len(), 1200);
    let mut api = Api::new();
    let wrong: Vec<String> = vectors
        .iter()
        .filter_map(|vector| disagreement(&mut api, vector).map(|what| format!("{vector}\n    {what}")))
        .collect();
    let first = wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of 1200 differ, the first:\n{first}", wrong.len());
}
