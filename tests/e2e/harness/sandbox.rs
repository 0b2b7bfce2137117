//! The remote API: the sandbox as a process, and its control surface.

use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::console::Console;
use super::process::Process;

/// The key in the connection's Secret.
pub const OPERATOR_KEY: &str = "operator-key-0123456789";
/// The key of the people who work in the console meanwhile.
const CONSOLE_KEY: &str = "console-key-0123456789";

/// A running sandbox.
pub struct Sandbox {
    _process: Process,
    url: String,
    http: reqwest::Client,
    operator: Value,
}

impl Sandbox {
    /// Starts one that knows the operator's key and the console's.
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

    /// All calls so far, whoever made them.
    pub async fn all_calls(&self) -> Calls {
        let recorded: Recorded = serde_json::from_value(self.get("calls").await).expect("calls as documented");
        Calls(recorded.calls)
    }

    /// All calls of the operator so far, asked for from another runtime: the connections of the first
    /// stand still with it.
    pub async fn calls_from_elsewhere(&self) -> Calls {
        self.calls_by(&client()).await
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The API as a person in the console uses it.
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

    /// A schedule as it is stored, or nothing.
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

    /// How it behaves.
    pub async fn settings(&self) -> Value {
        self.get("settings").await
    }

    /// Changes how it behaves.
    pub async fn set(&self, settings: Value) {
        self.send(reqwest::Method::PATCH, "settings", Some(settings)).await;
    }

    /// Adds a fault; see the sandbox's documentation for its shape.
    pub async fn inject(&self, fault: Value) {
        self.send(reqwest::Method::POST, "faults", Some(fault)).await;
    }

    /// Takes all faults away.
    pub async fn heal(&self) {
        self.send(reqwest::Method::DELETE, "faults", None).await;
    }

    /// Moves its clock forward; what falls due in between runs.
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
    /// When it arrived, by the sandbox's clock.
    pub at: String,
    /// Whose key it came with.
    pub principal: Value,
    /// What it was: list, get, create, …
    pub operation: String,
    /// Which schedule it was about.
    pub schedule_id: Option<String>,
    /// What was answered, if anything.
    pub status: Option<u16>,
    /// Whether it is one that changes something.
    pub mutating: bool,
    /// What was sent.
    pub body: Value,
}

/// Calls in the order in which they arrived.
#[derive(Clone, Debug)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    /// Those about one schedule.
    pub fn of(self, id: &str) -> Self {
        self.only(|call| call.schedule_id.as_deref() == Some(id))
    }

    /// Those that change something.
    pub fn mutating(self) -> Self {
        self.only(|call| call.mutating)
    }

    /// Those of one kind.
    pub fn named(self, operation: &str) -> Self {
        self.only(|call| call.operation == operation)
    }

    /// Those that were answered so.
    pub fn answered(self, status: u16) -> Self {
        self.only(|call| call.status == Some(status))
    }

    /// What they were.
    pub fn operations(&self) -> Vec<&str> {
        self.0.iter().map(|call| call.operation.as_str()).collect()
    }

    /// How many there are.
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
