//! The fire guard: no patch and no replacement near a run.

use jiff::{SignedDuration, Timestamp};

use crate::plan::model::observed::Observed;

/// The guarded time before and after a run.
const NEAR: SignedDuration = SignedDuration::from_secs(5);
/// The longest total delay of a change.
const LONGEST: SignedDuration = SignedDuration::from_secs(120);
/// If runs are closer together than this, there is no time without runs to wait for.
const CLOSEST: SignedDuration = SignedDuration::from_secs(15);

/// Until when a change must wait; `None` if it need not wait. This is a precaution: reports of runs that were
/// lost by an update near a run are from other versions of the engine, but waiting for some seconds is cheap.
#[must_use]
pub fn wait_until(
    now: Timestamp,
    observed: &Observed,
    held_since: Option<Timestamp>,
    lifts_pause: bool,
) -> Option<Timestamp> {
    if (observed.paused && !lifts_pause) || fires_often(observed) {
        return None;
    }
    let deadline = held_since.unwrap_or(now).checked_add(LONGEST).ok()?;
    let recent = observed.recent.last().map(|run| run.scheduled_at);
    let until = observed
        .future
        .first()
        .copied()
        .into_iter()
        .chain(recent)
        .filter(|fire| fire.duration_since(now).abs() <= NEAR)
        .filter_map(|fire| fire.checked_add(NEAR + SignedDuration::from_millis(1)).ok())
        .max()?;
    (now < deadline).then_some(until.min(deadline))
}

fn fires_often(observed: &Observed) -> bool {
    let mut runs =
        observed.recent.last().map(|run| run.scheduled_at).into_iter().chain(observed.future.iter().copied());
    let Some(mut before) = runs.next() else { return false };
    runs.any(|run| {
        let gap = run.duration_since(before);
        before = run;
        gap < CLOSEST
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::observed;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn with_fires(fires: &[&str]) -> Observed {
        Observed { future: fires.iter().map(|fire| at(fire)).collect(), ..observed() }
    }

    const NOW: &str = "2026-11-24T12:00:00Z";

    #[test]
    fn a_fire_in_three_seconds_is_waited_for_and_five_seconds_more() {
        let observed = with_fires(&["2026-11-24T12:00:03Z", "2026-11-24T13:00:03Z"]);
        assert_eq!(wait_until(at(NOW), &observed, None, false), Some(at("2026-11-24T12:00:08.001Z")));
    }

    #[test]
    fn far_from_a_fire_nothing_waits() {
        assert_eq!(
            wait_until(at(NOW), &with_fires(&["2026-11-24T12:00:06Z", "2026-11-24T13:00:00Z"]), None, false),
            None
        );
    }

    #[test]
    fn a_paused_schedule_does_not_wait() {
        let observed = Observed { paused: true, ..with_fires(&["2026-11-24T12:00:03Z"]) };
        assert_eq!(wait_until(at(NOW), &observed, None, false), None);
    }

    #[test]
    fn a_paused_schedule_waits_where_a_patch_lifts_the_pause() {
        let observed = Observed { paused: true, ..with_fires(&["2026-11-24T12:00:03Z"]) };
        assert!(wait_until(at(NOW), &observed, None, true).is_some());
    }

    #[test]
    fn where_fires_are_under_fifteen_seconds_apart_nothing_waits() {
        assert_eq!(
            wait_until(at(NOW), &with_fires(&["2026-11-24T12:00:03Z", "2026-11-24T12:00:13Z"]), None, false),
            None
        );
    }

    #[test]
    fn it_waits_two_minutes_in_all() {
        let observed = with_fires(&["2026-11-24T12:00:03Z", "2026-11-24T12:00:20Z"]);
        assert_eq!(wait_until(at(NOW), &observed, Some(at("2026-11-24T11:57:59Z")), false), None);
        assert_eq!(
            wait_until(at(NOW), &observed, Some(at("2026-11-24T11:58:04Z")), false),
            Some(at("2026-11-24T12:00:04Z"))
        );
    }
}
