//! A spec in words: "every weekday at 09:00 Europe/Paris".

mod clock;
mod date;
mod form;
mod interval;
mod list;
mod month;
mod nth;
mod skip;
mod span;
#[cfg(test)]
mod tests;
mod weekday;

use super::spec::{Calendar, Spec};
use super::values::Values;
use clock::Clock;
use form::Form;

pub(super) use form::instant;
pub(super) use list::{joined, ordinal, ranges};
pub(super) use month::{longest as longest_month, name as month_name};
pub(super) use skip::skipped;
pub(super) use span::{every, exact, whole};

/// What a spec means: one sentence without its full stop.
#[must_use]
pub fn words(spec: &Spec) -> String {
    if let (Some(start), Some(end)) = (spec.start_at, spec.end_at)
        && end < start
    {
        return format!("never: it ends at {}, before it starts, at {}", instant(end), instant(start));
    }
    let mut text = match times(spec) {
        Ok(times) => times,
        Err(never) => return never,
    };
    let skips = skip::words(spec);
    if !skips.is_empty() {
        text = format!("{text}, except {skips}");
    }
    if let Some(start) = spec.start_at {
        text = format!("{text}, not before {}", instant(start));
    }
    if let Some(end) = spec.end_at {
        text = format!("{text}, not after {}", instant(end));
    }
    if let Some(jitter) = spec.jitter {
        text = format!("{text}, each delayed by up to {}", exact(jitter));
    }
    text
}

/// All times of a spec, nothing taken away yet; or why there is none.
fn times(spec: &Spec) -> Result<String, String> {
    let zone = spec.time_zone_name.as_deref().unwrap_or("UTC");
    let said: Vec<Result<String, String>> = spec.calendars.iter().map(sometimes).collect();
    let calendars = different(said.iter().flatten());
    let in_zone = match calendars.as_slice() {
        [] => None,
        // "at 09:00 Europe/Paris" but "every hour, Europe/Paris".
        [one] if ends_with_time(one) => Some(format!("{one} {zone}")),
        [one] => Some(format!("{one}, {zone}")),
        [one, two] => Some(format!("{one}, and {two}, all in {zone}")),
        [first @ .., last] => Some(format!("{}; and {last}; all in {zone}", first.join("; "))),
    };
    let intervals: Vec<String> = spec.intervals.iter().map(interval::words).collect();
    let parts: Vec<String> = in_zone.into_iter().chain(different(intervals.iter())).collect();
    match parts.as_slice() {
        [] => Err(said.into_iter().find_map(Result::err).unwrap_or_else(|| "never".into())),
        [one] => Ok(one.clone()),
        [first @ .., last] => Ok(format!("{}; and {last}", first.join("; "))),
    }
}

/// The same is not said twice.
fn different<'a>(words: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut different: Vec<String> = Vec::new();
    for word in words {
        if !different.contains(word) {
            different.push(word.clone());
        }
    }
    different
}

fn ends_with_time(text: &str) -> bool {
    text.rsplit(' ').next().is_some_and(|word| word.contains(':'))
}

/// When a calendar is due: "every weekday at 09:00", be there such a day or not.
pub(super) fn due(calendar: &Calendar) -> String {
    let values = Values::of(calendar);
    sometimes(calendar).unwrap_or_else(|never| if values.empty_field().is_some() { never } else { due_at(&values) })
}

/// The same of one that is due at times; or why it never is.
fn sometimes(calendar: &Calendar) -> Result<String, String> {
    let values = Values::of(calendar);
    if let Some(field) = values.empty_field() {
        return Err(format!("never ({field} matches nothing)"));
    }
    match month::existing(&values) {
        Some(values) => Ok(due_at(&values)),
        None => Err(format!("never (there is no such day: {})", due_at(&values))),
    }
}

fn due_at(values: &Values) -> String {
    let days = date::words(values, Form::Every);
    match (clock::words(values, days.is_none()), days) {
        (Clock::At(times), None) => format!("every day {times}"),
        (Clock::At(times), Some(days)) => format!("{days} {times}"),
        (Clock::Every(often), None) => often,
        (Clock::Every(often), Some(_)) => {
            format!("{often} {}", date::words(values, Form::On).unwrap_or_default())
        }
    }
}
