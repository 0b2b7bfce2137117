//! What a person reads.

use annotate_snippets::Renderer;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::file::Checked;
use super::finding::Severity;
use super::meaning::Meaning;
use super::picture::{Lines, draw};
use super::resource::Resource;
use super::summary::Summary;
use crate::cli::count::{count, counted};
use crate::cli::printable::printable;

/// All that is said of a file.
pub(super) fn file(name: &str, lines: &Lines<'_>, checked: &Checked, renderer: &Renderer) -> String {
    let of_problems = checked.problems.iter().map(|finding| (finding.span.start, draw(finding, name, lines, renderer)));
    let of_resources = checked.resources.iter().map(|resource| {
        let findings = resource.findings.iter().map(|finding| draw(finding, name, lines, renderer));
        let parts: Vec<String> = said(resource, name, lines).into_iter().chain(findings).collect();
        (resource.span.start, parts.join("\n\n"))
    });
    let mut parts: Vec<(usize, String)> = of_problems.chain(of_resources).collect();
    parts.sort_by_key(|(at, _)| *at);
    parts.iter().flat_map(|(_, part)| [part.as_str(), "\n\n"]).collect()
}

/// What a resource without errors means.
fn said(resource: &Resource, file: &str, lines: &Lines<'_>) -> Option<String> {
    if resource.has(Severity::Error) {
        return None;
    }
    let line = lines.place(resource.span.start).line;
    let head = format!("{}  {}:{line}", printable(&resource.key()), printable(file));
    Some(match &resource.meaning {
        None => format!("{head}\n    a valid {}", resource.kind),
        Some(meaning) => format!("{head}\n    {}\n{}", printable(&meaning.words), runs(meaning)),
    })
}

fn runs(meaning: &Meaning) -> String {
    let zone = meaning.time_zone();
    let title = if meaning.paused { "if resumed" } else { "next runs" };
    let rows = meaning.runs.iter().enumerate().map(|(index, run)| {
        let title = if index == 0 { title } else { "" };
        format!("    {title:<10}  {}", row(*run, &zone, meaning.zone.is_some()))
    });
    let rows: Vec<String> = rows.collect();
    if rows.is_empty() { format!("    {title:<10}  none") } else { rows.join("\n") }
}

/// "Wed 2026-11-25 09:00:00 +01:00   2026-11-25T08:00:00Z".
fn row(run: Timestamp, zone: &TimeZone, has_zone: bool) -> String {
    if has_zone {
        format!("{}   {run}", run.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %:z"))
    } else {
        format!("{}   {run}", run.to_zoned(zone.clone()).strftime("%a"))
    }
}

/// The last line.
pub(super) fn summary(summary: &Summary) -> String {
    let Summary { files, schedules, connections, others, patches, errors, warnings, unreadable, is_unasked: _ } =
        summary;
    let mut parts = vec![
        count(*files, "file"),
        count(*schedules, "WorkflowSchedule"),
        count(*connections, "WorkflowConnection"),
        format!("{} passed over", count(*others, "other object")),
        count(*errors, "error"),
        count(*warnings, "warning"),
    ];
    if *patches > 0 {
        parts.insert(4, format!("{} passed over", counted(*patches, "Kustomize patch", "Kustomize patches")));
    }
    if *unreadable > 0 {
        parts.push(format!("{} unreadable", count(*unreadable, "file")));
    }
    format!("{}\n", parts.join(", "))
}
