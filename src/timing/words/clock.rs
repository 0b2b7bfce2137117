//! The times of day of a calendar in words.

use super::super::values::Values;
use super::list::{circular_span, cycle, every, joined, range_words, ranges, span, step};

/// Up to this many times of day, and minutes of an hour, are named one by one.
const FEW: usize = 6;
const FEW_MINUTES: usize = 4;

/// Times of day.
pub(super) enum Clock {
    /// "at 09:00 and 17:30".
    At(String),
    /// "every 15 minutes from 09:00 to 17:45".
    Every(String),
}

/// When in a day a calendar is due, and whether that is every day. No field is empty.
pub(super) fn words(values: &Values, is_every_day: bool) -> Clock {
    let Values { second, minute, hour, .. } = values;
    let count = second.len() * minute.len() * hour.len();
    let is_even = |values: &[i64], is_even: bool| values.len() == count && count >= FEW_MINUTES && is_even;
    let is_regular = is_even(minute, step(minute).is_some()) || is_even(hour, cycle(hour, 24).is_some());
    if count <= FEW && !is_regular {
        let times = hour
            .iter()
            .flat_map(|hour| minute.iter().map(move |minute| (hour, minute)))
            .flat_map(|(hour, minute)| second.iter().map(move |second| time(*hour, *minute, *second)));
        return Clock::At(format!("at {}", joined(&times.collect::<Vec<_>>())));
    }
    let hours = Hours { hours: hour, is_every_day };
    let regular = match (second.as_slice(), minute.as_slice()) {
        ([second], [minute]) => hours.hourly(*minute, *second),
        ([second], _) => hours.minutely(minute, *second),
        (_, _) => hours.secondly(values),
    };
    Clock::Every(regular.unwrap_or_else(|| hours.irregular(values)))
}

/// The hours of a calendar.
struct Hours<'a> {
    hours: &'a [i64],
    /// Then hours may go round midnight.
    is_every_day: bool,
}

impl Hours<'_> {
    fn is_all(&self) -> bool {
        self.hours.len() == 24
    }

    /// The first and the last hour, if all between them are there.
    fn window(&self) -> Option<(i64, i64)> {
        match self.hours {
            [hour] => Some((*hour, *hour)),
            [first, last] if first + 1 == *last => Some((*first, *last)),
            hours if self.is_every_day => circular_span(hours, 0, 23),
            hours => span(hours),
        }
    }

    /// "every 2 hours from 09:00 to 17:00".
    fn hourly(&self, minute: i64, second: i64) -> Option<String> {
        let hours = self.hours;
        if self.is_all() {
            return Some(match (minute, second) {
                (0, 0) => "every hour".into(),
                (minute, 0) => format!("at {} past every hour", minutes_past(&[minute])),
                (minute, second) => format!("every hour from {}", time(0, minute, second)),
            });
        }
        if let Some((first, last)) = self.window() {
            return Some(format!("every hour from {} to {}", time(first, minute, second), time(last, minute, second)));
        }
        let (first, last) = (time(*hours.first()?, minute, second), time(*hours.last()?, minute, second));
        let often = every(step(hours)?, "hour");
        Some(match (cycle(hours, 24), first.as_str()) {
            (Some(_), "00:00") => often,
            (Some(_), first) => format!("{often} from {first}"),
            (None, first) => format!("{often} from {first} to {last}"),
        })
    }

    /// "every 15 minutes from 09:00 to 17:45".
    fn minutely(&self, minutes: &[i64], second: i64) -> Option<String> {
        let (first, last) = (*minutes.first()?, *minutes.last()?);
        if let ([hour], Some(step)) = (self.hours, step(minutes)) {
            return Some(format!(
                "{} from {} to {}",
                every(step, "minute"),
                time(*hour, first, second),
                time(*hour, last, second)
            ));
        }
        let often = every(cycle(minutes, 60)?, "minute");
        let has_offset = first != 0 || second != 0;
        if self.is_all() {
            let is_few = minutes.len() <= FEW_MINUTES && second == 0;
            return match has_offset {
                true if is_few => None,
                true => Some(format!("{often} from {}", time(0, first, second))),
                false => Some(often),
            };
        }
        if let Some((begin, end)) = self.window() {
            return Some(format!("{often} from {} to {}", time(begin, first, second), time(end, last, second)));
        }
        (minutes.len() > FEW_MINUTES && !has_offset).then(|| format!("{often} {}", self.within()))
    }

    /// "every 10 seconds from 09:00:00 to 17:59:50".
    fn secondly(&self, values: &Values) -> Option<String> {
        let Values { second, minute, .. } = values;
        let often = every(cycle(second, 60)?, "second");
        let (first, last) = (*second.first()?, *second.last()?);
        if minute.len() < 60 {
            return (first == 0).then(|| format!("{often} of {}", self.minutes(minute)));
        }
        if self.is_all() {
            let from = if first == 0 { String::new() } else { format!(" from {}", time(0, 0, first)) };
            return Some(format!("{often}{from}"));
        }
        Some(match self.window() {
            Some((begin, end)) => format!("{often} from {} to {}", time(begin, 0, first), time(end, 59, last)),
            None if first == 0 => format!("{often} {}", self.within()),
            None => return None,
        })
    }

    /// "at 0, 7 and 20 minutes past every hour from 09:00 to 12:00".
    fn irregular(&self, values: &Values) -> String {
        match (values.second.as_slice(), values.minute.as_slice()) {
            ([0], minutes) => format!("at {} past {}", minutes_past(minutes), self.named()),
            (seconds, minutes) => format!("at {} of {}", numbered("second", seconds), self.minutes(minutes)),
        }
    }

    /// "minutes 0 and 7 of every hour".
    fn minutes(&self, minutes: &[i64]) -> String {
        let hours = if self.is_all() { "every hour".into() } else { format!("the {}", numbered("hour", self.hours)) };
        if minutes.len() == 60 {
            format!("every minute of {hours}")
        } else {
            format!("{} of {hours}", numbered("minute", minutes))
        }
    }

    /// "every hour from 09:00 to 12:00", "09:00, 12:00 and 14:00".
    fn named(&self) -> String {
        if self.is_all() {
            return "every hour".into();
        }
        match self.window() {
            Some((first, last)) if first != last && self.hours.len() > 2 => {
                format!("every hour from {} to {}", time(first, 0, 0), time(last, 0, 0))
            }
            Some(_) | None if self.hours.len() <= FEW => {
                joined(&self.hours.iter().map(|hour| time(*hour, 0, 0)).collect::<Vec<_>>())
            }
            Some(_) | None => format!("the hours {}", ranges(self.hours, |hour| hour.to_string())),
        }
    }

    fn within(&self) -> String {
        format!("in the {}", numbered("hour", self.hours))
    }
}

/// "0 and 30 minutes".
pub(super) fn minutes_past(minutes: &[i64]) -> String {
    let unit = if minutes == [1] { "minute" } else { "minutes" };
    format!("{} {unit}", joined(&range_words(minutes, |minute| minute.to_string())))
}

fn numbered(unit: &str, values: &[i64]) -> String {
    let plural = if values.len() == 1 { "" } else { "s" };
    format!("{unit}{plural} {}", ranges(values, |value| value.to_string()))
}

pub(super) fn time(hour: i64, minute: i64, second: i64) -> String {
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}
