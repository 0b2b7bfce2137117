//! The differences for people: on a terminal, and as Markdown for a pull request.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::change::{Change, Kind, shown};
use super::runs::{Moved, Runs};
use crate::cli::count::count;
use crate::cli::printable::printable;
use crate::timing::Zone;

/// So many times are shown of each list.
const SHOWN: usize = 5;
/// The longest value that is shown, in characters.
const LONGEST: usize = 200;

/// The differences on a terminal.
pub(super) fn text(changes: &[Change], days: u32) -> String {
    let mut text = String::new();
    for change in changes {
        let sign = match change.what {
            Kind::Added => '+',
            Kind::Removed => '-',
            Kind::Changed => '~',
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{sign} {} {}", change.kind, printable(&shown(change)));
        for line in lines(change, days) {
            let _ = writeln!(text, "    {}", printable(&line));
        }
        text.push('\n');
    }
    text + &summary(changes) + "\n"
}

/// The differences as a comment of a pull request.
pub(super) fn markdown(changes: &[Change], days: u32) -> String {
    let mut text = format!("### Schedules: {}\n", summary(changes));
    for change in changes {
        let what = match change.what {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
        };
        let name = escaped(&shown(change));
        // Writing to a string does not fail.
        let _ = writeln!(text, "\n<details open><summary>{} <b>{name}</b> {what}</summary>\n", change.kind);
        for warning in &change.consequences {
            let _ = writeln!(text, "- ⚠️ {}", escaped(warning));
        }
        let rest = lines(change, days).into_iter().skip(change.consequences.len());
        for line in rest {
            let _ = writeln!(text, "- {}", escaped(&line));
        }
        text.push_str("\n</details>\n");
    }
    text
}

/// Markdown and HTML of others do nothing.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '`' | '*' | '_' | '[' | ']' | '|' | '~' | '\\' | '#' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            // No mention, and no reference to an issue.
            '@' => safe.push_str("@\u{200b}"),
            c => safe.push(c),
        }
    }
    safe
}

fn summary(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "no difference".into();
    }
    let number = |kind| changes.iter().filter(|change| change.what == kind).count();
    format!("{} added, {} removed, {} changed", number(Kind::Added), number(Kind::Removed), number(Kind::Changed))
}

/// What is said of a change; its consequences first.
fn lines(change: &Change, days: u32) -> Vec<String> {
    let mut lines: Vec<String> = change.consequences.clone();
    match (&change.words_before, &change.words_after) {
        (Some(before), Some(after)) if before != after => lines.push(format!("runs {after}; before: {before}")),
        (Some(words), None) | (None, Some(words)) => lines.push(format!("runs {words}")),
        _ => {}
    }
    lines.extend(change.fields.iter().map(|field| {
        let value = |value: &Option<serde_json::Value>| {
            value.as_ref().map_or_else(|| "not set".to_owned(), |value| shortened(&value.to_string()))
        };
        format!("{}: {} -> {}", field.path, value(&field.before), value(&field.after))
    }));
    lines.extend(of_runs(&change.runs, &Zones::of(change), days));
    lines
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

/// The zone of the runs before, and of those after.
struct Zones<'a> {
    before: Option<&'a str>,
    after: Option<&'a str>,
}

impl<'a> Zones<'a> {
    fn of(change: &'a Change) -> Self {
        let after = change.time_zone.as_deref();
        let before = match change.what {
            Kind::Changed => change.time_zone_before.as_deref(),
            Kind::Added | Kind::Removed => after,
        };
        Self { before, after }
    }

    /// The name of a zone, if there are two.
    fn named(&self, zone: Option<&'a str>) -> Option<&'a str> {
        let name = |zone: Option<&'a str>| zone.unwrap_or("UTC");
        (name(self.before) != name(self.after)).then(|| name(zone))
    }
}

fn of_runs(runs: &Runs, zones: &Zones<'_>, days: u32) -> Vec<String> {
    if runs.is_equal() {
        return Vec::new();
    }
    let mut lines = vec![format!("runs in {}: {} -> {}", count(days, "day"), runs.before, runs.after)];
    lines.extend(listed("gained", &runs.gained, zones, zones.after));
    lines.extend(listed("lost", &runs.lost, zones, zones.before));
    lines.extend(runs.moved.iter().take(SHOWN).map(|moved| of_moved(moved, zones)));
    if let Some(until) = runs.compared_until {
        lines.push(format!("compared until {until}: the schedule has more runs than are compared"));
    }
    lines
}

fn listed<'a>(what: &str, runs: &[Timestamp], zones: &Zones<'a>, zone: Option<&'a str>) -> Option<String> {
    if runs.is_empty() {
        return None;
    }
    let first: Vec<String> = runs.iter().take(SHOWN).map(|run| local(*run, zone)).collect();
    let more = runs.len().saturating_sub(SHOWN);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let named = zones.named(zone).map(|zone| format!(", in {zone}")).unwrap_or_default();
    Some(format!("{what} {}{named}: {}{more}", runs.len(), first.join(", ")))
}

fn of_moved(moved: &Moved, zones: &Zones<'_>) -> String {
    let by = crate::cli::span::rough(SignedDuration::from_secs(moved.by_seconds.abs()));
    let direction = if moved.by_seconds < 0 { "earlier" } else { "later" };
    let at = |run, zone| {
        let named = zones.named(zone).map(|zone| format!(" {zone}")).unwrap_or_default();
        format!("{}{named}", local(run, zone))
    };
    let (before, after) = (at(moved.first_before, zones.before), at(moved.first_after, zones.after));
    format!("moved {} by {by} {direction}: the first from {before} to {after}", moved.count)
}

fn local(run: Timestamp, zone: Option<&str>) -> String {
    let zone = Zone::load(zone).map_or(jiff::tz::TimeZone::UTC, |zone| zone.as_jiff().clone());
    run.to_zoned(zone).strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string()
}
