//! A spec in its one canonical form: what the engine gives back.

use jiff::{SignedDuration, Timestamp};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{datetime, duration};

/// A canonical spec: crons have become calendars and intervals, defaults are filled in. Two specs
/// are equal exactly where the engine gives the same back for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// Times by calendar fields, those of crons last.
    pub calendars: Vec<Calendar>,
    /// A run every so often, those of crons last.
    pub intervals: Vec<Interval>,
    /// Times at which nothing runs.
    pub skip: Vec<Calendar>,
    /// Nothing runs before.
    pub start_at: Option<Timestamp>,
    /// Nothing runs after.
    pub end_at: Option<Timestamp>,
    /// Each run is delayed by up to this; never zero.
    pub jitter: Option<SignedDuration>,
    /// The zone; absent is UTC.
    pub time_zone_name: Option<String>,
}

/// A canonical calendar: every field says what it matches. An empty list matches nothing, but for
/// `year`, where it matches all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is the calendar field of that name")]
pub struct Calendar {
    pub second: Vec<Range>,
    pub minute: Vec<Range>,
    pub hour: Vec<Range>,
    pub day_of_month: Vec<Range>,
    pub month: Vec<Range>,
    pub year: Vec<Range>,
    pub day_of_week: Vec<Range>,
    pub comment: Option<String>,
}

/// A canonical range: `end` included, never before `start`; `step` at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is the field of that name")]
pub struct Range {
    pub start: i64,
    pub end: i64,
    pub step: i64,
}

impl Range {
    /// The values of the range that lie in `min..=max`, ascending. What lies outside is not walked
    /// through: the values of a skip are not checked, and may be any.
    pub fn values_within(self, min: i64, max: i64) -> impl Iterator<Item = i64> {
        let step = self.step.max(1);
        let missing = i128::from(min) - i128::from(self.start);
        let steps = if missing > 0 { (missing + i128::from(step) - 1) / i128::from(step) } else { 0 };
        let first = i64::try_from(i128::from(self.start) + steps * i128::from(step)).unwrap_or(i64::MAX);
        (first..=self.end.min(max)).step_by(usize::try_from(step).unwrap_or(usize::MAX))
    }
}

/// A canonical interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// How often.
    #[serde(with = "duration::required")]
    pub every: SignedDuration,
    /// Shifts every run; never zero.
    #[serde(with = "duration::optional")]
    pub offset: Option<SignedDuration>,
}

impl Serialize for Spec {
    /// The API's JSON, as GET gives it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Spec", 8)?;
        object.serialize_field("calendars", &self.calendars)?;
        object.serialize_field("intervals", &self.intervals)?;
        object.serialize_field("cron_expressions", &[(); 0])?;
        object.serialize_field("skip", &self.skip)?;
        object.serialize_field("start_at", &self.start_at.map(datetime::to_wire))?;
        object.serialize_field("end_at", &self.end_at.map(datetime::to_wire))?;
        object.serialize_field("jitter", &self.jitter.map(duration::to_iso))?;
        object.serialize_field("time_zone_name", &self.time_zone_name)?;
        object.end()
    }
}
