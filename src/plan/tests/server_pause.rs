//! The server pauses a schedule whose run failed (`pauseOnFailure`).

use super::*;
use crate::api::RESUME_REQUESTED_AT;

const NOTES: [&str; 2] = ["paused due to workflow failure: boom", "paused due to workflow timeout: slow"];

fn failed(note: &str) -> Scene {
    Scene::settled().declaring(|spec| spec.paused = Some(false)).present(by_somebody(note))
}

#[test]
fn a_failing_workflow_is_not_run_again_by_a_declaration() {
    for note in NOTES {
        assert_eq!(ready(&failed(note)), Reason::PausedOnFailure, "{note}");
    }
}

#[test]
fn it_stays_ready_and_says_that_its_runs_fail_and_how_to_go_on() {
    let status = failed(NOTES[0]).settles_as();
    let condition = |type_: &str| status.conditions.iter().find(|one| one.type_ == type_).unwrap();
    assert_eq!(condition("Ready").status, "True");
    assert!(condition("Ready").message.contains(RESUME_REQUESTED_AT), "{}", condition("Ready").message);
    assert_eq!(
        (condition("RunsFailing").status.as_str(), condition("RunsFailing").message.as_str()),
        ("True", NOTES[0])
    );
}

#[test]
fn a_person_resumes_it() {
    let asked = failed(NOTES[0]).annotated(RESUME_REQUESTED_AT, "2026-11-24T11:59:00Z");
    assert_eq!(asked.action().name(), "resume");
}

#[test]
fn a_change_of_paused_resumes_it() {
    let was_paused = Scene::settled().declaring(|spec| spec.paused = Some(true)).present(by_somebody(NOTES[0]));
    assert_eq!(was_paused.edited(|spec| spec.paused = Some(false)).action().name(), "resume");
    let was_undeclared = Scene::settled().present(by_somebody(NOTES[0]));
    assert_eq!(was_undeclared.edited(|spec| spec.paused = Some(false)).action().name(), "resume");
}

#[test]
fn any_other_edit_does_not() {
    let edited = failed(NOTES[0]).edited(|spec| spec.adoption = Some(crate::api::Adoption::IfExists));
    assert_eq!(ready(&edited), Reason::PausedOnFailure);
}

#[test]
fn it_survives_a_patch_that_lifts_it() {
    let lifted = failed(NOTES[0]).remembering(|memory| {
        memory.pause_before_patch = Some(crate::api::RememberedPause { note: Some(NOTES[0].into()) });
    });
    assert_eq!(paused(&lifted.present(|_| {})), NOTES[0]);
}

#[test]
fn a_status_that_was_lost_resumes_nothing() {
    let lost = Scene::fresh().declaring(|spec| spec.paused = Some(false)).present(by_somebody(NOTES[0]));
    assert_eq!(ready(&lost), Reason::PausedOnFailure);
}
