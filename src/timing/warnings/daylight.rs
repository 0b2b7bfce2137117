//! Runs that a change of the clocks loses, doubles or moves, by what the engine's search really
//! finds around it.

use super::{Item, Subject, Warning, WarningKind, clock, time_of_day};
use crate::timing::zone::Offsets;

/// How far ahead changes are looked for.
const YEAR: i64 = 366 * 86_400;
/// How much of the day around a change is compared.
const MARGIN: i64 = 3 * 3600;

/// A change of a zone's offset, in seconds.
#[derive(Clone, Copy)]
struct Change {
    at: i64,
    before: i64,
    after: i64,
}

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let changes = changes(subject);
    let by_item = subject.calendars.iter().flat_map(|item| changes.iter().map(move |change| (item, *change)));
    by_item.filter_map(|(item, change)| around(subject, item, change)).collect()
}

/// The changes of the next year that lie between start and end.
fn changes(subject: &Subject) -> Vec<Change> {
    let last = (subject.begin + YEAR).min(subject.end);
    let changes = subject.offsets.changes_after(subject.begin).take_while(|(at, _, _)| *at <= last);
    changes.map(|(at, before, after)| Change { at, before, after }).collect()
}

/// What the wall clock would show of runs without the change, against what it shows with it.
fn around(subject: &Subject, item: &Item, change: Change) -> Option<Warning> {
    let Change { at, before, after } = change;
    let margin = MARGIN + (after - before).abs();
    let is_skipped = |wall: i64| subject.skips.iter().any(|skip| skip.matches(wall, &Offsets::default()));
    let walls = |from: i64, to: i64, offsets: &Offsets| -> Vec<i64> {
        let runs = std::iter::successors(item.matcher.next(from - 1, offsets), |run| item.matcher.next(*run, offsets));
        let shown = runs.take_while(|run| *run < to).map(|run| run + offsets.at(run));
        let mut walls: Vec<i64> = shown.filter(|wall| !is_skipped(*wall)).collect();
        walls.sort_unstable();
        walls
    };
    let expected = walls(at - margin + before, at + margin + after, &Offsets::default());
    let actual = walls(at - margin, at + margin, &subject.offsets);
    let (lost, added) = (without(&expected, &actual), without(&actual, &expected));
    let affected = || lost.iter().chain(&added).copied();
    if goes_on(item, affected().min()?, affected().max()?) {
        return None;
    }
    let (kind, what) = match (lost.as_slice(), added.as_slice()) {
        ([lost], [added]) => {
            (WarningKind::RunMoved, format!("the run of {} happens at {} instead", clock(*lost), time_of_day(*added)))
        }
        ([], []) => return None,
        ([], added) if added.iter().all(|wall| expected.binary_search(wall).is_ok()) => {
            (WarningKind::RunDoubled, many(added, "happens twice", "happen twice"))
        }
        // East of Greenwich the engine takes the hour before the repeated one for the repeated one.
        ([], added) => (WarningKind::RunDoubled, many(added, "is one too many", "are too many")),
        (lost, _) => (WarningKind::RunLost, many(lost, "is lost", "are lost")),
    };
    let (from, to) = (time_of_day(at + before), time_of_day(at + after));
    let (verb, avoid) = if after > before {
        ("jump", format!("{from} to {to}"))
    } else {
        ("go back", format!("{} to {from}", time_of_day(at + after - 3600)))
    };
    Some(Warning {
        kind,
        field: Some(item.field),
        message: format!("{what}: clocks in {} {verb} from {from} to {to} that day", subject.zone()),
        help: format!("if every run counts, choose a time outside {avoid}, or the zone UTC"),
    })
}

fn many(walls: &[i64], one_does: &str, many_do: &str) -> String {
    let first = walls.first().copied().unwrap_or_default();
    match walls.len() {
        1 => format!("the run of {} {one_does}", clock(first)),
        count => format!("{count} runs, the first of {}, {many_do}", clock(first)),
    }
}

/// Whether runs come on through the hours before, within and after: then the time between them stays
/// as it is, whatever the clock shows.
fn goes_on(item: &Item, first: i64, last: i64) -> bool {
    let hours = first.div_euclid(3600) - 1..=last.div_euclid(3600) + 1;
    hours.into_iter().all(|hour| item.values.hour.contains(&hour.rem_euclid(24)))
}

/// What `all` has more often than `others`; both ascend.
fn without(all: &[i64], others: &[i64]) -> Vec<i64> {
    let mut others = others.iter().peekable();
    let is_missing = |wall: &&i64| {
        while others.next_if(|other| other < wall).is_some() {}
        others.next_if(|other| other == wall).is_none()
    };
    all.iter().filter(is_missing).copied().collect()
}
