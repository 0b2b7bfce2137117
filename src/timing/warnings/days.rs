//! Days and months that do not come as evenly, or as often, as they look.

use super::dialect::{self, fields};
use super::subject::{Item, Subject};
use super::warning::{Warning, WarningKind};
use crate::timing::cron;
use crate::timing::spec::Range;
use crate::timing::words::{joined, longest_month, month_name, ordinal, ranges};

pub(super) fn warnings(subject: &Subject, item: &Item) -> Vec<Warning> {
    let text = subject.text(item);
    let warnings =
        [sunday(item, text), days(item), months(item), weekdays(item), month_end(item, text), short(item, text)];
    warnings.into_iter().flatten().collect()
}

/// "1-7" and "MON-7": the engine takes a 7 at the end of a range from 1 for nothing.
fn sunday(item: &Item, text: Option<&str>) -> Option<Warning> {
    let text = text?;
    let all = cron::parts(text).ok()?.fields.split_whitespace().collect::<Vec<_>>();
    let written = all.get(if all.len() == 7 { 5 } else { 4 })?;
    let meant: fields::Set = fields::FROM_ZERO.values(written)?.into_iter().map(|day| day % 7).collect();
    if !meant.contains(&0) || item.values.day_of_week.contains(&0) {
        return None;
    }
    let help = match dialect::with_day_of_week(text, &meant) {
        Some(whole) => format!("to run on Sunday too, write {whole:?}"),
        None => "to run on Sunday too, add SUN to the list".into(),
    };
    Some(Warning {
        kind: WarningKind::SundayIsLeftOut,
        field: Some(item.field),
        message: format!(
            "{written} leaves Sunday out: the engine drops the 7 at the end of a range that begins with 1"
        ),
        help,
    })
}

/// "*/2" runs on the 31st and on the 1st.
fn days(item: &Item) -> Option<Warning> {
    if !item.values.has_every_day_of_week() || !has_neighbours(&item.values.month, 12) {
        return None;
    }
    let Range { step, .. } = item.calendar.day_of_month.iter().find(|range| is_stepped_to(range, 31))?;
    Some(Warning {
        kind: WarningKind::UnevenDays,
        field: Some(item.field),
        message: format!(
            "a step of {step} starts anew each month: day {} is followed by day {}, so it is not every {step} days",
            item.values.day_of_month.last().copied().unwrap_or_default(),
            item.values.day_of_month.first().copied().unwrap_or_default(),
        ),
        help: format!(
            "for a run every {step} days use an interval, every: {step}d, whose offset gives the time of day in UTC; \
             if these days are meant, name each of them"
        ),
    })
}

const fn is_stepped_to(range: &Range, end: i64) -> bool {
    range.step > 1 && range.end == end
}

/// Whether two values of a circle follow each other.
fn has_neighbours(values: &[i64], size: i64) -> bool {
    values.iter().any(|value| values.contains(&(value % size + 1)) && values.len() > 1)
}

/// "*/5" runs in January, June and November.
fn months(item: &Item) -> Option<Warning> {
    let [Range { start: 1, end: 12, step }] = item.calendar.month.as_slice() else { return None };
    (*step > 1 && 12 % step != 0).then(|| Warning {
        kind: WarningKind::UnevenMonths,
        field: Some(item.field),
        message: format!(
            "a step of {step} starts anew each year: it runs in {} {}, not every {step} months",
            if item.values.month.len() == 1 { "month" } else { "months" },
            ranges(&item.values.month, |month| month.to_string())
        ),
        help: "use a step that divides 12, or name the months".into(),
    })
}

/// "*/2" runs on Saturday and on Sunday.
fn weekdays(item: &Item) -> Option<Warning> {
    let Range { step, .. } =
        item.calendar.day_of_week.iter().find(|range| range.start == 0 && is_stepped_to(range, 6))?;
    let days: fields::Set = item.values.day_of_week.iter().copied().collect();
    // Sunday alone is what a step of a week gives.
    (days.len() > 1 && days.len() < 7 && item.values.has_every_day_of_month()).then(|| Warning {
        kind: WarningKind::UnevenWeekdays,
        field: Some(item.field),
        message: format!(
            "a step of {step} starts anew each Sunday: it runs on {}, not every {step} days",
            dialect::weekdays(&days)
        ),
        help: format!("name the days, such as MON,WED,FRI, or use an interval, every: {step}d"),
    })
}

/// "28-31": in crontab the command asked whether tomorrow is the 1st.
fn month_end(item: &Item, text: Option<&str>) -> Option<Warning> {
    let run = late_runs(item).find(|run| is_month_end(run))?;
    (item.values.month.len() > 1).then(|| Warning {
        kind: WarningKind::SeveralMonthEnds,
        field: Some(item.field),
        message: format!(
            "it runs on each of the days {} to 31 that a month has, up to {} times, not on the last one alone",
            run.first().copied().unwrap_or_default(),
            run.len()
        ),
        help: last_day(text),
    })
}

fn is_month_end(run: &[i64]) -> bool {
    run.len() > 1 && run.last() == Some(&31)
}

/// "31" leaves out five months.
fn short(item: &Item, text: Option<&str>) -> Option<Warning> {
    let months = &item.values.month;
    let first = late_runs(item).filter(|run| !is_month_end(run)).find_map(|run| run.first().copied())?;
    let left_out: Vec<i64> = months.iter().copied().filter(|month| longest_month(*month) < first).collect();
    let only_in_leap_years = first == 29 && months.contains(&2);
    // Of February alone everybody knows; of what has no such day at all it is said that it never runs.
    if months.len() == 1 || left_out.len() == months.len() || (left_out.is_empty() && !only_in_leap_years) {
        return None;
    }
    let names: Vec<String> = left_out.iter().map(|month| month_name(*month)).collect();
    let what = if only_in_leap_years {
        "it runs in February only in leap years".into()
    } else {
        format!("it does not run in {}", joined(&names))
    };
    // Beside other days the last one would need expressions of its own.
    let text = text.filter(|_| late_runs(item).map(<[i64]>::len).sum::<usize>() == item.values.day_of_month.len());
    Some(Warning {
        kind: WarningKind::DayNotInEveryMonth,
        field: Some(item.field),
        message: format!("not every month has a day {first}: {what}"),
        help: format!("choose a day up to the {}, or, {}", ordinal(28), last_day(text)),
    })
}

/// Days from the 28th on that follow each other, and no others before them. What a step reaches is said of
/// the step, and what a day of the week decides is no date.
fn late_runs<'a>(item: &'a Item) -> impl Iterator<Item = &'a [i64]> {
    let is_date = item.values.has_every_day_of_week()
        && !item.calendar.day_of_month.iter().any(|range| range.step > 1 && range.end > range.start);
    let runs = item.values.day_of_month.chunk_by(|a, b| a + 1 == *b).filter(move |_| is_date);
    runs.filter(|run| run.first().is_some_and(|first| *first > 28 || (*first == 28 && is_month_end(run))))
}

fn last_day(text: Option<&str>) -> String {
    match text.and_then(dialect::last_day) {
        Some(crons) => format!("for the last day of a month, write {crons}"),
        None => "for the last day of a month, write a calendar for each length of month".into(),
    }
}
