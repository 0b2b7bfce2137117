//! docs/metrics.md, and the queries of the dashboard and of the alerts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use workflow_schedule_operator::api::Reason;
use workflow_schedule_operator::controller::Priority;
use workflow_schedule_operator::telemetry::{
    ConnectionSample, ConnectionValues, Format, Metrics, ObjectLabels, Objects, RunSample, ScheduleCount,
    ScheduleSample,
};

use super::generated::assert_current;
use super::{read, root};

/// One object of each kind, of which everything is known.
struct OneOfEach;

fn labels() -> ObjectLabels {
    ObjectLabels { namespace: "team".into(), name: "name".into() }
}

impl Objects for OneOfEach {
    fn connections(&self) -> Vec<ConnectionSample> {
        let own = ConnectionValues { last_poll: Some(0.0), poll_interval: Some(0.0), ..ConnectionValues::default() };
        let schedules = vec![ScheduleCount { ready: true, reason: "InSync".into(), count: 1.0 }];
        vec![ConnectionSample { labels: labels(), own: Some(own), schedules, drifted: 0.0, failing: 0.0, paused: 0.0 }]
    }

    fn schedules(&self) -> Vec<ScheduleSample> {
        let (ready, drifted, paused) = (true, false, false);
        let runs = RunSample {
            last_success: Some(0.0),
            success_due: Some(0.0),
            last_duration: Some(0.0),
            consecutive_failures: Some(0.0),
            is_overdue: Some(false),
            is_missed: Some(false),
            ..RunSample::default()
        };
        vec![ScheduleSample {
            labels: labels(),
            next_run: Some(0.0),
            last_run: Some(0.0),
            ready,
            drifted,
            paused,
            runs,
        }]
    }
}

/// Labels whose values the code does not list.
const OPEN: &[&str] = &["namespace", "name", "reason", "version", "commit", "ready"];

/// A metric as a scrape shows it.
struct Family {
    kind: String,
    help: String,
    labels: BTreeMap<String, BTreeSet<String>>,
}

fn families() -> BTreeMap<String, Family> {
    let (metrics, objects): (_, Arc<dyn Objects>) = (Metrics::new(true), Arc::new(OneOfEach));
    metrics.has_priorities(&Priority::ALL.map(Priority::name));
    metrics.show(Arc::downgrade(&objects));
    let text = metrics.text(Format::Text);
    let mut families = BTreeMap::<String, Family>::new();
    let mut help = "";
    let mut current = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ').unwrap().1;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            name.clone_into(&mut current);
            families.insert(current.clone(), Family { kind: kind.into(), help: help.into(), labels: BTreeMap::new() });
        } else if let Some((_, rest)) = line.split_once('{') {
            let family = families.get_mut(&current).unwrap();
            for label in rest.split_once('}').unwrap().0.split(',') {
                let (label, value) = label.split_once('=').unwrap();
                family.labels.entry(label.to_owned()).or_default().insert(value.trim_matches('"').to_owned());
            }
        }
    }
    families
}

fn table() -> String {
    let mut table = "| metric | type | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for (name, Family { kind, help, labels }) in families() {
        let labels = labels.iter().filter(|(label, _)| *label != "le").map(|(label, values)| {
            if OPEN.contains(&label.as_str()) {
                return format!("`{label}`");
            }
            let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
            format!("`{label}`: {}", values.join(" "))
        });
        let labels: Vec<_> = labels.collect();
        writeln!(table, "| `{name}` | {kind} | {} | {help} |", labels.join("; ")).unwrap();
    }
    table
}

#[test]
fn the_table_of_metrics_is_current() {
    assert_current("metrics.md", "The metrics", &table());
}

/// The metrics in a query, each with the matchers of its labels.
fn used(query: &str) -> Vec<(String, Vec<(String, String)>)> {
    const PREFIX: &str = "workflow_schedule_operator_";
    let mut found = Vec::new();
    for rest in query.split(PREFIX).skip(1) {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        let selector =
            rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map_or("", |(selector, _)| selector);
        // A comma stands between matchers; there is none in a value.
        let matchers = selector.split(',').filter(|matcher| !matcher.is_empty()).map(|matcher| {
            let (label, value) = matcher.split_once(['=', '!']).unwrap();
            (label.to_owned(), value.trim_start_matches(['=', '~', '"']).trim_end_matches('"').to_owned())
        });
        found.push((format!("{PREFIX}{name}"), matchers.collect()));
    }
    found
}

/// Whether a query uses only metrics and labels that there are.
fn assert_answerable(query: &str, families: &BTreeMap<String, Family>) {
    let reasons: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    for (name, matchers) in used(query) {
        let family = [("", ""), ("_bucket", "histogram"), ("_count", "histogram"), ("_sum", "histogram")]
            .iter()
            .find_map(|(suffix, kind)| {
                let family = families.get(name.strip_suffix(suffix)?)?;
                (kind.is_empty() || family.kind == *kind).then_some(family)
            })
            .unwrap_or_else(|| panic!("there is no metric {name}: {query}"));
        for (label, value) in matchers {
            // What Prometheus adds to a series of the target.
            if matches!(label.as_str(), "namespace" | "pod" | "job" | "exported_namespace") {
                continue;
            }
            let known = family.labels.get(&label).unwrap_or_else(|| panic!("{name} has no label {label}: {query}"));
            for value in value.split('|').filter(|value| !value.starts_with('$')) {
                let is_known = match label.as_str() {
                    "reason" => reasons.contains(value),
                    "ready" => ["true", "false"].contains(&value),
                    _ => known.contains(value),
                };
                assert!(is_known, "{name} never has {label}={value}: {query}");
            }
        }
    }
}

#[test]
fn every_alert_asks_for_metrics_and_labels_that_there_are() {
    let alerts = read(&root().join("charts/workflow-schedule-operator/files/alerts.yaml"));
    let alerts: Value = serde_saphyr::from_str(&alerts).unwrap();
    let families = families();
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() > 10);
    for rule in rules {
        let query = rule["expr"].as_str().unwrap();
        assert!(!used(query).is_empty(), "{query}");
        assert_answerable(query, &families);
    }
}

#[test]
fn every_panel_of_the_dashboard_asks_for_metrics_and_labels_that_there_are() {
    let board = read(&root().join("charts/workflow-schedule-operator/files/dashboard.json"));
    let board: Value = serde_json::from_str(&board).unwrap();
    let families = families();
    let panels = board["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row");
    let mut queries = 0;
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            assert!(!used(query).is_empty(), "{}: {query}", panel["title"]);
            assert_answerable(query, &families);
            queries += 1;
            for process in query.split("process_").skip(1) {
                let (name, _) = process.split_once('{').unwrap();
                assert!(families.contains_key(&format!("process_{name}")), "{query}");
            }
        }
    }
    assert!(queries > 20, "{queries}");
}

/// The names and units as Prometheus wants them. It needs promtool, which is in the package `prometheus` of Debian.
#[test]
fn promtool_has_nothing_to_say_about_the_metrics() {
    let (metrics, objects): (_, Arc<dyn Objects>) = (Metrics::new(true), Arc::new(OneOfEach));
    metrics.show(Arc::downgrade(&objects));
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            println!("NOT RUN: promtool is not on the PATH");
            return;
        }
        Err(error) => panic!("promtool cannot be run: {error}"),
    };
    child.stdin.take().unwrap().write_all(metrics.text(Format::Text).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
