//! Skips that take away less than they seem to.

use super::subject::Subject;
use super::warning::{Warning, WarningKind};
use crate::timing::calendar::Matcher;
use crate::timing::canonical::capped;
use crate::timing::refusal::SpecField;
use crate::timing::spec::{Calendar, Range};
use crate::timing::values::Values;
use crate::timing::words::{joined, skipped};
use crate::timing::written::WrittenCalendar;

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let skips = subject.written.skip.iter().zip(&subject.spec.skip).zip(&subject.skips).enumerate();
    skips
        .filter_map(|(index, ((written, calendar), skip))| {
            let field = SpecField::Skip(index);
            let idle = || after_end(subject, field, skip).or_else(|| idle(subject, field, calendar, skip));
            leaves(subject, field, written, calendar).or_else(idle)
        })
        .collect()
}

/// A skip for Christmas that names no hour takes away midnight alone.
fn leaves(subject: &Subject, field: SpecField, written: &WrittenCalendar, calendar: &Calendar) -> Option<Warning> {
    let days = Matcher::new(&widened(written, calendar));
    let left = left_by_calendars(subject, &days).or_else(|| left_by_intervals(subject, &days))?;
    // A run on the whole minute needs no seconds to be skipped.
    let needed = [
        (written.hour.is_none(), "hour: [{start: 0, end: 23}]"),
        (written.minute.is_none(), "minute: [{start: 0, end: 59}]"),
        (written.second.is_none() && left % 60 != 0, "second: [{start: 0, end: 59}]"),
    ];
    let needed = needed.into_iter().filter(|(is_needed, _)| *is_needed).map(|(_, text)| text.to_owned());
    Some(Warning {
        kind: WarningKind::SkipLeavesRuns,
        field: Some(field),
        message: format!(
            "the run of {} is not skipped: this takes away only what is due {}",
            subject.local(left),
            skipped(subject.spec, calendar)
        ),
        help: format!("to skip it too, add {}", joined(&needed.collect::<Vec<_>>())),
    })
}

/// The skip with every field of the clock that it does not name matching all.
fn widened(written: &WrittenCalendar, calendar: &Calendar) -> Calendar {
    let all = |end| vec![Range { start: 0, end, step: 1 }];
    let mut wide = calendar.clone();
    if written.hour.is_none() {
        wide.hour = all(23);
    }
    if written.minute.is_none() {
        wide.minute = all(59);
    }
    if written.second.is_none() {
        wide.second = all(59);
    }
    wide
}

/// How many times are tried before it is taken that there is none.
const TRIES: usize = 64;

/// A run that `days` would take away, and that no skip does.
fn left_by_calendars(subject: &Subject, days: &Matcher) -> Option<i64> {
    subject.calendars.iter().find_map(|item| {
        let both = item.matcher.and(days);
        both.next(subject.begin, &subject.offsets)?;
        let clocks = (0..86_400).filter(|clock| both.has_clock(*clock) && !all_skip(subject, *clock));
        clocks.take(TRIES).find_map(|clock| {
            let run = both.at_clock(clock).next(subject.begin, &subject.offsets)?;
            (run <= subject.end && !subject.is_skipped(run)).then_some(run)
        })
    })
}

/// Whether a time of day is skipped on all days.
fn all_skip(subject: &Subject, clock: i64) -> bool {
    subject.skips.iter().any(|skip| skip.has_all_dates() && skip.has_clock(clock))
}

fn left_by_intervals(subject: &Subject, days: &Matcher) -> Option<i64> {
    subject.intervals.iter().find_map(|(_, interval)| {
        let every = capped(interval.every).as_secs().max(1);
        let phase = capped(interval.offset.unwrap_or_default()).as_secs();
        let mut after = subject.begin;
        for _ in 0..TRIES {
            let skipped = days.next(after, &subject.offsets)?;
            let run = (skipped - 1 - phase).div_euclid(every) * every + every + phase;
            if run > subject.end {
                return None;
            }
            if days.matches(run, &subject.offsets) && !subject.is_skipped(run) {
                return Some(run);
            }
            after = run.max(skipped);
        }
        None
    })
}

/// A skip whose first time comes when all is over.
fn after_end(subject: &Subject, field: SpecField, skip: &Matcher) -> Option<Warning> {
    let first = skip.next(subject.begin, &subject.offsets).filter(|first| *first > subject.end)?;
    (subject.end > subject.begin).then(|| Warning {
        kind: WarningKind::SkipAfterEnd,
        field: Some(field),
        message: format!("it takes no run away: its first time, {}, is after endAt", subject.local(first)),
        help: "take it out, or set a later end".into(),
    })
}

/// A skip on which no run of a calendar falls. Of intervals that is not asked: most come by. A holiday may be
/// over, or fall on a day without a run, in some years or in all; what counts is whether its hours are right.
fn idle(subject: &Subject, field: SpecField, calendar: &Calendar, skip: &Matcher) -> Option<Warning> {
    let skip = if is_dated(calendar) { skip.on_all_dates() } else { skip.clone() };
    let takes = |item: &super::subject::Item| item.matcher.and(&skip).next(subject.begin, &subject.offsets).is_some();
    if !subject.intervals.is_empty() || subject.calendars.is_empty() || subject.calendars.iter().any(takes) {
        return None;
    }
    Some(Warning {
        kind: WarningKind::SkipIsIdle,
        field: Some(field),
        message: format!("it takes no run away, for none is among its times: {}", skipped(subject.spec, calendar)),
        help: "name the days and hours of runs, or take it out".into(),
    })
}

/// Whether a skip is for dates, of one year or of each, rather than for days that come round.
fn is_dated(calendar: &Calendar) -> bool {
    let values = Values::of(calendar);
    values.year.is_some() || !(values.has_every_month() || values.has_every_day_of_month())
}
