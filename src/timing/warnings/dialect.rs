//! Crons that were meant for another dialect, and what to write instead. A cron expression is offered
//! only if the engine has been seen to run it when the other dialect would; where several dialects fit,
//! what each makes of it is said.

mod expression;
pub(super) mod fields;
mod macros;
mod offer;
mod pieces;
mod proof;
mod reading;
mod render;
mod symbols;
#[cfg(test)]
mod tests;

use crate::timing::cron;
use crate::timing::spec::Calendar;
use crate::timing::zone::Zone;
use expression::Written;
use offer::{Offer, offer, offers, said};
use reading::{Dialect, Reading, readings};

pub(super) use macros::{every, span};
pub(super) use render::weekdays;

/// What may have been meant by a cron expression that the engine refuses, and what to write for it.
#[must_use]
pub fn dialect_hint(text: &str) -> Option<String> {
    if cron::parse(text).is_ok() {
        return None;
    }
    let written = Written::of(text);
    let fields = written.fields.as_slice();
    macros::hint(&written)
        .or_else(|| offered(&written, &readings(fields)))
        .or_else(|| command(&written))
        .or_else(|| symbols::hint(fields))
        .or_else(|| bounds(fields))
        .or_else(|| count(fields))
}

/// What to write for a cron expression of crontab or Kubernetes, which run where either kind of days matches.
#[must_use]
pub fn from_crontab(text: &str) -> Option<Vec<String>> {
    let written = Written::of(text);
    if written.fields.len() == 1 {
        return cron::parse(text).is_ok().then(|| vec![text.to_owned()]);
    }
    let reading = reading::read(Dialect::Crontab, &written.fields)?;
    match offer(&written, &Reading { is_either: reading.has_both_days(), ..reading })? {
        Offer::Crons { crons, .. } => Some(crons),
        Offer::Calendars { .. } => None,
    }
}

/// A cron expression that the engine takes, as those dialects would read it that count fields, or days,
/// in another way. Nothing where they mean the same, or where hardly anybody would mean that.
pub(super) fn other_readings(text: &str, calendar: &Calendar) -> Option<String> {
    let written = Written::of(text);
    let fields = written.fields.as_slice();
    let readings = match fields {
        // Hours without end in some months only: it is more likely that these are days of the week.
        [_, _, "*", _, month, _] if *month != "*" => return None,
        [_, _, _, _, _, _] => readings(fields),
        [_, _, _, _, _, weekday, _] if names_numbers(weekday) => {
            reading::read(Dialect::Quartz, &with_either(fields)).into_iter().collect()
        }
        _ => return None,
    };
    let differs = |offer: &Offer| {
        offer.spec().is_some_and(|spec| match spec.calendars.as_slice() {
            [one] => !proof::are_equal(one, calendar),
            _ => true,
        })
    };
    let offers: Vec<Offer> = offers(&written, &readings).into_iter().filter(differs).collect();
    (!offers.is_empty()).then(|| said(&offers))
}

/// Quartz wants a `?` for the kind of days that does not count.
fn with_either<'a>(fields: &[&'a str]) -> Vec<&'a str> {
    fields.iter().enumerate().map(|(index, field)| if index == 3 && *field == "*" { "?" } else { field }).collect()
}

/// What a cron expression with a `#` in a field means where that is no comment.
pub(super) fn nth(text: &str) -> Option<String> {
    let written = Written::of(text);
    offered(&written, &readings(&written.fields))
}

/// The same cron expression with names for days of the week, or without the year that is every year, if
/// the engine makes the same of it.
pub(super) fn plainer(text: &str, calendar: &Calendar) -> Option<String> {
    let written = Written::of(text);
    let fields: Vec<String> = match written.fields.as_slice() {
        [five @ .., "*"] if five.len() == 5 => five.iter().map(|field| (*field).to_owned()).collect(),
        [before @ .., weekday, year] if before.len() == 5 => {
            let days = proof::values(&format!("* * * * {weekday}"))?.day_of_week.into_iter().collect();
            before.iter().map(|field| (*field).to_owned()).chain([weekdays(&days), (*year).to_owned()]).collect()
        }
        _ => return None,
    };
    let plainer = written.with_fields(&fields.join(" "));
    let same = proof::calendar(&plainer).is_some_and(|same| proof::are_equal(&same, calendar));
    same.then_some(plainer)
}

/// A field of a cron expression; the minute is the first, whether there are seconds in front or not.
pub(super) fn field(text: &str, index: usize) -> Option<&str> {
    let fields = Written::of(text).fields;
    fields.get(index + usize::from(fields.len() == 7)).copied()
}

/// The same cron expression with another field.
pub(super) fn with_field(text: &str, index: usize, field: &str) -> String {
    let written = Written::of(text);
    let seconds = usize::from(written.fields.len() == 7);
    let fields = written.fields.iter().enumerate();
    let fields = fields.map(|(at, written)| if at == index + seconds { field } else { *written }).collect::<Vec<_>>();
    written.with_fields(&fields.join(" "))
}

/// The same cron expression with these days of the week, if the engine finds just these in it.
pub(super) fn with_day_of_week(text: &str, days: &fields::Set) -> Option<String> {
    let whole = with_field(text, 4, &weekdays(days));
    proof::values(&whole).filter(|values| values.day_of_week.iter().eq(days))?;
    Some(whole)
}

/// The same cron expression on the last day of each of its months.
pub(super) fn last_day(text: &str) -> Option<String> {
    let written = Written::of(text);
    let [minute, hour, _, month, weekday] = written.fields.as_slice() else { return None };
    let reading = reading::read(Dialect::Crontab, &[minute, hour, "L", month, weekday])?;
    offer(&written, &reading).map(|offer| offer.text())
}

/// Whether a field has a number that is no step.
fn names_numbers(field: &str) -> bool {
    let mut values = field.split(',').filter_map(|part| part.split(['/', '#']).next());
    values.any(|values| values.contains(|c: char| c.is_ascii_digit()))
}

fn offered(written: &Written, readings: &[Reading]) -> Option<String> {
    let offers = offers(written, readings);
    (!offers.is_empty()).then(|| said(&offers))
}

/// A line of a crontab, with its command, or with a zone where others have one.
fn command(written: &Written) -> Option<String> {
    let (five, [first, more @ ..]) = written.fields.split_at_checked(5)? else { return None };
    if written.zone.is_none() && more.is_empty() && Zone::check(Some(first)).is_ok() {
        let whole = format!("CRON_TZ={first} {}", written.with_fields(&five.join(" ")));
        return cron::parse(&whole)
            .is_ok()
            .then(|| format!("the zone stands in front, or in timeZoneName: write {whole:?}"));
    }
    let five = written.with_fields(&five.join(" "));
    let is_command = first.contains(|c: char| c.is_ascii_alphabetic() || c == '/') && cron::parse(&five).is_ok();
    is_command.then(|| format!("a command has no place here, workflowIdentifier says what runs: write {five:?}"))
}

/// The greatest value of each of five fields, and what lies beyond.
fn bounds(fields: &[&str]) -> Option<String> {
    let [minute, hour, _, _, _] = fields else { return None };
    let has = |field: &str, value| field.split([',', '-']).any(|part| part == value);
    if has(hour, "24") {
        return Some("hours are 0 to 23: midnight is hour 0 of the day that begins".into());
    }
    has(minute, "60").then(|| "minutes are 0 to 59: the full hour is minute 0".into())
}

fn count(fields: &[&str]) -> Option<String> {
    match fields.len() {
        0..5 => Some("five fields are minute, hour, day of month, month, day of week".into()),
        5..=7 => None,
        _ => Some("seven fields are second, minute, hour, day of month, month, day of week, year".into()),
    }
}
