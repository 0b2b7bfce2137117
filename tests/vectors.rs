//! The language of time against what a real Temporal 1.32.0 made of 1,200 specs.
//!
//! A line of `tests/vectors/temporal-1.32.0.jsonl` holds what was sent, and either the normalised
//! form and the next 10 runs that came back, or the exact refusal.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::Timestamp;
use serde_json::Value;
use workflow_schedule_operator::timing::{WrittenSpec, datetime};

/// `start_at` of every vector lies after this, so that their runs depend on no clock.
const NOW: &str = "2026-11-24T12:00:00Z";

fn vectors() -> Vec<Value> {
    let text = include_str!("vectors/temporal-1.32.0.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is wrong with our answer to a vector; nothing if it is the engine's.
fn disagreement(vector: &Value) -> Option<String> {
    let written: WrittenSpec = match serde_json::from_value(vector["sent"].clone()) {
        Ok(written) => written,
        Err(error) => return Some(format!("unreadable: {error}")),
    };
    match (written.canonical(), vector.get("got")) {
        (Err(refusal), None) => {
            let ours = format!("Invalid schedule spec: {}", refusal.message);
            (vector["error"] != ours.as_str()).then(|| format!("refused with {ours:?}"))
        }
        (Err(refusal), Some(_)) => Some(format!("refused: {refusal}")),
        (Ok(spec), None) => Some(format!("accepted as {spec:?}")),
        (Ok(spec), Some(got)) => {
            let ours = serde_json::to_value(&spec).unwrap();
            let differs: Vec<String> = ours
                .as_object()
                .unwrap()
                .iter()
                .filter(|(name, value)| &got[name.as_str()] != *value)
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            if !differs.is_empty() {
                return Some(format!("normalised to {}", differs.join(", ")));
            }
            let expected = vector["next"].as_array().unwrap();
            let now: Timestamp = NOW.parse().unwrap();
            // A limited count ends the list early; how many are listed is not the timing's concern.
            let runs: Vec<Value> = spec
                .runs_after(now, "")
                .take(got["remaining_executions"].as_u64().map_or(10, |left| left.min(10) as usize))
                .map(|run| Value::from(datetime::to_wire(run.nominal)))
                .collect();
            (runs != *expected).then(|| format!("runs at {runs:?}"))
        }
    }
}

#[test]
fn every_vector_is_normalised_timed_and_refused_as_the_engine_does() {
    let wrong: Vec<String> = vectors()
        .iter()
        .filter_map(|vector| disagreement(vector).map(|what| format!("{vector}\n    {what}")))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of 1200 differ, the first:\n{}",
        wrong.len(),
        wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_canonical_form_is_its_own_canonical_form() {
    for vector in vectors().iter().filter(|vector| vector.get("got").is_some()) {
        let written: WrittenSpec = serde_json::from_value(vector["sent"].clone()).unwrap();
        let spec = written.canonical().unwrap();
        assert_eq!(WrittenSpec::from(&spec).canonical().as_ref(), Ok(&spec), "{vector}");
        let given: WrittenSpec = serde_json::from_value(vector["got"].clone()).unwrap();
        assert_eq!(given.canonical().as_ref(), Ok(&spec), "{vector}");
    }
}
