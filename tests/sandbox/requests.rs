//! What a request must look like, and in which words it is refused: those of the vendor's models
//! behind its web framework (pydantic 2.14).

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Answered, Api, SCHEDULES, assert_status, creation};

/// The single thing that is wrong with a create.
fn wrong(body: &Value) -> Value {
    let answer = Api::new().post(SCHEDULES, body);
    assert_eq!(answer.status, 422, "{body}: {}", answer.body);
    let issues = answer.body["detail"].as_array().unwrap();
    assert_eq!(issues.len(), 1, "{}", answer.body);
    issues[0].clone()
}

/// What is wrong with one field of a schedule: type, place below `schedule`, message.
fn wrong_field(field: &str, value: &Value) -> (String, Value, String) {
    let issue = wrong(&creation("a", &json!({ "input": null, field: value })));
    let place = issue["loc"].as_array().unwrap();
    assert_eq!(place[..2], [json!("body"), json!("schedule")]);
    (issue["type"].as_str().unwrap().into(), json!(place[2..]), issue["msg"].as_str().unwrap().into())
}

#[test]
fn a_validation_error_says_what_where_why_and_echoes_the_input() {
    let issue = wrong(&creation("a", &json!({ "input": "secret", "policy": { "overlap": 7 } })));
    let expected = json!({
        "type": "enum", "loc": ["body", "schedule", "policy", "overlap"], "input": 7,
        "msg": "Input should be 1, 2, 3, 4, 5 or 6", "ctx": { "expected": "1, 2, 3, 4, 5 or 6" },
    });
    assert_eq!(issue, expected);
    let missing = wrong(&json!({ "schedule": { "input": "secret" } }));
    assert_eq!(missing["input"], json!({ "schedule": { "input": "secret" } }));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let schedule = json!({ "jitter": "1h", "calendars": [{ "hour": [{ "end": "x" }] }], "policy": null });
    let answer = Api::new().post(SCHEDULES, &creation("a", &schedule));
    let issues = answer.body["detail"].as_array().unwrap();
    let places: Vec<String> = issues.iter().map(|issue| issue["loc"].to_string()).collect();
    assert_eq!(
        places,
        [
            r#"["body","schedule","input"]"#,
            r#"["body","schedule","calendars",0,"hour",0,"start"]"#,
            r#"["body","schedule","calendars",0,"hour",0,"end"]"#,
            r#"["body","schedule","jitter"]"#,
            r#"["body","schedule","policy"]"#,
        ]
    );
}

#[test]
fn null_is_no_list_and_no_policy() {
    for field in ["calendars", "intervals", "cron_expressions", "skip"] {
        let expected = ("list_type".into(), json!([field]), "Input should be a valid list".into());
        assert_eq!(wrong_field(field, &Value::Null), expected);
    }
    assert_eq!(wrong_field("policy", &Value::Null).0, "model_attributes_type");
    for (field, kind) in
        [("overlap", "enum"), ("catchup_window_seconds", "int_type"), ("pause_on_failure", "bool_type")]
    {
        let (wrong, place, _) = wrong_field("policy", &json!({ field: null }));
        assert_eq!((wrong.as_str(), place), (kind, json!(["policy", field])));
    }
}

#[test]
fn null_is_fine_where_there_may_be_nothing() {
    let schedule = json!({
        "input": null, "start_at": null, "end_at": null, "jitter": null, "time_zone_name": null, "max_executions": null,
        "calendars": [{ "comment": null }], "intervals": [{ "every": "PT1H", "offset": null }],
    });
    assert_status(&Api::new().post(SCHEDULES, &creation("a", &schedule)), StatusCode::CREATED);
}

#[test]
fn durations_are_iso_8601_or_seconds() {
    for text in ["1h", "1h30m", "", "P", "PT", "5", "P1H", "PT5"] {
        let (kind, place, msg) = wrong_field("jitter", &json!(text));
        assert_eq!((kind.as_str(), place), ("time_delta_parsing", json!(["jitter"])), "{text}");
        assert!(msg.starts_with("Input should be a valid timedelta, "), "{msg}");
    }
    assert_eq!(wrong_field("jitter", &json!([])).0, "time_delta_type");
    for (sent, back) in
        [(json!("P1W"), "P7D"), (json!("PT1,5S"), "PT1.5S"), (json!(3600), "PT1H"), (json!(1.5), "PT1.5S")]
    {
        let mut api = Api::new();
        api.create("a", json!({ "jitter": sent }));
        assert_eq!(api.show("a")["jitter"], back);
    }
}

#[test]
fn datetimes_have_any_offset_or_none() {
    for text in ["x", "", "2026-13-01", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00 Z"] {
        assert_eq!(wrong_field("start_at", &json!(text)).0, "datetime_from_date_parsing", "{text}");
    }
    assert_eq!(wrong_field("start_at", &json!(true)).0, "datetime_type");
    for (sent, back) in [
        (json!("2026-01-01"), "2026-01-01T00:00:00Z"),
        (json!("2026-01-01T00:00:00"), "2026-01-01T00:00:00Z"),
        (json!("2026-01-01T00:00:00+01:00"), "2025-12-31T23:00:00Z"),
        (json!("2026-01-01T00:00:00.5Z"), "2026-01-01T00:00:00.500000Z"),
        (json!(1_700_000_000), "2023-11-14T22:13:20Z"),
    ] {
        let mut api = Api::new();
        api.create("a", json!({ "start_at": sent }));
        assert_eq!(api.show("a")["start_at"], back);
    }
}

#[test]
fn numbers_and_booleans_may_come_as_text() {
    let mut api = Api::new();
    let range = json!([{ "start": " 7.0 ", "end": 8.0, "step": true }]);
    let policy = json!({ "overlap": "2", "catchup_window_seconds": "60", "pause_on_failure": "yes" });
    api.create("a", json!({ "calendars": [{ "hour": range }], "policy": policy }));
    let shown = api.show("a");
    assert_eq!(shown["calendars"][0]["hour"], json!([{ "start": 7, "end": 8, "step": 1 }]));
    assert_eq!(shown["policy"], json!({ "overlap": 2, "catchup_window_seconds": 60, "pause_on_failure": true }));
    assert_eq!(wrong_field("max_executions", &json!(1.5)).0, "int_from_float");
    assert_eq!(wrong_field("max_executions", &json!("x")).0, "int_parsing");
    assert_eq!(wrong_field("policy", &json!({ "pause_on_failure": "maybe" })).0, "bool_parsing");
}

#[test]
fn calendar_fields_are_lists_of_ranges() {
    let kind = |hour: Value| wrong_field("calendars", &json!([{ "hour": hour }])).0;
    assert_eq!(kind(json!(9)), "is_instance_of");
    assert_eq!(kind(json!("9")), "sequence_str");
    assert_eq!(kind(Value::Null), "is_instance_of");
    assert_eq!(kind(json!([9])), "model_attributes_type");
}

#[test]
fn exactly_one_of_workflow_and_registration_is_needed() {
    let uuid = "0190d8a0-0000-7000-8000-00000000000A";
    let msg = |fields: Value| {
        let mut body = json!({ "schedule": { "input": null } });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        wrong(&body)["msg"].as_str().unwrap().to_owned()
    };
    let none = "Value error, Either workflow_registration_id or workflow_identifier must be provided";
    assert_eq!(msg(json!({})), none);
    assert_eq!(msg(json!({ "workflow_identifier": "", "workflow_registration_id": null })), none);
    let both = "Value error, Only one of workflow_registration_id or workflow_identifier can be provided";
    assert_eq!(msg(json!({ "workflow_identifier": "w", "workflow_registration_id": uuid })), both);
    assert!(msg(json!({ "workflow_registration_id": "x" })).starts_with("Input should be a valid UUID, "));
    for field in ["workflow_registration_id", "workflow_version_id"] {
        let mut api = Api::new();
        let body = json!({ "schedule": { "input": null }, "schedule_id": "a", field: uuid });
        assert_status(&api.post(SCHEDULES, &body), StatusCode::CREATED);
        assert_eq!(api.show("a")["workflow_name"], uuid.to_lowercase());
    }
}

#[test]
fn deployment_names_have_a_pattern_and_an_end() {
    for (name, kind) in [
        ("a b".to_owned(), "string_pattern_mismatch"),
        (String::new(), "string_pattern_mismatch"),
        ("a".repeat(129), "string_too_long"),
    ] {
        let mut body = creation("a", &json!({ "input": null }));
        body["deployment_name"] = name.into();
        assert_eq!(wrong(&body)["type"], kind);
    }
}

#[test]
fn bodies_that_are_no_json_no_object_or_missing_are_refused() {
    let issue = |body: &'static str| {
        let answer = Api::new().call(Method::POST, SCHEDULES, body);
        assert_eq!(answer.status, 422);
        (answer.body["detail"][0]["type"].clone(), answer.body["detail"][0]["loc"].clone())
    };
    assert_eq!(issue(""), (json!("missing"), json!(["body"])));
    assert_eq!(issue("null"), (json!("model_attributes_type"), json!(["body"])));
    assert_eq!(issue("[]"), (json!("model_attributes_type"), json!(["body"])));
    assert_eq!(issue("{\n  \"a\": }"), (json!("json_invalid"), json!(["body", 9])));
}

#[test]
fn unknown_fields_are_ignored() {
    let mut api = Api::new();
    api.create("a", json!({ "unheard_of": 1, "calendars": [{ "minutes": 3 }], "policy": { "x": 1 } }));
    assert_eq!(api.show("a")["calendars"].as_array().unwrap().len(), 1);
}

#[test]
fn list_checks_its_query() {
    for (query, kind) in [
        ("page_size=0", "greater_than_equal"),
        ("page_size=1001", "less_than_equal"),
        ("page_size=x", "int_parsing"),
        ("page_size=", "int_parsing"),
        ("status=foo", "literal_error"),
    ] {
        let answer = Api::new().get(&format!("{SCHEDULES}?{query}"));
        assert_eq!((answer.status, &answer.body["detail"][0]["type"]), (422, &json!(kind)), "{query}");
        assert_eq!(answer.body["detail"][0]["loc"][0], "query");
    }
}

#[test]
fn a_catch_up_window_is_a_whole_number_of_seconds() {
    let wrong = |window: Value| {
        let policy = json!({ "catchup_window_seconds": window });
        let body = creation("a", &json!({ "input": null, "policy": policy }));
        let answer = Api::new().post(SCHEDULES, &body);
        assert_eq!(answer.status, 422);
        answer.body["detail"].clone()
    };
    let expected = json!([{
        "type": "int_from_float",
        "loc": ["body", "schedule", "policy", "catchup_window_seconds"],
        "msg": "Input should be a valid integer, got a number with a fractional part",
        "input": 10.5,
    }]);
    assert_eq!(wrong(json!(10.5)), expected);
    assert_eq!(wrong(json!("10.5"))[0]["type"], "int_parsing");
    let mut api = Api::new();
    api.create("a", json!({ "policy": { "catchup_window_seconds": 60.0 } }));
    assert_eq!(api.show("a")["policy"]["catchup_window_seconds"], 60);
    let answer = api.patch("a", &json!({ "policy": { "catchup_window_seconds": 60.5 } }));
    assert_eq!((answer.status, &answer.body["detail"][0]["type"]), (422, &json!("int_from_float")));
}

#[test]
fn trigger_checks_its_overlap() {
    let mut api = Api::new();
    api.create("a", json!({}));
    let path = format!("{SCHEDULES}/a/trigger");
    assert_eq!(api.post(&path, &json!({ "overlap": 9 })).body["detail"][0]["type"], "enum");
    for body in ["", "null", "{}", r#"{"overlap":null}"#] {
        assert_eq!(api.call(Method::POST, &path, body).status, 204, "{body:?}");
    }
}

#[test]
fn inputs_end_at_2_mib() {
    let mut api = Api::new();
    api.create("a", json!({ "input": "x".repeat(2_090_000) }));
    let answer = api.post(SCHEDULES, &creation("b", &json!({ "input": "x".repeat(2_097_000) })));
    assert_eq!(
        answer,
        Answered { status: 422, body: json!({ "detail": "Blob data size exceeds limit.", "code": "WF_1200" }) }
    );
}

#[test]
fn without_a_good_key_every_call_is_a_401() {
    for key in ["", "wrong"] {
        let mut api = Api::new();
        api.with_key(key, |api| {
            for path in [SCHEDULES, "/v1/whoami", "/v1/nonsense"] {
                assert_eq!(api.get(path), Answered { status: 401, body: json!({ "detail": "Unauthorized" }) });
            }
        });
    }
}

#[test]
fn a_path_or_method_that_is_none_of_the_api_is_a_404_or_405() {
    let mut api = Api::new();
    assert_eq!(api.get("/v1/nonsense"), Answered { status: 404, body: json!({ "detail": "Not Found" }) });
    let answer = api.call(Method::PUT, SCHEDULES, "");
    assert_eq!(answer, Answered { status: 405, body: json!({ "detail": "Method Not Allowed" }) });
}
