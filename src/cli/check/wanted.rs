//! The value to write where one of another kind, or in another spelling, stands.

use serde_json::Value;

use super::node::{Content, Node};
use super::spans::{span, spelt_span, units};

/// A value in one line of YAML; none if it is long.
pub(super) fn flow(node: &Node) -> Option<String> {
    let text = written(node);
    (text.len() <= LONGEST).then_some(text)
}

/// What is longer nobody copies from a terminal.
const LONGEST: usize = 120;

fn written(node: &Node) -> String {
    match &node.content {
        Content::Scalar(Value::String(text)) => text_of(text),
        Content::Scalar(value) => value.to_string(),
        Content::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Content::Map(members) => {
            let members = members.iter().map(|(key, value)| format!("{}: {}", text_of(&key.name), written(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// In quotes, unless it is a word that YAML takes for nothing else.
fn text_of(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.'));
    let is_text = matches!(super::scalar::plain(text), Ok(Value::String(_)));
    if is_word && is_text { text.to_owned() } else { Value::from(text).to_string() }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted<'a> {
    Duration,
    Time,
    Text,
    Truth,
    Integer,
    /// A list, or a map, of this name.
    List(&'a str),
    Map(&'a str),
}

/// The value to write, as a sentence.
pub(super) fn help(node: &Node, wanted: Wanted<'_>) -> Option<String> {
    let text = node.as_str();
    let write = |value: String| Some(format!("write {value}"));
    match (wanted, &node.content) {
        (Wanted::Duration, Content::Scalar(Value::Number(_))) => {
            span(node).map(|span| format!("if these are seconds, write {span}"))
        }
        (Wanted::Duration, _) => span(node).and_then(write),
        (Wanted::Time, Content::Scalar(Value::Number(number))) => {
            let at = jiff::Timestamp::from_second(number.as_i64()?).ok()?;
            Some(format!("if these are seconds since 1970, write {at}"))
        }
        (Wanted::Text, Content::Scalar(Value::Bool(_) | Value::Number(_))) => Some("put it in quotes".into()),
        (Wanted::Truth, Content::Scalar(value)) => truth(value).and_then(|is_true| write(is_true.to_string())),
        (Wanted::Integer, _) => {
            text.and_then(|text| text.trim().parse::<i64>().ok()).and_then(|value| write(value.to_string()))
        }
        (Wanted::List(field), _) => list(node, field).and_then(|value| write(format!("`{field}: {value}`"))),
        (Wanted::Map(field), Content::Scalar(value)) => map(value, field).and_then(|value| write(format!("`{value}`"))),
        (Wanted::Time | Wanted::Text | Wanted::Truth | Wanted::Map(_), _) => None,
    }
}

/// "yes" and 1 are true.
pub(super) fn truth(value: &Value) -> Option<bool> {
    let number = value.as_u64();
    let text = value.as_str().map(str::to_ascii_lowercase);
    match (text.as_deref(), number) {
        _ if value.is_boolean() => value.as_bool(),
        (Some("true" | "yes" | "on" | "y" | "1"), _) | (None, Some(1)) => Some(true),
        (Some("false" | "no" | "off" | "n" | "0"), _) | (None, Some(0)) => Some(false),
        _ => None,
    }
}

/// One value as the list of it.
fn list(node: &Node, field: &str) -> Option<String> {
    match (&node.content, field) {
        (Content::Scalar(Value::Null) | Content::List(_), _) => None,
        (Content::Scalar(value), _) if bounds(field).is_some() => ranges(value, field),
        (Content::Scalar(_), "intervals") => span(node).map(|span| format!("[{{every: {span}}}]")),
        (Content::Scalar(_), "calendars" | "skip" | "inputFrom") => None,
        // What is no expression is none in a list either.
        (Content::Scalar(_), "cronExpressions") => {
            let text = node.as_str().filter(|text| super::unquoted::is_cron(text))?;
            Some(format!("[{}]", Value::from(text)))
        }
        (Content::Scalar(_) | Content::Map(_), _) => flow(node).map(|value| format!("[{value}]")),
    }
}

/// A scalar as the map that it is short for.
fn map(value: &Value, field: &str) -> Option<String> {
    let text = value.as_str();
    match field {
        "connectionRef" => text.map(|name| format!("connectionRef: {{name: {}}}", text_of(name))),
        "policy" => text.map(|overlap| format!("policy: {{overlap: {}}}", text_of(overlap))),
        // An item of a calendar's field, of an interval or of a calendar's list.
        "intervals" => {
            let seconds = value.as_u64().and_then(units);
            seconds.or_else(|| spelt_span(text?)).map(|span| format!("{{every: {span}}}"))
        }
        field => {
            let ranges = ranges(value, field)?;
            Some(ranges.strip_prefix('[')?.strip_suffix(']')?.to_owned())
        }
    }
}

/// The least and the greatest value of a calendar's field.
pub(super) fn bounds(field: &str) -> Option<(i64, i64)> {
    Some(match field {
        "second" | "minute" => (0, 59),
        "hour" => (0, 23),
        "dayOfMonth" => (1, 31),
        "month" => (1, 12),
        "dayOfWeek" => (0, 6),
        "year" => (2000, 2100),
        _ => return None,
    })
}

/// A number, or a field of a cron expression, as ranges.
fn ranges(value: &Value, field: &str) -> Option<String> {
    let (min, max) = bounds(field)?;
    let text = match value {
        Value::Number(number) => number.as_i64().map(|value| value.to_string())?,
        Value::String(text) => text.trim().to_owned(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let ranges = text.split(',').map(|part| {
        let (values, step) = part.split_once('/').map_or((part, None), |(values, step)| (values, Some(step)));
        let step = match step {
            Some(step) => Some(step.parse::<i64>().ok().filter(|step| *step > 0)?),
            None => None,
        };
        let (start, end) = match values.split_once('-') {
            _ if values == "*" => (min, max),
            Some((start, end)) => (number(start, field)?, number(end, field)?),
            None if step.is_some() => (number(values, field)?, max),
            None => (number(values, field)?, number(values, field)?),
        };
        let is_within = start >= min && start <= end && end <= max;
        let step = step.filter(|step| *step > 1).map_or_else(String::new, |step| format!(", step: {step}"));
        let end = if start == end { String::new() } else { format!(", end: {end}") };
        is_within.then(|| format!("{{start: {start}{end}{step}}}"))
    });
    let ranges: Vec<String> = ranges.collect::<Option<_>>()?;
    Some(format!("[{}]", ranges.join(", ")))
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A number, or the name of a month or a day. Sunday is 0 here, and never 7.
fn number(text: &str, field: &str) -> Option<i64> {
    let (names, first): (&[&str], i64) = match field {
        "month" => (&MONTHS, 1),
        "dayOfWeek" => (&DAYS, 0),
        _ => (&[], 0),
    };
    let lower = text.trim().to_ascii_lowercase();
    let spelt = (first..)
        .zip(names)
        .find(|(_, name)| lower.starts_with(**name) && lower.bytes().all(|b| b.is_ascii_alphabetic()));
    let value = spelt.map(|(value, _)| value).or_else(|| lower.parse().ok())?;
    Some(if field == "dayOfWeek" && value == 7 { 0 } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::yaml::Documents;
    use super::*;

    fn said(yaml: &str, wanted: Wanted<'_>) -> Option<String> {
        help(&Documents::of(yaml).next().unwrap().unwrap(), wanted)
    }

    #[test]
    fn a_scalar_of_another_kind_gets_the_value_to_write() {
        for (yaml, wanted, expected) in [
            ("3600", Wanted::Duration, "if these are seconds, write 1h"),
            ("'4 hours'", Wanted::Duration, "write 4h"),
            ("1h 30m", Wanted::Duration, "write 1h30m"),
            ("1 day and 2 hours", Wanted::Duration, "write 1d2h"),
            ("1767225600", Wanted::Time, "if these are seconds since 1970, write 2026-01-01T00:00:00Z"),
            ("'true'", Wanted::Truth, "write true"),
            ("'No'", Wanted::Truth, "write false"),
            ("1", Wanted::Truth, "write true"),
            ("'10'", Wanted::Integer, "write 10"),
            ("9", Wanted::List("hour"), "write `hour: [{start: 9}]`"),
            ("9-17/2", Wanted::List("hour"), "write `hour: [{start: 9, end: 17, step: 2}]`"),
            ("'*/15'", Wanted::List("minute"), "write `minute: [{start: 0, end: 59, step: 15}]`"),
            ("MON-FRI", Wanted::List("dayOfWeek"), "write `dayOfWeek: [{start: 1, end: 5}]`"),
            ("7", Wanted::List("dayOfWeek"), "write `dayOfWeek: [{start: 0}]`"),
            ("January", Wanted::List("month"), "write `month: [{start: 1}]`"),
            ("{start: 9}", Wanted::List("hour"), "write `hour: [{start: 9}]`"),
            ("0 9 * * *", Wanted::List("cronExpressions"), "write `cronExpressions: [\"0 9 * * *\"]`"),
            ("1h", Wanted::List("intervals"), "write `intervals: [{every: 1h}]`"),
            ("9", Wanted::Map("hour"), "write `{start: 9}`"),
            ("Skip", Wanted::Map("policy"), "write `policy: {overlap: Skip}`"),
            ("5", Wanted::Text, "put it in quotes"),
        ] {
            assert_eq!(said(yaml, wanted).as_deref(), Some(expected), "{yaml}");
        }
        for (yaml, wanted) in [
            ("often", Wanted::Duration),
            ("1 month", Wanted::Duration),
            ("maybe", Wanted::Truth),
            ("nine", Wanted::Integer),
            ("25", Wanted::List("hour")),
            ("FRI-MON", Wanted::List("dayOfWeek")),
            ("daily", Wanted::List("calendars")),
        ] {
            assert_eq!(said(yaml, wanted), None, "{yaml}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,20}|[0-9a-z/*, -]{0,20}") {
            let content = Content::Scalar(Value::String(text.clone()));
            let node = Node { content, span: 0..0, size: 1, depth: 1, is_inexact: false };
            for wanted in [Wanted::Duration, Wanted::Truth, Wanted::Integer, Wanted::List("hour"), Wanted::Map("month")] {
                let _ = help(&node, wanted);
            }
            let _ = crate::cli::check::spans::time(&text, "endAt", &jiff::tz::TimeZone::UTC);
        }
    }
}
