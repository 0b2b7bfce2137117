//! `templates/network-policy.yaml`.

use serde_json::json;

use super::Rendered;

#[test]
fn there_is_none_unless_it_is_wanted() {
    assert!(Rendered::with("").all("NetworkPolicy").is_empty());
}

#[test]
fn out_it_allows_dns_and_the_ports_and_in_the_metrics() {
    let rendered = Rendered::with("networkPolicy: { enabled: true }");
    let spec = &rendered.one("NetworkPolicy")["spec"];
    assert_eq!(spec["podSelector"], rendered.one("Deployment")["spec"]["selector"]);
    assert_eq!(spec["policyTypes"], json!(["Ingress", "Egress"]));
    assert_eq!(spec["ingress"], json!([{ "ports": [{ "port": "http" }] }]));
    let egress = json!([
        { "ports": [{ "port": 53, "protocol": "UDP" }, { "port": 53, "protocol": "TCP" }] },
        { "ports": [{ "port": 443 }, { "port": 6443 }] },
    ]);
    assert_eq!(spec["egress"], egress);
}

#[test]
fn the_metrics_can_be_limited_to_prometheus_and_the_test_of_the_release() {
    let rendered = Rendered::with(
        "networkPolicy:
  enabled: true
  egressPorts: [6443]
  metricsFrom: [{ namespaceSelector: { matchLabels: { name: monitoring } } }]
  extraEgress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }], ports: [{ port: 3128 }] }]",
    );
    let spec = &rendered.one("NetworkPolicy")["spec"];
    let from = &spec["ingress"][0]["from"];
    assert_eq!(from[0], json!({ "namespaceSelector": { "matchLabels": { "name": "monitoring" } } }));
    assert_eq!(from[1]["podSelector"]["matchLabels"], rendered.one("Pod")["metadata"]["labels"]);
    assert_eq!(spec["egress"][1], json!({ "ports": [{ "port": 6443 }] }));
    assert_eq!(spec["egress"][2]["ports"], json!([{ "port": 3128 }]));
}
