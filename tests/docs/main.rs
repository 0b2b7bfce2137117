//! What people read agrees with the code: every reason is explained, every link leads somewhere, every
//! example is valid.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod annotations;
mod fields;
mod flags;
mod generated;
mod metrics;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use workflow_schedule_operator::api::{Reason, WorkflowConnection, WorkflowSchedule};
use workflow_schedule_operator::plan::{Input, ServerLimits, desired, settings};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

#[test]
fn every_reason_is_explained_once_and_nothing_else_is() {
    let text = read(&root().join("docs/conditions.md"));
    let mut explained: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#### ")).collect();
    let mut reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    explained.sort_unstable();
    reasons.sort_unstable();
    assert_eq!(explained, reasons);
}

/// The targets of a document's links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// A heading as a link names it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn anchors(document: &Path) -> BTreeSet<String> {
    let text = read(document);
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn leads_somewhere(document: &Path, target: &str) -> bool {
    let (path, fragment) = target.split_once('#').map_or((target, None), |(path, fragment)| (path, Some(fragment)));
    let path = if path.is_empty() { document.to_owned() } else { document.parent().unwrap().join(path) };
    path.exists() && fragment.is_none_or(|fragment| anchors(&path).contains(fragment))
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let documents = [".", "docs", "charts/workflow-schedule-operator"].map(|folder| files(folder, "md")).concat();
    assert!(documents.len() >= 5, "{documents:?}");
    for document in documents {
        let text = read(&document);
        for target in links(&text).filter(|target| !target.contains("://")) {
            assert!(leads_somewhere(&document, target), "{}: {target} leads nowhere", document.display());
        }
    }
}

/// Flux removes what `kubectl` has set under its own name: see docs/gitops.md.
#[test]
fn every_command_that_changes_a_resource_names_a_field_manager() {
    for document in [files(".", "md"), files("docs", "md"), files("deploy/argocd", "yaml")].concat() {
        let text = read(&document);
        for command in ["kubectl annotate ", "kubectl patch "] {
            for (position, _) in text.match_indices(command) {
                let line = text[position..].replace("\\\n", "").lines().next().unwrap_or_default().to_owned();
                assert!(line.contains("--field-manager=manual"), "{}: {line}", document.display());
            }
        }
    }
}

/// What an object declares must be what is read of it: a misspelt field would be dropped silently.
fn assert_read_whole(path: &Path, object: &Value, read: &impl serde::Serialize) {
    let read = serde_json::to_value(read).unwrap();
    assert_eq!(object["spec"], read["spec"], "{}", path.display());
}

fn assert_valid_schedule(path: &Path, object: &Value) {
    let schedule: WorkflowSchedule = serde_json::from_value(object.clone()).unwrap();
    assert_read_whole(path, object, &schedule);
    let input = Input { value: json!({}), secrets: Vec::new(), fingerprint: String::new() };
    let declared = desired(&schedule.spec, "prefix", "namespace", "name", Ok(input));
    assert!(declared.is_ok(), "{}: {declared:?}", path.display());
}

fn assert_valid_connection(path: &Path, object: &Value) {
    let connection: WorkflowConnection = serde_json::from_value(object.clone()).unwrap();
    assert_read_whole(path, object, &connection);
    let settings = settings(&connection.spec, &ServerLimits::default());
    assert!(settings.is_ok(), "{}: {settings:?}", path.display());
}

/// Whether it was a schedule.
fn assert_valid(path: &Path, object: &Value) -> bool {
    match object["kind"].as_str() {
        Some("WorkflowSchedule") => {
            assert_valid_schedule(path, object);
            return true;
        }
        Some("WorkflowConnection") => assert_valid_connection(path, object),
        // Of Kubernetes, or part of a file.
        Some("ConfigMap" | "Secret") | None => {}
        Some(kind) => panic!("{}: {kind}", path.display()),
    }
    false
}

#[test]
fn every_example_is_valid_and_has_no_field_that_is_not_read() {
    let mut schedules = 0;
    for path in [files("examples", "yaml"), files("examples/demo", "yaml")].concat() {
        let objects: Vec<Value> = serde_saphyr::from_multiple(&read(&path)).unwrap();
        for object in objects {
            assert!(object["kind"].is_string(), "{}", path.display());
            schedules += usize::from(assert_valid(&path, &object));
        }
    }
    assert!(schedules >= 6, "only {schedules} examples were found");
}

#[test]
fn every_manifest_in_a_document_is_valid() {
    let mut blocks = 0;
    for path in [files(".", "md"), files("docs", "md"), files("charts/workflow-schedule-operator", "md")].concat() {
        for block in read(&path).split("```yaml\n").skip(1) {
            let objects: Vec<Value> = serde_saphyr::from_multiple(block.split("```").next().unwrap()).unwrap();
            for object in objects {
                assert_valid(&path, &object);
            }
            blocks += 1;
        }
    }
    assert!(blocks >= 3, "only {blocks} blocks were found");
}
