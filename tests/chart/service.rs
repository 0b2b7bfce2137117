//! `templates/service.yaml`, `pod-disruption-budget.yaml`, `extra-objects.yaml` and `tests/ready.yaml`.

use serde_json::json;

use super::Rendered;

#[test]
fn the_service_leads_to_the_pods_and_takes_families() {
    let values = "metrics: { service: { port: 9090, annotations: { a: b }, ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4] } }";
    let rendered = Rendered::with(values);
    let service = rendered.one("Service");
    let spec = json!({
        "ipFamilyPolicy": "RequireDualStack",
        "ipFamilies": ["IPv6", "IPv4"],
        "selector": rendered.one("Deployment")["spec"]["selector"]["matchLabels"],
        "ports": [{ "name": "http", "port": 9090, "targetPort": "http" }],
    });
    assert_eq!(service["spec"], spec);
    assert_eq!(service["metadata"]["annotations"]["a"], "b");
    assert!(Rendered::with("metrics: { service: { enabled: false } }").all("Service").is_empty());
}

#[test]
fn the_disruption_budget_never_blocks_a_drain_by_default() {
    assert!(Rendered::with("").all("PodDisruptionBudget").is_empty());
    let spec = |values: &str| {
        let values = format!("podDisruptionBudget: {{ enabled: true, {values} }}");
        Rendered::with(&values).one("PodDisruptionBudget")["spec"].clone()
    };
    assert_eq!(spec("")["maxUnavailable"], 1);
    let half = spec("minAvailable: 50%");
    assert_eq!((&half["minAvailable"], half.get("maxUnavailable")), (&json!("50%"), None));
    assert_eq!(spec("minAvailable: 0")["minAvailable"], 0);
}

#[test]
fn extra_objects_are_templates() {
    let rendered = Rendered::with(
        "extraObjects:
  - { apiVersion: v1, kind: ConfigMap, metadata: { name: '{{ .Release.Name }}-one' } }
  - |
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: {{ include \"workflow-schedule-operator.fullname\" . }}-two",
    );
    rendered.named("ConfigMap", "release-one");
    rendered.named("ConfigMap", "release-workflow-schedule-operator-two");
}

#[test]
fn the_test_reads_the_readiness_through_the_service() {
    let rendered = Rendered::with("metrics: { service: { port: 9090 } }\ntest: { image: registry.example/busybox }");
    let pod = rendered.one("Pod");
    assert_eq!(pod["metadata"]["annotations"]["helm.sh/hook"], "test");
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["image"], "registry.example/busybox");
    let url = format!("http://{}:9090/readyz", rendered.one("Service")["metadata"]["name"].as_str().unwrap());
    assert_eq!(container["args"].as_array().unwrap().last().unwrap(), &json!(url));
    let selector = &rendered.one("Service")["spec"]["selector"]["app.kubernetes.io/name"];
    assert_ne!(&pod["metadata"]["labels"]["app.kubernetes.io/name"], selector, "the Service must not lead to it");
}

#[test]
fn the_test_names_a_user_except_on_openshift() {
    let user = |versions: &[&str]| {
        let rendered = Rendered::in_cluster("", versions);
        rendered.one("Pod")["spec"]["securityContext"].get("runAsUser").cloned()
    };
    assert_eq!(user(&[]), Some(json!(65532)));
    assert_eq!(user(&["security.openshift.io/v1"]), None);
}
