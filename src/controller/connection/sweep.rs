//! Periodic GETs for what a LIST does not show.

use jiff::{SignedDuration, Timestamp};

use crate::controller::connection::compare::hash;
use crate::controller::connection::poll_state::PollState;
use crate::controller::context::Context;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::ConnectionSettings;

/// Where entries do not hold all, GETs look at the rest, with a quarter of the rate at most.
pub(crate) fn parts(ctx: &Context, handle: &ConnectionHandle, state: &mut PollState, configured: &ConnectionSettings) {
    let most = configured.calls_a_poll(0.25);
    let from = state.sweep_position.as_ref();
    let next: Vec<Key> = {
        let cache = ctx.cache();
        let all: Vec<&Key> =
            cache.schedules_of(&handle.key).filter(|(_, known)| is_swept(known)).map(|(key, _)| key).collect();
        let start = from.map_or(0, |from| all.partition_point(|key| *key <= from));
        all.iter().cycle().skip(start).take(most.min(all.len())).map(|key| (*key).clone()).collect()
    };
    state.sweep_position = next.last().cloned();
    look(ctx, next);
}

/// A complete entry may be an old one of the index. So each schedule has a time of the day at which a GET checks
/// it, unless it was just changed. The GETs use at most a hundredth of the rate; where that is too little for all, they
/// take turns over more than a day.
pub(crate) fn whole(ctx: &Context, handle: &ConnectionHandle, state: &mut PollState, configured: &ConnectionSettings) {
    let now = ctx.seams.now();
    let swept = state.swept_until.replace(now);
    let Some(from) = swept.or_else(|| unfinished_since(state.polled_before, configured)) else { return };
    let mut due: Vec<(i64, Key)> = {
        let cache = ctx.cache();
        let all = cache.schedules_of(&handle.key).filter(|(_, known)| is_swept(known));
        let due = all.filter_map(|(key, known)| Some((turn(key, from, now)?, key, known)));
        due.filter(|(_, _, known)| !is_recent(known, now)).map(|(after, key, _)| (after, key.clone())).collect()
    };
    due.sort_unstable();
    let most = configured.calls_a_poll(0.01);
    if due.len() > most {
        // Schedules with one turn stay together.
        let last = due.get(most - 1).map_or(0, |(after, _)| *after);
        due.retain(|(after, _)| *after <= last);
        state.swept_until = from.checked_add(SignedDuration::from_secs(last)).ok();
    }
    look(ctx, due.into_iter().map(|(_, key)| key));
}

/// From when on an earlier process may have left schedules unchecked: it ended while it did so, or after.
fn unfinished_since(polled_before: Option<Timestamp>, configured: &ConnectionSettings) -> Option<Timestamp> {
    let one_poll = SignedDuration::try_from(configured.poll_interval.mul_f64(1.2)).ok()?;
    polled_before?.checked_sub(one_poll).ok()
}

const DAY: i64 = 24 * 60 * 60;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How many seconds after `from` a schedule has its turn, if that is not after `now`. It does not depend on when the
/// process started.
fn turn(key: &Key, from: Timestamp, now: Timestamp) -> Option<i64> {
    let turn = i64::try_from(hash(key.to_string().as_bytes()) % DAY.unsigned_abs()).unwrap_or_default();
    let after = (turn - from.as_second()).rem_euclid(DAY);
    let after = if after == 0 { DAY } else { after };
    (after <= now.as_second() - from.as_second()).then_some(after)
}

/// What was refused waits for a change.
const fn is_swept(known: &CachedSchedule) -> bool {
    !known.last_outcome.is_stalled()
}

/// What was changed within the last hour existed then: this keeps a bulk creation free of GETs.
fn is_recent(known: &CachedSchedule, now: Timestamp) -> bool {
    let changed_at = known.resource.status.as_ref().and_then(|status| status.last_change_time.as_deref());
    let changed_at = changed_at.and_then(|at| at.parse::<Timestamp>().ok());
    changed_at.is_some_and(|at| (SignedDuration::ZERO..HOUR).contains(&now.duration_since(at)))
}

fn look(ctx: &Context, keys: impl IntoIterator<Item = Key>) {
    for key in keys {
        if !ctx.queue().is_busy(&key) {
            ctx.enqueue(&key, Priority::Background);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{WorkflowSchedule, WorkflowScheduleSpec};

    #[test]
    fn what_was_changed_within_the_hour_is_not_looked_at() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        for (changed_at, is_skipped) in
            [(None, false), (Some("2026-11-24T11:30:00Z"), true), (Some("2026-11-24T10:59:00Z"), false)]
        {
            let mut resource = WorkflowSchedule::new("report", WorkflowScheduleSpec::default());
            resource.status.get_or_insert_default().last_change_time = changed_at.map(Into::into);
            assert_eq!(is_recent(&CachedSchedule::of(resource), now), is_skipped, "{changed_at:?}");
        }
    }

    fn turns(key: &Key, from: Timestamp, polls: i64, interval: i64) -> usize {
        let at = |poll: i64| from.checked_add(SignedDuration::from_secs(poll * interval)).unwrap();
        (0..polls).filter(|poll| turn(key, at(*poll), at(poll + 1)).is_some()).count()
    }

    #[test]
    fn each_schedule_has_one_turn_a_day_whenever_the_process_starts() {
        let from: Timestamp = "2026-11-24T12:00:10Z".parse().unwrap();
        for name in ["a", "b", "report", "nightly"] {
            let key = Key { namespace: "shop".into(), name: name.into() };
            assert_eq!(turns(&key, from, 1440, 60), 1, "{name}");
            assert_eq!(turns(&key, from, 2 * 1440, 60), 2, "{name}");
            assert_eq!(turns(&key, from, 3, DAY), 3, "{name}, polled once a day");
        }
    }
}
