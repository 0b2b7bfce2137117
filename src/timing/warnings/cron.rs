//! Crons that were meant for another dialect, and fields that do not run as often as they look.

use super::{Item, Subject, Warning, WarningKind};
use crate::timing::cron;
use crate::timing::refusal::SpecField;
use crate::timing::spec::Range;
use crate::timing::words::{due, ordinal, ranges};

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let of_items = subject.calendars.iter().flat_map(|item| {
        let text = match item.field {
            SpecField::CronExpression(index) => subject.written.cron_expressions.get(index),
            SpecField::Calendar(_)
            | SpecField::Interval(_)
            | SpecField::Skip(_)
            | SpecField::TimeZoneName
            | SpecField::StartAt
            | SpecField::EndAt => None,
        };
        let of_text = text.into_iter().flat_map(|text| [both_days(item), hash(item, text), quartz(item, text)]);
        let of_text: Vec<Warning> = of_text.flatten().collect();
        // Fields that may have been meant for others have no step to speak of.
        let is_shifted = of_text.iter().any(|warning| warning.kind == WarningKind::LooksLikeQuartz);
        let steps = uneven_steps(item).filter(move |_| !is_shifted);
        of_text.into_iter().chain(steps).collect::<Vec<_>>()
    });
    of_items.chain(minutes_without_hour(subject)).collect()
}

/// "0 9 1 * 1": crontab runs on either day, the engine where both match. In a calendar it is plain
/// that all fields must match.
fn both_days(item: &Item) -> Option<Warning> {
    let both = !item.values.has_every_day_of_month() && !item.values.has_every_day_of_week();
    both.then(|| Warning {
        kind: WarningKind::DayOfMonthAndDayOfWeek,
        field: Some(item.field),
        message: format!(
            "day of month and day of week must both match here, unlike in crontab: {}",
            due(item.calendar)
        ),
        help: "for a run on either, write two cron expressions; if both is meant, say so with `calendars`".into(),
    })
}

/// "0 9 * * MON#2" is every Monday, with the comment "2".
fn hash(item: &Item, text: &str) -> Option<Warning> {
    let (before, after) = text.split_once('#')?;
    let number = after.chars().next()?.to_digit(10).filter(|number| (1..=5).contains(number))?;
    before.ends_with(char::is_alphanumeric).then(|| Warning {
        kind: WarningKind::HashIsComment,
        field: Some(item.field),
        message: format!("`#` begins a comment, and the rest is {}", due(item.calendar)),
        help: format!(
            "for that day's {} time in a month write a calendar with its dayOfWeek and dayOfMonth {} to {}",
            ordinal(number.into()),
            number * 7 - 6,
            (number * 7).min(31)
        ),
    })
}

/// Quartz and Spring begin with seconds always, and Quartz counts the days of the week from 1.
fn quartz(item: &Item, text: &str) -> Option<Warning> {
    let fields: Vec<&str> = cron::parts(text).ok()?.fields.split_whitespace().collect();
    let (message, help) = match fields.as_slice() {
        [_, minute, hour, day, month, weekday] if weekday.starts_with('*') => (
            format!("the last of six fields is the year, and the first the minute: {}", due(item.calendar)),
            format!(
                "if the first is meant as seconds (Quartz, Spring), write \"{minute} {hour} {day} {month} {weekday}\""
            ),
        ),
        [_, _, _, _, _, weekday, _] if names_numbers(weekday) => (
            format!("days of the week are counted from 0, Sunday: {}", due(item.calendar)),
            "Quartz counts from 1, Sunday: write names, such as MON-FRI, to be clear".into(),
        ),
        _ => return None,
    };
    Some(Warning { kind: WarningKind::LooksLikeQuartz, field: Some(item.field), message, help })
}

/// Whether a field has a number that is no step.
fn names_numbers(field: &str) -> bool {
    field
        .split(',')
        .filter_map(|part| part.split('/').next())
        .any(|values| values.contains(|c: char| c.is_ascii_digit()))
}

/// "*/45" runs at minutes 0 and 45 of each hour.
fn uneven_steps(item: &Item) -> impl Iterator<Item = Warning> {
    let fields = [
        ("second", "minute", &item.calendar.second, &item.values.second, 60),
        ("minute", "hour", &item.calendar.minute, &item.values.minute, 60),
        ("hour", "day", &item.calendar.hour, &item.values.hour, 24),
    ];
    fields.into_iter().filter_map(|(name, of, written, values, size)| {
        let [Range { start: 0, end, step }] = written.as_slice() else { return None };
        if *step == 1 || *end != size - 1 || size % step == 0 {
            return None;
        }
        let values = ranges(values, |value| value.to_string());
        Some(Warning {
            kind: WarningKind::UnevenStep,
            field: Some(item.field),
            message: format!(
                "a step of {step} starts anew each {of}: it runs at {name}s {values}, not every {step} {name}s"
            ),
            help: format!("use an interval of {step} {name}s, or a step that divides {size}"),
        })
    })
}

/// A calendar whose minutes are given, but not its hour, runs at midnight alone.
fn minutes_without_hour(subject: &Subject) -> impl Iterator<Item = Warning> {
    subject.calendars.iter().filter_map(|item| {
        let SpecField::Calendar(index) = item.field else { return None };
        let written = subject.written.calendars.get(index)?;
        let names_minutes = written.minute.is_some() && item.values.minute != [0];
        (names_minutes && written.hour.is_none()).then(|| Warning {
            kind: WarningKind::MinuteWithoutHour,
            field: Some(item.field),
            message: format!("without an hour a calendar runs after midnight alone: {}", due(item.calendar)),
            help: "for every hour write hour: [{start: 0, end: 23}], for midnight hour: [{start: 0}]".into(),
        })
    })
}

/// What may have been meant by a cron expression that the engine refuses.
#[must_use]
pub fn dialect_hint(text: &str) -> Option<String> {
    if cron::parse(text).is_ok() {
        return None;
    }
    let fields: Vec<&str> = cron::parts(text).ok()?.fields.split_whitespace().collect();
    let hint = match fields.as_slice() {
        [first, ..] if first.starts_with('@') => {
            "there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every 1h30m, in lower case"
                .into()
        }
        fields if fields.contains(&"?") => {
            let stars = fields.iter().map(|field| if *field == "?" { "*" } else { field }).collect::<Vec<_>>();
            match without_seconds(&stars) {
                Some(five) => format!("`?` and seconds in front are Quartz's: write {five:?}"),
                None => "`?` is Quartz's: write `*`".into(),
            }
        }
        fields if let Some(five) = without_seconds(fields) => {
            format!("six fields end with the year; if the first is meant as seconds, write {five:?}")
        }
        [_, _, day, ..] if day.contains(['L', 'W']) => {
            "`L` and `W` are Quartz's: for the last day of a month write a cron for each length, 28 to 31, with its months"
                .into()
        }
        [minute, hour, day, month, weekday, ..] if takes_a_command(&fields) => {
            let five = format!("{minute} {hour} {day} {month} {weekday}");
            format!("a command has no place here, workflowIdentifier says what runs: write {five:?}")
        }
        fields if fields.len() < 5 => "five fields are minute, hour, day of month, month, day of week".into(),
        fields if fields.len() > 7 => {
            "seven fields are second, minute, hour, day of month, month, day of week, year".into()
        }
        _ => return None,
    };
    Some(hint)
}

/// Whether five sound fields are followed by something else than a year.
fn takes_a_command(fields: &[&str]) -> bool {
    let five = fields.get(..5).is_some_and(|five| cron::parse(&five.join(" ")).is_ok());
    five && fields.get(5).is_some_and(|sixth| sixth.contains(|c: char| c.is_ascii_alphabetic() || c == '/'))
}

/// Six fields as the five that they are without the first, if those are sound.
fn without_seconds(fields: &[&str]) -> Option<String> {
    let [_, rest @ ..] = fields else { return None };
    let five = rest.join(" ");
    (fields.len() == 6 && cron::parse(&five).is_ok()).then_some(five)
}
