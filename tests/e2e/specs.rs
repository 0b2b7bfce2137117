//! Specs of schedules that many tests use.

use serde_json::{Value, json};

/// Every day at 9:00.
pub fn daily() -> Value {
    json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] })
}

/// At a regular interval.
pub fn every(interval: &str) -> Value {
    json!({ "workflowIdentifier": "report", "intervals": [{ "every": interval }] })
}

/// A spec with one more field.
pub fn with(mut spec: Value, field: &str, value: Value) -> Value {
    spec[field] = value;
    spec
}
