//! The remote API: the sandbox as a process, and its control surface.

use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::console::Console;
use super::process::Process;

/// The key in the connection's Secret.
pub const OPERATOR_KEY: &str = "operator-key-0123456789";
/// The API key of people who use the console.
const CONSOLE_KEY: &str = "console-key-0123456789";

/// A running sandbox.
pub struct Sandbox {
    _process: Process,
    url: String,
    http: reqwest::Client,
    operator: Value,
}

impl Sandbox {
    /// Starts a sandbox with the keys of the operator and of the console.
    pub async fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator"));
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--api-key", OPERATOR_KEY, "--api-key", CONSOLE_KEY]);
        let mut process = Process::start("sandbox", &mut command);
        let line = process.first_line(Duration::from_secs(20));
        let url = line.strip_prefix("ready ").unwrap_or_else(|| panic!("not ready: {line}")).to_owned();
        let http = client();
        let mut sandbox = Self { _process: process, url, http, operator: Value::Null };
        sandbox.operator = sandbox.settings().await["keys"][OPERATOR_KEY]["principal"].clone();
        sandbox
    }

    /// All calls so far, with any key.
    pub async fn all_calls(&self) -> Calls {
        let recorded: Recorded = serde_json::from_value(self.get("calls").await).expect("calls as documented");
        Calls(recorded.calls)
    }

    /// All calls of the operator so far, requested from another runtime, because the connections of the first
    /// runtime do not work any more.
    pub async fn calls_from_elsewhere(&self) -> Calls {
        self.calls_by(&client()).await
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client of the API with the key of the console.
    pub fn console(&self) -> Console {
        Console::new(self.http.clone(), &self.url, CONSOLE_KEY)
    }

    /// All calls of the operator so far.
    pub async fn calls(&self) -> Calls {
        self.calls_by(&self.http).await
    }

    async fn calls_by(&self, http: &reqwest::Client) -> Calls {
        let calls = self.send_by(http, reqwest::Method::GET, "calls", None).await;
        let mut recorded: Recorded = serde_json::from_value(calls).expect("calls as documented");
        recorded.calls.retain(|call| call.principal == self.operator);
        Calls(recorded.calls)
    }

    /// A schedule as it is stored; `None` if it does not exist.
    pub async fn schedule(&self, id: &str) -> Option<Value> {
        self.schedules().await.get(id).cloned()
    }

    /// All stored schedules by id.
    pub async fn schedules(&self) -> serde_json::Map<String, Value> {
        let mut all = self.get("schedules").await;
        serde_json::from_value(all["schedules"].take()).expect("schedules as documented")
    }

    /// The runs that were started for a schedule.
    pub async fn runs(&self, id: &str) -> Vec<Value> {
        let mut all = self.get("runs").await;
        let runs: Vec<Value> = serde_json::from_value(all["runs"].take()).expect("runs as documented");
        runs.into_iter().filter(|run| run["schedule_id"] == id).collect()
    }

    /// Its settings.
    pub async fn settings(&self) -> Value {
        self.get("settings").await
    }

    /// Changes its settings.
    pub async fn set(&self, settings: Value) {
        self.send(reqwest::Method::PATCH, "settings", Some(settings)).await;
    }

    /// Deletes the records of all calls so far.
    #[allow(dead_code, reason = "the benchmarks need it")]
    pub async fn forget_calls(&self) {
        self.send(reqwest::Method::DELETE, "calls", None).await;
    }

    /// Adds a fault; see the sandbox's documentation for its shape.
    pub async fn inject(&self, fault: Value) {
        self.send(reqwest::Method::POST, "faults", Some(fault)).await;
    }

    /// Removes all faults.
    pub async fn heal(&self) {
        self.send(reqwest::Method::DELETE, "faults", None).await;
    }

    /// Moves its clock forward; runs that become due in between start.
    pub async fn advance(&self, by: &str) {
        self.send(reqwest::Method::POST, "clock", Some(json!({ "advance": by }))).await;
    }

    async fn get(&self, what: &str) -> Value {
        self.send(reqwest::Method::GET, what, None).await
    }

    async fn send(&self, method: reqwest::Method, what: &str, body: Option<Value>) -> Value {
        self.send_by(&self.http, method, what, body).await
    }

    async fn send_by(&self, http: &reqwest::Client, method: reqwest::Method, what: &str, body: Option<Value>) -> Value {
        let mut request = http.request(method.clone(), format!("{}/sandbox/{what}", self.url));
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{method} {what}: {error}"));
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{method} /sandbox/{what} {body:?}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client")
}

#[derive(Deserialize)]
struct Recorded {
    calls: Vec<Call>,
}

/// A call as the sandbox has recorded it.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// When it arrived, by the clock of the sandbox.
    pub at: String,
    /// The owner of its API key.
    pub principal: Value,
    /// The operation: list, get, create, …
    pub operation: String,
    /// The id of the schedule.
    pub schedule_id: Option<String>,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Whether it is a mutating call.
    pub mutating: bool,
    /// The request body.
    pub body: Value,
}

/// Calls in the order in which they arrived.
#[derive(Clone, Debug)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    /// The calls for one schedule.
    pub fn of(self, id: &str) -> Self {
        self.only(|call| call.schedule_id.as_deref() == Some(id))
    }

    /// The mutating calls.
    pub fn mutating(self) -> Self {
        self.only(|call| call.mutating)
    }

    /// The calls of one operation.
    pub fn named(self, operation: &str) -> Self {
        self.only(|call| call.operation == operation)
    }

    /// The calls with this status.
    pub fn answered(self, status: u16) -> Self {
        self.only(|call| call.status == Some(status))
    }

    /// Their operations.
    pub fn operations(&self) -> Vec<&str> {
        self.0.iter().map(|call| call.operation.as_str()).collect()
    }

    /// Their number.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    fn only(mut self, is_meant: impl Fn(&Call) -> bool) -> Self {
        self.0.retain(is_meant);
        self
    }
}

impl std::fmt::Display for Calls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Call { at, operation, schedule_id, status, body, .. } in &self.0 {
            let answer = status.map_or("no answer".into(), |status| status.to_string());
            writeln!(f, "{at} {operation} {} → {answer} {body}", schedule_id.as_deref().unwrap_or("-"))?;
        }
        Ok(())
    }
}
