//! The HTTP server and the control API, over a real socket.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use workflow_schedule_operator::sandbox::{Key, Options, Sandbox, server};

use crate::api::{SCHEDULES, creation, every_with};

struct Edge {
    base: String,
    client: reqwest::Client,
}

impl Edge {
    async fn start() -> Self {
        // A second installation fails, and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let options = Options::default().with_key("key", Key::new("operator", "home"));
        tokio::spawn(server::serve(listener, Sandbox::new(options, Timestamp::now()), std::future::pending()));
        Self { base, client: reqwest::Client::new() }
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth("key");
        let response = if body.is_null() { request.send().await? } else { request.json(body).send().await? };
        let status = response.status().as_u16();
        Ok((status, serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null)))
    }

    async fn get(&self, path: &str) -> Value {
        self.send(Method::GET, path, &Value::Null).await.unwrap().1
    }

    /// Creates a daily schedule at a time of day that is not now.
    async fn create(&self, id: &str) {
        let body = creation(id, &every_with("P1D", &json!({ "input": { "x": 1 }, "max_executions": 5 })));
        assert_eq!(self.send(Method::POST, SCHEDULES, &body).await.unwrap().0, 201);
    }

    async fn fault(&self, rule: &Value) {
        assert_eq!(self.send(Method::POST, "/sandbox/faults", rule).await.unwrap().0, 201);
    }
}

#[tokio::test]
async fn calls_are_answered_and_recorded() {
    let edge = Edge::start().await;
    edge.create("a").await;
    assert_eq!(edge.get(&format!("{SCHEDULES}/a")).await["schedule_id"], "a");
    let calls = edge.get("/sandbox/calls").await;
    let seen: Vec<_> = calls["calls"].as_array().unwrap().iter().map(|call| call["operation"].clone()).collect();
    assert_eq!(seen, ["create", "get"], "the control API itself is not recorded");
    assert_eq!(calls["calls"][0]["mutating"], true);
    assert_eq!(calls["calls"][0]["body"]["schedule_id"], "a");
    assert_eq!(edge.send(Method::DELETE, "/sandbox/calls", &Value::Null).await.unwrap().0, 204);
    assert_eq!(edge.get("/sandbox/calls").await, json!({ "calls": [] }));
}

#[tokio::test]
async fn a_dropped_call_closes_the_connection_without_an_answer() {
    let edge = Edge::start().await;
    edge.create("a").await;
    edge.fault(&json!({ "operations": ["delete"], "fault": { "kind": "DropAfter" } })).await;
    let error = edge.send(Method::DELETE, &format!("{SCHEDULES}/a"), &Value::Null).await.unwrap_err();
    assert!(error.is_request() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(edge.send(Method::GET, &format!("{SCHEDULES}/a"), &Value::Null).await.unwrap().0, 404);
}

#[tokio::test]
async fn a_delayed_answer_holds_up_no_other_call() {
    let edge = Edge::start().await;
    edge.fault(&json!({ "operations": ["list"], "fault": { "kind": "Latency", "delay": "PT0.5S" } })).await;
    let begun = Instant::now();
    let slow = edge.send(Method::GET, SCHEDULES, &Value::Null);
    let quick = async {
        edge.get("/v1/whoami").await;
        begun.elapsed()
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!(slow.unwrap().0, 200);
    assert!(begun.elapsed() >= Duration::from_millis(500));
    assert!(quick < Duration::from_millis(500), "{quick:?}");
}

#[tokio::test]
async fn the_truth_can_be_looked_at() {
    let edge = Edge::start().await;
    edge.create("a").await;
    let shown = edge.get("/sandbox/schedules").await;
    let mut expected = edge.get(&format!("{SCHEDULES}/a")).await;
    expected["max_executions"] = 5.into();
    expected["workspace"] = "home".into();
    expected["created_by"] = "operator".into();
    assert_eq!(shown, json!({ "schedules": { "a": expected } }));
}

#[tokio::test]
async fn the_clock_can_be_moved_forward_and_all_that_lies_between_fires() {
    let edge = Edge::start().await;
    edge.create("a").await;
    let now = |body: Value| body["now"].as_str().unwrap().parse::<Timestamp>().unwrap();
    let before = now(edge.get("/sandbox/clock").await);
    let moved = edge.send(Method::POST, "/sandbox/clock", &json!({ "advance": "P3D" })).await.unwrap().1;
    assert!(now(moved).duration_since(before) >= SignedDuration::from_hours(72));
    assert!(now(edge.get("/sandbox/clock").await).duration_since(before) >= SignedDuration::from_hours(72));
    let runs = edge.get("/sandbox/runs").await;
    let runs = runs["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    assert_eq!((&runs[0]["schedule_id"], &runs[0]["status"]), (&json!("a"), &json!("COMPLETED")));
    assert_eq!((&runs[0]["input"], &runs[0]["triggered"]), (&json!({ "x": 1 }), &json!(false)));
    let back = edge.send(Method::POST, "/sandbox/clock", &json!({ "advance": "-PT1H" })).await.unwrap();
    assert_eq!(back.0, 400);
}

#[tokio::test]
async fn settings_are_changed_while_it_runs() {
    let edge = Edge::start().await;
    let patch = json!({ "partial_list": true, "keys": { "other": { "principal": "console", "workspace": "home" } } });
    let (status, settings) = edge.send(Method::PATCH, "/sandbox/settings", &patch).await.unwrap();
    assert_eq!((status, &settings["partial_list"]), (200, &json!(true)));
    assert_eq!(edge.get("/sandbox/settings").await, settings);
    let response = edge.client.get(format!("{}/v1/whoami", edge.base)).bearer_auth("other").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let (status, body) = edge.send(Method::PATCH, "/sandbox/settings", &json!({ "partial": 1 })).await.unwrap();
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().starts_with("unknown field `partial`"));
}

#[tokio::test]
async fn faults_are_listed_and_cleared() {
    let edge = Edge::start().await;
    let fault = json!({ "kind": "RateLimited", "retry_after_ms": 5, "retry_after": null });
    edge.fault(&json!({ "times": 3, "fault": fault })).await;
    assert_eq!(edge.get("/sandbox/faults").await["faults"][0]["fault"], fault);
    assert_eq!(edge.send(Method::GET, SCHEDULES, &Value::Null).await.unwrap().0, 429);
    assert_eq!(edge.get("/sandbox/faults").await["faults"][0]["times"], 2);
    edge.send(Method::DELETE, "/sandbox/faults", &Value::Null).await.unwrap();
    assert_eq!(edge.send(Method::GET, SCHEDULES, &Value::Null).await.unwrap().0, 200);
    let (status, _) = edge.send(Method::POST, "/sandbox/faults", &json!({ "fault": { "kind": "No" } })).await.unwrap();
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_read_to_its_end() {
    let edge = Edge::start().await;
    let body = json!({ "x": "x".repeat(9 << 20) });
    // The server may close while the client is still sending: then there is no answer to read.
    if let Ok((status, _)) = edge.send(Method::POST, SCHEDULES, &body).await {
        assert_eq!(status, 413);
    }
    assert_eq!(edge.get("/sandbox/calls").await, json!({ "calls": [] }));
}

#[tokio::test]
async fn a_body_without_an_end_is_sent_until_the_client_closes() {
    let edge = Edge::start().await;
    let fault = json!({ "kind": "LargeBody", "content": "entries", "size": 1000, "endless": true });
    edge.fault(&json!({ "operations": ["list"], "times": 1, "fault": fault })).await;
    let request = edge.client.get(format!("{}{SCHEDULES}", edge.base)).bearer_auth("key");
    let mut response = request.send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.content_length()), (200, None));
    let mut received = 0;
    while received < 10 << 20 {
        received += response.chunk().await.unwrap().expect("it does not end").len();
    }
    drop(response);
    assert_eq!(edge.get(SCHEDULES).await["schedules"], json!([]));
}

#[tokio::test]
async fn a_large_page_takes_longer_than_a_small_one() {
    let edge = Edge::start().await;
    for id in ["a", "b", "c", "d"] {
        edge.create(id).await;
    }
    edge.send(Method::PATCH, "/sandbox/settings", &json!({ "list_time_per_entry": "PT0.1S" })).await.unwrap();
    let begun = Instant::now();
    edge.get(&format!("{SCHEDULES}?page_size=4")).await;
    assert!(begun.elapsed() >= Duration::from_millis(400));
}
