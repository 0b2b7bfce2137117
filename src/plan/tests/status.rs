//! What the status says.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::{Condition, RememberedPause};
use crate::plan::{ConnectionView, redacted, shown_text, with_runs};

fn types(conditions: &[Condition]) -> Vec<(&str, &str)> {
    conditions.iter().map(|one| (one.type_.as_str(), one.status.as_str())).collect()
}

fn outage() -> Scene {
    let view = ConnectionView::Found {
        facts: Box::new(Scene::settled().facts),
        not_permitted: None,
        not_ready: Some((Reason::RemoteUnavailable, "no answer".into())),
    };
    Scene { view: Some(view), ..Scene::settled().seeing(Observation::None) }
}

#[test]
fn ready_is_always_there_and_the_others_while_they_are_true() {
    assert_eq!(types(&Scene::settled().settles_as().conditions), [("Ready", "True")]);
    assert_eq!(types(&outage().settles_as().conditions), [("Ready", "False"), ("Reconciling", "True")]);
    let stalled = Scene { conflict: Some("shop/older".into()), ..Scene::settled() };
    assert_eq!(types(&stalled.settles_as().conditions), [("Ready", "False"), ("Stalled", "True")]);
    let drifting = Scene::settled().present(drifted).after(|journal| journal.note(&patch(), false)).settles_as();
    assert_eq!(types(&drifting.conditions), [("Ready", "False"), ("Reconciling", "True"), ("Drifted", "True")]);
}

#[test]
fn a_transition_is_timed_and_to_the_second() {
    let since = Time(at("2026-11-24T11:00:00Z"));
    let mut known = Scene::settled().settles_as();
    known.conditions[0].last_transition_time = since.clone();
    let scene = Scene { now: at("2026-11-24T12:00:00.5Z"), ..Scene::settled() }.status(|status| *status = known);
    assert_eq!(scene.settles_as().conditions[0].last_transition_time, since);
    let failing = Scene { conflict: Some("shop/older".into()), ..scene }.settles_as();
    assert_eq!(failing.conditions[0].last_transition_time, Time(at("2026-11-24T12:00:00Z")));
}

#[test]
fn the_runs_to_come_are_shown_and_the_next_one_only_of_what_will_run() {
    let runs = vec![at("2026-11-24T12:00:00Z"), at("2026-11-24T13:00:00Z")];
    let running = Scene::settled().present(|observed| observed.future = runs.clone()).settles_as();
    assert_eq!(running.next_execution_time.as_deref(), Some("2026-11-24T13:00:00Z"));
    assert_eq!(running.next_executions, ["2026-11-24T13:00:00Z"]);
    let paused = Scene::settled().present(|observed| {
        by_somebody("mine")(observed);
        observed.future = runs;
    });
    assert_eq!(paused.settles_as().next_execution_time, None);
    assert_eq!(paused.settles_as().pause_note.as_deref(), Some("mine"));
}

#[test]
fn a_time_that_has_passed_and_cannot_be_refreshed_is_removed() {
    let scene = outage().status(|status| {
        status.next_execution_time = Some("2026-11-24T11:30:00Z".into());
        status.next_executions = vec!["2026-11-24T11:30:00Z".into(), "2026-11-24T12:30:00Z".into()];
    });
    let status = scene.settles_as();
    assert_eq!(status.next_execution_time.as_deref(), Some("2026-11-24T12:30:00Z"));
    assert_eq!(status.next_executions, ["2026-11-24T12:30:00Z"]);
}

#[test]
fn a_list_with_fewer_runs_shortens_nothing() {
    let hours: Vec<_> = (13..23).map(|hour| at(&format!("2026-11-24T{hour}:00:00Z"))).collect();
    let known = Scene::settled().present(|observed| observed.future.clone_from(&hours)).settles_as();
    let listed = Scene::settled().status(|status| *status = known.clone()).listed(|observed| {
        observed.future = hours[..5].to_vec();
        observed.policy = None;
    });
    assert_eq!(listed.settles_as().next_executions, known.next_executions);
}

#[test]
fn a_mutating_call_is_timed() {
    let changed = Scene::settled().after(|journal| journal.note(&Call::Delete, false)).settles_as();
    assert_eq!(changed.last_change_time.as_deref(), Some("2026-11-24T12:00:00Z"));
    assert_eq!(Scene::settled().settles_as().last_change_time, None);
}

#[test]
fn an_edit_is_carried_through_when_it_is_ready_or_refused_and_not_while_it_waits() {
    let edited = |scene: Scene| scene.edited(|spec| spec.adoption = None).settles_as().observed_generation;
    assert_eq!(edited(Scene::settled()), Some(2));
    assert_eq!(edited(Scene { conflict: Some("shop/older".into()), ..Scene::settled() }), Some(2));
    assert_eq!(edited(outage()), Some(1));
}

#[test]
fn secrets_are_taken_out_of_all_that_is_shown_and_a_note_keeps_its_meaning() {
    let secrets = ["workflow".to_owned(), "hunter2".to_owned(), "default".to_owned()];
    let noted = |note: &str| {
        let scene = Scene::settled().killed().present(by_somebody(note)).remembering(|memory| {
            memory.pause_before_patch = Some(RememberedPause { note: Some(note.into()) });
        });
        let mut status = scene.settles_as();
        status.memory = Some(scene.stored());
        let status = redacted(status, &secrets);
        let remembered = status.memory.unwrap().pause_before_patch.unwrap().note;
        assert_eq!(remembered, status.pause_note);
        assert!(!status.conditions[0].message.contains("hunter2"), "{}", status.conditions[0].message);
        status.pause_note.unwrap()
    };
    assert_eq!(noted("paused due to workflow failure: hunter2"), "paused due to workflow failure: [redacted]");
    let mark = "paused by WorkflowConnection shop/default";
    assert_eq!(noted(mark), mark);
    assert_eq!(noted("see hunter2"), "see [redacted]");
}

#[test]
fn a_long_text_loses_its_middle_and_keeps_what_to_do() {
    let text = format!("{} do this", "é".repeat(2000));
    let shown = shown_text(&text, &[]);
    assert!(shown.len() <= 1000 && shown.ends_with("do this"), "{} {shown}", shown.len());
}

#[test]
fn the_runs_of_a_refused_schedule_come_with_its_pause() {
    let before = Scene::settled().settles_as();
    let there = Observed { paused: true, note: Some("by hand".into()), ..observed() };
    let shown = with_runs(&before, &there, at(NOW));
    assert_eq!((shown.paused, shown.pause_note.as_deref()), (Some(true), Some("by hand")));
    assert_eq!(shown.next_execution_time, None);
    assert_eq!(shown.conditions, before.conditions);
}
