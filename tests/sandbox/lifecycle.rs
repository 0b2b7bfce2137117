//! Create, look at, pause, resume, trigger, delete.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::api::{Answered, Api, SCHEDULES, assert_status, creation, every, every_with};

#[test]
fn a_schedule_shows_all_that_it_was_created_with_and_what_follows_from_it() {
    let mut api = Api::new();
    let schedule = json!({
        "input": { "to": "board" }, "cron_expressions": ["0 9 * * 1-5"], "time_zone_name": "Europe/Paris",
        "policy": { "overlap": 2, "catchup_window_seconds": 60, "pause_on_failure": true }, "max_executions": 2,
    });
    let mut body = creation("daily", &schedule);
    body["deployment_name"] = "production".into();
    assert_status(&api.post(SCHEDULES, &body), StatusCode::CREATED);
    let range = |start: i64, end: i64| json!([{ "start": start, "end": end, "step": 1 }]);
    let expected = json!({
        "schedule_id": "daily", "workflow_name": "report", "deployment_name": "production",
        "paused": false, "note": null, "input": { "to": "board" },
        "calendars": [{
            "second": range(0, 0), "minute": range(0, 0), "hour": range(9, 9), "day_of_month": range(1, 31),
            "month": range(1, 12), "year": [], "day_of_week": range(1, 5), "comment": null,
        }],
        "intervals": [], "cron_expressions": [], "skip": [], "start_at": null, "end_at": null, "jitter": null,
        "time_zone_name": "Europe/Paris",
        "policy": { "overlap": 2, "catchup_window_seconds": 60, "pause_on_failure": true },
        "remaining_executions": 2,
        "future_executions": [{ "scheduled_at": "2026-11-25T08:00:00Z" }, { "scheduled_at": "2026-11-26T08:00:00Z" }],
        "recent_executions": [],
    });
    assert_eq!(api.show("daily"), expected);
}

#[test]
fn without_an_id_a_schedule_gets_one_that_follows_from_the_seed() {
    let id = |seed| {
        let mut api = Api::seeded(seed);
        let body = json!({ "workflow_identifier": "report", "schedule": { "input": null } });
        api.post(SCHEDULES, &body).body["schedule_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(id(1), id(1));
    assert_ne!(id(1), id(2));
}

#[test]
fn an_id_within_the_schedule_counts_if_there_is_none_beside_it() {
    let mut api = Api::new();
    let body = json!({ "workflow_identifier": "report", "schedule": { "input": null, "schedule_id": "inner" } });
    assert_eq!(api.post(SCHEDULES, &body).body, json!({ "schedule_id": "inner" }));
}

#[test]
fn an_id_that_exists_is_a_conflict_and_changes_nothing_even_if_the_schedule_is_equal() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    let before = api.show("a");
    for schedule in [every_with("PT1H", &json!({ "input": null })), every_with("PT2H", &json!({ "input": 1 }))] {
        let answer = api.post(SCHEDULES, &creation("a", &schedule));
        assert_eq!(answer, Answered { status: 409, body: json!({ "detail": "Schedule already exists" }) });
    }
    assert_eq!(api.show("a"), before);
}

#[test]
fn what_does_not_exist_is_a_404_with_its_code() {
    let mut api = Api::new();
    let path = format!("{SCHEDULES}/nothing");
    let missing = json!({ "detail": "Schedule 'nothing' not found", "code": "WF_1201" });
    let actions = ["pause", "resume", "trigger"].map(|action| (Method::POST, format!("{path}/{action}"), ""));
    let calls = [(Method::GET, path.clone(), ""), (Method::DELETE, path.clone(), "")];
    let patches = [(Method::PATCH, path, r#"{"schedule":{}}"#)];
    for (method, path, body) in actions.into_iter().chain(calls).chain(patches) {
        assert_eq!(api.call(method.clone(), &path, body), Answered { status: 404, body: missing.clone() }, "{method}");
    }
}

#[test]
fn ids_up_to_977_bytes_are_taken() {
    let mut api = Api::new();
    api.create(&"x".repeat(977), every("PT1H"));
    let answer = api.post(SCHEDULES, &creation(&"x".repeat(978), &every_with("PT1H", &json!({ "input": 1 }))));
    assert_eq!(answer.body, json!({ "detail": "WorkflowId exceeds maximum allowed length", "code": "WF_1200" }));
}

#[test]
fn an_id_with_a_slash_can_be_created_and_never_reached() {
    let mut api = Api::new();
    api.create("a/b", every("PT1H"));
    for path in ["a/b", "a%2Fb"] {
        let answer = api.get(&format!("{SCHEDULES}/{path}"));
        assert_eq!(answer, Answered { status: 404, body: json!({ "detail": "Not Found" }) });
    }
    api.create("ü b", every("PT1H"));
    assert_eq!(api.get(&format!("{SCHEDULES}/%C3%BC%20b")).body["schedule_id"], "ü b");
}

#[test]
fn pausing_and_resuming_are_idempotent_and_the_last_note_wins() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    let mut state = |action: &str, note: &str| {
        api.act("a", action, &json!({ "note": note }));
        let shown = api.show("a");
        (shown["paused"].as_bool().unwrap(), shown["note"].as_str().unwrap().to_owned())
    };
    assert_eq!(state("pause", "by me"), (true, "by me".into()));
    assert_eq!(state("pause", "by her"), (true, "by her".into()));
    assert_eq!(state("resume", "go"), (false, "go".into()));
    assert_eq!(state("resume", "go on"), (false, "go on".into()));
}

#[test]
fn a_note_may_be_absent_in_every_way() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    for body in ["", "null", "{}", r#"{"note":null}"#, r#"{"note":""}"#] {
        for action in ["pause", "resume"] {
            assert_eq!(api.call(Method::POST, &format!("{SCHEDULES}/a/{action}"), body).status, 204, "{body:?}");
        }
    }
    assert_eq!(api.show("a")["note"], "Unpaused via Python SDK");
}

#[test]
fn notes_end_at_1000_bytes() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.act("a", "pause", &json!({ "note": "é".repeat(500) }));
    let answer = api.post(&format!("{SCHEDULES}/a/pause"), &json!({ "note": "é".repeat(501) }));
    assert_eq!(
        answer,
        Answered { status: 422, body: json!({ "detail": "Schedule notes exceeds limit.", "code": "WF_1200" }) }
    );
}

#[test]
fn a_trigger_starts_a_run_now_and_uses_up_no_count() {
    let mut api = Api::new();
    api.create("a", every_with("PT1H", &json!({ "max_executions": 3, "input": { "x": 1 } })));
    api.wait("PT10.5S");
    api.act("a", "trigger", &Value::Null);
    let shown = api.show("a");
    assert_eq!(shown["remaining_executions"], 3);
    assert_eq!(
        shown["recent_executions"],
        json!([{
            "scheduled_at": "2026-11-24T12:00:10.500000Z", "started_at": "2026-11-24T12:00:10.500000Z",
            "execution_id": "a-2026-11-24T12:00:10Z",
        }])
    );
    let run = &api.sandbox.runs()[0];
    assert!(run.triggered);
    assert_eq!(*run.input, json!({ "x": 1 }));
}

#[test]
fn a_trigger_works_while_paused_and_when_exhausted() {
    let mut api = Api::new();
    api.create("a", every_with("PT10S", &json!({ "max_executions": 1 })));
    api.wait("PT15S");
    api.act("a", "trigger", &Value::Null);
    api.act("a", "pause", &Value::Null);
    api.wait("PT5S");
    api.act("a", "trigger", &Value::Null);
    assert_eq!(api.starts(), [10, 15, 20]);
    assert_eq!(api.show("a")["remaining_executions"], 0);
    assert_eq!(api.show("a")["paused"], true);
}

#[test]
fn two_triggers_in_one_second_are_one_run_while_the_first_is_running() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    for _ in 0..2 {
        api.act("a", "trigger", &json!({ "overlap": 6 }));
        api.wait("PT0.1S");
    }
    assert_eq!(api.runs().len(), 1);
    api.wait("PT1S");
    api.act("a", "trigger", &json!({ "overlap": 6 }));
    assert_eq!(api.runs().len(), 2);
}

#[test]
fn a_deleted_schedule_fires_no_more_but_its_run_goes_on() {
    let mut api = Api::new();
    api.set(|settings| settings.default_run_time = crate::api::span("PT1M"));
    api.create("a", every("PT10S"));
    api.wait("PT15S");
    assert_eq!(api.delete("a"), Answered { status: 204, body: Value::Null });
    let execution = |api: &mut Api| api.get("/v1/workflows/executions/a-2026-11-24T12:00:10Z").body;
    assert_eq!(execution(&mut api)["status"], "RUNNING");
    api.wait("PT1M");
    assert_eq!(execution(&mut api)["status"], "COMPLETED");
    assert_eq!(api.starts(), [10]);
}

#[test]
fn recreating_under_the_same_id_is_possible_at_once_and_loses_history_count_and_pause() {
    let mut api = Api::new();
    api.create("a", every_with("PT10S", &json!({ "max_executions": 5 })));
    api.wait("PT25S");
    api.act("a", "pause", &json!({ "note": "stop" }));
    api.delete("a");
    api.create("a", every_with("PT10S", &json!({ "max_executions": 5 })));
    let shown = api.show("a");
    assert_eq!(shown["recent_executions"], json!([]));
    assert_eq!(shown["remaining_executions"], 5);
    assert_eq!((&shown["paused"], &shown["note"]), (&json!(false), &Value::Null));
}

#[test]
fn schedules_of_another_workspace_are_out_of_sight() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.with_key("elsewhere", |api| {
        assert_eq!(api.get(&format!("{SCHEDULES}/a")).status, 404);
        assert_eq!(api.get(SCHEDULES).body["schedules"], json!([]));
        api.create("a", every("PT2H"));
        assert_eq!(api.delete("a").status, 204);
    });
    assert_eq!(api.show("a")["intervals"][0]["every"], "PT1H");
}
