//! Runs that a change of the clocks loses, doubles or moves, by what the engine's search really
//! finds around it.

use super::subject::{Item, Subject, clock, time_of_day};
use super::warning::{Warning, WarningKind};
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
    let (lost, added) = (compared.lost.as_slice(), compared.added.as_slice());
    let (kind, what) = match (lost, added) {
        ([lost], [added]) => {
            let what = format!("the run of {} happens at {} instead", clock(lost.wall), time_of_day(added.wall));
            (WarningKind::RunMoved, what)
        }
        ([], []) => return None,
        ([], added) => (WarningKind::RunDoubled, doubled(item, added, compared.are_doubled)),
        ([first, ..], _) => (WarningKind::RunLost, self::lost(subject, item, *first, lost.len())),
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

/// A run, and what the clock shows at it.
#[derive(Clone, Copy)]
struct Moment {
    wall: i64,
    unix: i64,
}

impl Moment {
    /// "2027-10-31 02:00", with the time in UTC where the clock shows that twice.
    fn shown(self, subject: &Subject) -> String {
        let Self { wall, unix } = self;
        let offsets = &subject.offsets;
        let is_shown_by = |unix: i64| unix + offsets.at(unix) == wall;
        let is_twice = [-7200, -3600, -1800, 1800, 3600, 7200].into_iter().any(|apart| is_shown_by(unix + apart));
        let utc = if is_twice { format!(" ({} UTC)", time_of_day(unix)) } else { String::new() };
        format!("{}{utc}", clock(wall))
    }
}

/// What is lost, and with what it goes on.
fn lost(subject: &Subject, item: &Item, first: Moment, count: usize) -> String {
    let next = |after: i64| item.matcher.next(after, &subject.offsets).filter(|run| *run <= subject.end);
    let mut later = std::iter::successors(next(first.unix), |run| next(*run));
    let next = later.find(|run| !subject.is_skipped(*run)).map_or_else(String::new, |unix| {
        let next = Moment { wall: unix + subject.offsets.at(unix), unix };
        format!(", and the next is that of {}", next.shown(subject))
    });
    match count {
        1 => format!("the run of {} is lost{next}", first.shown(subject)),
        count => format!("{count} runs, the first of {}, are lost{next}", first.shown(subject)),
    }
}

/// What happens twice: while the clock shows the hour again or, east of Greenwich, where the engine takes the
/// hour before the repeated one for the repeated one, an hour later.
fn doubled(item: &Item, added: &[Moment], is_shown_again: bool) -> String {
    let Some(first) = added.first() else { return String::new() };
    let happens = |wall: i64, how: &str| match added.len() {
        1 => format!("the run of {} happens {how}", clock(wall)),
        count => format!("{count} runs, the first of {}, happen {how}", clock(wall)),
    };
    let earlier = first.wall - 3600;
    if is_shown_again {
        let (before, again) = (time_of_day(first.unix - 3600), time_of_day(first.unix));
        happens(first.wall, &format!("twice, at {before} and {again} UTC"))
    } else if item.matcher.has_clock(earlier.rem_euclid(86_400)) {
        happens(earlier, &format!("once more, at {}", time_of_day(first.wall)))
    } else {
        format!("there is a run at {} that no field names", clock(first.wall))
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
    lost: Vec<Moment>,
    added: Vec<Moment>,
    /// Whether each run that was not to be expected is one of those that were, once more.
    are_doubled: bool,
}

/// To be expected is each time that a day without a change has, once.
fn by_clock(subject: &Subject, item: &Item, change: Change) -> Compared {
    let Change { at, before, after } = change;
    let margin = MARGIN + (after - before).abs();
    let expected = unskipped(subject, plain(item, at - margin + before, at + margin + after));
    let runs = actual(subject, item, at - margin, at + margin);
    let mut shown = unskipped(subject, runs.iter().map(|run| run + subject.offsets.at(*run)).collect());
    shown.sort_unstable();
    let added = without(&shown, &expected);
    let are_doubled = added.iter().all(|wall| expected.binary_search(wall).is_ok());
    let last_shown = |wall: &i64| runs.iter().copied().rfind(|run| run + subject.offsets.at(*run) == *wall);
    let added = added.into_iter().filter_map(|wall| Some(Moment { wall, unix: last_shown(&wall)? })).collect();
    let lost = without(&expected, &shown).into_iter().map(|wall| Moment { wall, unix: wall - before }).collect();
    Compared { lost, added, are_doubled }
}

/// To be expected is each moment at which the clock shows a match, also one that it shows twice.
fn by_instant(subject: &Subject, item: &Item, change: Change) -> Compared {
    let Change { at, before, after } = change;
    let margin = MARGIN + (after - before).abs();
    let first = plain(item, at - margin + before, at + before).into_iter().map(|wall| wall - before);
    let second = plain(item, at + after, at + margin + after).into_iter().map(|wall| wall - after);
    let expected: Vec<i64> = first.chain(second).collect();
    let actual = actual(subject, item, at - margin, at + margin);
    let shown = |runs: Vec<i64>| {
        let moments = runs.into_iter().map(|unix| Moment { wall: unix + subject.offsets.at(unix), unix });
        moments.filter(|moment| !is_skipped(subject, moment.wall)).collect()
    };
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
    walls.retain(|wall| !is_skipped(subject, *wall));
    walls
}

fn is_skipped(subject: &Subject, wall: i64) -> bool {
    let plain = Offsets::default();
    subject.skips.iter().any(|skip| skip.matches(wall, &plain))
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
