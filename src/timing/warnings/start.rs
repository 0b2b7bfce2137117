//! Intervals do not begin with `startAt`.

use jiff::Timestamp;

use super::dialect;
use super::subject::Subject;
use super::warning::{Warning, WarningKind};
use crate::timing::canonical::capped;
use crate::timing::refusal::SpecField;
use crate::timing::spec::Interval;
use crate::timing::words::instant;

const DAY: i64 = 86_400;

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let Some(start) = subject.spec.start_at.filter(|start| start.as_second() >= 0) else { return Vec::new() };
    let intervals = subject.intervals.iter();
    intervals.filter_map(|(field, interval)| beside(subject, *field, interval, start)).collect()
}

fn beside(subject: &Subject, field: SpecField, interval: &Interval, start: Timestamp) -> Option<Warning> {
    let every = capped(interval.every).as_secs().max(1);
    let offset = capped(interval.offset.unwrap_or_default()).as_secs();
    let begin = start.as_second();
    let wanted = begin.rem_euclid(every);
    if wanted == offset || is_meant(subject, every, offset, begin) {
        return None;
    }
    let next = ((subject.begin - offset).div_euclid(every) + 1) * every + offset;
    let next = Timestamp::from_second(next).ok().filter(|_| next <= subject.end)?;
    let what = if start > subject.now { "the first run is" } else { "the next run is" };
    let help = match field {
        SpecField::CronExpression(_) => {
            format!("write {:?} for runs that are counted from startAt", dialect::every(every, wanted))
        }
        SpecField::Calendar(_)
        | SpecField::Interval(_)
        | SpecField::Skip(_)
        | SpecField::TimeZoneName
        | SpecField::StartAt
        | SpecField::EndAt => {
            format!("write offset: {} for runs that are counted from startAt", dialect::span(wanted))
        }
    };
    Some(Warning {
        kind: WarningKind::IntervalIgnoresStart,
        field: Some(field),
        message: format!(
            "intervals are counted from 1970-01-01 00:00 UTC, not from startAt, {}: {what} {}",
            instant(start),
            instant(next)
        ),
        help,
    })
}

/// Whether the start is hardly meant to be a run: it is no more than a day's begin to what runs several
/// times a day, or an offset has been chosen that gives another time of day.
fn is_meant(subject: &Subject, every: i64, offset: i64, begin: i64) -> bool {
    let is_midnight = |unix: i64| unix.rem_euclid(DAY) == 0;
    let begins_a_day = is_midnight(begin) || is_midnight(begin + subject.offsets.at(begin));
    let is_often = every < DAY && DAY % every == 0;
    let has_other_clock = offset != 0 && (every % DAY != 0 || begin.rem_euclid(DAY) != offset.rem_euclid(DAY));
    (is_often && begins_a_day) || has_other_clock
}
