//! The chart as a whole: names, namespaces, as a part of another chart, packaged.

use super::{Rendered, chart, helm, template};

/// The objects that have no namespace.
const CLUSTER_WIDE: [&str; 3] = ["CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"];

const EVERYTHING: &str = "
podDisruptionBudget: { enabled: true }
networkPolicy: { enabled: true }
metrics: { serviceMonitor: { enabled: true }, podMonitor: { enabled: true } }
connection:
  { create: true, scheduleIdPrefix: a, apiKeySecretRef: { name: a }, allowedNamespaces: { from: All } }
";

#[test]
fn every_object_is_in_the_namespace_of_the_release_and_has_the_common_labels() {
    let rendered = Rendered::with(&format!("{EVERYTHING}\ncommonLabels: {{ team: platform }}"));
    assert!(rendered.0.len() >= 18, "{}", rendered.0.len());
    for object in &rendered.0 {
        let metadata = &object["metadata"];
        let kind = object["kind"].as_str().unwrap();
        assert_eq!(CLUSTER_WIDE.contains(&kind), metadata.get("namespace").is_none(), "{kind}");
        assert_eq!(metadata["labels"]["team"], "platform", "{kind}");
    }
    let elsewhere = Rendered::with(&format!("{EVERYTHING}\nnamespaceOverride: elsewhere"));
    for object in elsewhere.0.iter().filter(|object| object["metadata"].get("namespace").is_some()) {
        assert_eq!(object["metadata"]["namespace"], "elsewhere", "{}", object["kind"]);
    }
}

/// A Service must not have a longer name. Everything else may.
#[test]
fn a_long_name_of_a_release_is_cut() {
    let rendered = Rendered::with(&format!("fullnameOverride: {}", "a".repeat(80)));
    let name = rendered.one("Service")["metadata"]["name"].as_str().unwrap();
    assert_eq!(name.len(), 63);
    assert!(name.ends_with("-metrics"));
}

#[test]
fn no_two_objects_have_one_name() {
    let rendered = Rendered::with(EVERYTHING);
    let mut names: Vec<String> = rendered
        .0
        .iter()
        .map(|object| format!("{} {} {}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]))
        .collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_parent_chart_can_switch_it_on_and_off() {
    let folder = tempfile::tempdir().unwrap();
    let parent = folder.path().join("parent");
    let copy = parent.join("charts/workflow-schedule-operator");
    std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
    let copied = std::process::Command::new("cp").arg("-R").args([chart(), copy]).status().unwrap();
    assert!(copied.success());
    let about = "apiVersion: v2
name: parent
version: 1.0.0
dependencies: [{ name: workflow-schedule-operator, version: '*', condition: workflow-schedule-operator.enabled }]";
    std::fs::write(parent.join("Chart.yaml"), about).unwrap();
    let objects = |enabled: bool| {
        let values = format!(
            "global: {{ imageRegistry: registry.example }}\nworkflow-schedule-operator: {{ enabled: {enabled}, image: {{ repository: r }} }}"
        );
        let output = template(&parent, &values, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Rendered::parse(&output).0.len()
    };
    assert!(objects(true) > 5);
    assert_eq!(objects(false), 0);
}

#[test]
fn helm_finds_nothing_to_complain_about() {
    let output = helm().args(["lint", "--strict", "--set=image.repository=r"]).arg(chart()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_version_is_that_of_the_operator() {
    let about = std::fs::read_to_string(chart().join("Chart.yaml")).unwrap();
    assert!(about.contains(concat!("\nappVersion: ", env!("CARGO_PKG_VERSION"), "\n")));
}
