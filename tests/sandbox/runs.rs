//! The list of runs, their events, and what workers have registered.

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Outcome, Workflow};

use crate::api::{Api, every, span};

fn list(api: &mut Api, query: &str) -> Value {
    api.get(&format!("/v1/workflows/runs?{query}")).body
}

fn ids(page: &Value) -> Vec<&str> {
    page["executions"].as_array().unwrap().iter().map(|run| run["execution_id"].as_str().unwrap()).collect()
}

/// Runs that take five seconds, every ten seconds.
fn running() -> Api {
    let mut api = Api::new();
    api.set(|settings| settings.default_run_time = span("PT5S"));
    api.create("a", every("PT10S"));
    api
}

#[test]
fn runs_are_listed_by_their_end_and_those_that_run_by_their_status() {
    let mut api = running();
    api.wait("PT33S");
    let ended = list(&mut api, "sort_by=end_time&order=asc&end_time_after=2026-11-24T12:00:20Z&page_size=1000");
    assert_eq!(ids(&ended), ["a-2026-11-24T12:00:20Z"]);
    assert!(ended["executions"].as_array().unwrap().iter().all(|run| run["status"] == "COMPLETED"), "{ended}");
    let running = list(&mut api, "status=RUNNING");
    assert_eq!(ids(&running), ["a-2026-11-24T12:00:30Z"]);
    assert_eq!(running["executions"][0]["end_time"], Value::Null);
    assert_eq!(ids(&list(&mut api, "status=FAILED&status=TIMED_OUT")), [""; 0]);
}

#[test]
fn pages_follow_each_other_without_a_gap() {
    let mut api = running();
    api.wait("PT63S");
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&mut api, &format!("order=asc&page_size=2&next_page_token={token}"));
        found.extend(ids(&page).into_iter().map(str::to_owned));
        match page["next_page_token"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    let newest_first = list(&mut api, "page_size=1000");
    assert_eq!(found.iter().rev().collect::<Vec<_>>(), ids(&newest_first));
    assert_eq!(found.len(), 6);
}

#[test]
fn the_list_can_lag_have_its_new_name_and_be_absent() {
    let mut api = running();
    api.wait("PT16S");
    api.set(|settings| settings.runs_lag = span("PT2S"));
    assert_eq!(ids(&list(&mut api, "status=RUNNING")).len(), 1, "its end is not shown yet");
    api.set(|settings| settings.runs_renamed = true);
    assert_eq!(list(&mut api, "")["runs"].as_array().unwrap().len(), 1);
    api.set(|settings| settings.runs_api = false);
    assert_eq!(list(&mut api, "")["detail"], "Not Found");
}

#[test]
fn a_failed_run_says_why_in_its_events() {
    let mut api = running();
    api.set(|settings| {
        let failing = Workflow { outcome: Outcome::Failed, failure: Some("no disk".into()), ..Workflow::default() };
        settings.workflows.insert("report".into(), failing);
    });
    api.wait("PT16S");
    let id = list(&mut api, "status=FAILED")["executions"][0]["execution_id"].as_str().unwrap().to_owned();
    let events = api.get(&format!("/v1/workflows/events/list?workflow_exec_id={id}")).body;
    let last = events["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["event_type"], "WORKFLOW_EXECUTION_FAILED");
    assert_eq!(last["attributes"]["failure"]["message"], "no disk");
}

#[test]
fn due_runs_can_be_lost_and_runs_can_be_taken_by_no_worker() {
    let mut api = running();
    api.set(|settings| {
        settings.workflows.insert("report".into(), Workflow { starts: false, ..Workflow::default() });
    });
    api.wait("PT33S");
    assert_eq!(api.sandbox.runs().len(), 0);
    api.set(|settings| {
        settings.workflows.insert("report".into(), Workflow { registers: false, ..Workflow::default() });
    });
    api.wait("PT10S");
    let shown = api.show("a")["recent_executions"].clone();
    let id = shown[0]["execution_id"].as_str().unwrap();
    assert_eq!(ids(&list(&mut api, "")), [""; 0]);
    assert_eq!(api.get(&format!("/v1/workflows/executions/{id}")).status, 404);
}

#[test]
fn registrations_show_the_schema_of_the_input_and_deployments_whether_a_worker_lives() {
    let mut api = Api::new();
    let schema = json!({ "type": "object", "required": ["region"] });
    api.set(|settings| {
        let workflow = Workflow {
            deployments: vec!["production".into()],
            input_schema: Some(schema.clone()),
            active: false,
            ..Workflow::default()
        };
        settings.workflows.insert("report".into(), workflow);
    });
    let found = api.get("/v1/workflows/registrations?workflow_name=report").body;
    assert_eq!(found["workflow_registrations"][0]["definition"]["input_schema"], schema);
    let active = api.get("/v1/workflows/registrations?workflow_name=report&active_only=true").body;
    assert_eq!(active["workflow_registrations"], json!([]));
    let deployments = api.get("/v1/workflows/deployments?workflow_name=report").body;
    assert_eq!(deployments["deployments"][0]["is_active"], false);
}
