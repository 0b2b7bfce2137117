//! What another dialect says, as calendars that the engine has. It knows no last day and no nearest
//! weekday, but months of each length, and days of the month and of the week together.

use std::collections::BTreeMap;

use super::fields::{DAY_OF_MONTH, MONTH, Set};
use super::reading::{Day, Reading};

/// The dates of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) day_of_month: Set,
    pub(super) month: Set,
    pub(super) day_of_week: Set,
    /// `None` is every year.
    pub(super) year: Option<Set>,
}

/// More than this many nobody would copy.
const MOST: usize = 4;

/// The fewest kinds of months that have to be told apart come first.
const PARTITIONS: [&[&[i64]]; 4] =
    [&[&[31, 30, 29, 28]], &[&[31, 30], &[29, 28]], &[&[31], &[30], &[29, 28]], &[&[31], &[30], &[29], &[28]]];

/// Calendars that together have the dates of a reading, if a few suffice.
pub(super) fn pieces(reading: &Reading) -> Option<Vec<Piece>> {
    let pieces = if reading.is_either {
        let by_month = Reading { of_week: None, is_either: false, ..reading.clone() };
        let by_week = Reading { of_month: None, is_either: false, ..reading.clone() };
        [self::pieces(&by_month)?, self::pieces(&by_week)?].concat()
    } else {
        PARTITIONS.iter().find_map(|partition| partitioned(reading, partition))?
    };
    (1..=MOST).contains(&pieces.len()).then_some(pieces)
}

fn partitioned(reading: &Reading, partition: &[&[i64]]) -> Option<Vec<Piece>> {
    let parts = partition.iter().map(|lengths| {
        let lengths = lengths.iter().copied().filter(|length| occurs(reading, *length)).collect::<Vec<_>>();
        part(reading, &lengths)
    });
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.concat())
}

fn occurs(reading: &Reading, length: i64) -> bool {
    let has_year = reading.year.as_ref().is_none_or(|years| years.iter().any(|year| has_length(*year, length)));
    has_year && months(length).iter().any(|month| reading.month.contains(month))
}

const fn months(length: i64) -> &'static [i64] {
    match length {
        31 => &[1, 3, 5, 7, 8, 10, 12],
        30 => &[4, 6, 9, 11],
        _ => &[2],
    }
}

/// Whether a year has a month of this length.
const fn has_length(year: i64, length: i64) -> bool {
    match length {
        29 => is_leap(year),
        28 => !is_leap(year),
        _ => true,
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Calendars for months of these lengths, if the same days of the month serve for all of them.
fn part(reading: &Reading, lengths: &[i64]) -> Option<Vec<Piece>> {
    let longest = lengths.iter().copied().max().unwrap_or_default();
    let mut by_days: BTreeMap<Set, Set> = BTreeMap::new();
    for weekday in 0..7 {
        let days_of = |length: i64| -> Set {
            (1..=length).filter(|day| reading.has_day(Day { number: *day, weekday, length })).collect()
        };
        let days: Set = lengths.iter().flat_map(|length| days_of(*length)).collect();
        let fits = |length: &i64| days.range(..=*length).copied().eq(days_of(*length));
        if !lengths.iter().all(fits) {
            return None;
        }
        if !days.is_empty() {
            by_days.entry(days).or_default().insert(weekday);
        }
    }
    let months: Set = lengths.iter().flat_map(|length| months(*length)).copied().collect();
    let month: Set = reading.month.intersection(&months).copied().collect();
    let pieces = by_days.into_iter().map(|(days, day_of_week)| Piece {
        year: years(reading, lengths, &days),
        // Days that no such month has change nothing.
        day_of_month: if days.iter().copied().eq(1..=longest) { DAY_OF_MONTH.all() } else { days },
        month: month.clone(),
        day_of_week,
    });
    Some(pieces.collect())
}

/// February alone may need its years.
fn years(reading: &Reading, lengths: &[i64], days: &Set) -> Option<Set> {
    let only = match lengths {
        // No other year has that day.
        [29] if days.iter().copied().eq([29]) => None,
        [length @ (28 | 29)] => Some(*length),
        _ => None,
    };
    match (&reading.year, only) {
        (years, None) => years.clone(),
        (Some(years), Some(length)) => Some(years.iter().copied().filter(|year| has_length(*year, length)).collect()),
        (None, Some(length)) => Some((2000..=2100).filter(|year| has_length(*year, length)).collect()),
    }
}

impl Piece {
    pub(super) fn has_every_day_of_month(&self) -> bool {
        self.day_of_month == DAY_OF_MONTH.all()
    }

    pub(super) fn has_every_day_of_week(&self) -> bool {
        self.day_of_week.len() == 7
    }

    pub(super) fn has_every_month(&self) -> bool {
        self.month == MONTH.all()
    }
}
