//! Replace: a workflow cannot be patched.

use super::*;
use crate::api::{Lifecycle, OldSchedule, RememberedPause, Replacement, UnansweredCalls};

fn edited() -> Scene {
    Scene::settled().edited(|spec| spec.workflow_identifier = Some("other-workflow".into()))
}

fn deleting_old() -> Scene {
    edited().remembering(|memory| memory.lifecycle = Some(Box::new(Lifecycle::DeletingOld(OldSchedule::default()))))
}

fn creating_new(old: &OldSchedule) -> Scene {
    edited().remembering(|memory| {
        memory.lifecycle = Some(Box::new(Lifecycle::CreatingNew(Replacement { old: old.clone(), creation: None })));
    })
}

fn new_one() -> Observed {
    Observed { workflow_name: Some("other-workflow".into()), ..observed() }
}

#[test]
fn a_new_declared_workflow_deletes_and_creates_and_stores_before_each() {
    let steps = edited().seeing(Observation::None).steps([Some(observed()), None, Some(new_one())]);
    let create = ["store_memory", "store_memory", "create", "observe", "finish"];
    assert_eq!(steps, [&["observe", "store_memory", "delete", "observe"][..], &create].concat());
}

#[test]
fn what_the_replace_must_restore_is_stored_before_the_deletion() {
    let memory = edited().present(|observed| {
        by_somebody("mine")(observed);
        observed.remaining = Some(wire::Remaining(Some(3)));
    });
    let expected = OldSchedule { remaining: Some(3), paused: true, note: Some("mine".into()) };
    assert_eq!(memory.remembers().lifecycle, Some(Box::new(Lifecycle::DeletingOld(expected))));
}

#[test]
fn a_deployment_and_a_registration_belong_to_the_workflow() {
    let deployment = Scene::settled().edited(|spec| spec.deployment_name = Some("blue".into()));
    assert!(deployment.remembers().old_schedule().is_some());
    let registration = Scene::settled().edited(|spec| {
        spec.workflow_identifier = None;
        spec.workflow_registration_id = Some("0d8ff0a0-7d5c-4f0c-9a52-0a5c4e1c0f11".into());
    });
    assert!(registration.remembers().old_schedule().is_some());
}

#[test]
fn the_new_schedule_has_the_runs_and_the_pause_of_the_old_one() {
    let counted = Scene::settled().declaring(|spec| spec.max_executions = Some(5)).present(|observed| {
        by_somebody("mine")(observed);
        observed.remaining = Some(wire::Remaining(Some(3)));
    });
    let begun = stored(&counted.edited(|spec| spec.workflow_identifier = Some("other-workflow".into())));
    assert_eq!(begun.call(), Call::Delete);
    let deleted = stored(&begun.seeing(Observation::Absent));
    assert_eq!(deleted.stored().pause_before_patch, Some(RememberedPause { note: Some("mine".into()) }));
    let schedule = created(&stored(&deleted)).schedule;
    assert_eq!(schedule.max_executions, Some(wire::MaxExecutions(Some(3))));
    assert!(is_parked(&schedule));
}

#[test]
fn what_was_exhausted_stays_exhausted() {
    let used_up = Scene::settled().declaring(|spec| spec.max_executions = Some(5)).present(|observed| {
        observed.remaining = Some(wire::Remaining(Some(0)));
    });
    let begun = stored(&used_up.edited(|spec| spec.workflow_identifier = Some("other-workflow".into())));
    let deleted = stored(&begun.seeing(Observation::Absent));
    assert_eq!(ready(&deleted), Reason::Exhausted);
}

#[test]
fn a_pause_after_a_failed_run_survives_though_running_is_declared() {
    let failing = Scene::settled().declaring(|spec| spec.paused = Some(false));
    let failing = failing.present(by_somebody("paused due to workflow failure: boom"));
    let begun = failing.edited(|spec| spec.workflow_identifier = Some("other-workflow".into())).remembers();
    assert!(begun.old_schedule().unwrap().paused);
}

#[test]
fn a_list_is_not_enough_to_begin_or_to_go_on() {
    assert_eq!(edited().listed(|_| {}).action(), Action::Observe);
    assert_eq!(deleting_old().listed(|_| {}).action(), Action::Observe);
}

#[test]
fn a_workflow_that_is_put_back_in_time_deletes_nothing() {
    let back = deleting_old().edited(|spec| spec.workflow_identifier = Some("report-workflow".into()));
    assert_eq!(ready(&back), Reason::InSync);
    assert_eq!(back.plan().memory.lifecycle, None);
}

#[test]
fn after_a_crash_the_new_schedule_is_not_deleted() {
    let scene = creating_new(&OldSchedule::default()).seeing(Observation::Present(Box::new(new_one())));
    assert_eq!(ready(&scene), Reason::InSync);
    assert_eq!(scene.plan().memory.lifecycle, None);
}

#[test]
fn a_replace_of_what_is_used_up_forgets_the_name_of_the_old_workflow() {
    let replaced =
        creating_new(&OldSchedule { remaining: Some(0), ..OldSchedule::default() }).seeing(Observation::Absent);
    assert_eq!(ready(&replaced), Reason::Exhausted);
    assert_eq!(replaced.settles_as().workflow_name, None);
    let created = replaced.next_pass().seeing(Observation::Present(Box::new(new_one())));
    assert_eq!(ready(&created), Reason::InSync);
}

#[test]
fn a_mass_disappearance_does_not_stop_a_replace() {
    let scene = creating_new(&OldSchedule::default()).seeing(Observation::Absent);
    let scene = stored(&scene.connection(|facts| facts.mass_disappearance = true));
    assert_eq!(scene.action().name(), "create");
}

#[test]
fn another_workflow_at_the_remote_is_drift_and_never_replaced() {
    let scene = Scene::settled().present(|observed| observed.workflow_name = Some("theirs".into()));
    assert_eq!(refused(&scene), Reason::Drifted);
}

#[test]
fn another_workflow_at_the_remote_is_not_taken_for_ours_at_the_second_look() {
    let scene = Scene::settled().present(|observed| observed.workflow_name = Some("theirs".into()));
    let status = scene.settles_as();
    assert_eq!(status.workflow_name.as_deref(), Some("report-workflow"));
    assert_eq!(refused(&scene.status(|stored| *stored = status)), Reason::Drifted);
}

#[test]
fn another_workflow_is_told_from_ours_under_an_id_that_is_no_name() {
    let uuid = "0d8ff0a0-7d5c-4f0c-9a52-0a5c4e1c0f11";
    let scene = Scene::settled()
        .declaring(|spec| spec.workflow_identifier = Some(uuid.into()))
        .remembering(|memory| memory.target.as_mut().unwrap().workflow_identifier = Some(uuid.into()));
    assert_eq!(ready(&scene), Reason::InSync);
    assert_eq!(refused(&scene.present(|observed| observed.workflow_name = Some("theirs".into()))), Reason::Drifted);
}

#[test]
fn another_deployment_at_the_remote_is_drift_too() {
    let scene = Scene::settled()
        .declaring(|spec| spec.deployment_name = Some("blue".into()))
        .remembering(|memory| memory.target.as_mut().unwrap().deployment_name = Some("blue".into()))
        .present(|observed| observed.deployment_name = Some("green".into()));
    assert_eq!(refused(&scene), Reason::Drifted);
}

#[test]
fn without_memory_another_workflow_is_never_replaced() {
    let lost = Scene::fresh().present(|observed| observed.workflow_name = Some("theirs".into()));
    assert_eq!(refused(&lost), Reason::TargetMismatch);
}

#[test]
fn a_deletion_that_may_still_arrive_is_waited_for() {
    let since = |text: &str| Some(UnansweredCalls { count: 1, since: text.into() });
    let unanswered = deleting_old().remembering(|memory| memory.unanswered_deletions = since("2026-11-24T11:59:30Z"));
    assert_eq!(waits(&unanswered.clone().present(|_| {})).1, Requeue::At(at("2026-11-24T12:00:40Z")));
    let gone = unanswered.clone().seeing(Observation::Absent).remembers();
    assert_eq!(gone.unanswered_deletions, None, "it has arrived");
    let paused = unanswered.edited(|spec| spec.paused = Some(true)).present(|_| {});
    assert_eq!(paused.action().name(), "pause", "which waits for nothing");
}

#[test]
fn a_deletion_that_a_crash_has_left_without_an_answer_is_waited_for_too() {
    let begun = stored(&edited());
    assert_eq!(begun.call(), Call::Delete);
    assert_eq!(waits(&begun.next_process()), (Reason::Progressing, Requeue::At(at("2026-11-24T12:01:10Z"))));
}
