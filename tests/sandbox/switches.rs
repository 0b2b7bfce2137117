//! The behaviours of the real API that its published material leaves open: each has a setting.

use http::StatusCode;
use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{
    DeleteMissing, Duplicate, EmptyTiming, Operation, ResumeNote, Settings, Unauthorized,
};

use crate::api::{Api, SCHEDULES, assert_status, creation, every, every_with, span};

#[test]
fn a_duplicate_may_be_answered_in_any_way_without_an_effect() {
    for (duplicate, status) in [
        (Duplicate::Conflict409, 409),
        (Duplicate::Ok200, 200),
        (Duplicate::Created201, 201),
        (Duplicate::Refused422, 422),
        (Duplicate::Failed500, 500),
    ] {
        let mut api = Api::new();
        api.create("a", every("PT1H"));
        let before = api.show("a");
        api.set(|settings| settings.duplicate = duplicate);
        let answer = api.post(SCHEDULES, &creation("a", &every_with("PT2H", &json!({ "input": 1 }))));
        assert_eq!(answer.status, status);
        assert_eq!(api.show("a"), before);
    }
}

/// A paused, limited schedule, one run of which has been used up.
fn used(duplicate: Duplicate) -> Api {
    let mut api = Api::new();
    let schedule = json!({ "input": 1, "jitter": "PT1S", "max_executions": 5, "policy": { "overlap": 6 } });
    api.create("a", every_with("PT1H", &schedule));
    api.wait("PT1H1S");
    api.act("a", "pause", &json!({ "note": "stop" }));
    api.set(|settings| settings.duplicate = duplicate);
    api
}

#[test]
fn a_duplicate_may_overwrite_everything_but_the_pause_and_the_history() {
    for (duplicate, status) in [(Duplicate::Upsert200, 200), (Duplicate::Upsert201, 201)] {
        let mut api = used(duplicate);
        assert_eq!(api.show("a")["remaining_executions"], 4);
        let mut body = creation("a", &every_with("PT2H", &json!({ "input": 2, "max_executions": 3 })));
        body["workflow_identifier"] = "other".into();
        body["deployment_name"] = "blue".into();
        let before = api.show("a");
        let answer = api.post(SCHEDULES, &body);
        assert_eq!((answer.status, answer.body), (status, json!({ "schedule_id": "a" })));
        let shown = api.show("a");
        assert_eq!((&shown["intervals"][0]["every"], &shown["jitter"]), (&json!("PT2H"), &Value::Null));
        assert_eq!((&shown["input"], &shown["policy"]["overlap"]), (&json!(2), &json!(1)));
        assert_eq!((&shown["workflow_name"], &shown["deployment_name"]), (&json!("other"), &json!("blue")));
        assert_eq!(shown["remaining_executions"], 3);
        for kept in ["paused", "note", "recent_executions"] {
            assert_eq!(shown[kept], before[kept], "{kept}");
        }
    }
}

#[test]
fn a_duplicate_that_overwrites_without_a_count_lifts_the_limit() {
    let mut api = used(Duplicate::Upsert201);
    let body = creation("a", &every_with("PT1H", &json!({ "input": 1 })));
    assert_eq!(api.post(SCHEDULES, &body).status, 201);
    assert_eq!(api.show("a")["remaining_executions"], Value::Null);
}

#[test]
fn a_duplicate_that_rebuilds_lifts_the_pause_too() {
    let mut api = used(Duplicate::Upsert200);
    api.set(|settings| settings.patch_rebuilds = true);
    let body = creation("a", &every_with("PT1H", &json!({ "input": 1 })));
    assert_eq!(api.post(SCHEDULES, &body).status, 200);
    let shown = api.show("a");
    assert_eq!((&shown["paused"], &shown["note"]), (&json!(false), &Value::Null));
    api.wait("PT1H");
    assert_eq!(api.runs().len(), 2);
}

#[test]
fn a_duplicate_that_is_refused_overwrites_nothing() {
    let mut api = used(Duplicate::Upsert201);
    let before = api.show("a");
    let body = creation("a", &json!({ "input": 2, "cron_expressions": ["61 * * * *"] }));
    assert_eq!(api.post(SCHEDULES, &body).status, 422);
    assert_eq!(api.show("a"), before);
}

#[test]
fn deleting_what_does_not_exist_may_be_a_404_a_204_or_a_500() {
    for (answer, status) in
        [(DeleteMissing::NotFound404, 404), (DeleteMissing::NoContent204, 204), (DeleteMissing::Failed500, 500)]
    {
        let mut api = Api::new();
        api.set(|settings| settings.delete_missing = answer);
        assert_eq!(api.delete("a").status, status);
    }
}

#[test]
fn an_empty_timing_may_be_refused() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.set(|settings| settings.empty_timing = EmptyTiming::Refuse);
    assert_eq!(api.post(SCHEDULES, &creation("b", &json!({ "input": null }))).status, 422);
    assert_eq!(api.patch("a", &json!({ "intervals": [] })).status, 422);
    assert_eq!(api.patch("a", &json!({ "input": 1 })).status, 200);
}

#[test]
fn a_patch_may_rebuild_the_schedule_and_lose_pause_and_note() {
    let mut api = Api::new();
    api.set(|settings| settings.patch_rebuilds = true);
    api.create("a", every("PT10S"));
    api.act("a", "pause", &json!({ "note": "stop" }));
    api.patch("a", &json!({ "input": 1 }));
    let shown = api.show("a");
    assert_eq!((&shown["paused"], &shown["note"]), (&json!(false), &Value::Null));
    api.wait("PT10S");
    assert_eq!(api.starts(), [10]);
}

#[test]
fn a_patch_may_lose_a_run_whose_jitter_is_running_out() {
    let mut api = Api::new();
    api.set(|settings| settings.patch_drops_pending = true);
    api.create("a", every_with("PT1M", &json!({ "jitter": "PT50S" })));
    let next = api.future("a");
    assert!(next[0].as_str() > "2026-11-24T12:01:01Z", "the seed delays the first run: {next:?}");
    api.wait("PT1M");
    api.patch("a", &json!({ "input": 1 }));
    assert_eq!(api.future("a")[..9], next[1..]);
}

#[test]
fn a_resume_without_a_note_may_keep_clear_or_replace_the_old_one() {
    for (note, left) in [
        (ResumeNote::Keep, json!("stop")),
        (ResumeNote::Clear, Value::Null),
        (ResumeNote::Default, json!("Unpaused via Python SDK")),
    ] {
        let mut api = Api::new();
        api.set(|settings| settings.resume_note = note);
        api.create("a", every("PT1H"));
        api.act("a", "pause", &json!({ "note": "stop" }));
        api.act("a", "resume", &Value::Null);
        assert_eq!(api.show("a")["note"], left);
    }
}

#[test]
fn whoami_says_whose_key_it_is_or_is_not_served() {
    let mut api = Api::new();
    let named = |id: &str| json!({ "id": id, "name": id });
    let operator = json!({ "principal_type": "service_account", "service_account_id": "operator", "name": "operator" });
    let expected = json!({ "principal": operator, "organization": named("organization"), "workspace": named("home") });
    assert_eq!(api.get("/v1/whoami").body, expected);
    api.with_key("elsewhere", |api| {
        let principal = &api.get("/v1/whoami").body["principal"];
        assert_eq!((&principal["principal_type"], &principal["id"]), (&json!("user"), &json!("stranger")));
    });
    api.set(|settings| settings.whoami = false);
    assert_eq!(api.get("/v1/whoami").status, 404);
}

#[test]
fn a_401_comes_in_two_shapes() {
    let mut api = Api::new();
    api.set(|settings| settings.unauthorized = Unauthorized::Message);
    api.with_key("wrong", |api| {
        let body = api.get(SCHEDULES).body;
        assert_eq!(body["message"], "Unauthorized");
        assert!(body["request_id"].is_string());
    });
}

#[test]
fn a_404_may_come_without_the_apis_code() {
    let mut api = Api::new();
    api.set(|settings| settings.domain_404 = false);
    assert_eq!(api.get(&format!("{SCHEDULES}/a")).body, json!({ "detail": "Schedule 'a' not found" }));
}

#[test]
fn encoded_inputs_may_be_required() {
    let mut api = Api::new();
    api.set(|settings| settings.require_encoding = true);
    let answer = api.post(SCHEDULES, &creation("a", &every_with("PT1H", &json!({ "input": { "x": 1 } }))));
    assert_eq!((answer.status, &answer.body["code"]), (500, &json!("WF_1302")));
    let encoded = json!({ "b64payload": "eA==", "encoding_options": ["encrypted"], "empty": false });
    api.create("a", every_with("PT1H", &json!({ "input": encoded })));
    assert_eq!(api.show("a")["input"], encoded);
    assert_eq!(api.patch("a", &json!({ "input": 1 })).body["code"], "WF_1302");
    assert_eq!(api.patch("a", &json!({ "jitter": "PT1S" })).status, 200);
}

#[test]
fn a_key_may_be_forbidden_some_calls() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    api.set(|settings| settings.keys.get_mut("key").unwrap().forbidden = vec![Operation::Delete]);
    assert_eq!(api.delete("a").status, 403);
    assert_eq!(api.show("a")["schedule_id"], "a");
}

#[test]
fn workflows_may_be_known_by_name_id_and_registration_and_others_not_exist() {
    let mut api = Api::new();
    let settings = json!({
        "known_workflows_only": true,
        "workflows": { "report": { "id": "wf-1", "registration_id": "0190d8a0-0000-7000-8000-000000000001" } },
    });
    let merged = api.sandbox.settings().merged(&settings).unwrap();
    *api.sandbox.settings_mut() = merged;
    for (number, target) in [
        json!({ "workflow_identifier": "report" }),
        json!({ "workflow_identifier": "wf-1" }),
        json!({ "workflow_registration_id": "0190d8a0-0000-7000-8000-000000000001" }),
    ]
    .iter()
    .enumerate()
    {
        let id = format!("s{number}");
        let mut body = json!({ "schedule_id": id, "schedule": { "input": null } });
        body.as_object_mut().unwrap().extend(target.as_object().unwrap().clone());
        assert_status(&api.post(SCHEDULES, &body), StatusCode::CREATED);
        assert_eq!(api.show(&id)["workflow_name"], "report");
    }
    let unknown = json!({ "workflow_identifier": "nothing", "schedule": { "input": null } });
    assert_eq!(api.post(SCHEDULES, &unknown).status, 404);
    assert_eq!(api.get("/v1/workflows/wf-1").body["workflow"]["name"], "report");
    assert_eq!(api.get("/v1/workflows/nothing").status, 404);
}

#[test]
fn a_workflow_with_several_deployments_needs_one_named() {
    let mut api = Api::new();
    let settings = json!({ "workflows": { "report": { "deployments": ["blue", "green"] } } });
    *api.sandbox.settings_mut() = api.sandbox.settings().merged(&settings).unwrap();
    let mut body = creation("a", &json!({ "input": null }));
    let answer = api.post(SCHEDULES, &body);
    let expected = json!({ "code": "AMBIGUOUS_WORKFLOW", "deployments": ["blue", "green"] });
    assert_eq!((answer.status, answer.body), (409, expected));
    body["deployment_name"] = "blue".into();
    assert_status(&api.post(SCHEDULES, &body), StatusCode::CREATED);
    let list = api.get("/v1/workflows/deployments?workflow_name=report").body;
    let names: Vec<_> = list["deployments"].as_array().unwrap().iter().map(|d| d["name"].clone()).collect();
    assert_eq!(names, ["blue", "green"]);
    assert_eq!(list["deployments"][0]["is_active"], true);
}

#[test]
fn settings_are_merged_and_checked() {
    let settings = Settings::default();
    let merged =
        settings.merged(&json!({ "list_lag": "PT2S", "workflows": { "w": { "outcome": "FAILED" } } })).unwrap();
    assert_eq!(merged.list_lag, span("PT2S"));
    let merged = merged.merged(&json!({ "list_lag": null, "workflows": { "w": { "run_time": "PT9S" } } })).unwrap();
    assert_eq!(merged.list_lag, span("PT0S"));
    assert_eq!(merged.behaviour("w").run_time, span("PT9S"));
    assert_eq!(merged.merged(&json!({ "workflows": { "w": null } })).unwrap().workflows.len(), 0);
    for wrong in [json!({ "unheard_of": 1 }), json!({ "duplicate": "Maybe" }), json!({ "list_lag": "soon" })] {
        assert!(settings.merged(&wrong).is_err(), "{wrong}");
    }
}
