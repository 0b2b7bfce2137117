//! Answers that a client must survive: too large, of unexpected values, or with its own API key.

use http::Method;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{FaultRule, Key};

use crate::api::{Api, SCHEDULES, answered, creation, every, every_with};

fn inject(api: &mut Api, fault: &Value) {
    api.sandbox.inject(serde_json::from_value::<FaultRule>(json!({ "fault": fault })).unwrap());
}

fn with_fault(fault: &Value) -> Api {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    inject(&mut api, fault);
    api
}

#[test]
fn a_page_of_many_small_entries_is_valid_json_of_the_size_asked_for() {
    let mut api = with_fault(&json!({ "kind": "LargeBody", "content": "entries", "size": 1_000_000 }));
    let reply = api.raw(Method::GET, SCHEDULES, "");
    let response = reply.response.unwrap();
    assert!((1_000_000..1_000_100).contains(&response.body().len()), "{}", response.body().len());
    let page = answered(&response);
    assert_eq!((page.status, &page.body["next_page_token"], reply.repeat), (200, &Value::Null, None));
    let entries = page.body["schedules"].as_array().unwrap();
    assert!(entries.len() > 14_000, "{}", entries.len());
    assert_eq!(entries[7], json!({ "schedule_id": "large-7", "workflow_name": "w", "paused": false }));
}

#[test]
fn other_large_bodies_are_valid_json_of_the_size_asked_for_too() {
    for (content, status) in [("whitespace", 200), ("detail", 500), ("nested", 422)] {
        let fault = json!({ "kind": "LargeBody", "content": content, "status": status, "size": 200 });
        let response = with_fault(&fault).raw(Method::GET, SCHEDULES, "").response.unwrap();
        assert_eq!(response.status(), status);
        assert!((198..=200).contains(&response.body().len()), "{content}: {}", response.body().len());
        serde_json::from_slice::<Value>(response.body()).unwrap();
    }
}

#[test]
fn a_large_body_without_an_end_has_a_part_that_repeats() {
    for content in ["entries", "whitespace", "detail", "nested"] {
        let fault = json!({ "kind": "LargeBody", "content": content, "size": 10_000, "endless": true });
        let reply = with_fault(&fault).raw(Method::GET, SCHEDULES, "");
        let mut body = reply.response.unwrap().into_body().to_vec();
        assert!(body.len() > 9_900, "{content}");
        body.extend_from_slice(&reply.repeat.expect("a part"));
        let error = serde_json::from_slice::<Value>(&body).unwrap_err();
        assert!(error.is_eof() || error.to_string().contains("recursion limit"), "{content}: {error}");
    }
}

#[test]
fn a_large_body_comes_without_an_effect() {
    let mut api = Api::new();
    inject(&mut api, &json!({ "kind": "LargeBody", "content": "detail", "size": 100 }));
    let body = creation("a", &every_with("PT1H", &json!({ "input": null })));
    assert_eq!(api.post(SCHEDULES, &body).status, 200);
    assert_eq!(api.sandbox.schedules().count(), 0);
}

#[test]
fn a_field_may_be_huge_in_every_place_where_it_stands() {
    for field in ["input", "note", "execution_id", "workflow_name"] {
        let mut api = with_fault(&json!({ "kind": "ReplaceField", "field": field, "with": { "text": 100_000 } }));
        api.act("a", "trigger", &Value::Null);
        let shown = api.show("a");
        let page = api.get(SCHEDULES).body;
        for schedule in [&shown, &page["schedules"][0]] {
            let place = if field == "execution_id" { &schedule["recent_executions"][0] } else { schedule };
            assert_eq!(place[field].as_str().unwrap().len(), 100_000, "{field}");
        }
        assert_eq!(shown["schedule_id"], "a");
    }
}

#[test]
fn a_field_may_be_nested_deeper_than_a_parser_goes() {
    let mut api = with_fault(&json!({ "kind": "ReplaceField", "field": "input", "with": { "nested": 100_000 } }));
    let response = api.raw(Method::GET, &format!("{SCHEDULES}/a"), "").response.unwrap();
    let text = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(text.contains(&format!("\"input\":{}{}", "[".repeat(100_000), "]".repeat(100_000))));
    let error = serde_json::from_str::<Value>(&text).unwrap_err().to_string();
    assert!(error.starts_with("recursion limit exceeded"), "{error}");
}

#[test]
fn a_field_may_be_absent() {
    let mut api = with_fault(&json!({ "kind": "ReplaceField", "field": "paused", "with": "absent" }));
    assert_eq!(api.show("a").get("paused"), None);
}

#[test]
fn an_answer_with_a_replaced_field_has_its_effect() {
    let mut api = Api::new();
    inject(&mut api, &json!({ "kind": "ReplaceField", "field": "schedule_id", "with": { "value": 7 } }));
    let body = creation("a", &every_with("PT1H", &json!({ "input": null })));
    assert_eq!(api.post(SCHEDULES, &body).body, json!({ "schedule_id": 7 }));
    assert_eq!(api.call(Method::DELETE, &format!("{SCHEDULES}/a"), "").status, 204);
}

#[test]
fn an_execution_may_have_no_status_an_old_one_or_an_unknown_one() {
    for status in [Value::Null, json!("RETRYING_AFTER_ERROR"), json!("SLEEPING")] {
        let mut api = with_fault(&json!({ "kind": "ReplaceField", "field": "status", "with": { "value": status } }));
        api.act("a", "trigger", &Value::Null);
        let execution = api.get("/v1/workflows/executions/a-2026-11-24T12:00:00Z").body;
        assert_eq!((&execution["status"], &execution["workflow_name"]), (&status, &json!("report")));
    }
}

#[test]
fn a_principal_may_be_of_an_unknown_type() {
    let fault = json!({ "kind": "ReplaceField", "field": "principal_type", "with": { "value": "robot" } });
    let identity = with_fault(&fault).get("/v1/whoami").body;
    assert_eq!(
        (&identity["principal"]["principal_type"], &identity["workspace"]["id"]),
        (&json!("robot"), &json!("home"))
    );
}

const KEY: &str = "s3/cr\"et";

/// The error that repeats [`KEY`], as it is on the wire.
fn echoed(status: u16, spelling: &str) -> String {
    let mut api = Api::new();
    api.set(|settings| drop(settings.keys.insert(KEY.into(), Key::new("operator", "home"))));
    inject(&mut api, &json!({ "kind": "EchoKey", "status": status, "spelling": spelling }));
    let mut text = String::new();
    api.with_key(KEY, |api| {
        let response = api.raw(Method::GET, SCHEDULES, "").response.unwrap();
        assert_eq!(response.status(), status);
        text = String::from_utf8(response.into_body().to_vec()).unwrap();
    });
    serde_json::from_str::<Value>(&text).unwrap();
    text
}

#[test]
fn an_error_may_repeat_the_key_in_every_spelling() {
    for (spelling, written) in [
        ("plain", r#"Bearer s3/cr\"et is not accepted"#),
        ("escaped_slash", r#"Bearer s3\/cr\"et is not accepted"#),
        ("unicode", r"Bearer \u0073\u0033\u002f\u0063\u0072\u0022\u0065\u0074 is not accepted"),
        ("percent", "Bearer %73%33%2F%63%72%22%65%74 is not accepted"),
        ("base64", "Bearer czMvY3IiZXQ= is not accepted"),
        ("base64_header", "Bearer QmVhcmVyIHMzL2NyImV0 is not accepted"),
    ] {
        let text = echoed(401, spelling);
        assert!(text.contains(written), "{text}");
    }
}

#[test]
fn an_error_that_repeats_the_key_comes_in_the_shape_of_its_status() {
    let body = |status| serde_json::from_str::<Value>(&echoed(status, "unicode")).unwrap();
    let said = format!("Bearer {KEY} is not accepted");
    assert_eq!(body(401), json!({ "detail": format!("Unauthorized: {said}") }));
    assert_eq!(body(403)["message"], format!("Forbidden: {said}"));
    assert_eq!(body(422)["detail"][0]["input"], format!("Bearer {KEY}"));
    assert_eq!(body(422)["detail"][0]["msg"], format!("Value error, {said}"));
    assert_eq!((&body(400)["object"], &body(400)["message"]), (&json!("error"), &json!(said)));
}

#[test]
fn an_error_may_come_in_the_vendors_generic_shape() {
    for (status, message, kind) in
        [(403, "Forbidden", "invalid_request_error"), (503, "Service Unavailable", "server_error")]
    {
        let mut api = with_fault(&json!({ "kind": "Status", "status": status, "body": "generic" }));
        let answer = api.get(SCHEDULES);
        let expected = json!({ "object": "error", "message": message, "type": kind, "param": null, "code": null });
        assert_eq!((answer.status, answer.body), (status, expected));
    }
}
