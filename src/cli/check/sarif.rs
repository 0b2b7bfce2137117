//! SARIF 2.1.0, which code scanning reads.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::file::Checked;
use super::finding::Finding;
use super::picture::Lines;

/// What is not escaped in the path of a file.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// The log, grown file by file.
#[derive(Default)]
pub(super) struct Log {
    results: Vec<Value>,
    rules: BTreeSet<&'static str>,
}

impl Log {
    pub(super) fn add(&mut self, name: &str, lines: &Lines<'_>, checked: &Checked) {
        for resource in &checked.resources {
            let key = resource.key();
            resource.findings.iter().for_each(|finding| self.finding(name, lines, Some(&key), finding));
        }
        checked.problems.iter().for_each(|finding| self.finding(name, lines, None, finding));
    }

    pub(super) fn add_unreadable(&mut self, name: &str, why: &str) {
        self.rules.insert("unreadable");
        self.results.push(result("unreadable", "error", why, name, &json!({ "startLine": 1 })));
    }

    fn finding(&mut self, file: &str, lines: &Lines<'_>, key: Option<&str>, finding: &Finding) {
        let place = lines.place(finding.span.start);
        let region = json!({ "startLine": place.line, "startColumn": place.column });
        self.rules.insert(finding.code);
        self.results.push(result(finding.code, finding.severity.name(), &finding.whole(key), file, &region));
    }

    pub(super) fn finish(self) -> Value {
        let rules: Vec<Value> = self.rules.into_iter().map(|rule| json!({ "id": rule })).collect();
        let driver = json!({
            "name": "workflow-schedule-operator", "version": env!("CARGO_PKG_VERSION"), "rules": rules,
        });
        json!({
            "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": self.results,
            }],
        })
    }
}

fn result(rule: &str, level: &str, message: &str, file: &str, region: &Value) -> Value {
    let uri = utf8_percent_encode(file, PATH).to_string();
    let location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri }, "region": region } });
    json!({ "ruleId": rule, "level": level, "message": { "text": message }, "locations": [location] })
}
