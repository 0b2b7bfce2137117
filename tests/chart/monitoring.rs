//! `templates/service-monitor.yaml`, `pod-monitor.yaml` and `dashboard.yaml`.

use serde_json::{Value, json};

use super::{Rendered, refusal};

#[test]
fn there_is_no_monitor_unless_it_is_wanted() {
    let rendered = Rendered::with("");
    assert!(rendered.all("ServiceMonitor").is_empty() && rendered.all("PodMonitor").is_empty());
}

#[test]
fn both_monitors_select_this_release_and_take_the_same_values() {
    for (value, kind, endpoints) in
        [("serviceMonitor", "ServiceMonitor", "endpoints"), ("podMonitor", "PodMonitor", "podMetricsEndpoints")]
    {
        let rendered = Rendered::with(&format!(
            "metrics:
  {value}:
    enabled: true
    namespace: monitoring
    labels: {{ prometheus: main }}
    interval: 15s
    scrapeTimeout: 10s
    honorLabels: true
    relabelings: [{{ action: labeldrop, regex: pod }}]
    metricRelabelings: [{{ action: keep }}]"
        ));
        let monitor = rendered.one(kind);
        assert_eq!(monitor["metadata"]["namespace"], "monitoring");
        assert_eq!(monitor["metadata"]["labels"]["prometheus"], "main");
        let spec = &monitor["spec"];
        assert_eq!(spec["namespaceSelector"]["matchNames"], json!(["operators"]));
        assert_eq!(spec["selector"], rendered.one("Deployment")["spec"]["selector"]);
        let endpoint = json!({
            "port": "http", "path": "/metrics", "interval": "15s", "scrapeTimeout": "10s", "honorLabels": true,
            "relabelings": [{ "action": "labeldrop", "regex": "pod" }], "metricRelabelings": [{ "action": "keep" }],
        });
        assert_eq!(spec[endpoints], json!([endpoint]));
    }
}

#[test]
fn a_service_monitor_needs_the_service_and_a_pod_monitor_does_not() {
    let said = refusal("metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } }");
    assert!(said.contains("metrics.serviceMonitor requires metrics.service.enabled"), "{said}");
    Rendered::with("metrics: { service: { enabled: false }, podMonitor: { enabled: true } }").one("PodMonitor");
}

#[test]
fn the_dashboard_is_found_by_grafana_and_follows_the_labels_that_the_monitor_keeps() {
    assert!(Rendered::with("").all("ConfigMap").is_empty());
    let dashboard = |values: &str| {
        let rendered = Rendered::with(values);
        let map = rendered.one("ConfigMap").clone();
        assert_eq!(map["metadata"]["labels"]["grafana_dashboard"], "1");
        assert_eq!(map["metadata"]["namespace"], "monitoring");
        let text = map["data"]["workflow-schedule-operator.json"].as_str().unwrap().to_owned();
        assert!(serde_json::from_str::<Value>(&text).unwrap()["panels"].is_array());
        text
    };
    let renamed = dashboard("metrics: { dashboard: { enabled: true, namespace: monitoring } }");
    assert!(renamed.contains("{{exported_namespace}}/{{name}}"), "{renamed}");
    let kept = dashboard(
        "metrics:
  podMonitor: { enabled: true, honorLabels: true }
  dashboard: { enabled: true, namespace: monitoring }",
    );
    assert!(!kept.contains("exported_namespace") && !kept.contains("connection_ready{namespace"), "{kept}");
    assert!(kept.contains("workflow_schedule_operator_leader{namespace"), "{kept}");
}
