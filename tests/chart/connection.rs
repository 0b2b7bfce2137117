//! `templates/connection.yaml`.

use serde_json::json;

use super::{Rendered, refusal};

const VALUES: &str = "
connection:
  create: true
  scheduleIdPrefix: acme
  apiKeySecretRef: { name: mistral }
  allowedNamespaces: { from: Names, names: [team-a] }
  extraSpec: { pollInterval: 30s }
";
const OURS: &str = "workflows.mistral.ai/v1alpha1";

#[test]
fn there_is_none_unless_it_is_wanted() {
    let rendered = Rendered::with("");
    assert!(rendered.all("WorkflowConnection").is_empty());
    assert!(!rendered.arguments().iter().any(|argument| argument.starts_with("--default-connection")));
}

#[test]
fn it_has_the_declared_spec_and_is_the_default_connection() {
    let rendered = Rendered::with(VALUES);
    let spec = json!({
        "scheduleIdPrefix": "acme",
        "apiKeySecretRef": { "name": "mistral", "key": "api-key" },
        "allowedNamespaces": { "from": "Names", "names": ["team-a"] },
        "pollInterval": "30s",
    });
    assert_eq!(rendered.one("WorkflowConnection")["spec"], spec);
    assert!(rendered.arguments().contains(&"--default-connection=operators/default"));
}

#[test]
fn it_is_a_hook_only_while_the_cluster_does_not_know_its_kind() {
    let annotations = |rendered: &Rendered| rendered.one("WorkflowConnection")["metadata"]["annotations"].clone();
    let first = annotations(&Rendered::with(VALUES));
    assert_eq!(first["helm.sh/hook"], "post-install,post-upgrade");
    assert_eq!(first["meta.helm.sh/release-name"], "release");
    assert_eq!(first["meta.helm.sh/release-namespace"], "operators");
    let kept = json!({ "helm.sh/resource-policy": "keep" });
    assert_eq!(annotations(&Rendered::in_cluster(VALUES, &[OURS])), kept);
    let without = format!("{VALUES}\ncrds: {{ install: false }}");
    assert_eq!(annotations(&Rendered::with(&without)), kept, "the definitions must exist before");
}

#[test]
fn what_is_missing_is_named() {
    for (missing, rest) in [
        ("connection.scheduleIdPrefix", "apiKeySecretRef: { name: a }, allowedNamespaces: { from: All }"),
        ("connection.apiKeySecretRef.name", "scheduleIdPrefix: a, allowedNamespaces: { from: All }"),
        ("connection.allowedNamespaces.from", "scheduleIdPrefix: a, apiKeySecretRef: { name: a }"),
    ] {
        let said = refusal(&format!("connection: {{ create: true, {rest} }}"));
        assert!(said.contains(&format!("{missing} is required")), "{said}");
    }
}

#[test]
fn its_server_must_be_an_allowed_one() {
    let elsewhere = format!("{VALUES}  serverUrl: https://Sandbox.example:8443\n");
    let said = refusal(&elsewhere);
    assert!(said.contains("allowedServerHosts must contain sandbox.example, the host of the connection"), "{said}");
    Rendered::with(&format!("{elsewhere}allowedServerHosts: [sandbox.example]"));
    Rendered::with(&format!("{elsewhere}allowedServerHosts: []"));
}
