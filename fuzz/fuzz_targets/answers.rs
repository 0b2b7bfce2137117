//! Any bytes as the answer to every call: nothing panics, what is kept has its bounds, and no text of an identity
//! or of an error contains the API key. A byte 1 of the input stands for the key.

#![no_main]

use bytes::Bytes;
use http::{Response, StatusCode};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use workflow_schedule_operator::api::WorkflowScheduleStatus;
use workflow_schedule_operator::plan::{Observed, with_runs};
use workflow_schedule_operator::remote::wire::{Identity, LARGEST_PAGE, Page, Schedule};
use workflow_schedule_operator::remote::{RemoteError, RunFilter, ScheduleId};
use workflow_schedule_operator_fuzz::remote::{KEY, Remote};
use workflow_schedule_operator_fuzz::scene::Scene;
use workflow_schedule_operator_fuzz::{NOW, repository_file, seed};

/// The longest text of the remote that is kept or shown, in bytes. A difference is cut at 256 characters.
const LONGEST_TEXT: usize = 1028;
/// The most runs of either kind.
const MOST_RUNS: usize = 10;

thread_local! {
    static REMOTE: Remote = Remote::new();
}

fuzz_target!(init: seed(seeds()), |bytes: &[u8]| {
    let body: Vec<u8> = bytes.split(|byte| *byte == 1).collect::<Vec<_>>().join(KEY.as_bytes());
    let answer = Response::new(Bytes::from(body));
    let id = ScheduleId::new("acme.shop.report");
    REMOTE.with(|remote| {
        sound(remote.call(&answer, async |client| client.whoami().await), |identity| {
            identity.iter().for_each(identity_is_bounded);
        });
        sound(remote.call(&answer, async |client| client.list(None, 1000).await), |page| page_is_bounded(&page));
        sound(remote.call(&answer, async |client| client.get(&id).await), |schedule| {
            schedule.into_iter().for_each(schedule_is_bounded);
        });
        sound(remote.call(&answer, async |client| client.run("run").await), |_| {});
        sound(remote.call(&answer, async |client| client.runs(RunFilter::Running, None, 1000).await), |_| {});
        sound(remote.call(&answer, async |client| client.failure_message("run").await), |message| has_no_key(&message));
        sound(remote.call(&answer, async |client| client.registrations("report").await), |found| has_no_key(&found));
        sound(remote.call(&answer, async |client| client.workflow_name("report").await), |name| has_no_key(&name));
        for written in [
            remote.call(&answer, async |client| client.delete(&id).await),
            remote.call(&answer, async |client| client.pause(&id, None).await),
            remote.call(&answer, async |client| client.resume(&id, None).await),
            remote.call(&answer, async |client| client.trigger(&id, None).await),
        ] {
            assert!(written.is_ok(), "the body of a write is not read: {written:?}");
        }
    });
});

fn has_no_key(what: &impl std::fmt::Debug) {
    let text = format!("{what:?}");
    assert!(!text.contains(KEY), "{text}");
}

/// Checks a result, or the text of its error.
fn sound<T>(result: Result<T, RemoteError>, check: impl FnOnce(T)) {
    match result {
        Ok(answer) => check(answer),
        Err(error) => {
            let text = format!("{error} {error:?}");
            assert!(!text.contains(KEY) && text.len() < LONGEST_TEXT, "{text}");
            assert!(matches!(error, RemoteError::Malformed { status: StatusCode::OK, .. }), "{text}");
        }
    }
}

fn identity_is_bounded(identity: &Identity) {
    let Identity { principal, workspace, organization } = identity;
    for text in [principal, workspace, organization].into_iter().flatten() {
        assert!(!text.contains(KEY) && text.len() <= LONGEST_TEXT, "{text}");
    }
}

fn page_is_bounded(page: &Page) {
    assert!(page.entries.len() <= LARGEST_PAGE);
    assert!(page.next_page_token.as_ref().is_none_or(|token| !token.trim().is_empty() && token.len() <= 4096));
    for entry in &page.entries {
        assert!(serde_json::from_slice::<serde::de::IgnoredAny>(entry).is_ok(), "an entry is JSON: {entry:?}");
        match page.schedule(entry) {
            Ok(schedule) => schedule_is_bounded(schedule),
            Err(what) => assert!(!what.contains(KEY) && what.len() < LONGEST_TEXT, "{what}"),
        }
    }
}

fn schedule_is_bounded(schedule: Schedule) {
    let ids = schedule.recent_executions.iter().map(|run| &run.execution_id);
    for text in ids.chain([&schedule.note, &schedule.workflow_name, &schedule.deployment_name]).flatten() {
        assert!(!text.contains(KEY) && text.len() <= LONGEST_TEXT, "{text}");
    }
    assert!(schedule.recent_executions.len() <= MOST_RUNS && schedule.future_executions.len() <= MOST_RUNS);
    let is_whole = schedule.is_whole();
    let observed = Observed::from_wire(schedule);
    assert_eq!(is_whole, observed.is_whole());
    let scene = Scene { remote: observed, ..Scene::settled() };
    for status in [scene.observed(true), scene.observed(false), with_runs(scene.status(), &scene.remote, NOW)] {
        status_is_bounded(&status);
    }
}

/// No text and no list of a status grows with an answer.
fn status_is_bounded(status: &WorkflowScheduleStatus) {
    fn check(value: &Value) {
        match value {
            Value::String(text) => assert!(text.len() <= LONGEST_TEXT, "{} bytes: {text}", text.len()),
            Value::Array(items) => {
                assert!(items.len() <= 20, "{items:?}");
                items.iter().for_each(check);
            }
            Value::Object(members) => members.values().for_each(check),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    check(&serde_json::to_value(status).expect("a status is JSON"));
}

/// Schedules with the specs that the engine returned, pages of them, and the other answers.
fn seeds() -> Vec<String> {
    let vectors = repository_file("tests/vectors/temporal-1.32.0.jsonl");
    let vectors = vectors.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let schedules: Vec<Value> = vectors.filter(|vector| vector["got"].is_object()).step_by(25).map(schedule).collect();
    let pages = schedules.chunks(4).map(|chunk| json!({ "schedules": chunk, "next_page_token": "bmV4dA==" }));
    let others = [
        json!({"principal": {"principal_type": "user", "id": "\u{1}"}, "workspace": {"id": "w"}, "organization": {"id": "o"}}),
        json!({"principal": {"principal_type": "service_account", "service_account_id": "s"}, "workspace": null}),
        json!({"status": "RUNNING"}),
        json!({"status": null, "execution_id": "run"}),
        json!({"schedules": null, "next_page_token": " "}),
    ];
    let all = schedules.iter().cloned().chain(pages).chain(others);
    all.map(|answer| answer.to_string().replace("\\u0001", "\u{1}")).collect()
}

fn schedule(vector: Value) -> Value {
    let mut schedule = vector["got"].clone();
    let times = vector["next"].as_array().cloned().unwrap_or_default().into_iter();
    schedule["schedule_id"] = "acme.shop.report".into();
    schedule["workflow_name"] = "report-workflow".into();
    schedule["deployment_name"] = Value::Null;
    schedule["paused"] = true.into();
    schedule["note"] = "paused by \u{1}".into();
    schedule["input"] = vector["sent"]["input"].clone();
    schedule["future_executions"] = times.map(|at| json!({ "scheduled_at": at })).collect();
    schedule["recent_executions"] =
        json!([{"scheduled_at": "2026-11-24T11:00:00Z", "started_at": "2026-11-24T11:00:01Z", "execution_id": "run"}]);
    schedule
}
