//! Reads the words of a calendar back, as a person would, into days and times of day: what is said can
//! then be compared with what runs.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

/// A pattern, compiled once.
macro_rules! pattern {
    ($pattern:literal) => {{
        static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new($pattern).unwrap());
        &*PATTERN
    }};
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// Whether a day is meant.
pub type OnDay = Box<dyn Fn(Date) -> bool>;

/// What words mean.
pub struct Meaning {
    pub is_due: OnDay,
    /// Seconds of the day.
    pub clock: BTreeSet<i64>,
}

/// Reads "every weekday at 09:00", or "every 5 minutes on weekdays".
pub fn meaning(text: &str) -> Option<Meaning> {
    if let Some((days, times)) = text.rsplit_once(" at ")
        && let Some(clock) = items(times, time)
    {
        return Some(Meaning { is_due: days_of(days)?, clock: clock.into_iter().collect() });
    }
    splits(text).find_map(|(often, days)| Some(Meaning { clock: clock(often)?, is_due: days_of(days)? }))
}

/// Reads what is behind "except ".
pub fn skipped(text: &str) -> Option<Meaning> {
    let all_day = || (0..86_400).collect();
    if text == "at all times" {
        return Some(Meaning { is_due: Box::new(|_| true), clock: all_day() });
    }
    if let Some(days) = text.strip_prefix("all day ") {
        let several: Option<Vec<OnDay>> = days.split(" and on ").map(days_of).collect();
        let several = several.or_else(|| Some(vec![days_of(days)?]))?;
        return Some(Meaning { is_due: Box::new(move |date| several.iter().any(|is| is(date))), clock: all_day() });
    }
    if let Some(times) = text.strip_prefix("at ").and_then(|times| items(times, time)) {
        return Some(Meaning { is_due: Box::new(|_| true), clock: times.into_iter().collect() });
    }
    // Of a whole stretch of the clock all seconds are meant.
    let stretch = splits(text).find_map(|(often, days)| {
        let (first, last) = often.strip_prefix("from ")?.split_once(" to ")?;
        let clock = (time(first)?..=time(last)? + 59).collect();
        Some(Meaning { clock, is_due: days_of(days)? })
    });
    stretch.or_else(|| meaning(text))
}

/// A text in two, at each blank, and whole.
fn splits(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let blanks = text.match_indices(' ').map(|(at, _)| (&text[..at], &text[at + 1..]));
    [(text, ""), ("", text)].into_iter().chain(blanks)
}

fn items<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.replace(" and ", ", ").replace(" or ", ", ").split(", ").map(read).collect()
}

/// "0 to 5, 22 and 23".
fn numbers(text: &str) -> Option<BTreeSet<i64>> {
    let number = |text: &str| text.trim_end_matches(char::is_alphabetic).parse::<i64>().ok();
    let ranges = items(text, |item| match item.split_once(" to ") {
        Some((first, last)) => Some(number(first)?..=number(last)?),
        None => Some(number(item)?..=number(item)?),
    });
    Some(ranges?.into_iter().flatten().collect())
}

/// "09:00" or "09:00:15".
fn time(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| part.parse::<i64>().ok().filter(|_| part.len() == 2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    parts.next().is_none().then_some(hour * 3600 + minute * 60 + second)
}

fn clock(text: &str) -> Option<BTreeSet<i64>> {
    every_so_often(text).or_else(|| past_hours(text)).or_else(|| of_minutes(text))
}

fn every_so_often(text: &str) -> Option<BTreeSet<i64>> {
    let form = pattern!(r"^every (?:(\d+) )?(second|minute|hour)s?( .*)?$");
    let found = form.captures(text)?;
    let count: i64 = found.get(1).map_or(Some(1), |count| count.as_str().parse().ok())?;
    let step = count * [("second", 1), ("minute", 60), ("hour", 3600)].iter().find(|(unit, _)| *unit == &found[2])?.1;
    let rest = found.get(3).map_or("", |rest| rest.as_str());
    let from = |first: i64, last: i64| (first..=last).step_by(step as usize).map(|at| at % 86_400).collect();
    if rest.is_empty() {
        return Some(from(0, 86_399));
    }
    if let Some(hours) = rest.strip_prefix(" in the hour").map(|hours| hours.trim_start_matches('s').trim()) {
        let hours = numbers(hours)?;
        return Some((0..86_400).step_by(step as usize).filter(|at| hours.contains(&(at / 3600))).collect());
    }
    if let Some(of) = rest.strip_prefix(" of ") {
        let (minutes, hours) = minutes(of)?;
        let is_in = |at: &i64| minutes.contains(&(at / 60 % 60)) && hours.contains(&(at / 3600));
        return Some((0..86_400).step_by(step as usize).filter(is_in).collect());
    }
    let (first, last) = match rest.strip_prefix(" from ")?.split_once(" to ") {
        Some((first, last)) => (time(first)?, time(last)?),
        None => (time(rest.strip_prefix(" from ")?)?, 86_399),
    };
    Some(from(first, if last < first { last + 86_400 } else { last }))
}

/// "at 0 and 30 minutes past every hour from 09:00 to 12:00".
fn past_hours(text: &str) -> Option<BTreeSet<i64>> {
    let form = pattern!(r"^at (.+) minutes? past (.+)$");
    let found = form.captures(text)?;
    let (minutes, hours) = (numbers(&found[1])?, &found[2]);
    let hours: BTreeSet<i64> = if hours == "every hour" {
        (0..24).collect()
    } else if let Some((first, last)) = hours.strip_prefix("every hour from ").and_then(|span| span.split_once(" to "))
    {
        let (first, last) = (time(first)? / 3600, time(last)? / 3600);
        (first..=if last < first { last + 24 } else { last }).map(|hour| hour % 24).collect()
    } else if let Some(hours) = hours.strip_prefix("the hours ") {
        numbers(hours)?
    } else {
        items(hours, time)?.into_iter().map(|at| at / 3600).collect()
    };
    Some(hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 3600 + minute * 60)).collect())
}

/// "at seconds 1 and 2 of minutes 0 and 7 of every hour".
fn of_minutes(text: &str) -> Option<BTreeSet<i64>> {
    let form = pattern!(r"^at seconds? ([^a-z]+(?:(?:to|and) [^a-z]+)*) of (.+)$");
    let found = form.captures(text)?;
    let (seconds, (minutes, hours)) = (numbers(found[1].trim())?, minutes(&found[2])?);
    let all = (0..86_400)
        .filter(|at| hours.contains(&(at / 3600)) && minutes.contains(&(at / 60 % 60)) && seconds.contains(&(at % 60)));
    Some(all.collect())
}

/// "minutes 0 and 7 of every hour", "every minute of the hours 9 to 12".
fn minutes(text: &str) -> Option<(BTreeSet<i64>, BTreeSet<i64>)> {
    let (minutes, hours) = text.split_once(" of ")?;
    let named = |text: &str, unit: &str| numbers(text.strip_prefix(unit)?.trim_start_matches('s').trim());
    let minutes = if minutes == "every minute" { (0..60).collect() } else { named(minutes, "minute")? };
    let hours = if hours == "every hour" { (0..24).collect() } else { named(hours.strip_prefix("the ")?, "hour")? };
    Some((minutes, hours))
}

fn all() -> OnDay {
    Box::new(|_| true)
}

fn both(a: OnDay, b: OnDay) -> OnDay {
    Box::new(move |date| a(date) && b(date))
}

fn in_set(set: BTreeSet<i64>, of: fn(Date) -> i64) -> OnDay {
    Box::new(move |date| set.contains(&of(date)))
}

fn day(date: Date) -> i64 {
    date.day().into()
}

fn month(date: Date) -> i64 {
    date.month().into()
}

fn weekday(date: Date) -> i64 {
    date.weekday().to_sunday_zero_offset().into()
}

/// "every weekday", "on the 1st of every month", "from June to August in 2027"; nothing is every day.
pub fn days_of(text: &str) -> Option<OnDay> {
    if let Some((dates, condition)) = text.split_once(" if it is ") {
        let is_meant = match condition.strip_prefix("not a ") {
            Some(other) => in_set(except(&names(other, &DAYS, 0)?, 0, 6), weekday),
            None => in_set(one_of(condition.strip_prefix("a ")?)?, weekday),
        };
        return Some(both(days_of(dates)?, is_meant));
    }
    let years = pattern!(r"^(.*?)(?:,? ?\b(?:in |from )?(\d{4}(?: to \d{4}|, \d{4}| and \d{4})*))$");
    if let Some(found) = years.captures(text) {
        let years = numbers(&found[2])?;
        return Some(both(days_of(&found[1])?, in_set(years, |date| date.year().into())));
    }
    if text.is_empty() || text == "every day" {
        return Some(all());
    }
    dates(text)
        .or_else(|| stretch(text))
        .or_else(|| splits(text).find_map(|(days, months)| Some(both(weekdays(days)?, within(months)?))))
}

fn one_of(text: &str) -> Option<BTreeSet<i64>> {
    if text == "weekday" { Some((1..=5).collect()) } else { names(text, &DAYS, 0) }
}

/// Names as numbers, in the plural too.
fn names(text: &str, all: &[&str], first: i64) -> Option<BTreeSet<i64>> {
    let of = |name: &str| all.iter().position(|known| *known == name || format!("{known}s") == name);
    Some(items(text, of)?.into_iter().map(|index| index as i64 + first).collect())
}

fn except(set: &BTreeSet<i64>, least: i64, most: i64) -> BTreeSet<i64> {
    (least..=most).filter(|value| !set.contains(value)).collect()
}

/// From one to the other, over the end if need be.
fn around(first: i64, last: i64, least: i64, size: i64) -> BTreeSet<i64> {
    let last = if last < first { last + size } else { last };
    (first..=last).map(|value| (value - least) % size + least).collect()
}

fn span(text: &str, all: &[&str], least: i64) -> Option<BTreeSet<i64>> {
    let (first, last) = text.split_once(" to ")?;
    let one = |name| Some(*names(name, all, least)?.first()?);
    Some(around(one(first)?, one(last)?, least, all.len() as i64))
}

/// "every month", "every month from June to August", "January and July".
fn months(text: &str) -> Option<OnDay> {
    if text == "every month" {
        return Some(all());
    }
    if let Some(others) = text.strip_prefix("every month except ") {
        return Some(in_set(except(&names(others, &MONTHS, 1)?, 1, 12), month));
    }
    if let Some(range) = text.strip_prefix("every month from ") {
        return Some(in_set(span(range, &MONTHS, 1)?, month));
    }
    Some(in_set(names(text, &MONTHS, 1)?, month))
}

/// "in June", "from June to August".
fn within(text: &str) -> Option<OnDay> {
    if text.is_empty() {
        return Some(all());
    }
    if let Some(range) = text.strip_prefix("from ") {
        return Some(in_set(span(range, &MONTHS, 1)?, month));
    }
    months(text.strip_prefix("in ")?)
}

fn weekdays(text: &str) -> Option<OnDay> {
    let text = text.strip_prefix("on ").unwrap_or(text);
    let days = match text {
        "" | "every day" => return Some(all()),
        "every weekday" | "weekdays" => (1..=5).collect(),
        _ => {
            if let Some(others) = text.strip_prefix("every day except ") {
                except(&names(others, &DAYS, 0)?, 0, 6)
            } else if let Some(range) = text.strip_prefix("every day from ").or_else(|| text.strip_prefix("from ")) {
                span(range, &DAYS, 0)?
            } else {
                names(text.strip_prefix("every ").unwrap_or(text), &DAYS, 0)?
            }
        }
    };
    Some(in_set(days, weekday))
}

/// Days that are named by their number or counted.
fn dates(text: &str) -> Option<OnDay> {
    let single = pattern!(r"^(?:every|on) ([A-Z]\w+) (\d+)$");
    if let Some(found) = single.captures(text) {
        return Some(both(months(&found[1])?, in_set(numbers(&found[2])?, day)));
    }
    let except_days = pattern!(r"^(?:on )?every day(?: (.+?))? except the (\d.+)$");
    if let Some(found) = except_days.captures(text) {
        let days = except(&numbers(&found[2])?, 1, 31);
        return Some(both(within(found.get(1).map_or("", |months| months.as_str()))?, in_set(days, day)));
    }
    let text = text.strip_suffix(" that has one").unwrap_or(text).replace(" (where there is one)", "");
    let (days, of) = text.strip_prefix("on the ")?.split_once(" of ").map(|(days, of)| (days.to_owned(), of))?;
    let days = days.replace(" (where they exist)", "");
    if let Some(days) = numbers(&days) {
        return Some(both(months(of)?, in_set(days, day)));
    }
    let each: Option<Vec<OnDay>> = days.split(" and the ").map(nth).collect();
    let each = each?;
    Some(both(months(of)?, Box::new(move |date| each.iter().any(|is| is(date)))))
}

/// "first and third Monday", "last Friday".
fn nth(text: &str) -> Option<OnDay> {
    let (weeks, name) = text.rsplit_once(' ')?;
    let is_day = in_set(names(name, &DAYS, 0)?, weekday);
    if weeks == "last" {
        return Some(both(is_day, Box::new(|date| date.day() + 7 > date.days_in_month())));
    }
    let weeks = names(weeks, &ORDINALS, 1)?;
    Some(both(is_day, Box::new(move |date| weeks.contains(&((i64::from(date.day()) - 1) / 7 + 1)))))
}

/// "every Monday from the 10th to the end of every month".
fn stretch(text: &str) -> Option<OnDay> {
    let form = pattern!(
        r"^(.*?) ?(?:from the (\d+)\w+ to (?:the (\d+)\w+|the end)|(?:in|on) the first (\d+) days|that falls? on the (.+?)(?: \(where they exist\))?) of (.+)$"
    );
    let found = form.captures(text)?;
    let number = |index: usize| found.get(index).and_then(|number| number.as_str().parse::<i64>().ok());
    let days: BTreeSet<i64> = match (number(2), number(3), number(4), found.get(5)) {
        (Some(first), Some(last), ..) => (first..=last).collect(),
        (Some(first), None, ..) => (first..=31).collect(),
        (_, _, Some(count), _) => (1..=count).collect(),
        (_, _, _, Some(list)) => numbers(list.as_str())?,
        _ => return None,
    };
    Some(both(both(weekdays(&found[1])?, months(&found[6])?), in_set(days, day)))
}
