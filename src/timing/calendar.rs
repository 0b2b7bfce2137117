//! A calendar made ready for searching, and the engine's search for the next time that matches.

use jiff::civil::Date;

use super::spec::{Calendar, Range};
use super::zone::Offsets;

/// The last year in which the engine looks.
pub(super) const LAST_YEAR: i64 = 2100;

/// A calendar as sets of values.
#[derive(Clone, Debug)]
pub(super) struct Matcher {
    pub(super) second: Bits,
    pub(super) minute: Bits,
    pub(super) hour: Bits,
    pub(super) day_of_month: Bits,
    pub(super) month: Bits,
    pub(super) day_of_week: Bits,
    /// `None`: all.
    years: Option<Vec<i64>>,
}

/// A set of small numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits(u64);

impl Bits {
    fn of(ranges: &[Range]) -> Self {
        // What lies beyond 63 matches nothing: the engine shifts it out.
        let values = ranges.iter().flat_map(|range| range.values_within(0, 63));
        Self(values.filter_map(|value| u32::try_from(value).ok()).fold(0, |bits, value| bits | 1 << value))
    }

    pub(super) const fn has(self, value: i64) -> bool {
        value >= 0 && value < 64 && self.0 >> value & 1 == 1
    }

    pub(super) fn has_all(self, from: i64, to: i64) -> bool {
        (from..=to).all(|value| self.has(value))
    }

    pub(super) const fn has_all_of(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A wall-clock time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wall {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

impl Wall {
    /// From seconds since 1970 on the wall clock.
    pub(super) fn from_seconds(seconds: i64) -> Self {
        let (days, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        Self { year, month, day, hour: clock / 3600, minute: clock % 3600 / 60, second: clock % 60 }
    }

    /// Seconds since 1970 on the wall clock; an hour of 24 is the next day's midnight.
    fn seconds(self) -> i64 {
        days(self.year, self.month, self.day) * 86_400 + self.hour * 3600 + self.minute * 60 + self.second
    }
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return 0 };
    let Ok(date) = Date::new(year, month, day) else { return 0 };
    date.duration_since(Date::constant(1970, 1, 1)).as_secs() / 86_400
}

fn civil(days: i64) -> (i64, i64, i64) {
    let date = Date::constant(1970, 1, 1).checked_add(jiff::SignedDuration::from_secs(days.saturating_mul(86_400)));
    let date = date.unwrap_or(Date::MAX);
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

const fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether a carry went on to another field, so that the search starts over.
enum Search {
    Matches,
    Carried,
}

/// The engine's search, field by field from the outside in, on the wall clock.
struct Seeker<'a> {
    matcher: &'a Matcher,
    offsets: &'a Offsets,
    at: Wall,
    /// 3600 in the second copy of an hour that a zone repeats.
    repeated: i64,
}

impl Matcher {
    pub(super) fn new(calendar: &Calendar) -> Self {
        Self {
            second: Bits::of(&calendar.second),
            minute: Bits::of(&calendar.minute),
            hour: Bits::of(&calendar.hour),
            day_of_month: Bits::of(&calendar.day_of_month),
            month: Bits::of(&calendar.month),
            day_of_week: Bits::of(&calendar.day_of_week),
            years: (!calendar.year.is_empty())
                .then(|| calendar.year.iter().flat_map(|range| range.values_within(0, LAST_YEAR)).collect()),
        }
    }

    pub(super) fn has_year(&self, year: i64) -> bool {
        self.years.as_ref().is_none_or(|years| years.contains(&year))
    }

    /// Every second there is.
    pub(super) fn every_second() -> Self {
        let all = |start, end| Bits::of(&[Range { start, end, step: 1 }]);
        Self {
            second: all(0, 59),
            minute: all(0, 59),
            hour: all(0, 23),
            day_of_month: all(1, 31),
            month: all(1, 12),
            day_of_week: all(0, 6),
            years: None,
        }
    }

    /// Whether a field matches nothing at all, or no month has such a day.
    pub(super) fn is_empty(&self) -> bool {
        let fields = [self.second, self.minute, self.hour, self.day_of_month, self.month, self.day_of_week];
        let first = (1..=31).find(|day| self.day_of_month.has(*day));
        let has_day = |month| self.month.has(month) && first.is_some_and(|day| day <= days_in_month(2000, month));
        fields.iter().any(|bits| bits.0 == 0) || !(1..=12).any(has_day)
    }

    /// What matches both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both = |a: Bits, b: Bits| Bits(a.0 & b.0);
        Self {
            second: both(self.second, other.second),
            minute: both(self.minute, other.minute),
            hour: both(self.hour, other.hour),
            day_of_month: both(self.day_of_month, other.day_of_month),
            month: both(self.month, other.month),
            day_of_week: both(self.day_of_week, other.day_of_week),
            years: match (&self.years, &other.years) {
                (None, years) | (years, None) => years.clone(),
                (Some(a), Some(b)) => Some(a.iter().filter(|year| b.contains(year)).copied().collect()),
            },
        }
    }

    /// The same dates, at one time of day.
    pub(super) fn at_clock(&self, seconds: i64) -> Self {
        let only = |value: i64| Bits::of(&[Range { start: value, end: value, step: 1 }]);
        Self { second: only(seconds % 60), minute: only(seconds / 60 % 60), hour: only(seconds / 3600), ..self.clone() }
    }

    /// The same times of day, on all dates.
    pub(super) fn on_all_dates(&self) -> Self {
        Self { second: self.second, minute: self.minute, hour: self.hour, ..Self::every_second() }
    }

    /// Whether every date matches.
    pub(super) fn has_all_dates(&self) -> bool {
        self.years.is_none()
            && self.month.has_all(1, 12)
            && self.day_of_month.has_all(1, 31)
            && self.day_of_week.has_all(0, 6)
    }

    /// Whether a time of day (seconds) matches.
    pub(super) fn has_clock(&self, seconds: i64) -> bool {
        self.hour.has(seconds / 3600) && self.minute.has(seconds % 3600 / 60) && self.second.has(seconds % 60)
    }

    /// Whether a time matches.
    pub(super) fn matches(&self, unix: i64, offsets: &Offsets) -> bool {
        let wall = unix + offsets.at(unix);
        if !self.has_clock(wall.rem_euclid(86_400)) {
            return false;
        }
        let at = Wall::from_seconds(wall);
        self.has_year(at.year)
            && self.month.has(at.month)
            && self.day_of_month.has(at.day)
            && self.day_of_week.has(weekday(wall.div_euclid(86_400)))
    }

    /// The earliest time after `after` that matches, as the engine finds it.
    pub(super) fn next(&self, after: i64, offsets: &Offsets) -> Option<i64> {
        if self.is_empty() {
            return None;
        }
        let hour_of = |unix: i64| (unix + offsets.at(unix)).rem_euclid(86_400) / 3600;
        let mut at = Wall::from_seconds(after + offsets.at(after));
        // One hour ago the wall clock showed the same hour: this is its second copy.
        let repeated = if hour_of(after - 3600) == at.hour { 3600 } else { 0 };
        at.second += 1;
        Seeker { matcher: self, offsets, at, repeated }.run()
    }
}

impl Seeker<'_> {
    fn run(mut self) -> Option<i64> {
        loop {
            self.carry();
            if self.at.year > LAST_YEAR {
                return None;
            }
            if !self.matcher.has_year(self.at.year) {
                self.at = Wall { year: self.at.year + 1, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
                self.repeated = 0;
                continue;
            }
            match self.match_fields() {
                Search::Carried => {}
                Search::Matches => {
                    let unix = self.offsets.unix(self.at.seconds());
                    let hour = (unix + self.offsets.at(unix)).rem_euclid(86_400) / 3600;
                    if hour == self.at.hour {
                        return Some(unix + self.repeated);
                    }
                    // A time that does not exist: the zone jumped over it.
                    self.at = Wall { hour: self.at.hour + 1, minute: 0, second: 0, ..self.at };
                }
            }
        }
    }

    /// Brings every field back into its range.
    fn carry(&mut self) {
        let at = &mut self.at;
        if at.second >= 60 {
            (at.minute, at.second) = (at.minute + 1, 0);
        }
        if at.minute >= 60 {
            let before = self.offsets.unix(Wall { minute: 0, second: 0, ..*at }.seconds());
            (at.hour, at.minute) = (at.hour + 1, 0);
            let after = self.offsets.unix(Wall { minute: 0, second: 0, ..*at }.seconds());
            // The next hour is two hours away: the hour between is repeated, and comes once more.
            if self.repeated == 0 && after - before > 3600 {
                at.hour -= 1;
                self.repeated = 3600;
            } else {
                self.repeated = 0;
            }
        }
        if at.hour >= 24 {
            (at.day, at.hour) = (at.day + 1, 0);
        }
        if at.day > days_in_month(at.year, at.month) {
            (at.month, at.day) = (at.month + 1, 1);
        }
        if at.month > 12 {
            (at.year, at.month) = (at.year + 1, 1);
        }
    }

    fn match_fields(&mut self) -> Search {
        while !self.matcher.month.has(self.at.month) {
            self.at = Wall { month: self.at.month + 1, day: 1, hour: 0, minute: 0, second: 0, ..self.at };
            self.repeated = 0;
            if self.at.month > 12 {
                return Search::Carried;
            }
        }
        while !self.day_matches() {
            self.at = Wall { day: self.at.day + 1, hour: 0, minute: 0, second: 0, ..self.at };
            self.repeated = 0;
            if self.at.day > days_in_month(self.at.year, self.at.month) {
                return Search::Carried;
            }
        }
        while !self.matcher.hour.has(self.at.hour) {
            self.at = Wall { hour: self.at.hour + 1, minute: 0, second: 0, ..self.at };
            self.repeated = 0;
            if self.at.hour >= 24 {
                return Search::Carried;
            }
        }
        while !self.matcher.minute.has(self.at.minute) {
            self.at = Wall { minute: self.at.minute + 1, second: 0, ..self.at };
            if self.at.minute >= 60 {
                return Search::Carried;
            }
        }
        while !self.matcher.second.has(self.at.second) {
            self.at.second += 1;
            if self.at.second >= 60 {
                return Search::Carried;
            }
        }
        Search::Matches
    }

    /// The engine asks Go for the weekday of the exact time; in a gap at midnight that can be
    /// another day's.
    fn day_matches(&self) -> bool {
        if !self.matcher.day_of_month.has(self.at.day) {
            return false;
        }
        let unix = self.offsets.unix(self.at.seconds());
        self.matcher.day_of_week.has(weekday((unix + self.offsets.at(unix)).div_euclid(86_400)))
    }
}
