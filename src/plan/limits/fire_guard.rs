//! The guard: no patch and no replace near a fire.

use jiff::{SignedDuration, Timestamp};

use crate::plan::model::observed::Observed;

/// How near is near, before and after.
const NEAR: SignedDuration = SignedDuration::from_secs(5);
/// For how long a change is held back in all.
const LONGEST: SignedDuration = SignedDuration::from_secs(120);
/// Where fires are closer than this, there is no quiet moment to wait for.
const CLOSEST: SignedDuration = SignedDuration::from_secs(15);

/// Until when a change has to wait; `None` is go. Insurance: reports of runs lost to an update near
/// a fire are from other versions of the engine, and waiting a few seconds is cheap.
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
