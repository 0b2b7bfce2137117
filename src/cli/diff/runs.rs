//! Which runs two specs differ in. Pure: the period is an argument.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::timing::Spec;

/// A period of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// The difference of the runs in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Runs {
    pub(super) before: usize,
    pub(super) after: usize,
    pub(super) gained: Vec<Timestamp>,
    pub(super) lost: Vec<Timestamp>,
    /// Runs that have another time: as many are lost as are gained.
    pub(super) moved: Vec<Moved>,
    /// There are more runs than are compared: the period ends here.
    pub(super) compared_until: Option<Timestamp>,
}

/// Runs in a row that move by the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moved {
    pub(super) count: usize,
    /// In seconds; negative is earlier.
    pub(super) by_seconds: i64,
    /// The first of them, before and after.
    pub(super) first_before: Timestamp,
    pub(super) first_after: Timestamp,
}

/// So many runs of a schedule are compared.
const MOST: usize = 20_000;
/// A run that moves further is another run.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Runs {
    /// Whether the runs are the same.
    pub(super) const fn is_equal(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && self.moved.is_empty()
    }
}

/// Compares the runs of two timings; `None` has no runs.
pub(super) fn compare(before: Option<&Spec>, after: Option<&Spec>, period: Period) -> Runs {
    let (mut old, mut new) = (runs(before, period), runs(after, period));
    // What is cut off is not lost.
    let cut = [&old, &new].into_iter().filter(|runs| runs.len() == MOST).filter_map(|runs| runs.last().copied()).min();
    if let Some(cut) = cut {
        old.retain(|run| *run <= cut);
        new.retain(|run| *run <= cut);
    }
    let lost: Vec<Timestamp> = old.difference(&new).copied().collect();
    let gained: Vec<Timestamp> = new.difference(&old).copied().collect();
    let (before, after) = (old.len(), new.len());
    let moved = if lost.len() == gained.len() { moved(&lost, &gained) } else { None };
    match moved {
        Some(moved) => Runs { before, after, moved, compared_until: cut, ..Runs::default() },
        None => Runs { before, after, gained, lost, moved: Vec::new(), compared_until: cut },
    }
}

fn runs(timing: Option<&Spec>, period: Period) -> BTreeSet<Timestamp> {
    let runs = timing.into_iter().flat_map(|timing| timing.runs_after(period.from, "").map(|run| run.nominal));
    runs.take_while(|run| *run <= period.to).take(MOST).collect()
}

/// Pairs lost and gained runs in their order, if each is near its partner.
fn moved(lost: &[Timestamp], gained: &[Timestamp]) -> Option<Vec<Moved>> {
    let mut found: Vec<Moved> = Vec::new();
    for (old, new) in lost.iter().zip(gained) {
        let by = new.duration_since(*old);
        if by.abs() > FURTHEST {
            return None;
        }
        match found.last_mut().filter(|group| group.by_seconds == by.as_secs()) {
            Some(group) => group.count += 1,
            None => {
                found.push(Moved { count: 1, by_seconds: by.as_secs(), first_before: *old, first_after: *new });
            }
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::WrittenSpec;

    fn daily(cron: &str, zone: Option<&str>) -> Spec {
        let written = WrittenSpec {
            cron_expressions: vec![cron.into()],
            time_zone_name: zone.map(str::to_owned),
            ..WrittenSpec::default()
        };
        written.canonical().unwrap()
    }

    fn period() -> Period {
        Period { from: "2027-03-20T00:00:00Z".parse().unwrap(), to: "2027-04-03T00:00:00Z".parse().unwrap() }
    }

    #[test]
    fn another_zone_moves_runs_by_another_time_after_a_clock_change() {
        let (utc, paris) = (daily("0 9 * * *", None), daily("0 9 * * *", Some("Europe/Paris")));
        let found = compare(Some(&utc), Some(&paris), period());
        let moves: Vec<(usize, i64)> = found.moved.iter().map(|moved| (moved.count, moved.by_seconds)).collect();
        assert_eq!(moves, [(8, -3600), (6, -7200)]);
        assert_eq!((found.before, found.after), (14, 14));
    }

    #[test]
    fn fewer_runs_are_lost_and_not_moved() {
        let (all, some) = (daily("0 9 * * *", None), daily("0 9 * * 1-5", None));
        let found = compare(Some(&all), Some(&some), period());
        assert_eq!((found.lost.len(), found.gained.len()), (4, 0));
        assert!(compare(Some(&all), Some(&all), period()).is_equal());
        assert_eq!(compare(Some(&all), None, period()).lost.len(), 14);
    }

    #[test]
    fn what_is_not_compared_is_not_lost() {
        let often = daily("* * * * * * *", None);
        let found = compare(Some(&often), Some(&often), period());
        assert!(found.is_equal() && found.compared_until.is_some());
    }
}
