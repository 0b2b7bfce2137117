//! The Helm chart, rendered by Helm: what each template does with the values. One file per template.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alerts;
mod connection;
mod crds;
mod deployment;
mod gitops;
mod monitoring;
mod network;
mod rbac;
mod release;
mod service;
mod values;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The folder of the chart.
fn chart() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "charts", "workflow-schedule-operator"].iter().collect()
}

/// `helm`, built once.
fn helm() -> Command {
    static HELM: OnceLock<PathBuf> = OnceLock::new();
    let path = HELM.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/hack/helm.sh");
        let output = Command::new(script).stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "helm cannot be built: see above");
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()).join("helm")
    });
    Command::new(path)
}

/// `helm template` of a chart, with these values (YAML) and arguments.
fn template(chart: &PathBuf, values: &str, arguments: &[&str]) -> Output {
    let mut command = helm();
    command
        .args(["template", "release"])
        .arg(chart)
        .args(["--namespace", "operators", "--values", "-"])
        .args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(values.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// The objects of a release.
struct Rendered(Vec<Value>);

impl Rendered {
    /// The chart with these values; the only required one is set.
    fn with(values: &str) -> Self {
        Self::in_cluster(values, &[])
    }

    /// The same in a cluster that has these API versions too.
    fn in_cluster(values: &str, api_versions: &[&str]) -> Self {
        let versions = api_versions.join(",");
        let mut arguments = vec!["--set=image.repository=registry.example/operator"];
        if !versions.is_empty() {
            arguments.extend(["--api-versions", &versions]);
        }
        let output = template(&chart(), values, &arguments);
        assert!(output.status.success(), "{values}: {}", String::from_utf8_lossy(&output.stderr));
        Self::parse(&output)
    }

    fn parse(output: &Output) -> Self {
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let objects: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
        Self(objects.into_iter().filter(|object| !object.is_null()).collect())
    }

    /// All objects of a kind.
    fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|object| object["kind"] == kind).collect()
    }

    /// The only object of a kind.
    fn one(&self, kind: &str) -> &Value {
        let found = self.all(kind);
        assert_eq!(found.len(), 1, "{kind}");
        found[0]
    }

    /// An object by kind and name.
    fn named(&self, kind: &str, name: &str) -> &Value {
        self.all(kind).into_iter().find(|object| object["metadata"]["name"] == name).unwrap_or_else(|| {
            panic!("no {kind} {name}");
        })
    }

    /// The pod of the Deployment.
    fn pod(&self) -> &Value {
        &self.one("Deployment")["spec"]["template"]["spec"]
    }

    /// The container of the Deployment.
    fn container(&self) -> &Value {
        &self.pod()["containers"][0]
    }

    /// The arguments of the operator.
    fn arguments(&self) -> Vec<&str> {
        self.container()["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap()).collect()
    }
}

/// Why Helm does not accept these values.
fn refusal(values: &str) -> String {
    let output = template(&chart(), values, &["--set=image.repository=registry.example/operator"]);
    assert!(!output.status.success(), "{values} is accepted");
    String::from_utf8(output.stderr).unwrap()
}
