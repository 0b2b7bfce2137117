//! The operator as a process.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::process::Process;
use super::run::Run;
use super::waiting::eventually;

/// The options to start an operator.
#[derive(Clone, Debug, Default)]
pub struct OperatorOptions {
    /// Additional arguments of `run`.
    pub arguments: Vec<String>,
    /// Additional environment variables.
    pub environment: Vec<(String, String)>,
    /// Another kubeconfig than the one of the operator's service account.
    pub kubeconfig: Option<Value>,
}

/// The variables of proxies: a test sets its own.
const PROXY_VARIABLES: [&str; 8] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

/// A running operator.
pub struct Operator {
    process: Process,
}

impl Operator {
    /// The program.
    pub const PROGRAM: &str = env!("CARGO_BIN_EXE_workflow-schedule-operator");

    /// Starts an operator that watches a namespace.
    pub fn start(kubeconfig: &Path, namespace: &str, options: &OperatorOptions) -> Self {
        let own = options.kubeconfig.as_ref().map(|kubeconfig| {
            let path = Run::get().folder().join(format!("operator-{}.kubeconfig", Run::number()));
            std::fs::write(&path, kubeconfig.to_string()).expect("a kubeconfig is written");
            path
        });
        let arguments = ["run", "--watch-namespace", namespace, "--listen", "127.0.0.1:0", "--log-format", "json"];
        let arguments = arguments.into_iter().chain(options.arguments.iter().map(String::as_str));
        Self::with(own.as_deref().unwrap_or(kubeconfig), arguments, &options.environment)
    }

    /// Starts an operator with exactly these arguments.
    pub fn with<'a>(
        kubeconfig: &Path,
        arguments: impl Iterator<Item = &'a str>,
        environment: &[(String, String)],
    ) -> Self {
        let mut command = Command::new(Self::PROGRAM);
        command.args(arguments).env("KUBECONFIG", kubeconfig).env_remove("RUST_LOG");
        for variable in PROXY_VARIABLES {
            command.env_remove(variable);
        }
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Self { process: Process::start("operator", &mut command) }
    }

    /// Its process id.
    #[allow(dead_code, reason = "the benchmarks need it")]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its log.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Its log, one value per line; panics if a line is not a JSON object.
    pub fn log_lines(&self) -> Vec<Value> {
        let log = self.log();
        // The last line may be incomplete.
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("no JSON ({error}): {line}")))
            .collect()
    }

    /// Where it serves its metrics.
    pub async fn address(&self) -> String {
        let started = |line: &Value| line["listen"].as_str().map(str::to_owned);
        eventually("the operator says where it listens", async || {
            self.log_lines().iter().find_map(started).ok_or_else(|| self.log())
        })
        .await
    }

    /// Sends an HTTP request; returns the status and the body.
    pub async fn ask(&self, path: &str) -> (u16, String) {
        let listen = self.address().await;
        let answer = reqwest::get(format!("http://{listen}/{path}")).await.expect("it answers");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// Ends it like a crash.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits for its end.
    pub fn ended_within(&mut self, limit: Duration) -> Option<ExitStatus> {
        self.process.ended_within(limit)
    }
}
