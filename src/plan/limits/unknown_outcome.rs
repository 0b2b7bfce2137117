//! Calls without an answer: how long they may still take effect.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::Memory;

/// How long a POST without an answer may still take effect.
pub const LATE_EFFECT: Duration = Duration::from_mins(1);

/// Until when a call that got no answer at `since` may still take effect.
pub(crate) fn late_until(since: Timestamp) -> Option<Timestamp> {
    since.checked_add(SignedDuration::try_from(LATE_EFFECT).unwrap_or(SignedDuration::MAX)).ok()
}

/// Since when a POST without an answer may still take effect; `None` if it cannot any more.
pub(crate) fn still_late(memory: &Memory, now: Timestamp) -> Option<String> {
    let since = memory.creation_unknown_since.as_ref()?;
    (now < late_until(since.parse().ok()?)?).then(|| since.clone())
}
