//! How many runs there are when. Pure: the period is an argument.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::timing::Spec;
use crate::timing::words::words;

/// A period of time; its end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// A schedule of a timeline.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) workflow: Option<String>,
    pub(super) is_paused: bool,
    /// How many runs are left, if they are limited.
    pub(super) left: Option<usize>,
    /// Past runs and how they ended, as far as that is known.
    pub(super) past: Vec<(Timestamp, Option<String>)>,
    pub(super) timing: Spec,
}

/// The runs of one schedule.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) words: String,
    pub(super) schedule: Schedule,
    pub(super) runs: Vec<Timestamp>,
    /// Times that would be runs without `skip`.
    pub(super) skipped: Vec<Timestamp>,
    /// There are more runs than are shown.
    pub(super) is_cut: bool,
}

/// Runs that begin in the same second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Collision {
    pub(super) at: Timestamp,
    pub(super) count: usize,
    /// How many of them have no jitter.
    pub(super) without_jitter: usize,
    /// The workflows of which several runs begin, and how many.
    pub(super) workflows: Vec<(String, usize)>,
}

/// All rows, and where they collide.
#[derive(Clone, Debug)]
pub(super) struct Density {
    pub(super) period: Period,
    pub(super) rows: Vec<Row>,
    /// The largest first.
    pub(super) collisions: Vec<Collision>,
    /// How many more there are.
    pub(super) more_collisions: usize,
}

/// So many runs of a schedule are shown.
const MOST: usize = 10_000;
/// So many runs at once are a collision.
pub(super) const MANY: usize = 3;
/// So many collisions are named.
const NAMED: usize = 10;

/// Computes the timeline.
pub(super) fn density(schedules: Vec<Schedule>, period: Period) -> Density {
    let mut rows: Vec<Row> = schedules.into_iter().map(|schedule| row(schedule, period)).collect();
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    let mut collisions = collisions(&rows);
    let more_collisions = collisions.len().saturating_sub(NAMED);
    collisions.truncate(NAMED);
    Density { period, rows, collisions, more_collisions }
}

fn row(schedule: Schedule, period: Period) -> Row {
    let key = match &schedule.namespace {
        Some(namespace) => format!("{namespace}/{}", schedule.name),
        None => schedule.name.clone(),
    };
    let most = if schedule.is_paused { 0 } else { schedule.left.unwrap_or(MOST).min(MOST) };
    let runs = runs(&schedule.timing, period, most);
    let without = Spec { skip: Vec::new(), ..schedule.timing.clone() };
    let skipped = if schedule.timing.skip.is_empty() || schedule.is_paused {
        Vec::new()
    } else {
        self::runs(&without, period, MOST).into_iter().filter(|at| runs.binary_search(at).is_err()).collect()
    };
    Row { key, words: words(&schedule.timing), is_cut: runs.len() == MOST, schedule, runs, skipped }
}

fn runs(timing: &Spec, period: Period, most: usize) -> Vec<Timestamp> {
    // A run at the very begin is part of the period.
    let before = period.from.checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.from);
    timing.runs_after(before, "").map(|run| run.nominal).take_while(|run| *run < period.to).take(most).collect()
}

fn collisions(rows: &[Row]) -> Vec<Collision> {
    let mut at: BTreeMap<Timestamp, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        row.runs.iter().for_each(|run| at.entry(*run).or_default().push(row));
    }
    let mut found: Vec<Collision> = at
        .into_iter()
        .filter(|(_, rows)| rows.len() >= MANY)
        .map(|(at, rows)| {
            let mut workflows: BTreeMap<&str, usize> = BTreeMap::new();
            for workflow in rows.iter().filter_map(|row| row.schedule.workflow.as_deref()) {
                *workflows.entry(workflow).or_default() += 1;
            }
            let several = workflows.into_iter().filter(|(_, count)| *count > 1);
            Collision {
                at,
                count: rows.len(),
                without_jitter: rows.iter().filter(|row| row.schedule.timing.jitter.is_none()).count(),
                workflows: several.map(|(name, count)| (name.to_owned(), count)).collect(),
            }
        })
        .collect();
    found.sort_by_key(|collision| (std::cmp::Reverse(collision.count), collision.at));
    found
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::timing::WrittenSpec;

    pub(in crate::cli::timeline) fn schedule(name: &str, cron: &str) -> Schedule {
        let written = WrittenSpec { cron_expressions: vec![cron.into()], ..WrittenSpec::default() };
        Schedule {
            namespace: Some("shop".into()),
            name: name.into(),
            workflow: Some("report".into()),
            is_paused: false,
            left: None,
            past: Vec::new(),
            timing: written.canonical().unwrap(),
        }
    }

    pub(in crate::cli::timeline) fn day() -> Period {
        Period { from: "2026-11-24T00:00:00Z".parse().unwrap(), to: "2026-11-25T00:00:00Z".parse().unwrap() }
    }

    #[test]
    fn runs_at_the_same_second_collide() {
        let paused = Schedule { is_paused: true, ..schedule("paused", "0 0 * * *") };
        let limited = Schedule { left: Some(2), ..schedule("limited", "0 * * * *") };
        let all = vec![schedule("a", "0 0 * * *"), schedule("b", "@daily"), limited, paused];
        let density = density(all, day());
        assert_eq!(density.rows.iter().map(|row| row.runs.len()).collect::<Vec<_>>(), [1, 1, 2, 0]);
        let [collision] = &density.collisions[..] else { panic!("{:?}", density.collisions) };
        assert_eq!((collision.count, collision.at), (3, day().from));
        assert_eq!(collision.workflows, [("report".to_owned(), 3)]);
    }
}
