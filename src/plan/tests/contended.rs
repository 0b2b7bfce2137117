//! Somebody else writes the same schedule.

use super::*;
use crate::api::{Correction, RECONCILE_REQUESTED_AT};

/// This field was put right at these minutes of the half hour before noon.
fn corrected(scene: Scene, field: &str, minutes: &[i64]) -> Scene {
    let correction = |minute: &i64| Correction { field: field.into(), at: format!("2026-11-24T11:{minute:02}:30Z") };
    scene.remembering(|memory| memory.corrections = minutes.iter().map(correction).collect())
}

fn contended() -> Scene {
    corrected(Scene::settled().present(drifted), "input", &[40, 50, 58])
}

#[test]
fn the_fourth_correction_of_a_field_within_half_an_hour_is_not_made() {
    assert_eq!(refused(&contended()), Reason::Contended);
    assert_eq!(corrected(contended(), "input", &[50, 58]).action().name(), "patch");
    assert_eq!(corrected(contended(), "input", &[29, 50, 58]).action().name(), "patch", "the first is too old");
    assert_eq!(corrected(contended(), "jitter", &[40, 50, 58]).action().name(), "patch", "another field");
}

#[test]
fn each_correction_is_counted_once_a_pass() {
    let corrections = |scene: &Scene| scene.plan().memory.corrections.len();
    let scene = corrected(contended(), "input", &[29, 58]);
    assert_eq!(corrections(&scene), 2, "the old one is forgotten and this one counted");
}

#[test]
fn an_edit_or_a_request_makes_it_write_again_and_forgets_what_was() {
    let edited = contended().edited(|spec| spec.time_zone_name = Some("Europe/Paris".into()));
    assert_eq!(edited.action().name(), "patch");
    assert_eq!(edited.plan().memory.corrections, []);
    assert_eq!(contended().annotated(RECONCILE_REQUESTED_AT, "again").action().name(), "patch");
}

#[test]
fn a_declared_pause_stays_enforced() {
    assert_eq!(contended().declaring(|spec| spec.paused = Some(true)).action().name(), "pause");
    assert_eq!(stored(&contended().killed()).action().name(), "pause");
}

#[test]
fn somebody_who_pauses_what_is_declared_running_is_given_way_to_as_well() {
    let running = Scene::settled().declaring(|spec| spec.paused = Some(false)).present(by_somebody("mine"));
    assert_eq!(running.plan().memory.corrections.len(), 1);
    let often = corrected(running, "paused", &[40, 50, 58]);
    assert_eq!(refused(&often), Reason::Contended);
    assert_eq!(often.annotated(RECONCILE_REQUESTED_AT, "again").action().name(), "resume");
}

#[test]
fn a_remote_that_keeps_nothing_of_an_edit_is_contended_in_the_end() {
    let mut scene = Scene::settled().edited(|spec| spec.jitter = Some("1s".into()));
    let mut patches = 0;
    while matches!(scene.action(), Action::Call(_)) {
        patches += 1;
        assert!(patches < 10, "it is written for ever");
        scene = scene.done().present(|_| {});
        scene = scene.next_pass();
    }
    assert_eq!((patches, refused(&scene)), (4, Reason::Contended));
}

#[test]
fn to_end_the_parking_of_what_was_made_paused_is_no_correction() {
    let parked = |observed: &mut Observed| {
        by_somebody("mine")(observed);
        observed.timing = Ok(content().parked().timing);
    };
    let plan = Scene::settled().present(parked).plan();
    assert!(matches!(plan.action, Action::Call(Call::Patch { .. })), "{plan:?}");
    assert!(plan.memory.corrections.is_empty());
}

#[test]
fn once_nothing_more_is_sent_a_pause_is_as_people_leave_it() {
    let remembered = contended().remembering(|memory| {
        memory.pause_before_patch = Some(crate::api::RememberedPause { note: Some("mine".into()) });
    });
    let paused = |observed: &mut Observed| {
        drifted(observed);
        by_somebody("mine")(observed);
    };
    assert_eq!(remembered.present(paused).plan().memory.pause_before_patch, None);
}
