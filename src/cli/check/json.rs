//! What a machine reads.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::file::Checked;
use super::finding::{Finding, Severity};
use super::meaning::Meaning;
use super::picture::Lines;
use super::resource::Resource;
use super::summary::Summary;

/// The document, grown file by file.
#[derive(Default)]
pub(super) struct Document {
    resources: Vec<Value>,
    problems: Vec<Value>,
}

impl Document {
    pub(super) fn add(&mut self, name: &str, lines: &Lines<'_>, checked: &Checked) {
        self.resources.extend(checked.resources.iter().map(|resource| of_resource(resource, name, lines)));
        self.problems.extend(checked.problems.iter().map(|finding| {
            let mut problem = of_finding(finding, lines);
            problem["file"] = name.into();
            problem["severity"] = finding.severity.name().into();
            problem
        }));
    }

    pub(super) fn add_unreadable(&mut self, name: &str, why: &str) {
        self.problems.push(json!({
            "file": name, "severity": "error", "code": "unreadable", "field": null, "line": null, "column": null,
            "message": why, "help": null,
        }));
    }

    pub(super) fn finish(self, now: Timestamp, summary: &Summary) -> Value {
        let Self { resources, problems } = self;
        json!({ "now": now.to_string(), "resources": resources, "problems": problems, "summary": summary })
    }
}

fn of_resource(resource: &Resource, file: &str, lines: &Lines<'_>) -> Value {
    let of = |severity| -> Vec<Value> {
        let findings = resource.findings.iter().filter(|finding| finding.severity == severity);
        findings.map(|finding| of_finding(finding, lines)).collect()
    };
    let meaning = resource.meaning.as_ref();
    json!({
        "file": file,
        "line": lines.place(resource.span.start).line,
        "kind": resource.kind,
        "namespace": resource.namespace,
        "name": resource.name,
        "words": meaning.map(|meaning| &meaning.words),
        "timeZone": meaning.map(|meaning| meaning.zone.as_deref().unwrap_or("UTC")),
        "paused": meaning.map(|meaning| meaning.paused),
        "nextRuns": meaning.map(runs),
        "errors": of(Severity::Error),
        "warnings": of(Severity::Warning),
    })
}

fn runs(meaning: &Meaning) -> Vec<Value> {
    let zone = meaning.time_zone();
    let local = |run: &Timestamp| run.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    meaning.runs.iter().map(|run| json!({ "utc": run.to_string(), "local": local(run) })).collect()
}

fn of_finding(finding: &Finding, lines: &Lines<'_>) -> Value {
    let place = lines.place(finding.span.start);
    json!({
        "code": finding.code,
        "field": (!finding.path.is_root()).then(|| finding.path.to_string()),
        "line": place.line,
        "column": place.column,
        "message": finding.message,
        "help": finding.help,
    })
}
