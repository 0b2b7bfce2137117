//! A condition, as both kinds of resources show it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{Condition, Reason};

/// The conditions that a resource had, its generation, and the time.
#[derive(Clone, Copy)]
pub(crate) struct Since<'a> {
    pub(crate) before: &'a [Condition],
    pub(crate) generation: Option<i64>,
    pub(crate) now: Timestamp,
}

impl Since<'_> {
    /// The condition. It keeps the time of its transition as long as its value stays.
    pub(crate) fn condition(&self, type_: &str, value: &str, reason: Reason, message: &str) -> Condition {
        let before = self.before.iter().find(|before| before.type_ == type_ && before.status == value);
        Condition {
            type_: type_.to_owned(),
            status: value.to_owned(),
            reason: reason.as_str().to_owned(),
            message: message.to_owned(),
            observed_generation: self.generation,
            last_transition_time: before
                .map_or_else(|| Time(to_second(self.now)), |before| before.last_transition_time.clone()),
        }
    }
}

/// The longest text that is shown: the note of an event is limited to about this length.
const LONGEST_SHOWN: usize = 1000;

/// A text, cut to the limit. The end says what to do, so the middle is left out.
pub(crate) fn without_middle(text: String) -> String {
    if text.len() <= LONGEST_SHOWN {
        return text;
    }
    let head = text.floor_char_boundary(LONGEST_SHOWN / 2);
    let tail = text.ceil_char_boundary(text.len() - LONGEST_SHOWN / 2 + 3);
    format!("{}…{}", &text[..head], &text[tail..])
}

/// Kubernetes stores times to the second.
#[must_use]
pub fn to_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
