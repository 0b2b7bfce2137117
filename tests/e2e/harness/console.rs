//! Changes that people make in the console, without the operator.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A person with their own API key.
pub struct Console {
    http: reqwest::Client,
    base: String,
    key: &'static str,
}

impl Console {
    pub(super) fn new(http: reqwest::Client, url: &str, key: &'static str) -> Self {
        Self { http, base: format!("{url}/v1/workflows/schedules"), key }
    }

    /// Creates a schedule.
    pub async fn create(&self, id: &str, workflow: &str, schedule: Value) {
        let body = json!({ "schedule_id": id, "workflow_identifier": workflow, "schedule": schedule });
        self.send(Method::POST, "", Some(body)).await;
    }

    /// Reads a schedule; `None` if it does not exist.
    #[allow(dead_code, reason = "the benchmarks need it")]
    pub async fn look(&self, id: &str) -> Option<Value> {
        let request = self.http.get(format!("{}/{id}", self.base)).bearer_auth(self.key);
        let answer = request.send().await.unwrap_or_else(|error| panic!("GET {id}: {error}"));
        match answer.status() {
            StatusCode::NOT_FOUND => None,
            _ => Some(answer.json().await.expect("JSON")),
        }
    }

    /// Changes a schedule.
    pub async fn patch(&self, id: &str, schedule: Value) {
        self.send(Method::PATCH, &format!("/{id}"), Some(json!({ "schedule": schedule }))).await;
    }

    /// Pauses a schedule.
    pub async fn pause(&self, id: &str, note: &str) {
        self.send(Method::POST, &format!("/{id}/pause"), Some(json!({ "note": note }))).await;
    }

    /// Deletes a schedule.
    pub async fn delete(&self, id: &str) {
        self.send(Method::DELETE, &format!("/{id}"), None).await;
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(self.key);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let status: StatusCode = answer.status();
        assert!(status.is_success(), "{method} {path} {body:?}: {status} {}", answer.text().await.unwrap_or_default());
    }
}
