//! A warning, and the kinds that there are.

use crate::timing::refusal::SpecField;

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
