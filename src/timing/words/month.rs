//! Days of the month, and months, in words.

use super::super::values::Values;
use super::form::Form;
use super::list::{circular_span, joined, joined_by, missing, ordinal, range_words, span};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// At most so many are named as exceptions.
const EXCEPTIONS: usize = 2;

/// A calendar's values without the months, days and years that never come together; nothing if none do.
pub(super) fn existing(values: &Values) -> Option<Values> {
    let years = |month, day| values.year.iter().flatten().copied().filter(move |year| exists(*year, month, day));
    let is_any = |month, day| match values.year {
        None => exists(LEAP, month, day),
        Some(_) => years(month, day).next().is_some(),
    };
    let dates = || values.month.iter().flat_map(|month| values.day_of_month.iter().map(move |day| (*month, *day)));
    let keep = |all: &[i64], is_kept: &dyn Fn(i64) -> bool| all.iter().copied().filter(|one| is_kept(*one)).collect();
    let kept = Values {
        // "Every month" is left so: people know that some have no 31st.
        month: keep(&values.month, &|month| {
            values.has_every_month() || values.day_of_month.iter().any(|day| is_any(month, *day))
        }),
        day_of_month: keep(&values.day_of_month, &|day| values.month.iter().any(|month| is_any(*month, day))),
        year: values.year.as_ref().map(|all| keep(all, &|year| dates().any(|(month, day)| exists(year, month, day)))),
        ..values.clone()
    };
    // Without a year each date falls on each day of the week sooner or later.
    let has_weekday = values.year.is_none()
        || dates().any(|(month, day)| {
            years(month, day).any(|year| weekday(year, month, day).is_some_and(|day| values.day_of_week.contains(&day)))
        });
    (kept.empty_field().is_none() && has_weekday).then_some(kept)
}

/// A year with a February 29.
const LEAP: i64 = 2000;

fn date(year: i64, month: i64, day: i64) -> Option<jiff::civil::Date> {
    let parts = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    jiff::civil::Date::new(parts.0, parts.1, parts.2).ok()
}

fn exists(year: i64, month: i64, day: i64) -> bool {
    date(year, month, day).is_some()
}

fn weekday(year: i64, month: i64, day: i64) -> Option<i64> {
    Some(date(year, month, day)?.weekday().to_sunday_zero_offset().into())
}

/// The last day that a month has in any year.
pub(in crate::timing) const fn longest(month: i64) -> i64 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of a calendar that are given by their number, and the months that they are of.
pub(super) struct Days<'a> {
    values: &'a Values,
}

impl<'a> Days<'a> {
    pub(super) const fn of(values: &'a Values) -> Self {
        Self { values }
    }

    fn days(&self) -> &[i64] {
        &self.values.day_of_month
    }

    /// Whether they are all days of their months.
    pub(super) fn is_every(&self) -> bool {
        self.reach_every_end(1)
    }

    /// Whether the days from this one on are among them, to the end of each month.
    fn reach_every_end(&self, first: i64) -> bool {
        self.values.month.iter().all(|month| {
            let last = self.longest(*month);
            first <= last && (first..=last).all(|day| self.days().contains(&day))
        })
    }

    /// The last day that a month may have in the years that are meant.
    fn longest(&self, month: i64) -> i64 {
        let is_longest =
            |day: i64| self.values.year.as_ref().is_none_or(|years| years.iter().any(|year| exists(*year, month, day)));
        (28..=longest(month)).rev().find(|day| is_longest(*day)).unwrap_or(28)
    }

    /// Whether one of their months lacks one of them at times. "February 29" alone says so itself.
    fn are_missing_at_times(&self) -> bool {
        let lacks = |month: i64, day: i64| match (&self.values.year, self.values.month.as_slice()) {
            (Some(years), _) => years.iter().any(|year| !exists(*year, month, day)),
            (None, [_]) => !exists(LEAP, month, day),
            (None, _) => !exists(LEAP + 1, month, day),
        };
        self.values.month.iter().any(|month| self.days().iter().any(|day| lacks(*month, *day)))
    }

    /// "December 25", if there is one.
    pub(super) fn single(&self) -> Option<String> {
        match (self.days(), self.values.month.as_slice()) {
            ([day], [month]) => Some(format!("{} {day}", name(*month))),
            _ => None,
        }
    }

    /// "every month", "every month from June to August", "January and July".
    pub(super) fn months(&self) -> String {
        let months = &self.values.month;
        let others = missing(months, 1, 12);
        if others.is_empty() {
            return "every month".into();
        }
        if let Some((first, last)) = span(months) {
            return format!("every month from {} to {}", name(first), name(last));
        }
        if others.len() <= EXCEPTIONS {
            return format!("every month except {}", joined(&names(&others)));
        }
        match circular(self.values) {
            Some((first, last)) => format!("every month from {} to {}", name(first), name(last)),
            None => joined(&names(months)),
        }
    }

    /// "from the 10th to the 20th of every month", if they follow on each other.
    pub(super) fn stretch(&self) -> Option<String> {
        let (first, last) = (*self.days().first()?, *self.days().last()?);
        let months = self.months();
        let follow = span(self.days()).is_some();
        if first == 1 && follow && last <= 28 {
            Some(format!("in the first {last} days of {months}"))
        } else if first > 1 && first <= 28 && follow && self.reach_every_end(first) {
            Some(format!("from the {} to the end of {months}", ordinal(first)))
        } else if follow && first <= 28 {
            Some(format!("from the {} to the {} of {months}", ordinal(first), ordinal(last)))
        } else {
            None
        }
    }

    /// "the 1st and 15th of every month", "the 31st of every month that has one"; or "the 1st or 15th".
    pub(super) fn listed(&self, last_word: &str) -> String {
        let days = range_words(self.days(), ordinal);
        let (days, is_one) = (joined_by(last_word, &days), self.days().len() == 1);
        let months = self.months();
        match (self.are_missing_at_times(), is_one) {
            (false, _) => format!("the {days} of {months}"),
            (true, true) if months == "every month" => format!("the {days} of {months} that has one"),
            (true, true) => format!("the {days} (where there is one) of {months}"),
            (true, false) => format!("the {days} (where they exist) of {months}"),
        }
    }

    /// "on the 1st of every month", "every day except the 31st".
    pub(super) fn words(&self, form: Form) -> String {
        let others = missing(self.days(), 1, 31);
        if let Some(stretch) = self.stretch() {
            return match (stretch.strip_prefix("in "), form) {
                (Some(first), _) => format!("on {first}"),
                (None, Form::Every) => format!("every day {stretch}"),
                (None, Form::On) => stretch,
            };
        }
        if others.len() <= EXCEPTIONS {
            let on = if form == Form::Every { "" } else { "on " };
            let others: Vec<String> = others.iter().map(|day| ordinal(*day)).collect();
            return format!("{on}every day{} except the {}", within(self.values), joined(&others));
        }
        format!("on {}", self.listed("and"))
    }
}

/// " in June", " from June to August"; empty for every month.
pub(super) fn within(values: &Values) -> String {
    let months = &values.month;
    let others = missing(months, 1, 12);
    if others.is_empty() {
        return String::new();
    }
    if let Some((first, last)) = span(months) {
        return format!(" from {} to {}", name(first), name(last));
    }
    if others.len() <= EXCEPTIONS {
        return format!(" in every month except {}", joined(&names(&others)));
    }
    match circular(values) {
        Some((first, last)) => format!(" from {} to {}", name(first), name(last)),
        None => format!(" in {}", joined(&names(months))),
    }
}

/// November to February; within given years that would be said of another winter.
fn circular(values: &Values) -> Option<(i64, i64)> {
    circular_span(&values.month, 1, 12).filter(|_| values.year.is_none())
}

fn names(months: &[i64]) -> Vec<String> {
    months.iter().map(|month| name(*month)).collect()
}

/// "February" of 2.
pub(in crate::timing) fn name(month: i64) -> String {
    let index = usize::try_from(month - 1).ok();
    index.and_then(|index| MONTHS.get(index)).map_or_else(String::new, |name| (*name).to_owned())
}
