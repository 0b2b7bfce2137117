//! Timing as a person writes it: cron where a calendar is exactly one, no defaults, short durations.

use jiff::SignedDuration;

use crate::api::{Calendar, Interval, Range, WorkflowScheduleSpec};
use crate::timing::{self as spec, Spec, WrittenSpec, datetime, duration};

/// A field of a calendar, and the values that it can have.
#[derive(Clone, Copy)]
struct Field {
    min: i64,
    max: i64,
}

const SIXTY: Field = Field { min: 0, max: 59 };
const HOUR: Field = Field { min: 0, max: 23 };
const DAY_OF_MONTH: Field = Field { min: 1, max: 31 };
const MONTH: Field = Field { min: 1, max: 12 };
const DAY_OF_WEEK: Field = Field { min: 0, max: 6 };

/// The timing fields of a spec that mean exactly `timing`.
pub(super) fn written(timing: &Spec) -> WorkflowScheduleSpec {
    let (calendars, cron_expressions) = split(timing);
    WorkflowScheduleSpec {
        cron_expressions,
        calendars,
        intervals: timing.intervals.iter().map(interval).collect(),
        skip: timing.skip.iter().map(calendar).collect(),
        time_zone_name: timing.time_zone_name.clone(),
        start_at: timing.start_at.map(datetime::to_wire),
        end_at: timing.end_at.map(datetime::to_wire),
        jitter: timing.jitter.map(short),
        ..WorkflowScheduleSpec::default()
    }
}

/// The calendars that stay calendars, and those that are crons. The engine puts those of crons last, so only the
/// last calendars can be crons: another order is another spec.
fn split(timing: &Spec) -> (Vec<Calendar>, Vec<String>) {
    let mut crons: Vec<String> = timing.calendars.iter().rev().map_while(exact_cron).collect();
    crons.reverse();
    let kept = timing.calendars.len() - crons.len();
    (timing.calendars.iter().take(kept).map(calendar).collect(), crons)
}

/// The longest cron expression that a resource may have.
const LONGEST_CRON: usize = 500;

/// The cron expression that the engine reads as this calendar.
fn exact_cron(calendar: &spec::Calendar) -> Option<String> {
    let text = cron(calendar)?;
    let written = WrittenSpec { cron_expressions: vec![text.clone()], ..WrittenSpec::default() };
    let read = written.canonical().ok()?;
    (text.chars().count() <= LONGEST_CRON && read.calendars.as_slice() == std::slice::from_ref(calendar))
        .then_some(text)
}

fn cron(calendar: &spec::Calendar) -> Option<String> {
    let spec::Calendar { second, minute, hour, day_of_month, month, year, day_of_week, comment } = calendar;
    let mut fields = vec![
        part(minute, SIXTY)?,
        part(hour, HOUR)?,
        part(day_of_month, DAY_OF_MONTH)?,
        part(month, MONTH)?,
        part(day_of_week, DAY_OF_WEEK)?,
    ];
    let has_seconds = second.as_slice() != [spec::Range { start: 0, end: 0, step: 1 }];
    if has_seconds || !year.is_empty() {
        fields.push(if year.is_empty() { "*".into() } else { part(year, Field { min: 2000, max: 2100 })? });
    }
    if has_seconds {
        fields.insert(0, part(second, SIXTY)?);
    }
    let mut text = fields.join(" ");
    if let Some(comment) = comment {
        text.push_str(" # ");
        text.push_str(comment);
    }
    Some(text)
}

/// A field of a cron expression. An empty list matches nothing, which no cron expression can say.
fn part(ranges: &[spec::Range], field: Field) -> Option<String> {
    let one = |range: &spec::Range| {
        let spec::Range { start, end, step } = *range;
        let values = if start == end {
            start.to_string()
        } else if start == field.min && end == field.max {
            "*".to_owned()
        } else {
            format!("{start}-{end}")
        };
        if step == 1 { values } else { format!("{values}/{step}") }
    };
    let parts: Vec<String> = ranges.iter().map(one).collect();
    (!parts.is_empty()).then(|| parts.join(","))
}

fn calendar(calendar: &spec::Calendar) -> Calendar {
    let spec::Calendar { second, minute, hour, day_of_month, month, year, day_of_week, comment } = calendar;
    let unless = |ranges: &[spec::Range], start, end| {
        let default = [spec::Range { start, end, step: 1 }];
        (ranges != default).then(|| ranges.iter().map(range).collect())
    };
    Calendar {
        second: unless(second, 0, 0),
        minute: unless(minute, 0, 0),
        hour: unless(hour, 0, 0),
        day_of_month: unless(day_of_month, 1, 31),
        month: unless(month, 1, 12),
        year: (!year.is_empty()).then(|| year.iter().map(range).collect()),
        day_of_week: unless(day_of_week, 0, 6),
        comment: comment.clone(),
    }
}

fn range(range: &spec::Range) -> Range {
    let spec::Range { start, end, step } = *range;
    Range { start, end: (end != start).then_some(end), step: (step != 1).then_some(step) }
}

fn interval(interval: &spec::Interval) -> Interval {
    Interval { every: short(interval.every), offset: interval.offset.map(short) }
}

/// `1h30m`; what is finer than a millisecond, in ISO 8601.
pub(super) fn short(span: SignedDuration) -> String {
    use std::fmt::Write as _;

    let millis = span.as_millis();
    if span.is_negative() || span.is_zero() || span.subsec_micros() % 1000 != 0 {
        return duration::to_iso(span);
    }
    let mut text = String::new();
    let mut rest = millis;
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if rest / size > 0 {
            // Writing to a string does not fail.
            let _ = write!(text, "{}{unit}", rest / size);
        }
        rest %= size;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crons_of(cron: &str) -> Vec<String> {
        let spec = WrittenSpec { cron_expressions: vec![cron.into()], ..WrittenSpec::default() };
        written(&spec.canonical().unwrap()).cron_expressions
    }

    #[test]
    fn a_cron_comes_back_in_its_usual_form() {
        for (sent, back) in [
            ("0 9 * * MON-FRI", "0 9 * * 1-5"),
            ("*/5 * * * *", "*/5 * * * *"),
            ("@daily", "0 0 * * *"),
            ("30 0 9 * * * 2027", "30 0 9 * * * 2027"),
            ("0 9 * * * 2027-2029", "0 9 * * * 2027-2029"),
            ("0 9 * * * # daily", "0 9 * * * # daily"),
            ("5/10 * * * *", "5-59/10 * * * *"),
            ("0 9 1,15 * *", "0 9 1,15 * *"),
        ] {
            assert_eq!(crons_of(sent), [back]);
        }
    }

    #[test]
    fn a_duration_is_short() {
        for (text, said) in
            [("PT1H30M", "1h30m"), ("P7D", "7d"), ("PT1.5S", "1s500ms"), ("P1Y", "365d"), ("PT0.0001S", "PT0.0001S")]
        {
            assert_eq!(short(duration::parse(text).unwrap()), said);
        }
    }
}
