//! A calendar as lists of values, for what speaks about it to people.

use super::calendar::LAST_YEAR;
use super::spec::{Calendar, Range};

/// The values of each field, ascending, those that no clock shows left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) second: Vec<i64>,
    pub(super) minute: Vec<i64>,
    pub(super) hour: Vec<i64>,
    pub(super) day_of_month: Vec<i64>,
    pub(super) month: Vec<i64>,
    pub(super) day_of_week: Vec<i64>,
    /// `None` is every year.
    pub(super) year: Option<Vec<i64>>,
}

impl Values {
    pub(super) fn of(calendar: &Calendar) -> Self {
        let Calendar { second, minute, hour, day_of_month, month, year, day_of_week, comment: _ } = calendar;
        Self {
            second: within(second, 0, 59),
            minute: within(minute, 0, 59),
            hour: within(hour, 0, 23),
            day_of_month: within(day_of_month, 1, 31),
            month: within(month, 1, 12),
            day_of_week: within(day_of_week, 0, 6),
            year: (!year.is_empty()).then(|| within(year, 1970, LAST_YEAR)),
        }
    }

    /// The field that matches nothing, as a resource spells it.
    pub(super) fn empty_field(&self) -> Option<&'static str> {
        let Self { second, minute, hour, day_of_month, month, day_of_week, year } = self;
        [
            ("second", second.is_empty()),
            ("minute", minute.is_empty()),
            ("hour", hour.is_empty()),
            ("dayOfMonth", day_of_month.is_empty()),
            ("month", month.is_empty()),
            ("dayOfWeek", day_of_week.is_empty()),
            ("year", year.as_ref().is_some_and(Vec::is_empty)),
        ]
        .into_iter()
        .find_map(|(name, is_empty)| is_empty.then_some(name))
    }

    pub(super) fn has_every_hour(&self) -> bool {
        self.hour.len() == 24
    }

    pub(super) fn has_every_day_of_month(&self) -> bool {
        self.day_of_month.len() == 31
    }

    pub(super) fn has_every_day_of_week(&self) -> bool {
        self.day_of_week.len() == 7
    }

    pub(super) fn has_every_month(&self) -> bool {
        self.month.len() == 12
    }
}

fn within(ranges: &[Range], min: i64, max: i64) -> Vec<i64> {
    let mut values: Vec<i64> = ranges.iter().flat_map(|range| range.values_within(min, max)).collect();
    values.sort_unstable();
    values.dedup();
    values
}
