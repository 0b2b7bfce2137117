//! Runs happen when they are due, and only then.

use serde_json::{Value, json};
use workflow_schedule_operator::sandbox::{Outcome, RunStatus, Workflow};

use crate::api::{Api, every, every_with, span, times};

#[test]
fn a_schedule_fires_at_its_times_and_remembers_the_last_ten() {
    let mut api = Api::new();
    api.create("a", every("PT10S"));
    api.wait("PT2M5S");
    assert_eq!(api.starts(), (1..=12).map(|n| n * 10).collect::<Vec<_>>());
    let shown = api.show("a");
    let recent = times(&shown["recent_executions"]);
    assert_eq!(recent.len(), 10);
    assert_eq!((recent[0].as_str(), recent[9].as_str()), ("2026-11-24T12:00:30Z", "2026-11-24T12:02:00Z"));
    assert_eq!(times(&shown["future_executions"])[0], "2026-11-24T12:02:10Z");
}

#[test]
fn the_second_of_creation_is_past() {
    let mut api = Api::new();
    api.create("a", every("PT1H"));
    assert_eq!(api.future("a")[0], "2026-11-24T13:00:00Z");
}

#[test]
fn the_count_goes_down_and_ends_the_list_of_runs_to_come() {
    let mut api = Api::new();
    api.create("a", every_with("PT10S", &json!({ "max_executions": 3 })));
    assert_eq!(api.future("a").len(), 3);
    api.wait("PT20S");
    assert_eq!((&api.show("a")["remaining_executions"], api.future("a").len()), (&json!(1), 1));
    api.wait("PT1M");
    let shown = api.show("a");
    assert_eq!(shown["remaining_executions"], 0);
    assert_eq!(shown["future_executions"], json!([]));
    assert_eq!(shown["paused"], false);
    assert_eq!(api.starts(), [10, 20, 30]);
}

#[test]
fn a_paused_schedule_fires_not_at_all_and_nothing_is_made_up_for_on_resuming() {
    let mut api = Api::new();
    api.create("a", every_with("PT10S", &json!({ "max_executions": 9 })));
    api.wait("PT5S");
    api.act("a", "pause", &Value::Null);
    api.wait("PT1M");
    let listed = api.future("a");
    assert_eq!((listed.len(), listed[0].as_str()), (9, "2026-11-24T12:01:10Z"));
    api.act("a", "resume", &Value::Null);
    api.wait("PT10S");
    assert_eq!(api.starts(), [70]);
    assert_eq!(api.show("a")["remaining_executions"], 8);
}

#[test]
fn nothing_runs_before_start_at_or_after_end_at_or_in_a_skip() {
    let mut api = Api::new();
    let schedule = json!({
        "start_at": "2026-11-24T12:00:20Z", "end_at": "2026-11-24T12:01:10Z",
        "skip": [{ "hour": [{ "start": 12 }], "minute": [{ "start": 0 }], "second": [{ "start": 40 }] }],
    });
    api.create("a", every_with("PT10S", &schedule));
    api.wait("PT10M");
    assert_eq!(api.starts(), [20, 30, 50, 60, 70]);
    assert_eq!(api.future("a"), [""; 0]);
}

#[test]
fn jitter_delays_each_run_by_less_than_itself_is_announced_and_stays_as_announced() {
    let mut api = Api::new();
    api.create("a", every_with("PT1M", &json!({ "jitter": "PT30S" })));
    let announced = api.future("a");
    api.wait("PT5S");
    assert_eq!(api.future("a"), announced);
    api.wait("PT10M30S");
    let runs = api.sandbox.runs();
    assert_eq!(runs.len(), 10);
    for (number, run) in (1..).zip(runs) {
        let delay = crate::api::seconds(run.scheduled_at) - number * 60;
        assert!((0..30).contains(&delay), "run {number} is {delay} s late");
    }
    let shown = api.show("a");
    assert_eq!(times(&shown["recent_executions"]), announced);
    assert!(announced.iter().any(|time| !time.ends_with(":00Z")));
}

#[test]
fn an_execution_is_named_after_its_nominal_time() {
    let mut api = Api::new();
    api.create("a", every_with("PT1M", &json!({ "jitter": "PT59S" })));
    api.wait("PT2M");
    assert_eq!(&*api.sandbox.runs()[0].execution_id, "a-2026-11-24T12:01:00Z");
}

#[test]
fn a_moved_clock_fires_everything_in_between_at_its_own_time() {
    let mut api = Api::new();
    api.create("hourly", every("PT1H"));
    api.create("daily", every("P1D"));
    api.wait("P2D");
    assert_eq!(api.sandbox.runs().len(), 50);
    assert!(api.sandbox.runs().iter().all(|run| run.scheduled_at == run.started_at));
    assert!(api.sandbox.runs().is_sorted_by_key(|run| run.started_at));
}

#[test]
fn an_execution_takes_its_time_and_ends_as_its_workflow_does() {
    let mut api = Api::new();
    for (outcome, status) in
        [(Outcome::Completed, "COMPLETED"), (Outcome::Failed, "FAILED"), (Outcome::TimedOut, "TIMED_OUT")]
    {
        api.set(|settings| {
            let workflow = Workflow { run_time: Some(span("PT30S")), outcome, ..Workflow::default() };
            settings.workflows.insert("report".into(), workflow);
        });
        api.create("a", every("PT1H"));
        api.act("a", "trigger", &Value::Null);
        let shown = api.show("a");
        let id = shown["recent_executions"][0]["execution_id"].as_str().unwrap();
        let path = format!("/v1/workflows/executions/{id}");
        assert_eq!(api.get(&path).body["status"], "RUNNING");
        api.wait("PT29S");
        assert_eq!(api.get(&path).body["end_time"], Value::Null);
        api.wait("PT1S");
        let ended = api.get(&path).body;
        assert_eq!(ended["status"], status);
        assert_ne!(ended["end_time"], ended["start_time"]);
        api.delete("a");
    }
}

/// All runs end so.
fn with_outcome(outcome: Outcome) -> Api {
    let mut api = Api::new();
    api.set(|settings| settings.workflows.entry("report".into()).or_default().outcome = outcome);
    api
}

#[test]
fn a_failed_run_pauses_its_schedule_with_the_engines_note_if_the_policy_says_so() {
    for (outcome, note) in [
        (Outcome::Failed, "paused due to workflow failure: a-2026-11-24T12:00:10Z: the workflow failed"),
        (Outcome::TimedOut, "paused due to workflow timeout: a-2026-11-24T12:00:10Z"),
    ] {
        let mut api = with_outcome(outcome);
        api.create("a", every_with("PT10S", &json!({ "policy": { "pause_on_failure": true } })));
        api.create("b", every("PT10S"));
        api.wait("PT10.9S");
        assert_eq!(api.show("a")["paused"], false);
        api.wait("PT1M");
        let shown = api.show("a");
        assert_eq!((&shown["paused"], shown["note"].as_str()), (&json!(true), Some(note)));
        assert_eq!(shown["recent_executions"].as_array().unwrap().len(), 1);
        assert_eq!(api.show("b")["paused"], false);
    }
}

#[test]
fn a_failed_run_leaves_the_note_of_a_pause_that_is_there_already() {
    let mut api = with_outcome(Outcome::Failed);
    api.create("a", every_with("PT1H", &json!({ "policy": { "pause_on_failure": true } })));
    api.act("a", "pause", &json!({ "note": "mine" }));
    api.act("a", "trigger", &Value::Null);
    api.wait("PT5S");
    assert_eq!(api.sandbox.runs()[0].status, RunStatus::Failed);
    assert_eq!(api.show("a")["note"], "mine");
}

#[test]
fn a_failed_run_that_others_may_overlap_pauses_nothing() {
    let mut api = with_outcome(Outcome::Failed);
    api.create("a", every_with("PT10S", &json!({ "policy": { "pause_on_failure": true, "overlap": 6 } })));
    api.wait("PT25S");
    assert_eq!((&api.show("a")["paused"], api.starts()), (&json!(false), vec![10, 20]));
}

#[test]
fn a_spec_without_times_never_fires() {
    let mut api = Api::new();
    api.create("empty", json!({}));
    api.create("no hour", json!({ "calendars": [{ "hour": [] }] }));
    api.create("february 31", json!({ "cron_expressions": ["0 0 31 2 *"] }));
    api.wait("P1Y");
    assert_eq!(api.starts(), [0; 0]);
    assert_eq!(api.sandbox.next_event(), None);
}

#[test]
fn the_next_event_is_the_next_run_or_the_next_end() {
    let mut api = Api::new();
    assert_eq!(api.sandbox.next_event(), None);
    api.create("a", every("PT10S"));
    assert_eq!(api.sandbox.next_event(), Some(api.now + span("PT10S")));
    api.wait("PT10S");
    assert_eq!(api.sandbox.next_event(), Some(api.now + span("PT1S")));
}
