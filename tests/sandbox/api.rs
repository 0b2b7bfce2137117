//! The API as a test calls it: by method, path and body, at a time of the test's own.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Key, Options, Reply, RunRecord, Sandbox, Settings};
use workflow_schedule_operator::timing::duration;

/// When every test begins: a Tuesday.
pub const BEGINNING: &str = "2026-11-24T12:00:00Z";
pub const SCHEDULES: &str = "/v1/workflows/schedules";

pub struct Api {
    pub sandbox: Sandbox,
    pub now: Timestamp,
    key: &'static str,
}

/// An answer, its body as JSON (null if it is empty).
#[derive(Debug, PartialEq)]
pub struct Answered {
    pub status: u16,
    pub body: Value,
}

impl Api {
    /// The keys `key` (workspace `home`) and `elsewhere` (workspace `away`).
    pub fn new() -> Self {
        Self::seeded(0)
    }

    pub fn seeded(seed: u64) -> Self {
        let options = Options { seed, settings: Settings::default() }
            .with_key("key", Key::new("operator", "home"))
            .with_key("elsewhere", Key::new("user/stranger", "away"));
        let now = BEGINNING.parse().unwrap();
        Self { sandbox: Sandbox::new(options, now), now, key: "key" }
    }

    pub fn with_key(&mut self, key: &'static str, work: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.key, key);
        work(self);
        self.key = before;
    }

    pub fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        change(self.sandbox.settings_mut());
    }

    pub fn raw(&mut self, method: Method, path: &str, body: impl Into<Bytes>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.key))
            .body(body.into())
            .unwrap();
        self.sandbox.handle(&request, self.now)
    }

    pub fn call(&mut self, method: Method, path: &str, body: impl Into<Bytes>) -> Answered {
        answered(&self.raw(method, path, body).response.expect("an answer"))
    }

    pub fn post(&mut self, path: &str, body: &Value) -> Answered {
        self.call(Method::POST, path, body.to_string())
    }

    pub fn get(&mut self, path: &str) -> Answered {
        self.call(Method::GET, path, "")
    }

    pub fn patch(&mut self, id: &str, schedule: &Value) -> Answered {
        let body = json!({ "schedule": schedule });
        self.call(Method::PATCH, &format!("{SCHEDULES}/{id}"), body.to_string())
    }

    pub fn delete(&mut self, id: &str) -> Answered {
        self.call(Method::DELETE, &format!("{SCHEDULES}/{id}"), "")
    }

    pub fn act(&mut self, id: &str, action: &str, body: &Value) {
        let answer = self.post(&format!("{SCHEDULES}/{id}/{action}"), body);
        assert_eq!(answer, Answered { status: 204, body: Value::Null });
    }

    /// Creates the schedule, which must succeed. An absent input is null.
    pub fn create(&mut self, id: &str, mut schedule: Value) {
        schedule.as_object_mut().unwrap().entry("input").or_insert(Value::Null);
        let answer = self.post(SCHEDULES, &creation(id, &schedule));
        assert_eq!(answer, Answered { status: 201, body: json!({ "schedule_id": id }) });
    }

    /// The schedule, which must exist.
    pub fn show(&mut self, id: &str) -> Value {
        let answer = self.get(&format!("{SCHEDULES}/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// The next runs of a schedule.
    pub fn future(&mut self, id: &str) -> Vec<String> {
        times(&self.show(id)["future_executions"])
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: &str) {
        self.now += span(time);
        self.sandbox.advance(self.now);
    }

    /// The runs so far: when each was due, and when it started, in seconds since the beginning.
    pub fn runs(&self) -> Vec<(i64, i64)> {
        self.sandbox.runs().iter().map(|run| (seconds(run.scheduled_at), seconds(run.started_at))).collect()
    }

    /// When the runs so far started, in seconds since the beginning.
    pub fn starts(&self) -> Vec<i64> {
        self.sandbox.runs().iter().map(|run: &RunRecord| seconds(run.started_at)).collect()
    }
}

/// The body of a create.
pub fn creation(id: &str, schedule: &Value) -> Value {
    json!({ "workflow_identifier": "report", "schedule_id": id, "schedule": schedule })
}

/// A schedule that is due every so often.
pub fn every(time: &str) -> Value {
    json!({ "intervals": [{ "every": time }] })
}

/// The same with more fields.
pub fn every_with(time: &str, more: &Value) -> Value {
    let mut schedule = every(time);
    schedule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    schedule
}

pub fn span(time: &str) -> SignedDuration {
    duration::parse_iso(time).unwrap()
}

pub fn seconds(at: Timestamp) -> i64 {
    at.as_second() - BEGINNING.parse::<Timestamp>().unwrap().as_second()
}

pub fn times(executions: &Value) -> Vec<String> {
    let list = executions.as_array().unwrap();
    list.iter().map(|execution| execution["scheduled_at"].as_str().unwrap().to_owned()).collect()
}

pub fn answered(response: &http::Response<Bytes>) -> Answered {
    let body = match response.body() {
        body if body.is_empty() => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into())),
    };
    Answered { status: response.status().as_u16(), body }
}

/// Asserts a status, and shows the body if it is another.
#[track_caller]
pub fn assert_status(answer: &Answered, status: StatusCode) {
    assert_eq!(answer.status, status.as_u16(), "{}", answer.body);
}
