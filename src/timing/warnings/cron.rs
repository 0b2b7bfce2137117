//! Crons that were meant for another dialect, and fields that do not run as often as they look.

use super::subject::{Item, Subject};
use super::warning::{Warning, WarningKind};
use super::{days, dialect};
use crate::timing::cron;
use crate::timing::refusal::SpecField;
use crate::timing::spec::Range;
use crate::timing::words::{due, ranges};

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let of_items = subject.calendars.iter().flat_map(|item| of_item(subject, item));
    of_items.chain(minutes_without_hour(subject)).collect()
}

fn of_item(subject: &Subject, item: &Item) -> Vec<Warning> {
    let text = subject.text(item);
    // What fields mean that are meant for others need not be said.
    if let Some(quartz) = text.and_then(|text| quartz(item, text)) {
        return vec![quartz];
    }
    let of_text = text.into_iter().flat_map(|text| [both_days(item, text), hash(item, text), every_minute(item, text)]);
    of_text.flatten().chain(uneven_steps(item)).chain(days::warnings(subject, item)).collect()
}

/// "0 9 1 * 1": crontab runs on either day, the engine where both match. In a calendar it is plain
/// that all fields must match.
fn both_days(item: &Item, text: &str) -> Option<Warning> {
    let both = !item.values.has_every_day_of_month() && !item.values.has_every_day_of_week();
    both.then(|| Warning {
        kind: WarningKind::DayOfMonthAndDayOfWeek,
        field: Some(item.field),
        message: format!(
            "day of month and day of week must both match here, unlike in crontab: {}",
            due(item.calendar)
        ),
        help: match dialect::from_crontab(text).as_deref() {
            Some([first, second]) => {
                format!(
                    "for a run on either, write {first:?} and {second:?}; if both is meant, say so with `calendars`"
                )
            }
            Some(_) | None => {
                "for a run on either, write two cron expressions; if both is meant, say so with `calendars`".into()
            }
        },
    })
}

/// "0 9 * * MON#2" is every Monday, with the comment "2".
fn hash(item: &Item, text: &str) -> Option<Warning> {
    let (before, after) = text.split_once('#')?;
    after.chars().next()?.to_digit(10).filter(|number| (1..=5).contains(number))?;
    before.ends_with(char::is_alphanumeric).then(|| Warning {
        kind: WarningKind::HashIsComment,
        field: Some(item.field),
        message: format!("`#` begins a comment, and the rest is {}", due(item.calendar)),
        help: dialect::nth(text).unwrap_or_else(|| {
            "for a day's nth time in a month write a calendar with dayOfWeek, and dayOfMonth 1 to 7, 8 to 14 and so on"
                .into()
        }),
    })
}

/// "* 9 * * *" runs sixty times. What goes on from hour to hour is likely to be meant.
fn every_minute(item: &Item, text: &str) -> Option<Warning> {
    let hours = &item.values.hour;
    let is_single = |hour: &i64| !hours.contains(&((hour + 1) % 24));
    let is_star = dialect::field(text, 0) == Some("*");
    (is_star && hours.iter().all(is_single)).then(|| {
        let once = dialect::with_field(text, 0, "0");
        Warning {
            kind: WarningKind::EveryMinute,
            field: Some(item.field),
            message: format!("`*` is every minute of these hours: {}", due(item.calendar)),
            help: format!("for one run in each of these hours write {once:?}; if every minute is meant, write 0-59"),
        }
    })
}

/// Quartz and Spring begin with seconds always, and Quartz counts the days of the week from 1.
fn quartz(item: &Item, text: &str) -> Option<Warning> {
    let readings = dialect::other_readings(text, item.calendar)?;
    let keep = dialect::plainer(text, item.calendar)
        .map_or_else(String::new, |plainer| format!("; if it is meant as it is, write {plainer:?}"));
    let what = if cron::parts(text).ok()?.fields.split_whitespace().count() == 6 {
        "six fields begin with the minute and end with the year"
    } else {
        "days of the week are counted from 0, Sunday"
    };
    Some(Warning {
        kind: WarningKind::LooksLikeQuartz,
        field: Some(item.field),
        message: format!("{what}: {}", due(item.calendar)),
        help: format!("{readings}{keep}"),
    })
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
