//! The engine deletes schedules that have nothing left to run.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::api::{Api, SCHEDULES, every, every_with, span};

fn exists(api: &mut Api, id: &str) -> bool {
    api.get(&format!("{SCHEDULES}/{id}")).status == 200
}

/// Waits until just before the time, when the schedule is still there, and then until it.
fn deleted_after(api: &mut Api, id: &str, time: &str) {
    api.now += span(time) - SignedDuration::from_millis(1);
    assert!(exists(api, id), "{id} is there for {time}");
    api.now += SignedDuration::from_millis(1);
    assert!(!exists(api, id), "{id} is deleted after {time}");
}

#[test]
fn one_without_any_time_is_deleted_a_week_after_its_creation() {
    let mut api = Api::new();
    api.create("empty", json!({}));
    deleted_after(&mut api, "empty", "P7D");
    assert_eq!(api.get(SCHEDULES).body["schedules"], json!([]));
}

#[test]
fn one_past_its_end_is_deleted_a_week_after_its_last_run() {
    let mut api = Api::new();
    api.create("ends", every_with("P1D", &json!({ "end_at": "2026-11-26T12:00:00Z" })));
    api.wait("P1DT12H");
    deleted_after(&mut api, "ends", "P7D");
}

#[test]
fn one_that_never_ran_before_its_end_is_deleted_a_week_after_its_creation() {
    let mut api = Api::new();
    api.create("past", every_with("P1D", &json!({ "end_at": "2026-11-01T00:00:00Z" })));
    deleted_after(&mut api, "past", "P7D");
}

#[test]
fn an_exhausted_one_is_deleted_a_week_after_its_last_run() {
    let mut api = Api::new();
    api.create("limited", every_with("PT1H", &json!({ "max_executions": 3 })));
    api.wait("PT3H");
    assert_eq!(api.show("limited")["remaining_executions"], 0);
    deleted_after(&mut api, "limited", "P7D");
}

#[test]
fn an_update_or_a_trigger_starts_the_week_again() {
    let mut api = Api::new();
    api.create("updated", json!({}));
    api.create("triggered", json!({}));
    api.wait("P6D");
    assert_eq!(api.patch("updated", &json!({ "input": 1 })).status, 200);
    api.act("triggered", "trigger", &Value::Null);
    deleted_after(&mut api, "updated", "P7D");
    assert!(!exists(&mut api, "triggered"));
}

#[test]
fn one_that_gets_runs_again_is_kept() {
    let mut api = Api::new();
    api.create("a", every_with("PT1H", &json!({ "max_executions": 1 })));
    api.wait("P3D");
    assert_eq!(api.patch("a", &json!({ "max_executions": null })).status, 200);
    api.wait("P30D");
    assert!(exists(&mut api, "a"));
}

#[test]
fn one_that_fires_or_is_to_fire_is_kept() {
    let mut api = Api::new();
    api.create("fires", every("P1D"));
    api.create("later", every_with("P1D", &json!({ "start_at": "2027-06-01T00:00:00Z" })));
    api.wait("P100D");
    assert!(exists(&mut api, "fires") && exists(&mut api, "later"));
}

#[test]
fn a_paused_one_is_kept_until_it_is_resumed() {
    let mut api = Api::new();
    for (id, schedule) in [("empty", json!({})), ("daily", every("P1D"))] {
        api.create(id, schedule);
        api.act(id, "pause", &Value::Null);
    }
    api.wait("P7D");
    for id in ["empty", "daily"] {
        assert!(exists(&mut api, id), "{id}");
        api.act(id, "resume", &Value::Null);
        assert!(!exists(&mut api, id), "{id}");
    }
}

#[test]
fn a_pause_that_is_shorter_or_in_which_something_happens_is_harmless() {
    let mut api = Api::new();
    for id in ["short", "triggered", "updated"] {
        api.create(id, every("P30D"));
    }
    api.wait("P3D");
    for id in ["short", "triggered", "updated"] {
        api.act(id, "pause", &Value::Null);
    }
    api.wait("P6DT23H");
    api.act("short", "resume", &Value::Null);
    api.act("triggered", "trigger", &Value::Null);
    api.patch("updated", &json!({ "input": 1 }));
    api.wait("P1D");
    api.act("triggered", "resume", &Value::Null);
    api.act("updated", "resume", &Value::Null);
    for id in ["short", "triggered", "updated"] {
        assert!(exists(&mut api, id), "{id}");
    }
}

#[test]
fn the_retention_is_a_setting_that_holds_at_once() {
    let mut api = Api::new();
    api.create("empty", json!({}));
    api.set(|settings| settings.retention = span("P100Y"));
    api.wait("P1Y");
    assert!(exists(&mut api, "empty"));
    api.set(|settings| settings.retention = span("PT1H"));
    assert!(!exists(&mut api, "empty"));
}

#[test]
fn the_next_event_may_be_a_deletion_and_waits_for_the_end_of_an_outage() {
    let mut api = Api::new();
    api.create("empty", json!({}));
    assert_eq!(api.sandbox.next_event(), Some(api.now + span("P7D")));
    api.set(|settings| settings.outage = true);
    api.wait("P8D");
    assert!(exists(&mut api, "empty"));
    api.set(|settings| settings.outage = false);
    assert!(!exists(&mut api, "empty"));
    assert_eq!(api.sandbox.next_event(), None);
}

#[test]
fn a_deleted_id_is_free() {
    let mut api = Api::new();
    api.create("a", json!({}));
    api.wait("P8D");
    api.create("a", every("PT1H"));
    api.wait("P8D");
    assert!(exists(&mut api, "a"));
}
