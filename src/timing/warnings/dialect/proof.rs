//! Whether what is offered runs when the other dialect would: asked of the engine's own search, over as
//! many years as it takes for all dates and days of the week to have met.

use super::fields::Set;
use super::reading::{Day, Reading};
use crate::timing::calendar::{Matcher, Wall};
use crate::timing::spec::{Calendar, Spec};
use crate::timing::values::Values;
use crate::timing::written::WrittenSpec;
use crate::timing::zone::Offsets;

/// 2024-01-01, and 28 years later.
const FIRST_DAY: i64 = 19_723;
const LAST_DAY: i64 = FIRST_DAY + 10_227;
const DAY: i64 = 86_400;

/// Whether a spec's calendars have just the runs of a reading, and any at all.
pub(super) fn has_runs_of(spec: &Spec, reading: &Reading) -> bool {
    let matchers: Vec<Matcher> = spec.calendars.iter().map(Matcher::new).collect();
    let clocks: Vec<i64> = clocks(reading).collect();
    let Some(first) = clocks.first() else { return false };
    let mut days = (FIRST_DAY..LAST_DAY).filter(|day| has_date(reading, *day));
    let Some(mut due) = days.next() else { return false };
    if !spec.intervals.is_empty() || !has_clocks_of(&matchers, due, &clocks) {
        return false;
    }
    // Of all days the first run: what the first day has later, the others have too.
    let mut after = FIRST_DAY * DAY - 1;
    loop {
        if next(&matchers, after) != Some(due * DAY + first) {
            return false;
        }
        after = (due + 1) * DAY - 1;
        due = match days.next() {
            Some(day) => day,
            None => return next(&matchers, after).is_none_or(|run| run >= LAST_DAY * DAY),
        };
    }
}

/// Whether two calendars have the same runs.
pub(super) fn are_equal(a: &Calendar, b: &Calendar) -> bool {
    let (first, second) = (Values::of(a), Values::of(b));
    if first != second {
        return false;
    }
    let (a, b) = ([Matcher::new(a)], [Matcher::new(b)]);
    let mut after = FIRST_DAY * DAY;
    (0..1000).all(|_| {
        let runs = (next(&a, after), next(&b, after));
        after = runs.0.unwrap_or(after);
        runs.0 == runs.1
    })
}

/// The next run on a clock that never changes: which zone it is in changes nothing in what is compared.
fn next(matchers: &[Matcher], after: i64) -> Option<i64> {
    let plain = Offsets::default();
    matchers.iter().filter_map(|matcher| matcher.next(after, &plain)).min()
}

fn has_clocks_of(matchers: &[Matcher], day: i64, clocks: &[i64]) -> bool {
    let midnight = day * DAY;
    let runs = std::iter::successors(next(matchers, midnight - 1), |run| next(matchers, *run));
    runs.take_while(|run| *run < midnight + DAY).map(|run| run - midnight).eq(clocks.iter().copied())
}

/// The times of day of a reading, ascending.
fn clocks(reading: &Reading) -> impl Iterator<Item = i64> {
    let minutes = reading.hour.iter().flat_map(|hour| reading.minute.iter().map(move |minute| hour * 60 + minute));
    minutes.flat_map(|minute| reading.second.iter().map(move |second| minute * 60 + second))
}

fn has_date(reading: &Reading, day: i64) -> bool {
    let wall = Wall::from_seconds(day * DAY);
    let first = day - wall.day + 1;
    // The next month begins within 31 days of this one's first, and on its first day.
    let length = (28..=31).find(|length| Wall::from_seconds((first + length) * DAY).day == 1).unwrap_or(31);
    let has = |values: &Set, value: i64| values.contains(&value);
    has(&reading.month, wall.month)
        && reading.year.as_ref().is_none_or(|years| has(years, wall.year))
        && reading.has_day(Day { number: wall.day, weekday: (day + 4).rem_euclid(7), length })
}

/// The only calendar that the engine makes of a cron expression.
pub(super) fn calendar(text: &str) -> Option<Calendar> {
    let written = WrittenSpec { cron_expressions: vec![text.to_owned()], ..WrittenSpec::default() };
    written.canonical().ok()?.calendars.into_iter().next()
}

/// The values of each field of a cron expression.
pub(super) fn values(text: &str) -> Option<Values> {
    calendar(text).as_ref().map(Values::of)
}
