//! Faults: what the client sees, what had its effect, and what is recorded.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{FaultRule, Operation};

use crate::api::{Api, SCHEDULES, answered, creation, every, every_with};

fn inject(api: &mut Api, rule: Value) {
    api.sandbox.inject(serde_json::from_value::<FaultRule>(rule).unwrap());
}

fn create_body() -> String {
    creation("a", &every_with("PT1H", &json!({ "input": null }))).to_string()
}

fn exists(api: &mut Api) -> bool {
    api.sandbox.clear_faults();
    api.sandbox.schedules().any(|schedule| &*schedule.id == "a")
}

#[test]
fn a_status_comes_in_three_shapes_and_without_an_effect() {
    for (body, expected) in [
        ("domain", json!({ "detail": "An error occurred", "code": "WF_1103" })),
        ("gateway", Value::Null),
        ("html", Value::Null),
    ] {
        let mut api = Api::new();
        inject(&mut api, json!({ "fault": { "kind": "Status", "status": 503, "body": body } }));
        let response = api.raw(Method::POST, SCHEDULES, create_body()).response.unwrap();
        assert_eq!(response.status(), 503);
        match body {
            "html" => {
                assert_eq!(response.headers()["content-type"], "text/html");
                assert!(response.body().starts_with(b"<html>"));
            }
            "gateway" => assert_eq!(answered(&response).body["message"], "Service Unavailable"),
            _ => assert_eq!(answered(&response).body, expected),
        }
        assert!(!exists(&mut api));
    }
}

#[test]
fn a_rate_limit_says_when_to_come_back_in_either_header_or_not() {
    for (rule, millis, text) in [
        (json!({ "retry_after_ms": 1500 }), Some("1500"), None),
        (json!({ "retry_after": "0.5" }), None, Some("0.5")),
        (json!({ "retry_after": "Tue, 24 Nov 2026 12:00:30 GMT" }), None, Some("Tue, 24 Nov 2026 12:00:30 GMT")),
        (json!({}), None, None),
    ] {
        let mut api = Api::new();
        let mut fault = rule;
        fault["kind"] = "RateLimited".into();
        inject(&mut api, json!({ "fault": fault }));
        let response = api.raw(Method::GET, SCHEDULES, "").response.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!((header("retry-after-ms").as_deref(), header("retry-after").as_deref()), (millis, text));
        let expected = json!({
            "object": "error", "message": "Rate limit exceeded", "type": "rate_limited", "param": null, "code": "1300",
        });
        assert_eq!(answered(&response).body, expected);
    }
}

#[test]
fn a_connection_drops_before_or_after_the_effect() {
    for (kind, effect) in [("DropBefore", false), ("DropAfter", true)] {
        let mut api = Api::new();
        inject(&mut api, json!({ "fault": { "kind": kind } }));
        assert!(api.raw(Method::POST, SCHEDULES, create_body()).response.is_none());
        assert_eq!(api.sandbox.calls()[0].status, None);
        assert_eq!(exists(&mut api), effect);
    }
}

#[test]
fn an_error_may_hide_an_effect() {
    let mut api = Api::new();
    inject(&mut api, json!({ "fault": { "kind": "StatusAfter", "status": 500 } }));
    assert_eq!(api.call(Method::POST, SCHEDULES, create_body()).status, 500);
    assert!(exists(&mut api));
}

#[test]
fn a_late_reply_has_its_effect_at_once() {
    let mut api = Api::new();
    inject(&mut api, json!({ "fault": { "kind": "LateReply", "delay": "PT5S" } }));
    let reply = api.raw(Method::POST, SCHEDULES, create_body());
    assert_eq!((reply.delay, reply.response.unwrap().status().as_u16()), (Duration::from_secs(5), 201));
    assert!(exists(&mut api));
}

#[test]
fn a_late_effect_lands_in_its_time_on_what_is_there_then() {
    let mut api = Api::new();
    api.create("a", every("PT10S"));
    inject(
        &mut api,
        json!({ "operations": ["pause"], "times": 1, "fault": { "kind": "LateEffect", "delay": "PT25S" } }),
    );
    let reply = api.raw(Method::POST, &format!("{SCHEDULES}/a/pause"), "");
    assert!(reply.response.is_none() && reply.delay.is_zero());
    assert_eq!(api.show("a")["paused"], false);
    api.wait("PT1M");
    assert_eq!(api.show("a")["paused"], true);
    assert_eq!(api.starts(), [10, 20]);
}

#[test]
fn latency_comes_on_top_of_another_fault() {
    let mut api = Api::new();
    inject(&mut api, json!({ "fault": { "kind": "Latency", "delay": "PT0.5S" } }));
    inject(&mut api, json!({ "fault": { "kind": "Status", "status": 500 } }));
    let reply = api.raw(Method::GET, SCHEDULES, "");
    assert_eq!((reply.delay, reply.response.unwrap().status().as_u16()), (Duration::from_millis(500), 500));
}

#[test]
fn a_rule_chooses_by_call_schedule_and_principal_and_wears_out() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.create("b", every("PT1H"));
    inject(
        &mut api,
        json!({
            "operations": ["get"], "schedule_id": "a", "principal": "operator", "times": 2,
            "fault": { "kind": "Status", "status": 500 },
        }),
    );
    let status = |api: &mut Api, path: &str| api.get(&format!("{SCHEDULES}{path}")).status;
    assert_eq!(status(&mut api, ""), 200);
    assert_eq!(status(&mut api, "/b"), 200);
    api.with_key("elsewhere", |api| assert_eq!(status(api, "/a"), 404));
    assert_eq!([1, 2, 3].map(|_| status(&mut api, "/a")), [500, 500, 200]);
}

#[test]
fn a_create_is_about_the_schedule_that_its_body_names() {
    let mut api = Api::new();
    inject(&mut api, json!({ "schedule_id": "a", "fault": { "kind": "DropBefore" } }));
    assert!(api.raw(Method::POST, SCHEDULES, create_body()).response.is_none());
    api.create("b", every("PT1H"));
}

#[test]
fn chance_follows_from_the_seed() {
    let outcomes = |seed| {
        let mut api = Api::seeded(seed);
        inject(&mut api, json!({ "probability": 0.3, "fault": { "kind": "Status", "status": 500 } }));
        (0..1000).map(|_| api.get(SCHEDULES).status).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(1), outcomes(1));
    assert_ne!(outcomes(1), outcomes(2));
    let failed = outcomes(1).iter().filter(|status| **status == 500).count();
    assert!((250..350).contains(&failed), "{failed} of 1000");
}

#[test]
fn every_call_is_recorded_with_its_principal_and_whether_it_would_change_something() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.wait("PT1S");
    api.get(&format!("{SCHEDULES}?page_size=5"));
    api.with_key("elsewhere", |api| drop(api.delete("a")));
    api.with_key("wrong", |api| drop(api.get("/v1/whoami")));
    let seen: Vec<_> = api
        .sandbox
        .calls()
        .iter()
        .map(|call| {
            (
                call.number,
                call.principal.as_deref(),
                call.operation,
                call.schedule_id.as_deref(),
                call.status,
                call.mutating,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (1, Some("operator"), Operation::Create, Some("a"), Some(201), true),
            (2, Some("operator"), Operation::List, None, Some(200), false),
            (3, Some("user/stranger"), Operation::Delete, Some("a"), Some(404), true),
            (4, None, Operation::Whoami, None, Some(401), false),
        ]
    );
    let calls = api.sandbox.calls();
    assert_eq!(calls[0].body.as_ref().unwrap()["schedule_id"], "a");
    assert_eq!(calls[1].path, format!("{SCHEDULES}?page_size=5"));
    assert_eq!(calls[1].at, api.now);
    api.sandbox.forget_calls();
    api.get(SCHEDULES);
    assert_eq!(api.sandbox.calls()[0].number, 5);
}
