//! Cron expressions in the engine's dialect.

use jiff::SignedDuration;

use super::go_duration;
use super::spec::{Calendar, Range};

/// What a cron expression says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    /// What it means.
    pub(super) meaning: Meaning,
    /// The zone in front of it; empty if there is none.
    pub(super) zone: String,
}

/// What a cron expression means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A calendar, ranges not yet filled in.
    Calendar(Box<Calendar>),
    /// `@every`, with its phase.
    Every(SignedDuration, SignedDuration),
}

/// Reads a cron expression.
///
/// # Errors
/// The engine's words.
pub(super) fn parse(text: &str) -> Result<Cron, String> {
    let Parts { zone, fields, comment } = parts(text)?;
    if fields.starts_with("@every") {
        // The engine drops the zone and the comment of an interval.
        return Ok(Cron { meaning: every(fields)?, zone: String::new() });
    }
    let calendar = calendar(predefined(fields), comment)?;
    Ok(Cron { meaning: Meaning::Calendar(Box::new(calendar)), zone: zone.unwrap_or_default().to_owned() })
}

/// The parts of a cron expression, trimmed.
pub(super) struct Parts<'a> {
    /// What `TZ=` or `CRON_TZ=` says.
    pub(super) zone: Option<&'a str>,
    pub(super) fields: &'a str,
    /// What follows the first `#`.
    pub(super) comment: &'a str,
}

/// Takes a cron expression apart.
///
/// # Errors
/// The engine's words.
pub(super) fn parts(text: &str) -> Result<Parts<'_>, String> {
    let mut rest = text.trim();
    let mut zone = None;
    if rest.starts_with("TZ=") || rest.starts_with("CRON_TZ=") {
        let (prefix, after) = rest.split_once(' ').ok_or("CronString has time zone but missing fields")?;
        zone = prefix.split_once('=').map(|(_, zone)| zone);
        rest = after;
    }
    let (fields, comment) = rest.split_once('#').unwrap_or((rest, ""));
    Ok(Parts { zone, fields: fields.trim(), comment: comment.trim() })
}

fn every(text: &str) -> Result<Meaning, String> {
    let (_, interval) = text.split_once(' ').ok_or("CronString does not have interval after @every")?;
    let (interval, phase) = interval.split_once('/').unwrap_or((interval, ""));
    let interval = go_duration::parse(interval)?;
    let phase = if phase.is_empty() { SignedDuration::ZERO } else { go_duration::parse(phase)? };
    Ok(Meaning::Every(interval, phase))
}

fn predefined(text: &str) -> &str {
    match text {
        "@yearly" | "@annually" => "0 0 1 1 *",
        "@monthly" => "0 0 1 * *",
        "@weekly" => "0 0 * * 0",
        "@daily" | "@midnight" => "0 0 * * *",
        "@hourly" => "0 * * * *",
        other => other,
    }
}

fn calendar(text: &str, comment: &str) -> Result<Calendar, String> {
    let fields: Vec<&str> = text.split_whitespace().take(8).collect();
    let (second, minute, hour, day_of_month, month, day_of_week, year) = match fields.as_slice() {
        [minute, hour, dom, month, dow] => ("0", *minute, *hour, *dom, *month, *dow, "*"),
        [minute, hour, dom, month, dow, year] => ("0", *minute, *hour, *dom, *month, *dow, *year),
        [second, minute, hour, dom, month, dow, year] => (*second, *minute, *hour, *dom, *month, *dow, *year),
        _ => return Err("CronString does not have 5-7 fields".into()),
    };
    let mut errors = Vec::new();
    let mut read = |text, field: &Field| {
        field.ranges(text).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        })
    };
    // In the order in which the engine joins the errors.
    let calendar = Calendar {
        second: read(second, &Field { name: "Second", min: 0, max: 59, names: Names::None }),
        minute: read(minute, &Field { name: "Minute", min: 0, max: 59, names: Names::None }),
        hour: read(hour, &Field { name: "Hour", min: 0, max: 23, names: Names::None }),
        day_of_week: read(day_of_week, &Field { name: "DayOfWeek", min: 0, max: 7, names: Names::Days }),
        day_of_month: read(day_of_month, &Field { name: "DayOfMonth", min: 1, max: 31, names: Names::None }),
        month: read(month, &Field { name: "Month", min: 1, max: 12, names: Names::Months }),
        year: read(year, &Field { name: "Year", min: 2000, max: 2100, names: Names::Years }),
        comment: (!comment.is_empty()).then(|| comment.to_owned()),
    };
    if errors.is_empty() { Ok(calendar) } else { Err(errors.join(", ")) }
}

/// What a field takes besides numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    None,
    /// `*` is the empty list.
    Years,
    /// Prefixes of the months' names, three letters or more.
    Months,
    /// Prefixes of the days' names, two letters or more; 7 is Sunday.
    Days,
}

struct Field {
    name: &'static str,
    min: i64,
    max: i64,
    names: Names,
}

/// A part's values and step, before Sunday is seen to.
#[derive(Clone, Copy)]
struct Part {
    start: i64,
    end: i64,
    step: i64,
}

impl Field {
    fn ranges(&self, text: &str) -> Result<Vec<Range>, String> {
        if text == "*" && self.names == Names::Years {
            return Ok(Vec::new());
        }
        let mut ranges = Vec::new();
        for text in text.split(',') {
            self.push(self.part(text)?, &mut ranges);
        }
        Ok(ranges)
    }

    fn part(&self, text: &str) -> Result<Part, String> {
        let name = self.name;
        let (values, step) = match text.split_once('/') {
            None => (text, None),
            Some((_, step)) if step.contains('/') => return Err(format!("{name} has too many slashes")),
            Some((_, "")) => return Err(format!("{name} missing step value")),
            Some((values, step)) => (values, Some(atoi(step)?)),
        };
        if step.is_some_and(|step| step < 1) {
            return Err(format!("{name} has invalid Step"));
        }
        let (start, end) = self.bounds(values, step.is_some())?;
        Ok(Part { start, end, step: step.unwrap_or(1) })
    }

    fn bounds(&self, text: &str, has_step: bool) -> Result<(i64, i64), String> {
        let Self { name, min, max, .. } = *self;
        if text == "*" {
            return Ok((min, max));
        }
        let Some((first, last)) = text.split_once('-') else {
            let start = self.value(text, min).ok_or_else(|| format!("{name} is not in range [{min}-{max}]"))?;
            // A single value with a step goes on to the end of the field.
            return Ok((start, if has_step { max } else { start }));
        };
        if last.contains('-') {
            return Err(format!("{name} has too many dashes"));
        }
        let start = self.value(first, min).ok_or_else(|| format!("{name} Start is not in range [{min}-{max}]"))?;
        let end = self
            .value(last, start)
            .ok_or_else(|| format!("{name} End is before Start or not in range [{min}-{max}]"))?;
        Ok((start, end))
    }

    fn value(&self, text: &str, min: i64) -> Option<i64> {
        let (names, shortest, base): (&[&str], usize, i64) = match self.names {
            Names::None | Names::Years => (&[], 0, 0),
            Names::Months => (&MONTHS, 3, 1),
            Names::Days => (&DAYS, 2, 0),
        };
        let lower = text.to_lowercase();
        let known = (base..).zip(names).find(|(_, name)| text.len() >= shortest && name.starts_with(&lower));
        let value = match known {
            Some((value, _)) => value,
            None => atoi(text).ok()?,
        };
        (min..=self.max).contains(&value).then_some(value)
    }

    /// Adds a part. Sunday written as 7 becomes 0, which may take a range of its own.
    fn push(&self, part: Part, ranges: &mut Vec<Range>) {
        let Part { start, mut end, step } = part;
        if self.names == Names::Days && end == 7 {
            let seven_is_in = (7 - start) % step == 0;
            if seven_is_in && (step > 1 || start > 1) {
                ranges.push(Range { start: 0, end: 0, step: 0 });
                if start == 7 {
                    return;
                }
            }
            end = 6;
        }
        // The engine stores defaults as 0; they are filled in later, and not always to the same.
        let end = if start == end { 0 } else { end };
        let step = if step == 1 { 0 } else { step };
        ranges.push(Range { start, end, step });
    }
}

/// The names of the months.
pub(super) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// The names of the days of the week, from Sunday.
pub(super) const DAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Go's `strconv.Atoi`, with its errors.
fn atoi(text: &str) -> Result<i64, String> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};

    text.parse::<i64>().map_err(|error| {
        let what =
            if matches!(error.kind(), PosOverflow | NegOverflow) { "value out of range" } else { "invalid syntax" };
        format!("strconv.Atoi: parsing {}: {what}", go_duration::quote(text))
    })
}
