//! `maxExecutions`: it is sent once after its declared value changed.
//!
//! Sending it resets the remaining count, and the API does not return `maxExecutions`. So the intended count
//! and the remaining count before are stored first. After a crash the remaining count shows whether the call
//! had its effect.

use jiff::Timestamp;

use crate::api::{IntendedCount, MaxExecutionsMemory, Memory};
use crate::plan::limits::unknown_outcome::late_until;
use crate::plan::model::desired::Desired;
use crate::plan::model::observed::Observed;
use crate::remote::wire::Remaining;

/// What is to be done about the count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// Nothing; this is the new memory.
    Settled(MaxExecutionsMemory),
    /// The intended count must be stored first.
    Intend(MaxExecutionsMemory),
    /// It must be sent with the next patch; this is the memory after its success.
    Send(Option<i64>, MaxExecutionsMemory),
    /// It has not taken effect yet, but it may until this time.
    Wait(Timestamp),
}

/// `sending`: this reconcile has stored the intended count and not sent it yet.
pub(crate) fn count(memory: &Memory, desired: &Desired, observed: &Observed, now: Timestamp, sending: bool) -> Count {
    let declared = desired.max_executions;
    let settled = MaxExecutionsMemory { declared, intended: None };
    let Some(remembered) = &memory.max_executions else {
        // Without a memory, for instance after a restore, an existing count is kept.
        return Count::Settled(settled);
    };
    let before = match &remembered.intended {
        Some(intended) if sending && intended.value == declared => return Count::Send(declared, settled),
        Some(intended) if has_not_landed(intended, observed) && may_still_land(intended, now).is_some() => {
            return Count::Wait(may_still_land(intended, now).unwrap_or(now));
        }
        // If it is not known whether it took effect, it is not sent again. What is sent is stored again with a new time.
        Some(intended) if has_not_landed(intended, observed) => remembered.declared,
        Some(intended) => intended.value,
        None => remembered.declared,
    };
    if before == declared {
        return Count::Settled(settled);
    }
    // A POST of before that is still on its way may replace the schedule, and the new count with it.
    let post = memory.unanswered_creations.as_ref().and_then(|calls| late_until(&calls.since));
    if let Some(until) = post.filter(|until| now < *until) {
        return Count::Wait(until);
    }
    Count::Intend(MaxExecutionsMemory {
        declared: before,
        intended: Some(IntendedCount {
            value: declared,
            remaining_before: observed.remaining.and_then(|Remaining(left)| left),
            at: now.to_string(),
        }),
    })
}

/// Until when a PATCH with the intended count may still take effect: if it arrives after another one, the count
/// starts again.
fn may_still_land(intended: &IntendedCount, now: Timestamp) -> Option<Timestamp> {
    late_until(&intended.at).filter(|until| now < *until)
}

/// Whether the remaining count proves that the intended count did not take effect.
fn has_not_landed(intended: &IntendedCount, observed: &Observed) -> bool {
    let Some(Remaining(remaining)) = observed.remaining else { return false };
    let Ok(at) = intended.at.parse::<Timestamp>() else { return false };
    let runs = runs_since(observed, at);
    let after = |count: Option<i64>| count.map(|count| count.saturating_sub(runs).max(0));
    remaining == after(intended.remaining_before) && remaining != after(intended.value)
}

fn runs_since(observed: &Observed, at: Timestamp) -> i64 {
    let count = observed.recent.iter().filter(|run| run.started_at.unwrap_or(run.scheduled_at) >= at).count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::api::UnansweredCalls;
    use crate::plan::testing::{desired, observed};

    const NOW: &str = "2026-11-24T12:00:00Z";

    fn now() -> Timestamp {
        NOW.parse().unwrap()
    }

    fn memory(declared: Option<i64>, intended: Option<(Option<i64>, Option<i64>)>) -> Memory {
        Memory {
            max_executions: Some(MaxExecutionsMemory {
                declared,
                intended: intended.map(|(value, remaining_before)| IntendedCount {
                    value,
                    remaining_before,
                    at: NOW.into(),
                }),
            }),
            ..Memory::default()
        }
    }

    fn with(max_executions: Option<i64>) -> Desired {
        Desired { max_executions, ..desired() }
    }

    fn left(remaining: Option<i64>) -> Observed {
        Observed { remaining: Some(Remaining(remaining)), ..observed() }
    }

    #[test]
    fn an_unchanged_count_is_never_sent() {
        assert!(matches!(
            count(&memory(Some(5), None), &with(Some(5)), &left(Some(2)), now(), false),
            Count::Settled(_)
        ));
    }

    #[test]
    fn without_memory_an_existing_count_stands() {
        assert!(matches!(count(&Memory::default(), &with(Some(5)), &left(Some(2)), now(), false), Count::Settled(_)));
    }

    #[test]
    fn a_changed_count_is_stored_before_it_is_sent() {
        let Count::Intend(stored) = count(&memory(Some(5), None), &with(Some(9)), &left(Some(2)), now(), false) else {
            panic!()
        };
        let memory = Memory { max_executions: Some(stored), ..Memory::default() };
        assert!(matches!(count(&memory, &with(Some(9)), &left(Some(2)), now(), true), Count::Send(Some(9), _)));
    }

    #[test]
    fn a_new_count_waits_for_a_post_that_may_still_arrive() {
        let since = now().to_string();
        let unanswered_creations = Some(UnansweredCalls { count: 2, since });
        let memory = Memory { unanswered_creations, ..memory(None, None) };
        let late = now() + SignedDuration::from_secs(70);
        assert_eq!(count(&memory, &with(Some(5)), &left(None), now(), false), Count::Wait(late));
        assert!(matches!(count(&memory, &with(Some(5)), &left(None), late, false), Count::Intend(_)));
        assert!(matches!(count(&memory, &with(None), &left(None), now(), false), Count::Settled(_)));
    }

    #[test]
    fn after_a_crash_a_count_that_did_not_land_is_sent() {
        let memory = memory(Some(5), Some((Some(9), Some(2))));
        let late = now() + SignedDuration::from_secs(70);
        assert_eq!(count(&memory, &with(Some(9)), &left(Some(2)), now(), false), Count::Wait(late), "it may be late");
        let Count::Intend(again) = count(&memory, &with(Some(9)), &left(Some(2)), late, false) else { panic!() };
        assert_eq!(again.intended.as_ref().map(|intended| intended.at.clone()), Some(late.to_string()));
        let memory = Memory { max_executions: Some(again), ..Memory::default() };
        assert!(matches!(count(&memory, &with(Some(9)), &left(Some(2)), late, true), Count::Send(Some(9), _)));
    }

    #[test]
    fn after_a_crash_a_count_that_landed_is_not_sent_again() {
        let memory = memory(Some(5), Some((Some(9), Some(2))));
        assert!(matches!(count(&memory, &with(Some(9)), &left(Some(9)), now(), false), Count::Settled(_)));
    }

    #[test]
    fn after_a_crash_what_cannot_be_told_is_not_sent_again() {
        let memory = memory(Some(5), Some((Some(9), Some(2))));
        assert!(matches!(count(&memory, &with(Some(9)), &left(Some(4)), now(), false), Count::Settled(_)));
        let unknown = Observed { remaining: None, ..observed() };
        assert!(matches!(count(&memory, &with(Some(9)), &unknown, now(), false), Count::Settled(_)));
    }

    #[test]
    fn lifting_a_limit_is_a_change_too() {
        assert!(matches!(count(&memory(Some(5), None), &with(None), &left(Some(2)), now(), false), Count::Intend(_)));
    }
}
