//! `templates/deployment.yaml`.

use serde_json::{Value, json};

use super::{Rendered, chart, refusal, template};

#[test]
fn the_image_must_be_named() {
    let output = template(&chart(), "", &[]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("image.repository is required: no image is published"), "{said}");
}

#[test]
fn the_image_is_named_by_tag_or_digest() {
    let image = |values: &str| Rendered::with(values).container()["image"].as_str().unwrap().to_owned();
    assert_eq!(image(""), concat!("registry.example/operator:", env!("CARGO_PKG_VERSION")));
    assert_eq!(image("image: { tag: '1.0' }"), "registry.example/operator:1.0");
    assert_eq!(image("image: { tag: 20261128 }"), "registry.example/operator:20261128");
    let digest = format!("sha256:{}", "0".repeat(64));
    assert_eq!(
        image(&format!("image: {{ tag: x, digest: '{digest}' }}")),
        format!("registry.example/operator@{digest}")
    );
}

#[test]
fn the_operator_listens_on_both_families_and_sends_keys_only_to_the_vendor() {
    let arguments = Rendered::with("");
    let arguments = arguments.arguments();
    assert!(arguments.contains(&"--listen=[::]:8080"));
    assert!(arguments.contains(&"--allowed-server-hosts=api.mistral.ai"));
    assert!(!arguments.contains(&"--allow-insecure-http"));
}

#[test]
fn the_values_become_arguments() {
    let rendered = Rendered::with(
        "watchNamespaces: [a, b]
defaultConnection: a/main
allowedServerHosts: [one.example, two.example]
allowInsecureHttp: true
log: { format: text, filter: debug }
secretLabel: workflows.example/use=yes
metrics: { schedules: false }
extraArgs: [--more]
extraEnv: [{ name: HTTPS_PROXY, value: http://proxy.example }]",
    );
    let arguments = rendered.arguments();
    for wanted in [
        "--watch-namespace=a",
        "--watch-namespace=b",
        "--default-connection=a/main",
        "--allowed-server-hosts=one.example,two.example",
        "--allow-insecure-http",
        "--log-format=text",
        "--secret-label=workflows.example/use=yes",
        "--schedule-metrics=false",
    ] {
        assert!(arguments.contains(&wanted), "{wanted}: {arguments:?}");
    }
    assert_eq!(arguments.last(), Some(&"--more"));
    let env =
        json!([{ "name": "RUST_LOG", "value": "debug" }, { "name": "HTTPS_PROXY", "value": "http://proxy.example" }]);
    assert_eq!(rendered.container()["env"], env);
}

#[test]
fn the_lease_has_the_name_of_the_objects() {
    let rendered = Rendered::with("fullnameOverride: ours\nnamespaceOverride: elsewhere");
    let arguments = rendered.arguments();
    assert!(arguments.contains(&"--leader-elect"));
    assert!(arguments.contains(&"--leader-election-name=ours"));
    assert!(arguments.contains(&"--leader-election-namespace=elsewhere"));
    for wanted in ["--lease-duration=45s", "--renew-deadline=25s", "--retry-period=5s"] {
        assert!(arguments.contains(&wanted), "{arguments:?}");
    }
    let rules = &rendered.named("Role", "ours-leader-election")["rules"];
    assert_eq!(rules[1]["resourceNames"], json!(["ours"]));
}

#[test]
fn several_replicas_need_the_lease_and_roll() {
    let strategy = |values: &str| Rendered::with(values).one("Deployment")["spec"]["strategy"].clone();
    assert_eq!(strategy(""), json!({ "type": "Recreate" }));
    assert_eq!(strategy("replicas: 2"), json!({ "type": "RollingUpdate" }));
    let ours = "strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 0 } }";
    assert_eq!(strategy(ours)["rollingUpdate"], json!({ "maxSurge": 0 }));
    let said = refusal("replicas: 2\nleaderElection: { enabled: false }");
    assert!(said.contains("more than one replica requires leaderElection.enabled"), "{said}");
}

#[test]
fn the_pod_is_restricted_and_names_no_user() {
    let rendered = Rendered::with("");
    let pod = &rendered.pod()["securityContext"];
    assert_eq!(*pod, json!({ "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } }));
    let container = json!({
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] },
    });
    assert_eq!(rendered.container()["securityContext"], container);
    let ours = Rendered::with("podSecurityContext: { runAsUser: 1000 }");
    assert_eq!(ours.pod()["securityContext"]["runAsUser"], 1000);
}

#[test]
fn the_pod_takes_what_a_platform_adds() {
    let rendered = Rendered::with(
        "commonLabels: { team: platform }
podLabels: { scrape: 'yes' }
podAnnotations: { note: pod }
deploymentAnnotations: { note: deployment }
imagePullSecrets: [{ name: registry }]
terminationGracePeriodSeconds: 40
revisionHistoryLimit: 1
priorityClassName: system-cluster-critical
runtimeClassName: gvisor
dnsPolicy: None
dnsConfig: { nameservers: [10.0.0.10] }
hostAliases: [{ ip: 10.0.0.1, hostnames: [api.mistral.ai] }]
nodeSelector: { kubernetes.io/os: linux }
tolerations: [{ operator: Exists }]
affinity: { podAntiAffinity: {} }
topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule }]
serviceAccount: { automount: false }
extraEnvFrom: [{ secretRef: { name: proxy } }]
extraVolumes: [{ name: ca, configMap: { name: ca } }]
extraVolumeMounts: [{ name: ca, mountPath: /etc/ssl/certs }]
livenessProbe: { periodSeconds: 30 }
readinessProbe: { periodSeconds: 7 }
resources: { limits: { memory: 1Gi } }",
    );
    let deployment = rendered.one("Deployment");
    assert_eq!(deployment["metadata"]["annotations"]["note"], "deployment");
    assert_eq!(deployment["metadata"]["labels"]["team"], "platform");
    assert_eq!(deployment["spec"]["revisionHistoryLimit"], 1);
    let metadata = &deployment["spec"]["template"]["metadata"];
    assert_eq!(metadata["annotations"]["note"], "pod");
    assert_eq!([&metadata["labels"]["team"], &metadata["labels"]["scrape"]], ["platform", "yes"]);
    let pod = rendered.pod();
    for (field, wanted) in [
        ("imagePullSecrets", json!([{ "name": "registry" }])),
        ("terminationGracePeriodSeconds", json!(40)),
        ("priorityClassName", json!("system-cluster-critical")),
        ("runtimeClassName", json!("gvisor")),
        ("dnsPolicy", json!("None")),
        ("dnsConfig", json!({ "nameservers": ["10.0.0.10"] })),
        ("hostAliases", json!([{ "ip": "10.0.0.1", "hostnames": ["api.mistral.ai"] }])),
        ("nodeSelector", json!({ "kubernetes.io/os": "linux" })),
        ("tolerations", json!([{ "operator": "Exists" }])),
        ("affinity", json!({ "podAntiAffinity": {} })),
        ("automountServiceAccountToken", json!(false)),
        ("volumes", json!([{ "name": "ca", "configMap": { "name": "ca" } }])),
    ] {
        assert_eq!(pod[field], wanted, "{field}");
    }
    assert_eq!(pod["topologySpreadConstraints"][0]["topologyKey"], "zone");
    let container = rendered.container();
    assert_eq!(container["envFrom"], json!([{ "secretRef": { "name": "proxy" } }]));
    assert_eq!(container["volumeMounts"], json!([{ "name": "ca", "mountPath": "/etc/ssl/certs" }]));
    assert_eq!(container["livenessProbe"]["periodSeconds"], 30);
    assert_eq!(container["readinessProbe"]["periodSeconds"], 7);
    assert_eq!(container["resources"]["limits"]["memory"], "1Gi");
}

/// The selector is immutable: a value that changed it would break every upgrade.
#[test]
fn labels_of_people_are_not_in_the_selector() {
    let selector = |values: &str| -> Value { Rendered::with(values).one("Deployment")["spec"]["selector"].clone() };
    assert_eq!(selector("commonLabels: { team: platform }\npodLabels: { a: b }"), selector(""));
}
