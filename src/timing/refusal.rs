//! Why the engine refuses a spec.

use std::fmt;

/// Which part of a spec a refusal or a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpecField {
    /// A cron expression, by its index.
    CronExpression(usize),
    /// A calendar, by its index.
    Calendar(usize),
    /// An interval, by its index.
    Interval(usize),
    /// A skip, by its index.
    Skip(usize),
    /// The zone.
    TimeZoneName,
    /// The start.
    StartAt,
    /// The end.
    EndAt,
}

impl fmt::Display for SpecField {
    /// The path in a resource's spec.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CronExpression(index) => write!(f, "cronExpressions[{index}]"),
            Self::Calendar(index) => write!(f, "calendars[{index}]"),
            Self::Interval(index) => write!(f, "intervals[{index}]"),
            Self::Skip(index) => write!(f, "skip[{index}]"),
            Self::TimeZoneName => f.write_str("timeZoneName"),
            Self::StartAt => f.write_str("startAt"),
            Self::EndAt => f.write_str("endAt"),
        }
    }
}

/// A refusal, in the engine's words (which it prefixes with `Invalid schedule spec: `).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Refusal {
    /// The engine's words.
    pub message: String,
    /// Which part they are about.
    pub field: SpecField,
}
