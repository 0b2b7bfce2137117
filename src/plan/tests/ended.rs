//! What the engine closes by itself: what has nothing left to run, and what is resumed after a long pause.

use super::*;
use crate::api::{Closed, RESUME_REQUESTED_AT, WorkflowScheduleSpec};

/// A known schedule that is gone.
fn gone(change: impl FnOnce(&mut WorkflowScheduleSpec)) -> Scene {
    Scene::settled().declaring(change).seeing(Observation::Absent)
}

fn past_its_end(spec: &mut WorkflowScheduleSpec) {
    spec.end_at = Some("2026-11-24T11:30:00Z".into());
}

fn without_times(spec: &mut WorkflowScheduleSpec) {
    spec.intervals = Vec::new();
}

/// Too many others are gone.
fn in_a_disappearance(scene: Scene) -> Scene {
    scene.connection(|facts| facts.mass_disappearance = true)
}

#[test]
fn what_has_no_run_left_and_is_gone_has_ended() {
    let ended = gone(past_its_end).status(|status| {
        status.next_execution_time = Some("2026-11-24T11:30:00Z".into());
    });
    assert_eq!(ready(&ended), Reason::Ended);
    assert_eq!(ready(&in_a_disappearance(ended.clone())), Reason::Ended);
    let status = ended.settles_as();
    assert_eq!(status.next_execution_time, None);
    assert_eq!(status.memory.unwrap().closed, Some(Closed::Ended));
    let never = gone(|spec| {
        without_times(spec);
        spec.cron_expressions = vec!["0 9 31 2 *".into()];
    });
    assert_eq!(ready(&never), Reason::Ended);
}

#[test]
fn what_has_no_run_left_is_created_once() {
    let new = Scene::fresh().declaring(past_its_end).seeing(Observation::Absent);
    assert_eq!(created(&stored(&new)).schedule_id.as_str(), ID);
}

#[test]
fn an_edit_that_gives_it_runs_creates_it_without_an_approval() {
    let ended = gone(past_its_end).remembering(|memory| memory.closed = Some(Closed::Ended));
    let edited = stored(&in_a_disappearance(ended.edited(|spec| spec.end_at = None)));
    assert_eq!(created(&edited).schedule, content().definition(None));
    assert_eq!(told(&edited.plan()), [(false, "Created")]);
    assert_eq!(edited.done().memory.unwrap().closed, None);
}

#[test]
fn what_is_there_again_has_not_ended() {
    let back = gone(|_| {}).remembering(|memory| memory.closed = Some(Closed::Ended)).present(|_| {});
    assert_eq!(back.settles_as().memory.unwrap().closed, None);
}

#[test]
fn without_any_times_it_is_created_again_without_a_word() {
    let scene = stored(&in_a_disappearance(gone(without_times)));
    assert_eq!(created(&scene).schedule_id.as_str(), ID);
    assert_eq!(told(&scene.plan()), []);
}

/// The kill switch has paused it, and is lifted.
fn paused_by_the_switch() -> Scene {
    gone(|_| {}).remembering(|memory| memory.paused_by_connection = true).status(|status| {
        status.paused = Some(true);
        status.pause_note = Some("paused by WorkflowConnection shop/default".into());
    })
}

#[test]
fn what_is_deleted_by_our_own_resume_is_created_again_and_runs() {
    let resume = Call::Resume { note: None };
    let resumed = in_a_disappearance(gone(|_| {})).after(|journal| journal.note(&resume, true));
    let scene = stored(&resumed);
    assert_eq!(created(&scene).schedule, content().definition(None));
    assert_eq!(told(&scene.plan()), [(false, "Recreated")]);
    assert_eq!(scene.stored().closed, Some(Closed::Resumed), "another pass does not know of the resume");
}

#[test]
fn a_resume_that_was_interrupted_explains_why_it_is_gone() {
    let scene = stored(&paused_by_the_switch());
    assert_eq!(scene.stored().closed, Some(Closed::Resumed));
    assert!(!is_parked(&created(&scene).schedule));
    let declared = gone(|spec| spec.paused = Some(true)).status(|status| status.paused = Some(true));
    let edited = declared.edited(|spec| spec.paused = Some(false));
    assert_eq!(stored(&edited).stored().closed, Some(Closed::Resumed));
    let asked = gone(|_| {}).annotated(RESUME_REQUESTED_AT, NOW).status(|status| status.paused = Some(true));
    assert_eq!(stored(&asked).stored().closed, Some(Closed::Resumed));
}

#[test]
fn a_later_resume_does_not_explain_a_disappearance() {
    assert_eq!(waits(&in_a_disappearance(paused_by_the_switch())).0, Reason::MassDisappearance);
}
