//! `templates/service-monitor.yaml` and `pod-monitor.yaml`.

use serde_json::json;

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
