//! Words in place of five fields: `@daily` and its kin, durations, and what other schedulers call so.

use super::expression::Written;
use crate::timing::cron;
use crate::timing::duration;

/// What to write for a word.
pub(super) fn hint(written: &Written) -> Option<String> {
    let [first, rest @ ..] = written.fields.as_slice() else { return None };
    let lower = first.to_ascii_lowercase();
    if lower == "@reboot" {
        return Some("nothing starts with a machine here: to run it when it is wanted, trigger it by hand".into());
    }
    if lower == "@every" || lower.starts_with("@every") {
        let text = format!("{}{}", lower.strip_prefix("@every").unwrap_or_default(), rest.concat());
        return Some(counted(written, &text).unwrap_or_else(|| MACROS.into()));
    }
    if first.starts_with('@') {
        let spelt = written.with_fields(&lower);
        let is_known = rest.is_empty() && cron::parse(&spelt).is_ok();
        return Some(if is_known { format!("these words are in lower case: write {spelt:?}") } else { MACROS.into() });
    }
    if let Some(rate) = first.strip_prefix("rate(") {
        let text = format!("{rate}{}", rest.concat());
        return counted(written, text.strip_suffix(')').unwrap_or(&text));
    }
    if lower == "every" {
        return counted(written, &rest.concat());
    }
    if first.contains("..") || first.contains("*-*") || rest.iter().any(|field| field.contains("*-*")) {
        return Some(
            "this is systemd's OnCalendar: five fields are minute, hour, day of month, month, day of week".into(),
        );
    }
    named(written, &lower).or_else(|| counted(written, first)).filter(|_| rest.is_empty())
}

const MACROS: &str =
    "there are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every 1h30m, in lower case";

/// `daily` without its sign. systemd's weekly is Monday, crontab's Sunday.
fn named(written: &Written, word: &str) -> Option<String> {
    let spelt = written.with_fields(&format!("@{word}"));
    cron::parse(&spelt).ok()?;
    Some(match word {
        "weekly" => {
            let monday = written.with_fields("0 0 * * MON");
            format!(
                "crontab reads this as Sunday at 00:00: write {spelt:?}; systemd reads it as Monday: write {monday:?}"
            )
        }
        _ => format!("these words begin with @: write {spelt:?}"),
    })
}

/// A span of time, in any of its spellings.
fn counted(written: &Written, text: &str) -> Option<String> {
    let span = duration::parse(&short(text)?).ok().filter(|span| span.as_secs() > 0 && span.subsec_nanos() == 0)?;
    let spelt = every(span.as_secs(), 0);
    cron::parse(&spelt).ok()?;
    let zone = if written.zone.is_some() { ", whatever the zone" } else { "" };
    Some(format!("write {spelt:?}, which is counted from 1970-01-01 00:00 UTC{zone}"))
}

/// "5minutes" as "5m".
fn short(text: &str) -> Option<String> {
    if text.starts_with('P') {
        return Some(text.to_owned());
    }
    let lower = text.to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = lower.split_at(digits);
    let number = if number.is_empty() { "1" } else { number };
    let unit = match unit {
        "second" | "seconds" | "sec" | "secs" => "s",
        "minute" | "minutes" | "min" | "mins" => "m",
        "hour" | "hours" | "hr" | "hrs" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "w",
        _ => return Some(lower),
    };
    Some(format!("{number}{unit}"))
}

/// An interval in seconds and its offset as a cron expression. The longest unit is the hour, as in Go.
pub(in crate::timing::warnings) fn every(seconds: i64, offset: i64) -> String {
    let units = |seconds| units(seconds, &[(3600, "h"), (60, "m"), (1, "s")]);
    if offset == 0 {
        format!("@every {}", units(seconds))
    } else {
        format!("@every {}/{}", units(seconds), units(offset))
    }
}

/// "4d9h".
pub(in crate::timing::warnings) fn span(seconds: i64) -> String {
    units(seconds, &[(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")])
}

fn units(mut seconds: i64, units: &[(i64, &str)]) -> String {
    let parts = units.iter().map(|(unit, name)| {
        let count = seconds / unit;
        seconds %= unit;
        if count == 0 { String::new() } else { format!("{count}{name}") }
    });
    let text: String = parts.collect();
    if text.is_empty() { "0s".into() } else { text }
}
