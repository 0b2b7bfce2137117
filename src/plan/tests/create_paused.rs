//! The API cannot create a schedule paused: it is parked in 2099, paused, and then given its times.

use super::*;
use crate::plan::model::content::parking_time;

fn new() -> Scene {
    Scene::fresh().declaring(|spec| {
        spec.paused = Some(true);
        spec.end_at = Some("2027-01-01T00:00:00Z".into());
    })
}

fn as_declared() -> Observed {
    let mut observed = observed();
    observed.timing.as_mut().unwrap().end_at = Some(at("2027-01-01T00:00:00Z"));
    observed
}

fn parked(paused: bool) -> Observed {
    let mut parked = observed();
    parked.timing.as_mut().unwrap().start_at = Some(parking_time());
    Observed { paused, ..parked }
}

#[test]
fn a_schedule_that_is_declared_paused_is_created_where_it_cannot_fire() {
    assert!(is_parked(&created(&stored(&new().seeing(Observation::Absent))).schedule));
}

#[test]
fn it_is_paused_before_it_gets_its_times() {
    let scene = stored(&new().seeing(Observation::Absent)).seeing(Observation::Present(Box::new(parked(false))));
    assert_eq!(paused(&scene), "paused by WorkflowSchedule shop/report");
}

#[test]
fn where_a_patch_keeps_a_pause_it_gets_its_times_once_it_is_paused() {
    let seen = [None, Some(parked(false)), Some(parked(true)), Some(Observed { paused: true, ..as_declared() })];
    assert_eq!(
        new().steps(seen),
        ["observe", "store_memory", "create", "observe", "pause", "observe", "patch", "observe", "finish"]
    );
}

#[test]
fn where_nothing_is_known_of_the_server_a_parked_patch_comes_first() {
    let paused = Observed { paused: true, ..as_declared() };
    let seen = [None, Some(parked(false)), Some(parked(true)), Some(parked(true)), Some(paused)];
    let steps = new().connection(|facts| facts.patch_keeps_pause = None).steps(seen);
    let first = ["observe", "store_memory", "create", "observe", "pause", "observe"];
    assert_eq!(steps, [&first[..], &["store_memory", "patch", "observe", "patch", "observe", "finish"]].concat());
}

#[test]
fn on_a_server_whose_patch_lifts_pauses_it_stays_parked() {
    let lifting = new().connection(|facts| facts.patch_keeps_pause = Some(false));
    let scene = stored(&lifting.seeing(Observation::Absent)).seeing(Observation::Present(Box::new(parked(true))));
    assert_eq!(ready(&scene), Reason::Paused);
}

#[test]
fn what_that_server_does_not_keep_is_not_written_again_in_this_pass() {
    let lifting = Scene::settled()
        .declaring(|spec| spec.paused = Some(true))
        .connection(|facts| facts.patch_keeps_pause = Some(false))
        .remembering(|memory| memory.pause_before_patch = Some(crate::api::RememberedPause { note: None }))
        .edited(|spec| spec.jitter = Some("1s".into()))
        .seeing(Observation::Present(Box::new(parked(true))));
    assert!(is_parked(&patched(&lifting).0));
    let repaused = lifting.done().seeing(Observation::Present(Box::new(parked(false)))).done();
    assert_eq!(
        waits(&repaused.seeing(Observation::Present(Box::new(parked(true))))),
        (Reason::Drifted, Requeue::Backoff)
    );
}

#[test]
fn once_it_is_to_run_it_gets_its_times_there_too() {
    let scene = Scene::settled()
        .declaring(|spec| spec.paused = Some(true))
        .connection(|facts| facts.patch_keeps_pause = Some(false))
        .edited(|spec| spec.paused = Some(false))
        .seeing(Observation::Present(Box::new(parked(true))));
    assert!(!is_parked(&patched(&scene).0));
}

#[test]
fn under_the_kill_switch_a_new_schedule_is_created_paused() {
    let new = Scene::fresh().killed().seeing(Observation::Absent);
    let memory = new.remembers();
    assert!(memory.paused_by_connection);
    let scene = stored(&new);
    assert!(is_parked(&created(&scene).schedule));
    let there = scene.done().seeing(Observation::Present(Box::new(parked(false))));
    assert_eq!(paused(&there), "paused by WorkflowConnection shop/default");
}

#[test]
fn a_long_note_does_not_keep_it_from_being_paused() {
    let scene = new().declaring(|spec| spec.pause_note = Some("障".repeat(400)));
    let made = stored(&scene.seeing(Observation::Absent)).seeing(Observation::Present(Box::new(parked(false))));
    assert_eq!(paused(&made), "障".repeat(333));
}
