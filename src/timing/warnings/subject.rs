//! The spec that is looked at, with what follows from it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::timing::calendar::{Matcher, Wall};
use crate::timing::canonical::Origins;
use crate::timing::refusal::SpecField;
use crate::timing::spec::{Calendar, Interval, Spec};
use crate::timing::values::Values;
use crate::timing::written::WrittenSpec;
use crate::timing::zone::{Offsets, Zone};

/// A canonical calendar, and where it was written.
pub(super) struct Item<'a> {
    pub(super) field: SpecField,
    pub(super) calendar: &'a Calendar,
    pub(super) values: Values,
    pub(super) matcher: Matcher,
}

/// What is looked at.
pub(super) struct Subject<'a> {
    pub(super) written: &'a WrittenSpec,
    pub(super) spec: &'a Spec,
    pub(super) now: Timestamp,
    pub(super) calendars: Vec<Item<'a>>,
    pub(super) intervals: Vec<(SpecField, &'a Interval)>,
    pub(super) skips: Vec<Matcher>,
    pub(super) offsets: Arc<Offsets>,
    /// Seconds: after this the first run may be.
    pub(super) begin: i64,
    /// Seconds: the last run may be here.
    pub(super) end: i64,
}

impl<'a> Subject<'a> {
    pub(super) fn new(written: &'a WrittenSpec, spec: &'a Spec, now: Timestamp) -> Self {
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
    pub(super) fn text(&self, item: &Item) -> Option<&'a str> {
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

    pub(super) fn is_skipped(&self, unix: i64) -> bool {
        self.skips.iter().any(|skip| skip.matches(unix, &self.offsets))
    }

    /// "2026-12-25 09:30 Europe/Paris".
    pub(super) fn local(&self, unix: i64) -> String {
        format!("{} {}", clock(unix + self.offsets.at(unix)), self.zone())
    }

    pub(super) fn zone(&self) -> &str {
        self.spec.time_zone_name.as_deref().unwrap_or("UTC")
    }
}

fn item((field, calendar): (SpecField, &Calendar)) -> Item<'_> {
    Item { field, calendar, values: Values::of(calendar), matcher: Matcher::new(calendar) }
}

/// "2026-12-25 09:30" of seconds on the wall clock.
pub(super) fn clock(wall: i64) -> String {
    let Wall { year, month, day, .. } = Wall::from_seconds(wall);
    format!("{year:04}-{month:02}-{day:02} {}", time_of_day(wall))
}

/// "09:30" of seconds on the wall clock.
pub(super) fn time_of_day(wall: i64) -> String {
    let Wall { hour, minute, second, .. } = Wall::from_seconds(wall);
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}
