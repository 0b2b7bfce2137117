//! The timing of a schedule, as written in a spec.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::DURATION;

/// A range of values: `{start: 9, end: 17, step: 2}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("!has(self.end) || self.end == 0 || self.end >= self.start").message("end must not be before start"))]
pub struct Range {
    /// The first value.
    #[schemars(range(min = 0, max = 9999))]
    pub start: i64,
    /// The last value, included. If it is 0 or not set, the range is only `start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9999))]
    pub end: Option<i64>,
    /// The distance between two values. If it is 0 or not set, it is 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 9999))]
    pub step: Option<i64>,
}

/// Run times given by calendar fields: a run is due when all fields match. An empty list matches nothing
/// (except for `year`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("!has(self.second) || self.second.all(r, r.start <= 59 && (!has(r.end) || r.end <= 59))").message("second: values lie in 0-59"),
    validation = Rule::new("!has(self.minute) || self.minute.all(r, r.start <= 59 && (!has(r.end) || r.end <= 59))").message("minute: values lie in 0-59"),
    validation = Rule::new("!has(self.hour) || self.hour.all(r, r.start <= 23 && (!has(r.end) || r.end <= 23))").message("hour: values lie in 0-23"),
    validation = Rule::new("!has(self.dayOfMonth) || self.dayOfMonth.all(r, r.start >= 1 && r.start <= 31 && (!has(r.end) || r.end <= 31))").message("dayOfMonth: values lie in 1-31"),
    validation = Rule::new("!has(self.month) || self.month.all(r, r.start >= 1 && r.start <= 12 && (!has(r.end) || r.end <= 12))").message("month: values lie in 1-12"),
    validation = Rule::new("!has(self.year) || self.year.all(r, r.start >= 2000 && r.start <= 2100 && (!has(r.end) || r.end <= 2100))").message("year: values lie in 2000-2100"),
    validation = Rule::new("!has(self.dayOfWeek) || self.dayOfWeek.all(r, r.start <= 6 && (!has(r.end) || r.end <= 6))").message("dayOfWeek: values lie in 0-6, 0 is Sunday")
)]
pub struct Calendar {
    /// Seconds, 0-59. Defaults to 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60))]
    pub second: Option<Vec<Range>>,
    /// Minutes, 0-59. Defaults to 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 60))]
    pub minute: Option<Vec<Range>>,
    /// Hours, 0-23. Defaults to 0, which is midnight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 24))]
    pub hour: Option<Vec<Range>>,
    /// Days of the month, 1-31. Defaults to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 31))]
    pub day_of_month: Option<Vec<Range>>,
    /// Months, 1-12. Defaults to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 12))]
    pub month: Option<Vec<Range>>,
    /// Years, 2000-2100. If it is empty or not set, all years match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 50))]
    pub year: Option<Vec<Range>>,
    /// Days of the week, 0-6; 0 is Sunday. Defaults to all. If `dayOfMonth` is also set, both must match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 7))]
    pub day_of_week: Option<Vec<Range>>,
    /// A comment for readers; it is stored with the remote schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub comment: Option<String>,
}

/// Run times at regular intervals, counted from the Unix epoch: `{every: 4h, offset: 30m}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// The time between two runs, at least 1 s: `1h30m`, `7d` or `PT1H30M`.
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub every: String,
    /// Delays every run by this duration; it must be shorter than `every`. Defaults to 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub offset: Option<String>,
}
