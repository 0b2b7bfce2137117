//! A control plane: etcd, API server and controllers in a process of this run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use super::process::Process;
use super::run::Run;
use super::waiting::eventually;

/// A control plane that ends with its owner.
pub struct ControlPlane {
    process: Process,
    kubeconfig: PathBuf,
}

impl ControlPlane {
    /// Starts a control plane with its own data.
    pub fn start() -> Self {
        Self::start_in(&Self::new_folder())
    }

    /// The same, and what service accounts ask for is written to [`Self::audit_log`].
    pub fn audited() -> Self {
        let folder = Self::new_folder();
        let policy = json!({
            "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
            "rules": [{ "level": "Metadata", "userGroups": ["system:serviceaccounts"] }, { "level": "None" }],
        });
        std::fs::create_dir_all(&folder).expect("a folder is made");
        std::fs::write(folder.join("audit-policy.yaml"), policy.to_string()).expect("a policy is written");
        Self::start_in(&folder)
    }

    fn new_folder() -> PathBuf {
        Run::get().folder().join(format!("control-plane-{}", Run::number()))
    }

    fn start_in(folder: &Path) -> Self {
        let mut command = Command::new(binaries().join("control-plane"));
        command.args(["up", "--no-fsync", "--dir"]).arg(folder);
        let mut process = Process::start("control-plane", &mut command);
        let line = process.first_line(Duration::from_secs(90));
        let kubeconfig = line.strip_prefix("ready KUBECONFIG=").unwrap_or_else(|| panic!("not ready: {line}"));
        Self { kubeconfig: kubeconfig.into(), process }
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// What service accounts have asked for, one event in JSON a line.
    pub fn audit_log(&self) -> String {
        std::fs::read_to_string(self.kubeconfig.with_file_name("audit.log")).expect("it is audited")
    }

    /// Stops the API server.
    pub async fn stop_api_server(&self) {
        self.switch(Signal::USR1, "apiserver stopped").await;
    }

    /// Starts the API server again, on the same port with the same data.
    pub async fn start_api_server(&self) {
        self.switch(Signal::USR2, "apiserver ready").await;
    }

    async fn switch(&self, signal: Signal, word: &str) {
        let said = || self.process.output().matches(word).count();
        let before = said();
        self.process.signal(signal);
        eventually(word, async || if said() > before { Ok(()) } else { Err(self.process.log()) }).await;
    }
}

/// The folder of `control-plane` and `kubectl`.
pub fn binaries() -> &'static Path {
    static BINARIES: OnceLock<PathBuf> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/hack/control-plane.sh");
        let output = Command::new(script).stderr(std::process::Stdio::inherit()).output().expect("bash starts");
        assert!(output.status.success(), "the control plane cannot be built: see above");
        String::from_utf8(output.stdout).expect("a path").trim().into()
    })
}
