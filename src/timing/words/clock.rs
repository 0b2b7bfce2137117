//! The times of day of a calendar in words.

use super::super::values::Values;
use super::list::{cycle, every, joined, ranges, step};

/// Up to this many times of day are named one by one.
const FEW: usize = 6;

/// Times of day.
pub(super) enum Clock {
    /// "at 09:00 and 17:30".
    At(String),
    /// "every 15 minutes from 09:00 to 17:45".
    Every(String),
}

/// When in a day a calendar is due. No field is empty.
pub(super) fn words(values: &Values) -> Clock {
    let Values { second, minute, hour, .. } = values;
    if second.len() * minute.len() * hour.len() <= FEW {
        let times = hour
            .iter()
            .flat_map(|hour| minute.iter().map(move |minute| (hour, minute)))
            .flat_map(|(hour, minute)| second.iter().map(move |second| time(*hour, *minute, *second)));
        return Clock::At(format!("at {}", joined(&times.collect::<Vec<_>>())));
    }
    let regular = match (second.as_slice(), minute.as_slice()) {
        ([second], [minute]) => hourly(hour, *minute, *second),
        ([second], _) => minutely(values, *second),
        (_, _) => secondly(values),
    };
    Clock::Every(regular.unwrap_or_else(|| irregular(values)))
}

/// "every 2 hours from 09:00 to 17:00".
fn hourly(hours: &[i64], minute: i64, second: i64) -> Option<String> {
    let (first, last) = (hours.first()?, hours.last()?);
    let often = every(step(hours)?, "hour");
    let begins_at_zero = (*first, minute, second) == (0, 0, 0);
    Some(match cycle(hours, 24) {
        Some(_) if begins_at_zero => often,
        Some(1) if second == 0 => format!("every hour at {minute} minutes past"),
        Some(_) => format!("{often} from {}", time(*first, minute, second)),
        None => format!("{often} from {} to {}", time(*first, minute, second), time(*last, minute, second)),
    })
}

/// "every 15 minutes from 09:00 to 17:45".
fn minutely(values: &Values, second: i64) -> Option<String> {
    let Values { minute, hour, .. } = values;
    let often = every(cycle(minute, 60)?, "minute");
    let (first, last) = (time(*hour.first()?, *minute.first()?, second), time(*hour.last()?, *minute.last()?, second));
    let offset = minute.first() != Some(&0) || second != 0;
    Some(match step(hour) {
        Some(1) if hour.len() == 24 && offset => format!("{often} from {first}"),
        Some(1) if hour.len() == 24 => often,
        Some(1) => format!("{often} from {first} to {last}"),
        None if hour.len() == 1 => format!("{often} from {first} to {last}"),
        Some(_) | None => format!("{often} of the hours {}", hours(hour)),
    })
}

/// "every 10 seconds from 09:00:00 to 17:59:50".
fn secondly(values: &Values) -> Option<String> {
    let Values { second, minute, hour, .. } = values;
    let often = every(cycle(second, 60)?, "second");
    if minute.len() < 60 {
        return Some(format!("{often} of {}", minutes(values)));
    }
    let (first, last) = (*hour.first()?, *hour.last()?);
    let (begin, end) = (time(first, 0, *second.first()?), time(last, 59, *second.last()?));
    Some(match step(hour) {
        Some(1) if hour.len() == 24 => often,
        Some(1) => format!("{often} from {begin} to {end}"),
        None if hour.len() == 1 => format!("{often} from {begin} to {end}"),
        Some(_) | None => format!("{often} of the hours {}", hours(hour)),
    })
}

/// "at minutes 0, 7 and 20 of the hours 9 to 12".
fn irregular(values: &Values) -> String {
    match values.second.as_slice() {
        [0] => format!("at {}", minutes(values)),
        seconds => format!("at {} of {}", numbered("second", seconds), minutes(values)),
    }
}

fn minutes(values: &Values) -> String {
    let of = match values.hour.as_slice() {
        all if all.len() == 24 => "every hour".into(),
        some => format!("the {}", numbered("hour", some)),
    };
    if values.minute.len() == 60 {
        format!("every minute of {of}")
    } else {
        format!("{} of {of}", numbered("minute", &values.minute))
    }
}

fn hours(hours: &[i64]) -> String {
    ranges(hours, |hour| hour.to_string())
}

fn numbered(unit: &str, values: &[i64]) -> String {
    let plural = if values.len() == 1 { "" } else { "s" };
    format!("{unit}{plural} {}", ranges(values, |value| value.to_string()))
}

fn time(hour: i64, minute: i64, second: i64) -> String {
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}
