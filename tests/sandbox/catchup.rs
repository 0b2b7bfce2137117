//! The engine stands still for a while, and catches up. Each table was observed on a Temporal 1.32.0
//! whose server was stopped for half a minute.

use serde_json::{Value, json};

use crate::api::{Api, every_with, span};

/// Every 5 s; the engine stands still from second 6 to second 32. When each run was due, and when it
/// started, up to second 37.
fn runs(overlap: i64, window: i64, more: &Value) -> Vec<(i64, i64)> {
    let mut api = Api::new();
    api.set(|settings| settings.default_run_time = span("PT0.2S"));
    let mut schedule =
        every_with("PT5S", &json!({ "policy": { "overlap": overlap, "catchup_window_seconds": window } }));
    schedule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    api.create("a", schedule);
    api.wait("PT6S");
    api.set(|settings| settings.outage = true);
    api.wait("PT26S");
    assert_eq!(api.runs().len(), 1, "nothing fires during an outage");
    api.set(|settings| settings.outage = false);
    api.wait("PT5S");
    api.runs()
}

#[test]
fn what_is_older_than_the_catch_up_window_is_lost() {
    assert_eq!(runs(6, 10, &json!({})), [(5, 5), (25, 32), (30, 32), (35, 35)]);
    assert_eq!(runs(6, 0, &json!({})), [(5, 5), (25, 32), (30, 32), (35, 35)], "the shortest window is 10 s");
}

#[test]
fn what_is_within_the_window_is_made_up_for() {
    assert_eq!(runs(6, 60, &json!({})), [(5, 5), (10, 32), (15, 32), (20, 32), (25, 32), (30, 32), (35, 35)]);
}

#[test]
fn runs_that_are_made_up_for_overlap_like_others() {
    assert_eq!(runs(1, 60, &json!({})), [(5, 5), (10, 32), (35, 35)]);
    assert_eq!(runs(2, 60, &json!({})), [(5, 5), (10, 32), (15, 32), (35, 35)]);
}

#[test]
fn of_runs_that_would_end_each_other_only_the_last_is_made_up_for() {
    for overlap in [4, 5] {
        assert_eq!(runs(overlap, 60, &json!({})), [(5, 5), (30, 32), (35, 35)]);
    }
}

#[test]
fn a_limited_count_holds_while_catching_up() {
    assert_eq!(runs(6, 60, &json!({ "max_executions": 3 })), [(5, 5), (10, 32), (15, 32)]);
}

#[test]
fn calls_are_answered_during_an_outage() {
    let mut api = Api::new();
    api.set(|settings| settings.outage = true);
    api.create("a", every_with("PT5S", &json!({})));
    api.wait("PT1M");
    assert_eq!(api.future("a")[0], "2026-11-24T12:00:05Z");
}
