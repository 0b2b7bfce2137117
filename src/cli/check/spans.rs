//! Spans and points of time in other spellings.

use serde_json::Value;

use super::node::{Content, Node};
use crate::timing::duration;

/// A number of seconds, or a span of time in words, as a duration.
pub(super) fn span(node: &Node) -> Option<String> {
    match &node.content {
        Content::Scalar(Value::Number(number)) => number.as_u64().and_then(units),
        Content::Scalar(Value::String(text)) => spelt_span(text),
        Content::Scalar(_) | Content::List(_) | Content::Map(_) => None,
    }
}

/// What to write for a text that is no duration.
pub(super) fn spelt(text: &str) -> Option<String> {
    let is_number = text.trim().bytes().all(|byte| byte.is_ascii_digit());
    spelt_span(text)
        .map(|span| if is_number { format!("if these are seconds, write {span}") } else { format!("write {span}") })
}

/// "1h30m" of seconds.
pub(super) fn units(mut seconds: u64) -> Option<String> {
    (seconds > 0).then(|| {
        let parts = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")].map(|(unit, name)| {
            let count = seconds / unit;
            seconds %= unit;
            if count == 0 { String::new() } else { format!("{count}{name}") }
        });
        parts.concat()
    })
}

/// "4h" of "4 hours", "1h30m" of "1h 30m" and "90 min" of "90m".
pub(super) fn spelt_span(text: &str) -> Option<String> {
    let mut spelt = String::new();
    let mut rest = text.trim();
    if rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return rest.parse().ok().and_then(units);
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let after = after.trim_start();
        let (unit, after) = after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        let unit = match unit.to_ascii_lowercase().as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => "s",
            "m" if unit == "m" => "m",
            "min" | "mins" | "minute" | "minutes" => "m",
            "h" | "hr" | "hrs" | "hour" | "hours" => "h",
            "d" | "day" | "days" => "d",
            "w" | "week" | "weeks" => "w",
            "ms" | "millisecond" | "milliseconds" => "ms",
            _ => return None,
        };
        spelt.push_str(number);
        spelt.push_str(unit);
        rest = after.trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest).trim_start();
    }
    duration::parse(&spelt).is_ok().then_some(spelt)
}

/// What to write for a text that is no time as RFC 3339 has it: of an end the last second of the day.
pub(super) fn time(text: &str, field: &str, zone: &jiff::tz::TimeZone) -> Option<String> {
    use jiff::civil::{Date, DateTime};

    let text = text.trim();
    let is_end = field == "endAt";
    let (civil, why) = match text.parse::<Date>().ok().filter(|_| text.len() == 10) {
        Some(date) if is_end => (date.at(23, 59, 59, 0), " to run until the end of that day"),
        Some(date) => (date.at(0, 0, 0, 0), " to begin with that day"),
        None => (text.replace(' ', "T").parse::<DateTime>().ok()?, ""),
    };
    let zoned = zone.to_zoned(civil).ok()?;
    let offset = if zoned.offset().is_zero() { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%:z" };
    Some(format!("write {}{why}", zoned.strftime(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_time() {
        const UTC: jiff::tz::TimeZone = jiff::tz::TimeZone::UTC;

        let paris = crate::timing::Zone::load(Some("Europe/Paris")).unwrap();
        let until = "write 2026-12-31T23:59:59Z to run until the end of that day";
        assert_eq!(time("2026-12-31", "endAt", &UTC).as_deref(), Some(until));
        let from = "write 2026-12-31T00:00:00+01:00 to begin with that day";
        assert_eq!(time("2026-12-31", "startAt", paris.as_jiff()).as_deref(), Some(from));
        assert_eq!(time("31.12.2026", "endAt", &UTC), None);
    }
}
