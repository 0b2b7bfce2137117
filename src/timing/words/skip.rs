//! What skips take away, in words.

use super::super::canonical::capped;
use super::super::spec::{Calendar, Spec};
use super::super::values::Values;
use super::clock::{self, Clock};
use super::form::Form;
use super::list::{joined, span};
use super::{date, month};

/// What the skips of a spec take away: "all day on December 25 and on January 1".
pub(super) fn words(spec: &Spec) -> String {
    let parts: Vec<Skipped> = spec.skip.iter().filter_map(|skip| Skipped::of(spec, skip)).collect();
    let days = parts.iter().filter_map(|part| match part {
        Skipped::Days(days) => Some(days.clone()),
        Skipped::Times(_) => None,
    });
    let mut days: Vec<String> = days.collect();
    days.dedup();
    let times = parts.iter().filter_map(|part| match part {
        Skipped::Times(times) => Some(times.clone()),
        Skipped::Days(_) => None,
    });
    let all_day = (!days.is_empty()).then(|| format!("all day {}", several(&days)));
    let mut words: Vec<String> = all_day.into_iter().chain(times).collect();
    words.dedup();
    several(&words)
}

/// Joined by commas, or by semicolons where there are commas within.
fn several(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() && words.iter().any(|word| word.contains(',')) => {
            format!("{}; and {last}", first.join("; "))
        }
        words => joined(words),
    }
}

/// What one skip of a spec takes away.
pub(in crate::timing) fn skipped(spec: &Spec, skip: &Calendar) -> String {
    match Skipped::of(spec, skip) {
        None => "never".into(),
        Some(Skipped::Days(days)) => format!("all day {days}"),
        Some(Skipped::Times(times)) => times,
    }
}

enum Skipped {
    /// All runs of some days: "on December 25".
    Days(String),
    /// "on December 25 at 00:00".
    Times(String),
}

impl Skipped {
    /// Nothing if there is no such day.
    fn of(spec: &Spec, skip: &Calendar) -> Option<Self> {
        let values = Values::of(skip);
        if values.empty_field().is_some() {
            return None;
        }
        let values = month::existing(&values)?;
        let days = date::words(&values, Form::On);
        let has_every_second = has_every_second(spec, &values);
        if values.has_every_hour() && values.minute.len() == 60 && has_every_second {
            return Some(days.map_or_else(|| Self::Times("at all times".into()), Self::Days));
        }
        let on = days.as_ref().map_or_else(String::new, |days| format!(" {days}"));
        Some(Self::Times(match (clock::words(&values, days.is_none()), stretch(&values)) {
            (_, Some(stretch)) if has_every_second => format!("{stretch}{on}"),
            (Clock::At(times), _) => days.map_or_else(|| times.clone(), |days| format!("{days} {times}")),
            (Clock::Every(often), _) => format!("{often}{on}"),
        }))
    }
}

/// "from 00:00 to 06:59", of whole hours.
fn stretch(values: &Values) -> Option<String> {
    let (first, last) = match values.hour.as_slice() {
        [hour] => (*hour, *hour),
        [first, last] if first + 1 == *last => (*first, *last),
        hours => span(hours)?,
    };
    (values.minute.len() == 60).then(|| format!("from {} to {}", clock::time(first, 0, 0), clock::time(last, 59, 0)))
}

/// Whether a skip has each second on which a run of a spec may be. Zones are off UTC by whole minutes.
fn has_every_second(spec: &Spec, skip: &Values) -> bool {
    let of_calendars = spec.calendars.iter().flat_map(|calendar| Values::of(calendar).second);
    let of_intervals = spec.intervals.iter().flat_map(|interval| {
        let (every, offset) =
            (capped(interval.every).as_secs().max(1), capped(interval.offset.unwrap_or_default()).as_secs());
        (0..60).map(move |index| (offset + index * every).rem_euclid(60))
    });
    of_calendars.chain(of_intervals).all(|second| skip.second.contains(&second))
}
