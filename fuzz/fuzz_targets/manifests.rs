//! Any bytes as a manifest: `check` does not panic, ends soon (`-timeout`), shows nothing that steers a terminal,
//! and each finding is at a place that exists.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use workflow_schedule_operator::cli::Checker;
use workflow_schedule_operator_fuzz::{NOW, repository_files, seed};

static CHECKER: LazyLock<Checker> = LazyLock::new(|| Checker::new(NOW));

fuzz_target!(
    init: seed(["examples", "tests/check"].iter().flat_map(|folder| repository_files(folder, &["yaml", "json"]))),
    |bytes: &[u8]| {
        let report = CHECKER.check("fuzz.yaml", bytes);
        assert!(!report.text.contains(steers), "{:?}", report.text);
        let text = String::from_utf8_lossy(bytes);
        let lines: Vec<&str> = text.split('\n').collect();
        let of = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
        let resources = of(&report.json, "resources");
        for resource in &resources {
            assert!(line(&lines, resource).is_some(), "{resource}");
        }
        let of_resources = resources.iter().flat_map(|one| [of(one, "errors"), of(one, "warnings")].concat());
        let findings: Vec<Value> = of(&report.json, "problems").into_iter().chain(of_resources).collect();
        for finding in &findings {
            let line = line(&lines, finding).unwrap_or_else(|| panic!("{finding}"));
            let column = finding["column"].as_u64().unwrap_or_default();
            assert!(column >= 1 && column <= line.chars().count() as u64 + 1, "{finding} in {line:?}");
            assert!(finding["message"].as_str().is_some_and(|message| !message.is_empty()), "{finding}");
        }
        let count = |name: &str| report.json["summary"][name].as_u64().unwrap_or_default();
        assert_eq!(count("errors") + count("warnings"), findings.len() as u64);
    }
);

/// Whether it would steer a terminal, or turn text round.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The line that something is on.
fn line<'a>(lines: &[&'a str], of: &Value) -> Option<&'a str> {
    let number = usize::try_from(of["line"].as_u64()?).ok()?;
    lines.get(number.checked_sub(1)?).copied()
}
