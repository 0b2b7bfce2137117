//! What people get wrong: specs that the engine takes without a word, and that hardly mean what was
//! meant.

mod cron;
mod daylight;
mod days;
mod dialect;
mod never;
mod rate;
mod skip;
mod start;
mod twice;
mod zone;

use std::sync::Arc;

use jiff::Timestamp;

use super::calendar::{Matcher, Wall};
use super::canonical::Origins;
use super::refusal::SpecField;
use super::spec::{Calendar, Interval, Spec};
use super::values::Values;
use super::written::WrittenSpec;
use super::zone::{Offsets, Zone};

pub use dialect::{dialect_hint, from_crontab};

#[cfg(test)]
mod tests;

/// What kind of mistake it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningKind {
    /// A cron names days of the month and days of the week: both must match.
    DayOfMonthAndDayOfWeek,
    /// A `#` within a cron's field begins a comment.
    HashIsComment,
    /// A cron of six or seven fields that was meant for Quartz or Spring.
    LooksLikeQuartz,
    /// A step that does not divide its field.
    UnevenStep,
    /// A calendar with minutes and no hour.
    MinuteWithoutHour,
    /// A skip that leaves runs of the days that it is for.
    SkipLeavesRuns,
    /// A skip that takes no run away.
    SkipIsIdle,
    /// An end that is over.
    EndInThePast,
    /// An end before the start.
    EndBeforeStart,
    /// A part, or all, that never fires.
    NeverFires,
    /// A run that a change of the clocks takes away.
    RunLost,
    /// A run that a change of the clocks doubles.
    RunDoubled,
    /// A run that a change of the clocks moves.
    RunMoved,
    /// More than one run a minute.
    SubMinute,
    /// An interval with a fraction of a second.
    FractionIsCut,
    /// A zone in a cron and in `timeZoneName`.
    ZoneTwice,
    /// A zone that nothing depends on.
    ZoneWithoutEffect,
    /// A zone that means something else than it seems to.
    MisleadingZone,
    /// A `*` for minutes beside single hours.
    EveryMinute,
    /// A range of days of the week whose 7 is dropped.
    SundayIsLeftOut,
    /// A step of days that starts anew each month.
    UnevenDays,
    /// A step of months that does not divide the year.
    UnevenMonths,
    /// A step of days of the week.
    UnevenWeekdays,
    /// Several last days of a month.
    SeveralMonthEnds,
    /// A day that some of the months do not have.
    DayNotInEveryMonth,
    /// The same times once more.
    SameTimesTwice,
    /// An interval that does not run at `startAt`.
    IntervalIgnoresStart,
    /// A skip that begins after the end.
    SkipAfterEnd,
    /// A zone's name that stands for none.
    PlaceholderZone,
}

impl WarningKind {
    /// All there are.
    pub const ALL: [Self; 29] = [
        Self::DayOfMonthAndDayOfWeek,
        Self::HashIsComment,
        Self::LooksLikeQuartz,
        Self::UnevenStep,
        Self::MinuteWithoutHour,
        Self::SkipLeavesRuns,
        Self::SkipIsIdle,
        Self::EndInThePast,
        Self::EndBeforeStart,
        Self::NeverFires,
        Self::RunLost,
        Self::RunDoubled,
        Self::RunMoved,
        Self::SubMinute,
        Self::FractionIsCut,
        Self::ZoneTwice,
        Self::ZoneWithoutEffect,
        Self::MisleadingZone,
        Self::EveryMinute,
        Self::SundayIsLeftOut,
        Self::UnevenDays,
        Self::UnevenMonths,
        Self::UnevenWeekdays,
        Self::SeveralMonthEnds,
        Self::DayNotInEveryMonth,
        Self::SameTimesTwice,
        Self::IntervalIgnoresStart,
        Self::SkipAfterEnd,
        Self::PlaceholderZone,
    ];

    /// A short name, for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayOfMonthAndDayOfWeek => "day-of-month-and-day-of-week",
            Self::HashIsComment => "hash-is-comment",
            Self::LooksLikeQuartz => "looks-like-quartz",
            Self::UnevenStep => "uneven-step",
            Self::MinuteWithoutHour => "minute-without-hour",
            Self::SkipLeavesRuns => "skip-leaves-runs",
            Self::SkipIsIdle => "skip-is-idle",
            Self::EndInThePast => "end-in-the-past",
            Self::EndBeforeStart => "end-before-start",
            Self::NeverFires => "never-fires",
            Self::RunLost => "run-lost",
            Self::RunDoubled => "run-doubled",
            Self::RunMoved => "run-moved",
            Self::SubMinute => "sub-minute",
            Self::FractionIsCut => "fraction-is-cut",
            Self::ZoneTwice => "zone-twice",
            Self::ZoneWithoutEffect => "zone-without-effect",
            Self::MisleadingZone => "misleading-zone",
            Self::EveryMinute => "every-minute",
            Self::SundayIsLeftOut => "sunday-is-left-out",
            Self::UnevenDays => "uneven-days",
            Self::UnevenMonths => "uneven-months",
            Self::UnevenWeekdays => "uneven-weekdays",
            Self::SeveralMonthEnds => "several-month-ends",
            Self::DayNotInEveryMonth => "day-not-in-every-month",
            Self::SameTimesTwice => "same-times-twice",
            Self::IntervalIgnoresStart => "interval-ignores-start",
            Self::SkipAfterEnd => "skip-after-end",
            Self::PlaceholderZone => "placeholder-zone",
        }
    }
}

/// A warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What kind of mistake it may be.
    pub kind: WarningKind,
    /// Which part it is about; `None` is the whole spec.
    pub field: Option<SpecField>,
    /// What is surprising.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// All warnings about a spec, in the order of the spec's fields. `spec` is the canonical form of
/// `written`.
#[must_use]
pub fn warnings(written: &WrittenSpec, spec: &Spec, now: Timestamp) -> Vec<Warning> {
    let subject = Subject::new(written, spec, now);
    let mut all = cron::warnings(&subject);
    all.extend(twice::warnings(&subject));
    all.extend(rate::warnings(&subject));
    all.extend(start::warnings(&subject));
    all.extend(never::warnings(&subject));
    all.extend(skip::warnings(&subject));
    all.extend(zone::warnings(&subject));
    all.extend(daylight::warnings(&subject));
    all.sort_by_key(|warning| warning.field.map_or((7, 0), order));
    all
}

/// The order of a resource's fields.
const fn order(field: SpecField) -> (u8, usize) {
    match field {
        SpecField::CronExpression(index) => (0, index),
        SpecField::Calendar(index) => (1, index),
        SpecField::Interval(index) => (2, index),
        SpecField::Skip(index) => (3, index),
        SpecField::TimeZoneName => (4, 0),
        SpecField::StartAt => (5, 0),
        SpecField::EndAt => (6, 0),
    }
}

/// A canonical calendar, and where it was written.
struct Item<'a> {
    field: SpecField,
    calendar: &'a Calendar,
    values: Values,
    matcher: Matcher,
}

/// What is looked at.
struct Subject<'a> {
    written: &'a WrittenSpec,
    spec: &'a Spec,
    now: Timestamp,
    calendars: Vec<Item<'a>>,
    intervals: Vec<(SpecField, &'a Interval)>,
    skips: Vec<Matcher>,
    offsets: Arc<Offsets>,
    /// Seconds: after this the first run may be.
    begin: i64,
    /// Seconds: the last run may be here.
    end: i64,
}

impl<'a> Subject<'a> {
    fn new(written: &'a WrittenSpec, spec: &'a Spec, now: Timestamp) -> Self {
        let Origins { calendars, intervals } = Origins::of(written);
        let begin = spec.begin(now);
        let zone = Zone::load(spec.time_zone_name.as_deref()).unwrap_or_else(|_| Zone::utc());
        Self {
            written,
            spec,
            now,
            calendars: calendars.into_iter().zip(&spec.calendars).map(item).collect(),
            intervals: intervals.into_iter().zip(&spec.intervals).collect(),
            skips: spec.skip.iter().map(Matcher::new).collect(),
            offsets: zone.offsets(),
            begin,
            end: spec.end_at.map_or(i64::MAX, Timestamp::as_second),
        }
    }

    /// The cron expression that a calendar was written as.
    fn text(&self, item: &Item) -> Option<&'a str> {
        match item.field {
            SpecField::CronExpression(index) => self.written.cron_expressions.get(index).map(String::as_str),
            SpecField::Calendar(_)
            | SpecField::Interval(_)
            | SpecField::Skip(_)
            | SpecField::TimeZoneName
            | SpecField::StartAt
            | SpecField::EndAt => None,
        }
    }

    fn is_skipped(&self, unix: i64) -> bool {
        self.skips.iter().any(|skip| skip.matches(unix, &self.offsets))
    }

    /// "2026-12-25 09:30 Europe/Paris".
    fn local(&self, unix: i64) -> String {
        format!("{} {}", clock(unix + self.offsets.at(unix)), self.zone())
    }

    fn zone(&self) -> &str {
        self.spec.time_zone_name.as_deref().unwrap_or("UTC")
    }
}

fn item((field, calendar): (SpecField, &Calendar)) -> Item<'_> {
    Item { field, calendar, values: Values::of(calendar), matcher: Matcher::new(calendar) }
}

/// "2026-12-25 09:30" of seconds on the wall clock.
fn clock(wall: i64) -> String {
    let Wall { year, month, day, .. } = Wall::from_seconds(wall);
    format!("{year:04}-{month:02}-{day:02} {}", time_of_day(wall))
}

/// "09:30" of seconds on the wall clock.
fn time_of_day(wall: i64) -> String {
    let Wall { hour, minute, second, .. } = Wall::from_seconds(wall);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}
