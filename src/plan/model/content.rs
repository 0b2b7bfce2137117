//! The content of a schedule in one canonical form, to compare both sides: timing, policy and input.

use jiff::{SignedDuration, SignedDurationRound, Timestamp, Unit};
use serde_json::Value;

use crate::remote::wire;
use crate::timing::{Spec, WrittenSpec};

/// Timing, policy and input in the form that the engine returns, so that both sides can be compared with `==`.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// Canonical timing.
    pub timing: Spec,
    /// Canonical policy.
    pub policy: Policy,
    /// Canonical input.
    pub input: Value,
}

impl Content {
    /// Converts valid parts into the canonical form.
    #[must_use]
    pub fn new(timing: Spec, policy: Policy, input: Value) -> Self {
        Self { timing: canonical_zone(timing), policy, input: canonical_numbers(input) }
    }

    /// The same content with a first run in 2099. The API cannot create a paused schedule, so a schedule that
    /// must not fire before it is paused is created with this content.
    #[must_use]
    pub fn parked(&self) -> Self {
        let timing = Spec { start_at: Some(parking_time()), end_at: None, ..self.timing.clone() };
        Self { timing, ..self.clone() }
    }

    /// The request body with this content.
    #[must_use]
    pub fn definition(&self, max_executions: Option<wire::MaxExecutions>) -> wire::Definition {
        wire::Definition {
            input: self.input.clone(),
            timing: WrittenSpec::from(&self.timing),
            policy: self.policy.to_wire(),
            max_executions,
        }
    }
}

/// 2099-01-01T00:00:00Z.
#[must_use]
pub fn parking_time() -> Timestamp {
    Timestamp::constant(4_070_908_800, 0)
}

/// `UTC` and no time zone mean the same times.
pub(crate) fn canonical_zone(mut timing: Spec) -> Spec {
    if timing.time_zone_name.as_deref() == Some("UTC") {
        timing.time_zone_name = None;
    }
    timing
}

/// JSON stores on the way do not distinguish 1.0 from 1: both become 1.
pub(crate) fn canonical_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => canonical_number(number),
        Value::Array(items) => Value::Array(items.into_iter().map(canonical_numbers).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, canonical_numbers(value))).collect())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value,
    }
}

/// Above 2^53 a float is not an exact integer any more.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn canonical_number(number: serde_json::Number) -> Value {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT =>
        {
            #[allow(clippy::cast_possible_truncation, reason = "an integer within 2^53")]
            Value::from(float as i64)
        }
        _ => Value::Number(number),
    }
}

/// Overlap, catch-up and failure of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What happens if a run is due while another is active.
    pub overlap: i64,
    /// How long after its time a missed run is still started; at least 10 s.
    pub catchup_window: SignedDuration,
    /// Whether the server pauses the schedule when a run fails.
    pub pause_on_failure: bool,
}

impl Policy {
    /// The engine raises a shorter catch-up window to this.
    pub const SHORTEST_CATCHUP: SignedDuration = SignedDuration::from_secs(10);

    /// The policy in the form of the API.
    #[must_use]
    pub fn to_wire(self) -> wire::Policy {
        wire::Policy {
            catchup_window_seconds: self.catchup_window.as_secs_f64(),
            overlap: self.overlap,
            pause_on_failure: self.pause_on_failure,
        }
    }

    /// The policy from the form of the API.
    #[must_use]
    pub fn from_wire(policy: &wire::Policy) -> Self {
        let window = SignedDuration::try_from_secs_f64(policy.catchup_window_seconds).unwrap_or(SignedDuration::MAX);
        // A float of many seconds is not exact to the nanosecond: the API keeps microseconds.
        let window = window.round(SignedDurationRound::new().smallest(Unit::Microsecond)).unwrap_or(window);
        Self {
            overlap: policy.overlap,
            catchup_window: window.max(Self::SHORTEST_CATCHUP),
            pause_on_failure: policy.pause_on_failure,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::from_wire(&wire::Policy::default())
    }
}

/// The name of an overlap policy in a resource.
#[must_use]
pub fn overlap_name(overlap: i64) -> String {
    match overlap {
        1 => "Skip".into(),
        2 => "BufferOne".into(),
        3 => "BufferAll".into(),
        4 => "CancelOther".into(),
        5 => "TerminateOther".into(),
        6 => "AllowAll".into(),
        other => other.to_string(),
    }
}

/// The form in which a workspace with encoded inputs stores them.
#[must_use]
pub fn is_encoded(input: &Value) -> bool {
    input
        .as_object()
        .is_some_and(|members| members.contains_key("b64payload") && members.contains_key("encoding_options"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_parking_time_is_2099() {
        assert_eq!(parking_time().to_string(), "2099-01-01T00:00:00Z");
    }

    #[test]
    fn one_point_zero_is_one_and_a_fraction_stays() {
        assert_eq!(canonical_numbers(json!({"a": [1.0, 1.5, 1e300, "1.0"]})), json!({"a": [1, 1.5, 1e300, "1.0"]}));
    }

    #[test]
    fn a_short_catchup_window_is_what_the_engine_makes_of_it() {
        let policy = wire::Policy { catchup_window_seconds: 3.0, overlap: 1, pause_on_failure: false };
        assert_eq!(Policy::from_wire(&policy).catchup_window, Policy::SHORTEST_CATCHUP);
    }
}
