//! What a cron expression says in another dialect.

use super::fields::{DAY_OF_MONTH, FROM_ONE, FROM_ZERO, HOUR, MONTH, SIXTY, Set, YEAR, number};

/// Another dialect of cron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Seconds first, days of the week from 1, Sunday.
    Quartz,
    /// Seconds first, days of the week from 0, Sunday: Spring, Azure and most libraries with seconds.
    Spring,
    /// Minutes first, always a year, days of the week from 1, Sunday.
    Aws,
    /// Five fields, days of the week from 0, Sunday.
    Crontab,
    /// Five fields with Quartz's numbers of days.
    FiveOfQuartz,
}

impl Dialect {
    const ALL: [Self; 5] = [Self::Quartz, Self::Spring, Self::Aws, Self::Crontab, Self::FiveOfQuartz];

    const fn counts_from_one(self) -> bool {
        match self {
            Self::Quartz | Self::Aws | Self::FiveOfQuartz => true,
            Self::Spring | Self::Crontab => false,
        }
    }
}

/// The fields by what they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) second: &'a str,
    pub(super) minute: &'a str,
    pub(super) hour: &'a str,
    pub(super) day_of_month: &'a str,
    pub(super) month: &'a str,
    pub(super) day_of_week: &'a str,
    pub(super) year: &'a str,
}

/// A cron expression as a dialect reads it.
#[derive(Clone, Debug)]
pub(super) struct Reading<'a> {
    pub(super) dialect: Dialect,
    pub(super) named: Named<'a>,
    pub(super) second: Set,
    pub(super) minute: Set,
    pub(super) hour: Set,
    pub(super) month: Set,
    /// `None` is every year.
    pub(super) year: Option<Set>,
    pub(super) of_month: Option<Vec<OfMonth>>,
    pub(super) of_week: Option<Vec<OfWeek>>,
    /// Where both kinds of days are given: whether either suffices.
    pub(super) is_either: bool,
}

/// Days of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfMonth {
    On(i64),
    /// So many days before the last one.
    Last(i64),
    /// The weekday nearest to it within the month.
    Nearest(i64),
    LastWeekday,
}

/// Days of a week, 0 is Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OfWeek {
    On(i64),
    /// The day's first to fifth time in a month.
    Nth(i64, i64),
    /// The day's last time in a month.
    Last(i64),
}

/// All that these fields may mean elsewhere.
pub(super) fn readings<'a>(fields: &[&'a str]) -> Vec<Reading<'a>> {
    let readings = Dialect::ALL.into_iter().filter_map(|dialect| read(dialect, fields));
    readings
        .flat_map(|reading| {
            // Where both kinds of days are given, Spring wants both and others either.
            let either = reading.has_both_days().then(|| Reading { is_either: true, ..reading.clone() });
            [Some(reading), either].into_iter().flatten()
        })
        .collect()
}

pub(super) fn read<'a>(dialect: Dialect, fields: &[&'a str]) -> Option<Reading<'a>> {
    let named = named(dialect, fields)?;
    let day_field = if dialect.counts_from_one() { FROM_ONE } else { FROM_ZERO };
    let of_month = match named.day_of_month {
        "*" | "?" => None,
        text => Some(text.split(',').map(of_month).collect::<Option<Vec<_>>>()?.concat()),
    };
    let of_week = match named.day_of_week {
        "*" | "?" => None,
        text => Some(
            text.split(',')
                .map(|part| of_week(part, day_field, dialect.counts_from_one()))
                .collect::<Option<Vec<_>>>()?
                .concat(),
        ),
    };
    // Quartz and AWS refuse both kinds of days together.
    let is_refused = dialect.counts_from_one() && of_month.is_some() && of_week.is_some();
    let year = match named.year {
        "*" => None,
        text => Some(YEAR.values(text)?),
    };
    (!is_refused).then_some(Reading {
        dialect,
        named,
        second: SIXTY.values(named.second)?,
        minute: SIXTY.values(named.minute)?,
        hour: HOUR.values(named.hour)?,
        month: MONTH.values(named.month)?,
        year,
        of_month,
        of_week,
        is_either: false,
    })
}

fn named<'a>(dialect: Dialect, fields: &[&'a str]) -> Option<Named<'a>> {
    let (second, minute, hour, day_of_month, month, day_of_week, year) = match (dialect, fields) {
        (Dialect::Quartz | Dialect::Spring, [second, minute, hour, day, month, weekday]) => {
            (*second, *minute, *hour, *day, *month, *weekday, "*")
        }
        (Dialect::Quartz, [second, minute, hour, day, month, weekday, year]) => {
            (*second, *minute, *hour, *day, *month, *weekday, *year)
        }
        // AWS demands one `?`.
        (Dialect::Aws, [minute, hour, day, month, weekday, year]) if (*day == "?") != (*weekday == "?") => {
            ("0", *minute, *hour, *day, *month, *weekday, *year)
        }
        (Dialect::Crontab, [minute, hour, day, month, weekday]) => ("0", *minute, *hour, *day, *month, *weekday, "*"),
        (Dialect::FiveOfQuartz, [minute, hour, day, month, weekday])
            if [*day, *weekday].iter().any(|field| field.contains(['?', 'L', 'W', '#'])) =>
        {
            ("0", *minute, *hour, *day, *month, *weekday, "*")
        }
        (Dialect::Quartz | Dialect::Spring | Dialect::Aws | Dialect::Crontab | Dialect::FiveOfQuartz, _) => {
            return None;
        }
    };
    Some(Named { second, minute, hour, day_of_month, month, day_of_week, year })
}

fn of_month(text: &str) -> Option<Vec<OfMonth>> {
    let upper = text.to_ascii_uppercase();
    Some(match upper.as_str() {
        "L" => vec![OfMonth::Last(0)],
        "LW" | "WL" => vec![OfMonth::LastWeekday],
        _ if upper.starts_with("L-") => {
            vec![OfMonth::Last(number(upper.strip_prefix("L-")?).filter(|days| *days <= 27)?)]
        }
        // Of days that not every month has it is not known what it means.
        _ if upper.ends_with('W') => {
            vec![OfMonth::Nearest(number(upper.strip_suffix('W')?).filter(|day| (1..=28).contains(day))?)]
        }
        _ => DAY_OF_MONTH.values(text)?.into_iter().map(OfMonth::On).collect(),
    })
}

fn of_week(text: &str, field: super::fields::Field, counts_from_one: bool) -> Option<Vec<OfWeek>> {
    let to_day = |value: i64| if counts_from_one { value - 1 } else { value % 7 };
    if let Some((day, count)) = text.split_once('#') {
        let count = number(count).filter(|count| (1..=5).contains(count))?;
        return Some(vec![OfWeek::Nth(to_day(field.value(day)?), count)]);
    }
    // A lone `L` is Saturday to some and refused by others.
    if let Some(day) = text.strip_suffix(['L', 'l']) {
        return Some(vec![OfWeek::Last(to_day(field.value(day)?))]);
    }
    Some(field.values(text)?.into_iter().map(|value| OfWeek::On(to_day(value))).collect())
}

/// A day of a month of some length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Day {
    pub(super) number: i64,
    /// 0 is Sunday.
    pub(super) weekday: i64,
    pub(super) length: i64,
}

impl Reading<'_> {
    pub(super) const fn has_both_days(&self) -> bool {
        self.of_month.is_some() && self.of_week.is_some()
    }

    /// Whose reading it is.
    pub(super) const fn reader(&self) -> &'static str {
        match (self.dialect, self.has_both_days(), self.is_either) {
            (Dialect::Quartz, _, _) => "in Quartz",
            (Dialect::Spring, _, false) => "in Spring",
            (Dialect::Spring, _, true) => "where either day suffices",
            (Dialect::Aws, _, _) => "in AWS",
            (Dialect::Crontab, true, true) => "if either day suffices, as in crontab,",
            (Dialect::Crontab, true, false) => "if both days must match",
            (Dialect::Crontab, false, _) => "with 0 for Sunday",
            (Dialect::FiveOfQuartz, _, _) => "with 1 for Sunday, as in Quartz,",
        }
    }

    /// Whether a day matches, months and years aside.
    pub(super) fn has_day(&self, day: Day) -> bool {
        let by_month = self.of_month.as_ref().map(|rules| rules.iter().any(|rule| rule.has(day)));
        let by_week = self.of_week.as_ref().map(|rules| rules.iter().any(|rule| rule.has(day)));
        match (by_month, by_week) {
            (Some(by_month), Some(by_week)) if self.is_either => by_month || by_week,
            (by_month, by_week) => by_month.unwrap_or(true) && by_week.unwrap_or(true),
        }
    }
}

impl OfMonth {
    fn has(self, Day { number: day, weekday, length }: Day) -> bool {
        let is_workday = (1..=5).contains(&weekday);
        match self {
            Self::On(wanted) => day == wanted,
            Self::Last(before) => day == length - before,
            Self::LastWeekday => is_workday && (day == length || (weekday == 5 && day + 2 >= length)),
            Self::Nearest(wanted) => {
                let of_wanted = (weekday + wanted - day).rem_euclid(7);
                let nearest = match of_wanted {
                    6 if wanted == 1 => wanted + 2,
                    6 => wanted - 1,
                    0 if wanted == length => wanted - 2,
                    0 => wanted + 1,
                    _ => wanted,
                };
                day == nearest
            }
        }
    }
}

impl OfWeek {
    const fn has(self, Day { number: day, weekday, length }: Day) -> bool {
        match self {
            Self::On(wanted) => weekday == wanted,
            Self::Nth(wanted, count) => weekday == wanted && (day - 1) / 7 + 1 == count,
            Self::Last(wanted) => weekday == wanted && day + 7 > length,
        }
    }
}
