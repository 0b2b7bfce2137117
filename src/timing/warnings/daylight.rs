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

/// What was to be expected, against what the engine finds.
fn around(subject: &Subject, item: &Item, change: Change) -> Option<Warning> {
    let Change { at, before, after } = change;
    let goes_on = goes_on(item, change);
    let compared = if goes_on { by_instant(subject, item, change) } else { by_clock(subject, item, change) };
    let (lost, added) = (compared.lost, compared.added);
    let (kind, what) = match (lost.as_slice(), added.as_slice()) {
        ([lost], [added]) => {
            (WarningKind::RunMoved, format!("the run of {} happens at {} instead", clock(*lost), time_of_day(*added)))
        }
        ([], []) => return None,
        ([], added) if compared.are_doubled => (WarningKind::RunDoubled, many(added, "happens twice", "happen twice")),
        // East of Greenwich the engine takes the hour before the repeated one for the repeated one.
        ([], added) => (WarningKind::RunDoubled, many(added, "is an extra one", "are extra ones")),
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
        help: if goes_on {
            "if every run counts, use an interval, which no clock moves, or the zone UTC".into()
        } else {
            format!("if every run counts, choose a time outside {avoid}, or the zone UTC")
        },
    })
}

fn many(walls: &[i64], one_does: &str, many_do: &str) -> String {
    let first = walls.first().copied().unwrap_or_default();
    match walls.len() {
        1 => format!("the run of {} {one_does}", clock(first)),
        count => format!("{count} runs, the first of {}, {many_do}", clock(first)),
    }
}

/// Whether runs come on through the hours before, within and after a change. Of those the time between
/// them counts, of others what the clock shows.
fn goes_on(item: &Item, change: Change) -> bool {
    let Change { at, before, after } = change;
    let first = (at + before.min(after)).div_euclid(3600) - 1;
    let last = (at + before.max(after)).div_euclid(3600);
    (first..=last).all(|hour| item.values.hour.contains(&hour.rem_euclid(24)))
}

/// What the wall clock shows at runs that are lost, and at runs that were not to be expected.
struct Compared {
    lost: Vec<i64>,
    added: Vec<i64>,
    /// Whether each run that was not to be expected is one of those that were, once more.
    are_doubled: bool,
}

/// To be expected is each time that a day without a change has, once.
fn by_clock(subject: &Subject, item: &Item, change: Change) -> Compared {
    let Change { at, before, after } = change;
    let margin = MARGIN + (after - before).abs();
    let expected = unskipped(subject, plain(item, at - margin + before, at + margin + after));
    let shown = actual(subject, item, at - margin, at + margin).into_iter().map(|run| run + subject.offsets.at(run));
    let mut shown = unskipped(subject, shown.collect());
    shown.sort_unstable();
    let added = without(&shown, &expected);
    let are_doubled = added.iter().all(|wall| expected.binary_search(wall).is_ok());
    Compared { lost: without(&expected, &shown), added, are_doubled }
}

/// To be expected is each moment at which the clock shows a match, also one that it shows twice.
fn by_instant(subject: &Subject, item: &Item, change: Change) -> Compared {
    let Change { at, before, after } = change;
    let margin = MARGIN + (after - before).abs();
    let first = plain(item, at - margin + before, at + before).into_iter().map(|wall| wall - before);
    let second = plain(item, at + after, at + margin + after).into_iter().map(|wall| wall - after);
    let expected: Vec<i64> = first.chain(second).collect();
    let actual = actual(subject, item, at - margin, at + margin);
    let shown =
        |runs: Vec<i64>| unskipped(subject, runs.into_iter().map(|run| run + subject.offsets.at(run)).collect());
    let (lost, added) = (shown(without(&expected, &actual)), shown(without(&actual, &expected)));
    Compared { lost, added, are_doubled: false }
}

/// The matches of a wall clock that never changes, ascending.
fn plain(item: &Item, from: i64, to: i64) -> Vec<i64> {
    let plain = Offsets::default();
    let runs = std::iter::successors(item.matcher.next(from - 1, &plain), |run| item.matcher.next(*run, &plain));
    runs.take_while(|run| *run < to).collect()
}

/// The runs that the engine finds, ascending.
fn actual(subject: &Subject, item: &Item, from: i64, to: i64) -> Vec<i64> {
    let next = |after: i64| item.matcher.next(after, &subject.offsets);
    std::iter::successors(next(from - 1), |run| next(*run)).take_while(|run| *run < to).collect()
}

/// What no skip takes away of times on the wall clock.
fn unskipped(subject: &Subject, mut walls: Vec<i64>) -> Vec<i64> {
    let plain = Offsets::default();
    walls.retain(|wall| !subject.skips.iter().any(|skip| skip.matches(*wall, &plain)));
    walls
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
