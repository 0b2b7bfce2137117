//! From what is written to what the engine makes of it, or its refusal.

use jiff::SignedDuration;

use super::cron::{self, Meaning};
use super::refusal::{Refusal, SpecField};
use super::spec::{Calendar, Interval, Range, Spec};
use super::written::{WrittenCalendar, WrittenInterval, WrittenRange, WrittenSpec};
use super::zone::Zone;

impl WrittenSpec {
    /// The canonical form.
    ///
    /// # Errors
    /// The first thing that the engine refuses, in its order and words.
    pub fn canonical(&self) -> Result<Spec, Refusal> {
        let mut parts = Parts {
            calendars: self
                .calendars
                .iter()
                .enumerate()
                .map(|(index, calendar)| (SpecField::Calendar(index), clean(filled(calendar))))
                .collect(),
            intervals: self
                .intervals
                .iter()
                .enumerate()
                .map(|(index, interval)| (SpecField::Interval(index), interval.clone()))
                .collect(),
        };
        let time_zone_name = self.parse_crons(&mut parts)?;
        let Parts { calendars, intervals } = parts;
        calendars.iter().try_for_each(|(field, calendar)| check_calendar(*field, calendar))?;
        intervals.iter().try_for_each(|(field, interval)| check_interval(*field, interval))?;
        Zone::check(time_zone_name.as_deref()).map_err(|message| Refusal { message, field: self.zone_field() })?;
        Ok(Spec {
            calendars: calendars.into_iter().map(|(_, calendar)| clean(calendar)).collect(),
            intervals: intervals.into_iter().map(|(_, interval)| interval_of(&interval)).collect(),
            skip: self.skip.iter().map(|calendar| clean(filled(calendar))).collect(),
            start_at: self.start_at,
            end_at: self.end_at,
            jitter: self.jitter.filter(|jitter| !jitter.is_zero()),
            time_zone_name,
        })
    }

    /// Where the zone is written: crons agree on it, so that the first has it if `timeZoneName` has not.
    pub(super) fn zone_field(&self) -> SpecField {
        let is_declared = self.time_zone_name.as_ref().is_some_and(|name| !name.is_empty());
        if is_declared { SpecField::TimeZoneName } else { SpecField::CronExpression(0) }
    }

    /// Adds what the crons mean, and gives the zone that follows from all.
    fn parse_crons(&self, parts: &mut Parts) -> Result<Option<String>, Refusal> {
        let declared = self.time_zone_name.as_deref().unwrap_or_default();
        let conflict = |field| Refusal { message: "conflicting timezone names".into(), field };
        let mut zone: Option<String> = None;
        for (index, text) in self.cron_expressions.iter().enumerate() {
            let field = SpecField::CronExpression(index);
            let cron = cron::parse(text).map_err(|message| Refusal { message, field })?;
            // All crons must agree on the zone, and on whether there is one.
            if zone.as_ref().is_some_and(|zone| *zone != cron.zone) {
                return Err(conflict(field));
            }
            zone = Some(cron.zone);
            match cron.meaning {
                Meaning::Calendar(calendar) => parts.calendars.push((field, *calendar)),
                Meaning::Every(every, offset) => {
                    parts.intervals.push((field, WrittenInterval { every, offset: Some(offset) }));
                }
            }
        }
        match zone.filter(|zone| !zone.is_empty()) {
            Some(zone) if declared.is_empty() || declared == zone => Ok(Some(zone)),
            Some(_) => Err(conflict(SpecField::TimeZoneName)),
            None => Ok(Some(declared.to_owned()).filter(|zone| !zone.is_empty())),
        }
    }
}

/// Where the calendars and the intervals of a canonical spec were written, in its order.
pub(super) struct Origins {
    pub(super) calendars: Vec<SpecField>,
    pub(super) intervals: Vec<SpecField>,
}

impl Origins {
    /// Those of a spec that has a canonical form.
    pub(super) fn of(written: &WrittenSpec) -> Self {
        let mut calendars: Vec<SpecField> = (0..written.calendars.len()).map(SpecField::Calendar).collect();
        let mut intervals: Vec<SpecField> = (0..written.intervals.len()).map(SpecField::Interval).collect();
        for (index, text) in written.cron_expressions.iter().enumerate() {
            let field = SpecField::CronExpression(index);
            match cron::parse(text).map(|cron| cron.meaning) {
                Ok(Meaning::Calendar(_)) => calendars.push(field),
                Ok(Meaning::Every(..)) => intervals.push(field),
                Err(_) => {}
            }
        }
        Self { calendars, intervals }
    }
}

struct Parts {
    calendars: Vec<(SpecField, Calendar)>,
    intervals: Vec<(SpecField, WrittenInterval)>,
}

/// Fills in the defaults of absent fields: midnight, every day.
fn filled(calendar: &WrittenCalendar) -> Calendar {
    let ranges = |ranges: &Option<Vec<WrittenRange>>, start, end| match ranges {
        Some(ranges) => {
            ranges.iter().map(|range| Range { start: range.start, end: range.end, step: range.step }).collect()
        }
        None => vec![Range { start, end, step: 0 }],
    };
    Calendar {
        second: ranges(&calendar.second, 0, 0),
        minute: ranges(&calendar.minute, 0, 0),
        hour: ranges(&calendar.hour, 0, 0),
        day_of_month: ranges(&calendar.day_of_month, 1, 31),
        month: ranges(&calendar.month, 1, 12),
        year: calendar.year.as_ref().map_or_else(Vec::new, |_| ranges(&calendar.year, 0, 0)),
        day_of_week: ranges(&calendar.day_of_week, 0, 6),
        comment: calendar.comment.clone().filter(|comment| !comment.is_empty()),
    }
}

/// The longest comment, in bytes.
const LONGEST_COMMENT: usize = 200;

fn check_calendar(field: SpecField, calendar: &Calendar) -> Result<(), Refusal> {
    let mut errors = Vec::new();
    let mut check = |ranges: &[Range], name: &str, min: i64, max: i64| {
        for range in ranges {
            if !(min..=max).contains(&range.start) {
                errors.push(format!("{name} Start is not in range [{min}-{max}]"));
            }
            if range.end != 0 && (range.end < range.start || range.end > max) {
                errors.push(format!("{name} End is before Start or not in range [{min}-{max}]"));
            }
            if range.step < 0 {
                errors.push(format!("{name} has invalid Step"));
            }
        }
    };
    check(&calendar.second, "Second", 0, 59);
    check(&calendar.minute, "Minute", 0, 59);
    check(&calendar.hour, "Hour", 0, 23);
    check(&calendar.day_of_month, "DayOfMonth", 1, 31);
    check(&calendar.month, "Month", 1, 12);
    check(&calendar.year, "Year", 2000, 2100);
    check(&calendar.day_of_week, "DayOfWeek", 0, 6);
    if calendar.comment.as_ref().is_some_and(|comment| comment.len() > LONGEST_COMMENT) {
        errors.push("comment is too long".into());
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(Refusal { message: format!("invalid calendar spec: {}", errors.join(", ")), field })
}

fn check_interval(field: SpecField, interval: &WrittenInterval) -> Result<(), Refusal> {
    let every = capped(interval.every);
    let offset = capped(interval.offset.unwrap_or_default());
    let message = if every < SignedDuration::from_secs(1) {
        "interval is too small"
    } else if offset.is_negative() {
        "phase is negative"
    } else if offset >= every {
        "phase cannot be greater than Interval"
    } else {
        return Ok(());
    };
    Err(Refusal { message: message.into(), field })
}

/// Go's durations end at 2^63 nanoseconds, some 292 years.
pub(super) fn capped(duration: SignedDuration) -> SignedDuration {
    let (shortest, longest) = (SignedDuration::from_nanos(i64::MIN), SignedDuration::from_nanos(i64::MAX));
    duration.clamp(shortest, longest)
}

fn interval_of(interval: &WrittenInterval) -> Interval {
    Interval { every: interval.every, offset: interval.offset.filter(|offset| !offset.is_zero()) }
}

/// Fills in what ranges leave out. The API's own client does so before the engine checks, which is
/// why an `end` before its `start` is no error in a calendar.
fn clean(mut calendar: Calendar) -> Calendar {
    let Calendar { second, minute, hour, day_of_month, month, year, day_of_week, comment: _ } = &mut calendar;
    for range in [second, minute, hour, day_of_month, month, year, day_of_week].into_iter().flatten() {
        range.end = range.end.max(range.start);
        if range.step == 0 {
            range.step = 1;
        }
    }
    calendar
}
