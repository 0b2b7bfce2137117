//! Which times of day several skips together take away on all dates of a calendar.

use std::collections::HashMap;

use super::calendar::{Bits, Matcher};

/// The skips that may take away all of a calendar.
pub(super) struct Coverage<'a> {
    dates: &'a Matcher,
    skips: Vec<&'a Matcher>,
    /// Whether a set of skips, by their bits, has every date.
    known: HashMap<u128, bool>,
    /// What was said last: neighbouring seconds have mostly the same skips.
    last: (u128, bool),
}

impl<'a> Coverage<'a> {
    /// Those that hold in all years from `first` to `last`. More than 128 are not looked at.
    pub(super) fn of(dates: &'a Matcher, skips: &'a [Matcher], first: i64, last: i64) -> Self {
        let in_all_years = skips.iter().filter(|skip| (first..=last).all(|year| skip.has_year(year)));
        Self { dates, skips: in_all_years.take(128).collect(), known: HashMap::new(), last: (0, false) }
    }

    /// Whether a time of day (seconds) is skipped on every date of the calendar.
    pub(super) fn covers(&mut self, clock: i64) -> bool {
        let with_clock = self.skips.iter().enumerate().filter(|(_, skip)| skip.has_clock(clock));
        let set = with_clock.fold(0_u128, |set, (index, _)| set | 1 << index);
        if self.last.0 != set {
            let (dates, skips) = (self.dates, &self.skips);
            let covers = *self.known.entry(set).or_insert_with(|| {
                let in_set = skips.iter().enumerate().filter(|(index, _)| set >> index & 1 == 1);
                have_dates(&in_set.map(|(_, skip)| *skip).collect::<Vec<_>>(), dates)
            });
            self.last = (set, covers);
        }
        self.last.1
    }
}

fn have_dates(skips: &[&Matcher], dates: &Matcher) -> bool {
    let days = (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day)));
    let mut days = days.filter(|(month, day)| dates.month.has(*month) && dates.day_of_month.has(*day));
    days.all(|(month, day)| {
        let on_day = skips.iter().filter(|skip| skip.month.has(month) && skip.day_of_month.has(day));
        on_day.map(|skip| skip.day_of_week).reduce(Bits::or).is_some_and(|days| days.has_all_of(dates.day_of_week))
    })
}
