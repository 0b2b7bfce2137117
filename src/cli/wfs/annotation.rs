//! Annotations by which something is requested once. The value is a time.

use jiff::{Timestamp, TimestampRound, Unit};
use serde_json::{Map, Value, json};

/// A new value. It is rounded up, so that it is newer than one of the same millisecond.
pub(super) fn token() -> String {
    let now = Timestamp::now();
    let up = TimestampRound::new().smallest(Unit::Millisecond).mode(jiff::RoundMode::Ceil);
    now.round(up).unwrap_or(now).to_string()
}

/// A patch that sets one annotation.
pub(super) fn set(name: &str, value: impl Into<Value>) -> Value {
    let annotations: Map<String, Value> = [(name.to_owned(), value.into())].into_iter().collect();
    json!({ "metadata": { "annotations": annotations } })
}
