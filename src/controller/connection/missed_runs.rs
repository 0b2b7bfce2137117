//! Finds schedules of which a run may be missed. A LIST may be stale, so a GET has to prove it: the reconcile does that.

use jiff::{SignedDuration, Timestamp};

use crate::api::WorkflowConnection;
use crate::controller::connection::deferred_status::DeferredStatuses;
use crate::controller::connection::poll_state::PollState;
use crate::controller::context::Context;
use crate::controller::state::cache::{CachedSchedule, MissedCheck};
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{ConnectionSettings, RunFacts, missed_deadline, run_facts};

/// The time of the last poll is stored at most every 5 minutes, and a restart takes a while.
const STORED_EVERY: SignedDuration = SignedDuration::from_mins(7);
/// If a GET finds that nothing can be said yet, for instance because a run is still going, the next one is made after
/// this time.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

/// Notes since when the remote is in reach. It is called after a LIST.
pub(crate) fn note_reach(ctx: &Context, handle: &ConnectionHandle, state: &PollState, configured: &ConnectionSettings) {
    let known = handle.remote_facts().in_reach_since;
    let since = in_reach_since(known, handle.polled_at(), state, configured, ctx.seams.now());
    if known != Some(since) {
        handle.found_in_reach(since);
    }
}

fn in_reach_since(
    known: Option<Timestamp>,
    polled_at: Option<Timestamp>,
    state: &PollState,
    configured: &ConnectionSettings,
    now: Timestamp,
) -> Timestamp {
    // One poll that fails is no gap.
    let polls = SignedDuration::try_from(configured.poll_interval.mul_f64(2.5)).unwrap_or(SignedDuration::MAX);
    let stored_rarely = if polled_at.is_some() { SignedDuration::ZERO } else { STORED_EVERY };
    let last = polled_at.or(state.polled_before);
    match last.filter(|last| now.duration_since(*last) <= polls.saturating_add(stored_rarely)) {
        None => now,
        // Before its last poll an earlier process was in reach only since the time that it has stored.
        Some(last) => known.or(state.in_reach_before).unwrap_or(last),
    }
}

/// Queues the schedules of which a run may be missed: at most a quarter of the rate.
pub(crate) async fn look(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
    deferred: &DeferredStatuses,
) {
    let facts = RunFacts { in_reach_since: handle.remote_facts().in_reach_since, ..run_facts(connection) };
    if !facts.is_tracking() {
        return;
    }
    refresh(ctx, handle, &facts).await;
    let now = ctx.seams.now();
    let is_due = |key: &Key, known: &CachedSchedule| {
        !known.last_outcome.is_stalled()
            && known.missed_check.as_ref().and_then(|check| check.at).is_some_and(|at| at < now)
            && !has_new_runs(deferred, key, known)
    };
    let due: Vec<Key> = {
        let cache = ctx.cache();
        let due = cache.schedules_of(&handle.key).filter(|(key, known)| is_due(key, known));
        due.take(configured.calls_a_poll(0.25)).map(|(key, _)| key.clone()).collect()
    };
    for key in due {
        if let Some(check) = ctx.cache().schedule_mut(&key).and_then(|known| known.missed_check.as_mut()) {
            check.at = now.checked_add(AGAIN).ok();
        }
        if !ctx.queue().is_busy(&key) {
            ctx.enqueue(&key, Priority::Background);
        }
    }
}

/// Whether the LIST has shown a run that the stored status does not show yet.
fn has_new_runs(deferred: &DeferredStatuses, key: &Key, known: &CachedSchedule) -> bool {
    let both = deferred.status(key, known).zip(known.resource.status.as_ref());
    both.is_some_and(|(new, stored)| new.recent_executions != stored.recent_executions)
}

/// Computes for resources that are new, and after a change of the connection, when a run of them may be missed.
async fn refresh(ctx: &Context, handle: &ConnectionHandle, facts: &RunFacts) {
    let old: Vec<_> = {
        let cache = ctx.cache();
        let old = cache.schedules_of(&handle.key).filter(|(_, known)| !is_checked(known, facts));
        old.map(|(key, known)| (key.clone(), known.resource.clone())).collect()
    };
    for (index, (key, resource)) in old.into_iter().enumerate() {
        if index % 32 == 31 {
            // An edit must not wait until all are computed.
            tokio::task::yield_now().await;
        }
        let version = resource.metadata.resource_version.clone();
        let deadline = missed_deadline(&resource, facts);
        if let Some(known) = ctx.cache().schedule_mut(&key) {
            // A look that found nothing holds until the deadline changes.
            let looked = known.missed_check.as_ref().filter(|check| check.deadline == deadline);
            let at = looked.map_or(deadline, |check| check.at);
            known.missed_check = Some(Box::new(MissedCheck { version, facts: *facts, deadline, at }));
        }
    }
}

/// Whether what was computed still follows from the resource and from its connection.
fn is_checked(known: &CachedSchedule, facts: &RunFacts) -> bool {
    let version = &known.resource.metadata.resource_version;
    known.missed_check.as_ref().is_some_and(|check| check.version == *version && check.facts == *facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::WorkflowConnectionSpec;
    use crate::plan::{ServerLimits, settings};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_mins(minutes)).unwrap()
    }

    /// Since when the remote is in reach at minute 100, in minutes.
    fn since(known: Option<i64>, polled: Option<i64>, stored: (Option<i64>, Option<i64>)) -> i64 {
        let (polled_before, in_reach_before) = (stored.0.map(at), stored.1.map(at));
        let state = PollState { polled_before, in_reach_before, ..PollState::default() };
        let configured = settings(&WorkflowConnectionSpec::default(), &ServerLimits::default()).unwrap();
        in_reach_since(known.map(at), polled.map(at), &state, &configured, at(100)).duration_since(at(0)).as_mins()
    }

    #[test]
    fn the_remote_is_in_reach_since_the_first_poll_after_a_gap() {
        assert_eq!(since(None, None, (None, None)), 100, "it is the first poll");
        assert_eq!(since(Some(50), Some(99), (None, None)), 50);
        assert_eq!(since(Some(50), Some(80), (None, None)), 100, "there was a gap");
    }

    #[test]
    fn a_restart_trusts_what_the_process_before_has_stored_and_nothing_before_that() {
        assert_eq!(since(None, None, (Some(95), Some(70))), 70);
        assert_eq!(since(None, None, (Some(95), None)), 95, "nothing is known of the time before");
        assert_eq!(since(None, None, (Some(80), Some(70))), 100, "it was down for too long");
    }

    #[test]
    fn a_check_is_computed_again_after_a_change_of_the_connection() {
        let known = |version: &str, facts: RunFacts| {
            let mut schedule = crate::api::WorkflowSchedule::new("report", crate::api::WorkflowScheduleSpec::default());
            schedule.metadata.resource_version = Some("1".into());
            let mut known = CachedSchedule::of(schedule);
            known.missed_check =
                Some(Box::new(MissedCheck { version: Some(version.into()), facts, deadline: None, at: None }));
            known
        };
        let connection = WorkflowConnection::new("default", WorkflowConnectionSpec::default());
        let facts = run_facts(&connection);
        assert!(is_checked(&known("1", facts), &facts));
        assert!(!is_checked(&known("2", facts), &facts));
        for other in [
            RunFacts { in_reach_since: Some(at(1)), ..facts },
            RunFacts { start_within: SignedDuration::from_mins(1), ..facts },
        ] {
            assert!(!is_checked(&known("1", facts), &other), "{other:?}");
        }
    }
}
