//! No patch and no replace near a fire.

use super::*;

/// A run is due in three seconds.
fn due(scene: Scene) -> Scene {
    scene.present(|observed| observed.future = vec![at("2026-11-24T12:00:03Z"), at("2026-11-24T13:00:03Z")])
}

const AFTER: &str = "2026-11-24T12:00:08.001Z";

fn zone_edited() -> Scene {
    Scene::settled().edited(|spec| spec.time_zone_name = Some("Europe/Paris".into()))
}

fn workflow_edited() -> Scene {
    Scene::settled().edited(|spec| spec.workflow_identifier = Some("other".into()))
}

#[test]
fn a_patch_and_a_replace_wait_until_the_run_is_over() {
    for scene in [due(zone_edited()), due(workflow_edited())] {
        assert_eq!(waits(&scene), (Reason::Guarded, Requeue::At(at(AFTER))));
    }
}

#[test]
fn they_wait_after_a_run_too() {
    let scene = zone_edited().present(|observed| {
        let run = |text: &str| wire::RecentExecution { scheduled_at: at(text), started_at: None, execution_id: None };
        observed.recent = vec![run("2026-11-24T11:59:57Z")];
    });
    assert_eq!(waits(&scene), (Reason::Guarded, Requeue::At(at("2026-11-24T12:00:02.001Z"))));
}

#[test]
fn what_waits_shows_what_it_will_change() {
    assert_eq!(due(zone_edited()).settles_as().drift[0].field, "timeZoneName");
}

#[test]
fn they_wait_for_two_minutes_in_all() {
    let long = due(zone_edited()).after(|journal| journal.guarded_since = Some(at("2026-11-24T11:58:00Z")));
    assert_eq!(long.action().name(), "patch");
}

#[test]
fn a_pause_and_a_deletion_never_wait() {
    assert_eq!(due(Scene::settled()).edited(|spec| spec.paused = Some(true)).action().name(), "pause");
    assert_eq!(stored(&due(Scene::settled()).deleted()).call(), Call::Delete);
}

#[test]
fn a_replace_does_not_hold_back_a_pause_that_is_declared_with_it() {
    let both = due(workflow_edited()).edited(|spec| spec.paused = Some(true));
    assert!(both.remembers().old_schedule().is_some());
    assert!(due(workflow_edited()).killed().remembers().old_schedule().is_some());
}

#[test]
fn a_paused_schedule_does_not_wait_where_a_patch_keeps_its_pause() {
    let paused = |keeps: bool| {
        let scene = zone_edited().connection(|facts| facts.patch_keeps_pause = Some(keeps));
        let scene = scene.remembering(|memory| {
            memory.pause_before_patch = Some(crate::api::RememberedPause { note: Some("mine".into()) });
        });
        scene.present(|observed| {
            by_somebody("mine")(observed);
            observed.future = vec![at("2026-11-24T12:00:03Z"), at("2026-11-24T13:00:03Z")];
        })
    };
    assert_eq!(paused(true).action().name(), "patch");
    assert_eq!(waits(&paused(false)).0, Reason::Guarded, "a PATCH that lifts the pause would let the run start");
}
