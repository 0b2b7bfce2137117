//! The days of a calendar in words.

use super::super::values::Values;
use super::form::Form;
use super::list::{circular_span, joined, joined_by, missing, ordinal, range_words, span};
use super::month::{self, Days};
use super::nth;
use super::weekday::{from_monday, name};

/// "every weekday" or "on weekdays", "on the 1st of every month"; nothing for every day. Of a calendar
/// whose days exist.
pub(super) fn words(values: &Values, form: Form) -> Option<String> {
    let days = Days::of(values);
    let years = years(values);
    let single_year = values.year.as_ref().filter(|years| years.len() == 1).and_then(|years| years.first());
    match (days.is_every(), values.has_every_day_of_week()) {
        (true, true) => {
            let limits = format!("{}{years}", month::within(values));
            match (form, limits.is_empty()) {
                (_, true) => None,
                (Form::Every, false) => Some(format!("every day{limits}")),
                (Form::On, false) => Some(limits.trim_start().to_owned()),
            }
        }
        (true, false) => Some(format!("{}{}{years}", weekdays(&values.day_of_week, form), month::within(values))),
        (false, true) => Some(match (days.single(), single_year) {
            (Some(date), Some(year)) => format!("on {date}, {year}"),
            (Some(date), None) if form == Form::Every => format!("every {date}{years}"),
            (Some(date), None) => format!("on {date}{years}"),
            (None, _) => format!("{}{years}", days.words(form)),
        }),
        (false, false) => Some(both(values, &days, form, &years)),
    }
}

/// Days of the month that are also certain days of the week.
fn both(values: &Values, days: &Days<'_>, form: Form, years: &str) -> String {
    if let Some(words) = nth::words(values) {
        return format!("{words}{years}");
    }
    if let [day] = values.day_of_month.as_slice() {
        let date = days.single().unwrap_or_else(|| format!("the {} of {}", ordinal(*day), days.months()));
        return format!("on {date}{years} if it is {}", one_of(&values.day_of_week));
    }
    let weekdays = match (weekdays(&values.day_of_week, form), form) {
        // "on Mondays, Tuesdays and Wednesdays from the 10th", not "from Monday to Wednesday from the 10th".
        (span, Form::On) if span.starts_with("from ") => format!("on {}", listed(&values.day_of_week, form)),
        (weekdays, _) => weekdays,
    };
    if let Some(stretch) = days.stretch() {
        return format!("{weekdays} {stretch}{years}");
    }
    let falls = if weekdays.starts_with("on ") && weekdays.ends_with('s') { "fall" } else { "falls" };
    format!("{weekdays} that {falls} on {}{years}", days.listed("or"))
}

/// " in 2027", " from 2027 to 2029"; empty for all.
fn years(values: &Values) -> String {
    let Some(years) = &values.year else { return String::new() };
    match span(years) {
        Some((first, last)) => format!(" from {first} to {last}"),
        None => format!(" in {}", joined(&range_words(years, |year| year.to_string()))),
    }
}

/// "every weekday", "every Monday and Friday", "every day except Saturday"; or "on weekdays".
fn weekdays(days: &[i64], form: Form) -> String {
    let plural = if form == Form::On { "s" } else { "" };
    let (prefix, every_day) = match form {
        Form::Every => ("every", "every day "),
        Form::On => ("on", ""),
    };
    if days == [1, 2, 3, 4, 5] {
        return format!("{prefix} weekday{plural}");
    }
    let others = missing(days, 0, 6);
    if others.len() == 1 {
        let others: Vec<String> = others.iter().map(|day| name(*day)).collect();
        let every_day = if form == Form::Every { "every day" } else { "on every day" };
        return format!("{every_day} except {}", joined(&others));
    }
    if let Some((first, last)) = circular_span(days, 0, 6) {
        return format!("{every_day}from {} to {}", name(first), name(last));
    }
    format!("{prefix} {}", listed(days, form))
}

/// "Monday and Friday", or "Mondays and Fridays".
fn listed(days: &[i64], form: Form) -> String {
    let plural = if form == Form::On { "s" } else { "" };
    joined(&from_monday(days).map(|day| format!("{}{plural}", name(day))).collect::<Vec<_>>())
}

/// "a Monday or Friday".
fn one_of(days: &[i64]) -> String {
    let others = missing(days, 0, 6);
    match (days, others.as_slice()) {
        ([1, 2, 3, 4, 5], _) => "a weekday".into(),
        (_, [other]) => format!("not a {}", name(*other)),
        (days, _) => format!("a {}", joined_by("or", &from_monday(days).map(name).collect::<Vec<_>>())),
    }
}
