//! Calls without an answer: for how long they may still have their effect.
//!
//! Such a call is counted in the memory before it is sent, and the memory is cleared by its answer. A process
//! that finds one in the memory must expect its effect until it can no longer arrive.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::UnansweredCalls;

/// How long a call without an answer may still arrive.
const LATE_EFFECT: Duration = Duration::from_mins(1);

/// No call is waited for longer.
const LONGEST_CALL: Duration = Duration::from_secs(10);

/// Until when the effect of a call may come that was about to be sent at `since`.
pub(crate) fn late_until(since: &str) -> Option<Timestamp> {
    let late = SignedDuration::try_from(LATE_EFFECT + LONGEST_CALL).unwrap_or(SignedDuration::MAX);
    since.parse::<Timestamp>().ok()?.checked_add(late).ok()
}

/// Those that may still arrive; nothing once none of them can.
pub(crate) fn still_late(calls: Option<&UnansweredCalls>, now: Timestamp) -> Option<UnansweredCalls> {
    calls.filter(|calls| late_until(&calls.since).is_some_and(|until| now < until)).cloned()
}

/// One more is about to be sent.
pub(crate) fn before_sending(calls: Option<&UnansweredCalls>, now: Timestamp) -> UnansweredCalls {
    let earlier = still_late(calls, now).map_or(0, |calls| calls.count);
    UnansweredCalls { count: earlier.saturating_add(1), since: now.to_string() }
}

/// The last one was answered, or the only one is known to have arrived. Earlier ones may still come.
pub(crate) fn answered(calls: Option<UnansweredCalls>) -> Option<UnansweredCalls> {
    calls.filter(|calls| calls.count > 1)
}

/// The last one was certainly without an effect.
pub(crate) fn without_effect(calls: Option<UnansweredCalls>) -> Option<UnansweredCalls> {
    answered(calls).map(|calls| UnansweredCalls { count: calls.count - 1, ..calls })
}

/// The last one had no answer.
pub(crate) fn without_answer(calls: Option<UnansweredCalls>, now: Timestamp) -> UnansweredCalls {
    UnansweredCalls { count: calls.map_or(1, |calls| calls.count), since: now.to_string() }
}
