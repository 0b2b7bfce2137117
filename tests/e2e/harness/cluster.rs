//! The cluster that the tests share: CRDs, and the permissions and `ServiceAccount` of the operator.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::{Value, json};

use super::control_plane::{ControlPlane, binaries};
use super::run::Run;

/// The namespace and the service account of `deploy/`.
pub const OPERATOR_NAMESPACE: &str = "workflow-schedule-operator-system";
pub const SERVICE_ACCOUNT: &str = "workflow-schedule-operator";

/// A cluster with the operator installed, except its Deployment: each test runs its own operator.
pub struct Cluster {
    plane: Option<ControlPlane>,
    kubectl: Kubectl,
    operator_kubeconfig: Option<PathBuf>,
}

impl Cluster {
    /// The cluster that the tests share. It is a new one, unless `WSO_TEST_KUBECONFIG` names one.
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<Cluster>> = OnceLock::new();
        let start = || match std::env::var_os("WSO_TEST_KUBECONFIG") {
            Some(path) => Self::installed(None, Kubectl { program: "kubectl".into(), kubeconfig: path.into() }),
            None => Self::private(),
        };
        Arc::clone(SHARED.get_or_init(|| Arc::new(start())))
    }

    /// A separate cluster for a test that would disturb other tests.
    pub fn private() -> Self {
        let Self { plane, kubectl, .. } = Self::empty();
        Self::installed(plane, kubectl)
    }

    /// A separate cluster in which nothing is installed.
    pub fn empty() -> Self {
        Self::on(ControlPlane::start())
    }

    /// The same, with an audit log.
    pub fn empty_and_audited() -> Self {
        Self::on(ControlPlane::audited())
    }

    fn on(plane: ControlPlane) -> Self {
        let kubectl = Kubectl { program: binaries().join("kubectl"), kubeconfig: plane.kubeconfig().to_owned() };
        Self { plane: Some(plane), kubectl, operator_kubeconfig: None }
    }

    fn installed(plane: Option<ControlPlane>, kubectl: Kubectl) -> Self {
        kubectl.with_input(["apply", "--server-side", "-f", "-"], &manifests(&kubectl));
        kubectl.run(["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]);
        let mut cluster = Self { plane, kubectl, operator_kubeconfig: None };
        cluster.operator_kubeconfig = Some(cluster.kubeconfig_of(OPERATOR_NAMESPACE, SERVICE_ACCOUNT));
        cluster
    }

    /// The control plane, to stop and start parts of it.
    pub fn plane(&self) -> &ControlPlane {
        self.plane.as_ref().expect("only a private cluster can be stopped")
    }

    /// Whether the cluster ends with the run.
    pub const fn is_ours(&self) -> bool {
        self.plane.is_some()
    }

    /// An administrator's kubectl.
    pub const fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// The operator's kubeconfig: its service account's own token.
    pub fn operator_kubeconfig(&self) -> &Path {
        self.operator_kubeconfig.as_deref().expect("nothing is installed in an empty cluster")
    }

    /// A kubeconfig with the token of a service account.
    pub fn kubeconfig_of(&self, namespace: &str, service_account: &str) -> PathBuf {
        let token = self.kubectl.run(["create", "token", service_account, "-n", namespace, "--duration=4h"]);
        let path = Run::get().folder().join(format!("{service_account}-{}.kubeconfig", Run::number()));
        std::fs::write(&path, with_token(&self.kubectl, token.trim())).expect("a kubeconfig is written");
        path
    }

    /// An administrator's client.
    pub async fn client(&self) -> kube::Client {
        let kubeconfig = Kubeconfig::read_from(&self.kubectl.kubeconfig).expect("the kubeconfig is readable");
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .expect("the kubeconfig is sound");
        kube::Client::try_from(config).expect("a client")
    }
}

/// `deploy/` as kustomize builds it, without the Deployment.
fn manifests(kubectl: &Kubectl) -> String {
    let built = kubectl.run(["kustomize", concat!(env!("CARGO_MANIFEST_DIR"), "/deploy")]);
    let documents = built.split("\n---\n").filter(|document| !document.lines().any(|line| line == "kind: Deployment"));
    documents.collect::<Vec<_>>().join("\n---\n")
}

/// A kubeconfig for the same server with a token instead of the administrator's credentials.
fn with_token(kubectl: &Kubectl, token: &str) -> String {
    let view = kubectl.run(["config", "view", "--raw", "--minify", "--flatten", "-o", "json"]);
    let admin: Value = serde_json::from_str(&view).expect("kubectl speaks JSON");
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "operator",
        "clusters": [{ "name": "test", "cluster": admin["clusters"][0]["cluster"] }],
        "users": [{ "name": "operator", "user": { "token": token } }],
        "contexts": [{ "name": "operator", "context": { "cluster": "test", "user": "operator" } }],
    })
    .to_string()
}

/// `kubectl` with a kubeconfig.
#[derive(Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// The same with another kubeconfig.
    pub fn with_kubeconfig(&self, path: &Path) -> Self {
        Self { kubeconfig: path.to_owned(), ..self.clone() }
    }

    /// The program.
    #[allow(dead_code, reason = "only the tests of the plugin need it")]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The kubeconfig that it uses.
    #[allow(dead_code, reason = "only the tests of the chart need it")]
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Runs it; panics if it fails.
    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        expect_success(&self.attempt(args))
    }

    /// Runs it with a text on its standard input; panics if it fails.
    pub fn with_input<'a>(&self, args: impl IntoIterator<Item = &'a str>, input: &str) -> String {
        expect_success(&self.attempt_with_input(args, input))
    }

    /// Runs it and returns the output, also if it fails.
    pub fn attempt<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Output {
        self.command(args).output().expect("kubectl starts")
    }

    /// Runs it with a text on its standard input and returns the output, also if it fails.
    pub fn attempt_with_input<'a>(&self, args: impl IntoIterator<Item = &'a str>, input: &str) -> Output {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), input).expect("a temporary file is written");
        let stdin = std::fs::File::open(file.path()).expect("a temporary file is read");
        self.command(args).stdin(stdin).output().expect("kubectl starts")
    }

    fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).env("KUBECONFIG", &self.kubeconfig);
        command
    }
}

fn expect_success(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "kubectl failed: {}{}", text(&output.stderr), text(&output.stdout));
    text(&output.stdout)
}
