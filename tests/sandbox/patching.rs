//! PATCH: reads, lays over, writes back.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Answered, Api, SCHEDULES, assert_status, every, every_with};

/// The fields of a schedule, but for its runs.
fn fields(api: &mut Api, id: &str) -> Value {
    let mut shown = api.show(id);
    for runs in ["future_executions", "recent_executions"] {
        shown.as_object_mut().unwrap().remove(runs);
    }
    shown
}

#[test]
fn each_field_can_be_changed_alone_and_the_others_stay() {
    for (field, sent, back) in [
        ("input", json!({ "x": 2 }), json!({ "x": 2 })),
        ("input", Value::Null, Value::Null),
        ("intervals", json!([{ "every": "PT24H", "offset": "PT1H" }]), json!([{ "every": "P1D", "offset": "PT1H" }])),
        ("calendars", json!([]), json!([])),
        ("skip", json!([]), json!([])),
        ("start_at", json!("2027-01-01T01:00:00+01:00"), json!("2027-01-01T00:00:00Z")),
        ("end_at", Value::Null, Value::Null),
        ("jitter", json!("PT90S"), json!("PT1M30S")),
        ("time_zone_name", Value::Null, Value::Null),
        (
            "policy",
            json!({ "overlap": 6 }),
            json!({ "overlap": 6, "catchup_window_seconds": 31_536_000, "pause_on_failure": false }),
        ),
    ] {
        let mut api = Api::new();
        let schedule = json!({
            "input": 1, "calendars": [{ "hour": [{ "start": 9 }] }], "skip": [{}], "end_at": "2030-01-01T00:00:00Z",
            "jitter": "PT5S", "time_zone_name": "Asia/Tokyo", "policy": { "overlap": 2, "pause_on_failure": true },
            "max_executions": 7,
        });
        api.create("a", every_with("PT1H", &schedule));
        let mut expected = fields(&mut api, "a");
        expected[field] = back;
        let answer = api.patch("a", &json!({ field: sent }));
        assert_eq!(answer, Answered { status: 200, body: json!({ "schedule_id": "a" }) });
        assert_eq!(fields(&mut api, "a"), expected, "{field}");
    }
}

#[test]
fn crons_sent_alone_add_times_and_keep_the_old_ones() {
    let mut api = Api::new();
    api.create("a", json!({ "cron_expressions": ["0 9 * * *"] }));
    api.patch("a", &json!({ "cron_expressions": ["0 17 * * *", "@every 90m"] }));
    let shown = api.show("a");
    let hours: Vec<_> = shown["calendars"].as_array().unwrap().iter().map(|c| c["hour"][0]["start"].clone()).collect();
    assert_eq!(hours, [9, 17]);
    assert_eq!(shown["intervals"][0]["every"], "PT1H30M");
    assert_eq!(shown["cron_expressions"], json!([]));
}

#[test]
fn the_zone_of_a_cron_must_agree_with_the_one_that_is_there() {
    let mut api = Api::new();
    api.create("a", json!({ "cron_expressions": ["TZ=Europe/Paris 0 9 * * *"] }));
    let answer = api.patch("a", &json!({ "cron_expressions": ["TZ=Asia/Tokyo 0 9 * * *"] }));
    let refusal = json!({ "detail": "Invalid schedule spec: conflicting timezone names", "code": "WF_1200" });
    assert_eq!(answer, Answered { status: 422, body: refusal });
    assert_eq!(api.show("a")["time_zone_name"], "Europe/Paris");
}

#[test]
fn everything_else_is_ignored() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    let before = api.show("a");
    let body = json!({
        "schedule": { "schedule_id": "b", "note": "x", "paused": true, "remaining_executions": 3, "unheard_of": 1 },
        "workflow_identifier": "other", "deployment_name": "other", "schedule_id": "b",
    });
    assert_eq!(api.call(Method::PATCH, &format!("{SCHEDULES}/a"), body.to_string()).status, 200);
    assert_eq!(api.show("a"), before);
}

#[test]
fn max_executions_starts_a_new_count_even_if_it_is_the_same() {
    let mut api = Api::new();
    api.create("a", every_with("PT10S", &json!({ "max_executions": 3 })));
    api.wait("PT25S");
    let remaining = |api: &mut Api, schedule: Value| {
        assert_status(&api.patch("a", &schedule), StatusCode::OK);
        api.show("a")["remaining_executions"].clone()
    };
    assert_eq!(remaining(&mut api, json!({ "input": 1 })), 1);
    assert_eq!(remaining(&mut api, json!({ "max_executions": 3 })), 3);
    assert_eq!(remaining(&mut api, json!({ "max_executions": null })), Value::Null);
    assert_eq!(remaining(&mut api, json!({ "max_executions": 0 })), 0);
    assert_eq!(api.future("a"), [""; 0]);
}

#[test]
fn a_limit_of_none_cannot_be_created_and_a_negative_one_fails_the_engine() {
    let mut api = Api::new();
    let schedule = |max: i64| json!({ "input": null, "max_executions": max });
    assert_eq!(api.post(SCHEDULES, &crate::api::creation("a", &schedule(0))).status, 422);
    let answer = api.post(SCHEDULES, &crate::api::creation("a", &schedule(-1)));
    assert_eq!(answer, Answered { status: 500, body: json!({ "detail": "An error occurred", "code": "WF_1200" }) });
}

#[test]
fn pause_and_note_stay() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.act("a", "pause", &json!({ "note": "wait" }));
    api.patch("a", &every("PT2H"));
    let shown = api.show("a");
    assert_eq!((&shown["paused"], &shown["note"]), (&json!(true), &json!("wait")));
}

#[test]
fn a_refused_patch_changes_nothing() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    let before = api.show("a");
    let answer = api.patch("a", &json!({ "input": 5, "time_zone_name": "Europe/Atlantis" }));
    assert_eq!(answer.body["detail"], "Invalid schedule spec: unknown time zone Europe/Atlantis");
    assert_eq!(api.show("a"), before);
}

#[test]
fn no_run_is_lost_or_doubled_by_an_equal_patch_at_any_time() {
    let untouched = {
        let mut api = Api::new();
        api.create("a", every_with("PT10S", &json!({ "jitter": "PT9S" })));
        api.wait("PT2M");
        api.runs()
    };
    let mut api = Api::new();
    api.create("a", every_with("PT10S", &json!({ "jitter": "PT9S" })));
    for _ in 0..240 {
        api.wait("PT0.5S");
        let listed = api.future("a");
        api.patch("a", &every_with("PT10S", &json!({ "jitter": "PT9S" })));
        assert_eq!(api.future("a"), listed);
    }
    assert_eq!(api.runs(), untouched);
}

#[test]
fn what_a_new_timing_would_have_fired_before_never_fires() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.wait("PT10.5S");
    api.patch("a", &every("PT1S"));
    api.wait("PT2S");
    assert_eq!(api.starts(), [11, 12]);
}
