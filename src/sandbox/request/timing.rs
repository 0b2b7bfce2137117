//! The parts of a schedule in a request.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::reader::{Reader, lax_integer};
use crate::sandbox::engine::{Overlap, Policy};
use crate::timing::{WrittenCalendar, WrittenInterval, WrittenRange, datetime, duration};

impl Reader {
    pub(super) fn calendars(&mut self, value: &Value) -> Option<Vec<WrittenCalendar>> {
        self.list(value, Self::calendar)
    }

    fn calendar(&mut self, value: &Value) -> Option<WrittenCalendar> {
        let object = self.object(value)?;
        Some(WrittenCalendar {
            second: self.optional(object, "second", Self::ranges),
            minute: self.optional(object, "minute", Self::ranges),
            hour: self.optional(object, "hour", Self::ranges),
            day_of_month: self.optional(object, "day_of_month", Self::ranges),
            month: self.optional(object, "month", Self::ranges),
            year: self.optional(object, "year", Self::ranges),
            day_of_week: self.optional(object, "day_of_week", Self::ranges),
            comment: self.nullable(object, "comment", Self::string).given(),
        })
    }

    fn ranges(&mut self, value: &Value) -> Option<Vec<WrittenRange>> {
        self.sequence(value, Self::range)
    }

    fn range(&mut self, value: &Value) -> Option<WrittenRange> {
        let object = self.object(value)?;
        let start = self.required(object, "start", Self::integer);
        let end = self.optional(object, "end", Self::integer).unwrap_or_default();
        let step = self.optional(object, "step", Self::integer).unwrap_or_default();
        Some(WrittenRange { start: start?, end, step })
    }

    pub(super) fn intervals(&mut self, value: &Value) -> Option<Vec<WrittenInterval>> {
        self.list(value, Self::interval)
    }

    fn interval(&mut self, value: &Value) -> Option<WrittenInterval> {
        let object = self.object(value)?;
        let every = self.required(object, "every", Self::duration);
        let offset = self.nullable(object, "offset", Self::duration).given();
        Some(WrittenInterval { every: every?, offset })
    }

    pub(super) fn strings(&mut self, value: &Value) -> Option<Vec<String>> {
        self.list(value, Self::string)
    }

    /// ISO 8601, or a number of seconds. pydantic also accepts `1 day, 01:00:00`, which no client sends. It
    /// refuses `1h`, as this does.
    pub(super) fn duration(&mut self, value: &Value) -> Option<SignedDuration> {
        let read = match value {
            Value::String(text) => duration::parse_iso(&text.replace(',', ".")).ok(),
            Value::Number(number) => {
                number.as_f64().and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok())
            }
            Value::Bool(value) => Some(SignedDuration::from_secs(i64::from(*value))),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                return self.wrong("time_delta_type", "Input should be a valid timedelta", value);
            }
        };
        read.or_else(|| {
            let why = "invalid digit in duration";
            let msg = format!("Input should be a valid timedelta, {why}");
            self.wrong_with("time_delta_parsing", msg, value, json!({ "error": why }))
        })
    }

    /// RFC 3339, in UTC if there is no offset; or seconds since 1970, as a number or as text.
    pub(super) fn datetime(&mut self, value: &Value) -> Option<Timestamp> {
        let read = match value {
            Value::String(text) => text.parse().ok().and_then(since_epoch).or_else(|| datetime::parse(text).ok()),
            Value::Number(number) => match number.as_f64().and_then(since_epoch) {
                Some(instant) => Some(instant),
                None => return self.datetime_out_of_range(value),
            },
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return self.wrong("datetime_type", "Input should be a valid datetime", value);
            }
        };
        read.or_else(|| {
            let why = "input is no datetime";
            let msg = format!("Input should be a valid datetime or date, {why}");
            self.wrong_with("datetime_from_date_parsing", msg, value, json!({ "error": why }))
        })
    }

    fn datetime_out_of_range(&mut self, value: &Value) -> Option<Timestamp> {
        let why = "dates after 9999 are not supported as unix timestamps";
        let msg = format!("Input should be a valid datetime, {why}");
        self.wrong_with("datetime_parsing", msg, value, json!({ "error": why }))
    }

    pub(super) fn policy(&mut self, value: &Value) -> Option<Policy> {
        let object = self.object(value)?;
        let default = Policy::default();
        Some(Policy {
            catchup_window_seconds: self
                .optional(object, "catchup_window_seconds", Self::integer)
                .unwrap_or(default.catchup_window_seconds),
            overlap: self.optional(object, "overlap", Self::overlap).unwrap_or(default.overlap),
            pause_on_failure: self
                .optional(object, "pause_on_failure", Self::boolean)
                .unwrap_or(default.pause_on_failure),
        })
    }

    pub(super) fn overlap(&mut self, value: &Value) -> Option<Overlap> {
        let overlap = lax_integer(value).and_then(|number| Overlap::try_from(number).ok());
        overlap.or_else(|| {
            let expected = "1, 2, 3, 4, 5 or 6";
            let msg = format!("Input should be {expected}");
            self.wrong_with("enum", msg, value, json!({ "expected": expected }))
        })
    }
}

/// pydantic reads a larger number as milliseconds.
const LARGEST_SECONDS: f64 = 2e10;

fn since_epoch(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() > LARGEST_SECONDS { number / 1000.0 } else { number };
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}
