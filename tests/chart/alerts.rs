//! `files/alerts.yaml` and `templates/prometheus-rule.yaml`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Rendered, refusal};

const VALUES: &str = "metrics: { prometheusRule: { enabled: true, runbooks: 'https://docs.example/runbooks.md' } }";

fn rules(rendered: &Rendered) -> Vec<Value> {
    rendered.one("PrometheusRule")["spec"]["groups"][0]["rules"].as_array().unwrap().clone()
}

#[test]
fn there_are_no_alerts_unless_they_are_wanted_and_people_must_find_the_runbooks() {
    assert!(Rendered::with("").all("PrometheusRule").is_empty());
    let said = refusal("metrics: { prometheusRule: { enabled: true } }");
    assert!(said.contains("metrics.prometheusRule.runbooks is required"), "{said}");
}

#[test]
fn every_alert_is_about_this_release_and_leads_to_its_runbook() {
    let runbooks = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/runbooks.md")).unwrap();
    let sections: Vec<&str> = runbooks.lines().filter_map(|line| line.strip_prefix("#### ")).collect();
    let rules = rules(&Rendered::with(VALUES));
    let names: Vec<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(names, sections, "one section for each alert, in the same order");
    for rule in &rules {
        let name = rule["alert"].as_str().unwrap();
        let url = format!("https://docs.example/runbooks.md#{}", name.to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], url);
        assert!(["critical", "warning"].contains(&rule["labels"]["severity"].as_str().unwrap()), "{name}");
        let query = rule["expr"].as_str().unwrap();
        let selected = query.matches(r#"{namespace="operators",pod=~"release-workflow-schedule-operator-.*""#).count();
        assert_eq!(selected, query.matches("workflow_schedule_operator_").count(), "{query}");
    }
}

#[test]
fn alerts_can_be_left_out_and_added() {
    let rules = rules(&Rendered::with(
        "metrics:
  prometheusRule:
    { enabled: true, runbooks: r, disabled: [WorkflowQueueStuck], additionalRules: [{ alert: Ours, expr: vector(1) }] }",
    ));
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert!(!names.contains("WorkflowQueueStuck") && names.contains("Ours"), "{names:?}");
}

/// With `honorLabels`, the label `namespace` of an object is not renamed.
#[test]
fn the_alerts_follow_the_labels_that_the_monitor_keeps() {
    let queries = |values: &str| -> String {
        let rules = rules(&Rendered::with(values));
        let texts: Vec<_> = rules.iter().map(|rule| format!("{} {}", rule["expr"], rule["annotations"])).collect();
        texts.join("\n")
    };
    let renamed = queries(VALUES);
    assert!(renamed.contains("by (exported_namespace, name)"), "{renamed}");
    let kept = queries(
        "metrics:
  serviceMonitor: { enabled: true, honorLabels: true }
  prometheusRule: { enabled: true, runbooks: r }",
    );
    assert!(kept.contains("by (namespace, name)") && !kept.contains("exported_namespace"), "{kept}");
    assert!(!kept.contains("connection_ready{namespace="), "the namespace is that of the object: {kept}");
    assert!(kept.contains(r#"workflow_schedule_operator_leader{namespace=\"operators\""#), "{kept}");
}

/// The rules over series in time. It needs promtool, which is in the package `prometheus` of Debian.
#[test]
fn the_alerts_fire_when_they_should_and_only_then() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts/alerts.yaml");
    match Command::new("promtool").args(["test", "rules"]).arg(file).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => println!("NOT RUN: promtool is not on the PATH"),
        Err(error) => panic!("promtool cannot be run: {error}"),
    }
}
