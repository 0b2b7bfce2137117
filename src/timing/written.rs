//! A spec as it is written: what the API takes and gives, field by field, defaults not filled in.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

use super::spec::{Calendar, Interval, Range, Spec};
use super::{datetime, duration};

/// A spec in the API's JSON. Absent and null lists are read as empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WrittenSpec {
    /// Times by calendar fields.
    #[serde(default, deserialize_with = "null_is_default")]
    pub calendars: Vec<WrittenCalendar>,
    /// A run every so often.
    #[serde(default, deserialize_with = "null_is_default")]
    pub intervals: Vec<WrittenInterval>,
    /// Cron expressions.
    #[serde(default, deserialize_with = "null_is_default")]
    pub cron_expressions: Vec<String>,
    /// Times at which nothing runs.
    #[serde(default, deserialize_with = "null_is_default")]
    pub skip: Vec<WrittenCalendar>,
    /// Nothing runs before.
    #[serde(default, with = "datetime::optional")]
    pub start_at: Option<Timestamp>,
    /// Nothing runs after.
    #[serde(default, with = "datetime::optional")]
    pub end_at: Option<Timestamp>,
    /// Each run is delayed by up to this.
    #[serde(default, with = "duration::optional")]
    pub jitter: Option<SignedDuration>,
    /// The IANA zone; absent is UTC.
    #[serde(default)]
    pub time_zone_name: Option<String>,
}

/// A calendar. An absent field has its default: midnight, every day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the calendar field of that name")]
pub struct WrittenCalendar {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<Vec<WrittenRange>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute: Option<Vec<WrittenRange>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour: Option<Vec<WrittenRange>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<Vec<WrittenRange>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Vec<WrittenRange>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<Vec<WrittenRange>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_of_week: Option<Vec<WrittenRange>>,
    #[serde(default)]
    pub comment: Option<String>,
}

/// A range; an `end` of 0 is `start`, a `step` of 0 is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the field of that name")]
pub struct WrittenRange {
    pub start: i64,
    #[serde(default)]
    pub end: i64,
    #[serde(default)]
    pub step: i64,
}

/// An interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenInterval {
    /// How often.
    #[serde(with = "duration::required")]
    pub every: SignedDuration,
    /// Shifts every run.
    #[serde(default, with = "duration::optional")]
    pub offset: Option<SignedDuration>,
}

fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl From<&Spec> for WrittenSpec {
    fn from(spec: &Spec) -> Self {
        Self {
            calendars: spec.calendars.iter().map(WrittenCalendar::from).collect(),
            intervals: spec.intervals.iter().map(WrittenInterval::from).collect(),
            cron_expressions: Vec::new(),
            skip: spec.skip.iter().map(WrittenCalendar::from).collect(),
            start_at: spec.start_at,
            end_at: spec.end_at,
            jitter: spec.jitter,
            time_zone_name: spec.time_zone_name.clone(),
        }
    }
}

impl From<&Calendar> for WrittenCalendar {
    fn from(calendar: &Calendar) -> Self {
        let ranges = |ranges: &[Range]| Some(ranges.iter().map(WrittenRange::from).collect());
        Self {
            second: ranges(&calendar.second),
            minute: ranges(&calendar.minute),
            hour: ranges(&calendar.hour),
            day_of_month: ranges(&calendar.day_of_month),
            month: ranges(&calendar.month),
            year: ranges(&calendar.year),
            day_of_week: ranges(&calendar.day_of_week),
            comment: calendar.comment.clone(),
        }
    }
}

impl From<&Range> for WrittenRange {
    fn from(range: &Range) -> Self {
        Self { start: range.start, end: range.end, step: range.step }
    }
}

impl From<&Interval> for WrittenInterval {
    fn from(interval: &Interval) -> Self {
        Self { every: interval.every, offset: interval.offset }
    }
}
