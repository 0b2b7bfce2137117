//! A run is due while another is running. Each table was observed on a Temporal 1.32.0: every 2 s, runs
//! of 5 s.

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::RunStatus;

use crate::api::{Api, every_with, span};

fn api(run_time: &str) -> Api {
    let mut api = Api::new();
    api.set(|settings| settings.default_run_time = span(run_time));
    api
}

/// When each run was due, and when it started.
fn runs(overlap: i64) -> Vec<(i64, i64)> {
    let mut api = api("PT5S");
    api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": overlap } })));
    api.wait("PT9.5S");
    api.runs()
}

#[test]
fn skip_starts_nothing_while_one_is_running() {
    assert_eq!(runs(1), [(2, 2), (8, 8)]);
}

#[test]
fn buffer_one_keeps_the_first_that_was_due_meanwhile() {
    assert_eq!(runs(2), [(2, 2), (4, 7)]);
}

#[test]
fn buffer_all_keeps_all_in_order() {
    assert_eq!(runs(3), [(2, 2), (4, 7)]);
    let mut api = api("PT3S");
    api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": 3 } })));
    api.wait("PT12S");
    assert_eq!(api.runs(), [(2, 2), (4, 5), (6, 8), (8, 11)]);
}

#[test]
fn cancel_other_and_terminate_other_end_what_is_running() {
    for (overlap, status) in [(4, RunStatus::Canceled), (5, RunStatus::Terminated)] {
        let mut api = api("PT5S");
        api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": overlap } })));
        api.wait("PT7S");
        assert_eq!(api.runs(), [(2, 2), (4, 4), (6, 6)]);
        let ends: Vec<_> = api.sandbox.runs().iter().map(|run| run.status).collect();
        assert_eq!(ends, [status, status, RunStatus::Running]);
    }
}

#[test]
fn allow_all_starts_all() {
    assert_eq!(runs(6), [(2, 2), (4, 4), (6, 6), (8, 8)]);
}

#[test]
fn triggers_overlap_by_the_policy_unless_they_bring_their_own() {
    let mut api = api("PT10S");
    api.create("a", every_with("PT1H", &json!({ "policy": { "overlap": 1 } })));
    for (after, overlap) in
        [("PT0S", json!({})), ("PT1S", json!({})), ("PT1S", json!({ "overlap": 3 })), ("PT1S", json!({ "overlap": 6 }))]
    {
        api.wait(after);
        api.act("a", "trigger", &overlap);
    }
    api.wait("PT30S");
    assert_eq!(api.runs(), [(0, 0), (3, 3), (2, 10)]);
}

#[test]
fn a_run_that_waits_is_dropped_if_the_schedule_is_paused_when_its_turn_comes() {
    let mut api = api("PT6S");
    api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": 3 } })));
    api.wait("PT5S");
    api.act("a", "pause", &Value::Null);
    api.wait("PT10S");
    api.act("a", "resume", &Value::Null);
    api.wait("PT1S");
    assert_eq!(api.runs(), [(2, 2), (16, 16)]);
}

#[test]
fn a_run_that_waits_outlives_a_pause_that_is_lifted_before_its_turn() {
    let mut api = api("PT6S");
    api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": 2 } })));
    api.wait("PT5S");
    api.act("a", "pause", &Value::Null);
    api.wait("PT1S");
    api.act("a", "resume", &Value::Null);
    api.patch("a", &json!({ "intervals": [{ "every": "PT1H" }] }));
    api.wait("PT5S");
    assert_eq!(api.runs(), [(2, 2), (4, 8)]);
}

#[test]
fn a_trigger_under_skip_is_dropped_without_a_word_while_a_run_goes_on() {
    let mut api = api("PT6S");
    api.create("a", every_with("PT1H", &json!({})));
    api.act("a", "trigger", &Value::Null);
    api.wait("PT2S");
    api.act("a", "trigger", &Value::Null);
    api.wait("PT10S");
    assert_eq!(api.runs(), [(0, 0)]);
}

#[test]
fn a_trigger_follows_its_own_overlap_rather_than_that_of_the_schedule() {
    let mut api = api("PT6S");
    api.create("a", every_with("PT1H", &json!({})));
    api.act("a", "trigger", &Value::Null);
    api.wait("PT2S");
    api.act("a", "trigger", &json!({ "overlap": 6 }));
    api.wait("PT1S");
    api.act("a", "trigger", &json!({ "overlap": 2 }));
    api.wait("PT10S");
    assert_eq!(api.runs(), [(0, 0), (2, 2), (3, 6)]);
}

#[test]
fn a_trigger_that_waits_needs_no_permission() {
    let mut api = api("PT6S");
    api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": 2 } })));
    api.wait("PT5S");
    api.act("a", "pause", &Value::Null);
    api.act("a", "trigger", &json!({ "overlap": 3 }));
    api.wait("PT10S");
    assert_eq!(api.runs(), [(2, 2), (5, 8)]);
}

#[test]
fn a_trigger_that_waits_goes_with_its_schedule() {
    let mut api = api("PT6S");
    api.create("a", every_with("PT1H", &json!({})));
    api.act("a", "trigger", &Value::Null);
    api.act("a", "trigger", &json!({ "overlap": 3 }));
    api.delete("a");
    api.wait("PT1M");
    assert_eq!(api.runs(), [(0, 0)]);
}

#[test]
fn runs_that_wait_use_up_the_count_only_when_they_start() {
    let mut api = api("PT3S");
    api.create("a", every_with("PT1S", &json!({ "policy": { "overlap": 3 }, "max_executions": 3 })));
    api.wait("PT4.5S");
    assert_eq!(api.show("a")["remaining_executions"], 1);
    api.wait("PT20S");
    assert_eq!(api.runs(), [(1, 1), (2, 4), (3, 7)]);
    assert_eq!(api.show("a")["remaining_executions"], 0);
}

#[test]
fn a_failed_run_that_pauses_drops_what_waits_for_it() {
    let mut api = api("PT5S");
    api.set(|settings| {
        let workflow = settings.workflows.entry("report".into()).or_default();
        workflow.outcome = workflow_schedule_operator::sandbox::Outcome::Failed;
    });
    api.create("a", every_with("PT2S", &json!({ "policy": { "overlap": 3, "pause_on_failure": true } })));
    api.wait("PT1M");
    assert_eq!(api.runs(), [(2, 2)]);
}
