//! "Nothing secret is shown": what the operator writes to Kubernetes names no key.

use jiff::Timestamp;
use serde_json::Value;

use crate::people::CONSOLE_KEY;
use crate::setup::{FOREIGN_KEY, OPERATOR_KEY, ROTATED_KEY};
use crate::state::State;

/// Judges what a process writes to Kubernetes, events included.
pub fn shows_none(state: &mut State, now: Timestamp, written: &Value) {
    let text = written.to_string();
    for secret in [OPERATOR_KEY, ROTATED_KEY, FOREIGN_KEY, CONSOLE_KEY] {
        if text.contains(secret) {
            state.oracles.breach("shows_no_secret", now, format!("{secret} is written: {text}"));
        }
    }
}
