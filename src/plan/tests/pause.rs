//! Pause and resume: declared, undeclared, requested, and where the rest of the spec cannot be.

use super::*;
use crate::api::{DeclaredPause, InputSource, KeyRef, RESUME_REQUESTED_AT};
use crate::plan::Read;
use crate::remote::{Operation, RemoteError};

fn declared(paused: bool) -> Scene {
    Scene::settled().declaring(|spec| spec.paused = Some(paused))
}

fn resume_asked(scene: Scene) -> Scene {
    scene.annotated(RESUME_REQUESTED_AT, "2026-11-24T11:59:00Z")
}

#[test]
fn what_is_declared_paused_is_paused_with_a_note_that_names_the_resource() {
    assert_eq!(paused(&declared(true)), "paused by WorkflowSchedule shop/report");
    let noted = declared(true).declaring(|spec| spec.pause_note = Some("ticket 7".into()));
    assert_eq!(paused(&noted), "ticket 7");
}

#[test]
fn a_note_is_put_right_only_where_one_is_declared() {
    let noted = declared(true).present(by_somebody("mine"));
    assert_eq!(ready(&noted), Reason::Paused);
    assert_eq!(paused(&noted.declaring(|spec| spec.pause_note = Some("ticket 7".into()))), "ticket 7");
}

#[test]
fn a_pause_is_made_on_a_look_of_this_pass_alone() {
    assert_eq!(declared(true).listed(|_| {}).action(), Action::Observe);
    assert_eq!(declared(false).listed(by_somebody("mine")).action(), Action::Observe);
}

#[test]
fn a_pause_comes_before_a_patch() {
    let both = Scene::settled().edited(|spec| {
        spec.paused = Some(true);
        spec.time_zone_name = Some("Europe/Paris".into());
    });
    assert_eq!(both.action().name(), "pause");
}

#[test]
fn a_resume_comes_after_a_patch() {
    let both = declared(true).present(by_somebody("paused by WorkflowSchedule shop/report")).edited(|spec| {
        spec.paused = Some(false);
        spec.time_zone_name = Some("Europe/Paris".into());
    });
    assert_eq!(both.action().name(), "patch");
    let sent = both.done().present(|observed| {
        by_somebody("x")(observed);
        observed.timing.as_mut().unwrap().time_zone_name = Some("Europe/Paris".into());
    });
    assert_eq!(sent.action().name(), "resume");
}

#[test]
fn a_pause_that_nobody_declares_is_left_to_the_console() {
    assert_eq!(ready(&Scene::settled().present(by_somebody("mine"))), Reason::Paused);
    assert_eq!(ready(&Scene::settled()), Reason::InSync);
    let undeclared = declared(true).present(by_somebody("mine")).edited(|spec| spec.paused = None);
    assert_eq!(ready(&undeclared), Reason::Paused);
}

#[test]
fn a_persons_pause_is_undone_with_a_warning_where_running_is_declared() {
    let scene = declared(false).present(by_somebody("mine"));
    assert_eq!(scene.action().name(), "resume");
    assert_eq!(told(&scene.plan()), [(true, "Resumed")]);
}

#[test]
fn a_change_to_running_resumes_without_a_warning() {
    let scene = declared(true).present(by_somebody("mine")).edited(|spec| spec.paused = Some(false));
    assert_eq!(scene.action().name(), "resume");
    assert_eq!(told(&scene.plan()), [(false, "Resumed")]);
    assert_eq!(scene.plan().memory.paused, Some(DeclaredPause::Running), "so that it is a change once");
}

#[test]
fn a_server_that_does_not_keep_a_pause_or_a_resume_is_told_once_a_pass() {
    let pause = declared(true).after(|journal| journal.note(&Call::Pause { note: None }, false));
    assert_eq!(waits(&pause), (Reason::Drifted, Requeue::Backoff));
    let resume =
        declared(false).present(by_somebody("mine")).after(|journal| journal.note(&Call::Resume { note: None }, true));
    assert_eq!(waits(&resume), (Reason::Drifted, Requeue::Backoff));
}

#[test]
fn a_resume_that_is_asked_for_is_made_once() {
    let asked = resume_asked(Scene::settled().present(by_somebody("mine")));
    assert_eq!(asked.action().name(), "resume");
    let handled = asked.status(|status| status.last_handled_resume_at = Some("2026-11-24T11:59:00Z".into()));
    assert_eq!(ready(&handled), Reason::Paused);
}

#[test]
fn a_resume_that_was_made_is_recorded_whatever_else_comes_of_the_pass() {
    let asked = resume_asked(Scene::settled()).after(|journal| journal.note(&Call::Resume { note: None }, true));
    let lost = asked
        .seeing(Observation::None)
        .failed(Operation::Get, RemoteError::Unavailable { status: http::StatusCode::SERVICE_UNAVAILABLE, code: None });
    assert_eq!(waits(&lost).0, Reason::RemoteUnavailable);
    assert_eq!(lost.settles_as().last_handled_resume_at.as_deref(), Some("2026-11-24T11:59:00Z"));
}

#[test]
fn a_resume_that_is_too_old_or_out_of_a_backup_is_recorded_and_does_nothing() {
    for token in ["2026-11-24T11:49:00Z", "2026-11-24T10:59:59Z", "yesterday"] {
        let scene = Scene::settled().present(by_somebody("mine")).annotated(RESUME_REQUESTED_AT, token);
        assert_eq!(ready(&scene), Reason::Paused, "{token}");
        assert_eq!(told(&scene.plan()), [(true, "ResumeRefused")], "{token}");
        assert_eq!(scene.settles_as().last_handled_resume_at.as_deref(), Some(token));
    }
}

#[test]
fn a_resume_that_is_older_than_the_last_one_does_nothing() {
    let scene = resume_asked(Scene::settled().present(by_somebody("mine")))
        .status(|status| status.last_handled_resume_at = Some("2026-11-24T11:59:30Z".into()));
    assert_eq!(ready(&scene), Reason::Paused);
}

/// 400 characters, 1200 bytes.
fn long() -> String {
    "障".repeat(400)
}

fn noted(note: &str) -> Scene {
    declared(true).declaring(|spec| spec.pause_note = Some(note.into()))
}

/// Paused and looked at again, with this note in place of the one that was sent.
fn made(scene: &Scene, note: &str) -> Scene {
    assert_eq!(scene.action().name(), "pause");
    scene.done().present(by_somebody(note))
}

#[test]
fn a_note_is_cut_to_what_the_engine_takes_and_compared_as_it_was_cut() {
    let cut = paused(&noted(&long()));
    assert_eq!(cut, "障".repeat(333));
    assert_eq!(ready(&noted(&long()).present(by_somebody(&cut))), Reason::Paused);
    assert_eq!(paused(&broken(noted(&long()))), cut, "though the rest cannot be");
}

#[test]
fn a_server_may_change_the_white_space_of_a_note() {
    let scene = noted("two\r\nlines ").present(by_somebody("two\nlines"));
    assert_eq!(ready(&scene), Reason::Paused);
}

#[test]
fn a_blank_note_is_none() {
    assert_eq!(paused(&noted(" \n")), "paused by WorkflowSchedule shop/report");
}

#[test]
fn a_pause_that_is_refused_is_made_with_less_of_a_note_and_in_the_end_with_none() {
    for scene in [noted("ticket 7"), broken(noted("ticket 7"))] {
        let second = scene.answered(refusal("no such note"));
        assert_eq!(second.action(), Action::Observe);
        let second = second.present(|_| {});
        assert_eq!(paused(&second), "paused by WorkflowSchedule shop/report");
        let third = second.answered(RemoteError::Forbidden("no".into())).present(|_| {});
        assert_eq!(third.call(), Call::Pause { note: None });
        assert_eq!(waits(&third.answered(refusal("no such note"))), (Reason::RemoteRefused, Requeue::Backoff));
    }
}

#[test]
fn what_is_not_refused_is_not_tried_with_another_note() {
    let unavailable = RemoteError::Unavailable { status: http::StatusCode::BAD_GATEWAY, code: None };
    assert_eq!(waits(&noted("ticket 7").answered(unavailable)).0, Reason::RemoteUnavailable);
}

#[test]
fn a_note_that_the_remote_does_not_keep_is_sent_once_and_then_shown() {
    let kept = made(&noted("ticket 7"), "TICKET 7");
    assert_eq!(ready(&kept), Reason::Paused);
    let drift = &kept.settles_as().drift[0];
    assert_eq!((&*drift.field, &*drift.desired, &*drift.observed), ("pauseNote", "ticket 7", "TICKET 7"));
    let next = kept.next_pass();
    assert_eq!(ready(&next), Reason::Paused);
    assert_eq!(ready(&next.clone().listed(by_somebody("TICKET 7"))), Reason::Paused, "nor is it looked at again");
    assert_eq!(paused(&next.clone().present(by_somebody("mine"))), "ticket 7", "another note is a person's");
    assert_eq!(paused(&next.edited(|spec| spec.pause_note = Some("ticket 8".into()))), "ticket 8");
}

#[test]
fn a_note_that_the_remote_takes_again_leaves_no_trace() {
    let kept = made(&noted("ticket 7"), "TICKET 7").next_pass().present(by_somebody("ticket 7"));
    assert_eq!(kept.settles_as().drift, []);
    assert_eq!(kept.settles_as().memory.unwrap().other_pause_note, None);
}

#[test]
fn a_refused_note_of_what_is_paused_holds_nothing_back() {
    let edited = noted("ticket 7").edited(|spec| spec.jitter = Some("1s".into()));
    let refused = edited.present(by_somebody("mine")).answered(refusal("no such note"));
    let seen = refused.present(by_somebody("mine"));
    assert_eq!(seen.action().name(), "patch");
    let sent = seen.done().present(|observed| {
        by_somebody("mine")(observed);
        observed.timing.as_mut().unwrap().jitter = Some(jiff::SignedDuration::from_secs(1));
    });
    assert_eq!(ready(&sent), Reason::Paused);
    assert_eq!(ready(&sent.next_pass()), Reason::Paused);
}

#[test]
fn a_resume_that_is_refused_is_made_without_a_note() {
    let scene = declared(false).present(by_somebody("mine"));
    assert!(matches!(scene.call(), Call::Resume { note: Some(_) }));
    let again = scene.answered(refusal("no such note")).present(by_somebody("mine"));
    assert_eq!(again.call(), Call::Resume { note: None });
    assert_eq!(refused(&again.answered(refusal("no such note"))), Reason::RemoteRefused);
}

/// What is declared beside the pause cannot be.
fn broken(scene: Scene) -> Scene {
    scene.edited(|spec| spec.cron_expressions = vec!["nonsense".into()])
}

#[test]
fn a_pause_does_not_wait_for_a_spec_that_cannot_be() {
    let scene = broken(declared(true));
    assert_eq!(scene.clone().seeing(Observation::None).action(), Action::Observe);
    assert_eq!(paused(&scene), "paused by WorkflowSchedule shop/report");
    assert_eq!(refused(&scene.present(by_somebody("mine"))), Reason::Invalid);
}

#[test]
fn a_pause_does_not_wait_for_an_input_that_is_missing() {
    let key = KeyRef { name: "settings".into(), key: "region".into(), optional: None };
    let source = InputSource { config_map_key_ref: Some(key), ..InputSource::default() };
    let mut scene = declared(true);
    scene.sources = vec![(source, Read::Missing)];
    assert_eq!(scene.action().name(), "pause");
    assert_eq!(waits(&scene.present(by_somebody("mine"))).0, Reason::InputMissing);
}

#[test]
fn a_pause_does_not_wait_for_an_id_that_cannot_change() {
    let moved = declared(true).edited(|spec| spec.schedule_id = Some("other".into()));
    assert_eq!(moved.action().name(), "pause");
    assert_eq!(refused(&moved.present(by_somebody("mine"))), Reason::Immutable);
}

#[test]
fn a_spec_that_cannot_be_pauses_nothing_that_it_does_not_own() {
    let fresh = broken(Scene::fresh().declaring(|spec| spec.paused = Some(true))).present(|_| {});
    let elsewhere = fresh.clone().declaring(|spec| spec.schedule_id = Some("nightly".into()));
    assert_eq!(refused(&elsewhere), Reason::Invalid, "an explicit id is no claim");
    let untouched = fresh.resource(|resource| resource.metadata.finalizers = None);
    assert_eq!(refused(&untouched), Reason::Invalid, "it has never written");
    let mut contested = broken(declared(true));
    contested.conflict = Some("shop/older".into());
    assert_eq!(refused(&contested), Reason::Invalid);
}

#[test]
fn after_a_restore_a_pause_does_not_wait_for_the_spec_either() {
    let restored = broken(Scene::fresh().declaring(|spec| spec.paused = Some(true))).present(|_| {});
    assert_eq!(restored.action().name(), "pause", "a derived id is always its own");
}

#[test]
fn what_cannot_be_is_not_paused_where_no_pause_is_declared() {
    assert_eq!(refused(&broken(Scene::settled())), Reason::Invalid);
}

#[test]
fn a_pinned_id_whose_claim_was_given_up_is_not_paused_either() {
    let observed_before = broken(declared(true))
        .declaring(|spec| spec.schedule_id = Some("nightly".into()))
        .status(|status| status.schedule_id = Some("nightly".into()));
    assert_eq!(refused(&observed_before), Reason::Invalid);
    let claimed = observed_before.remembering(|memory| {
        memory.claim = Some(crate::api::Claim { schedule_id: "nightly".into(), via: crate::api::ClaimVia::Adoption });
    });
    assert_eq!(claimed.action().name(), "pause");
}

#[test]
fn a_status_with_anothers_id_is_refused_and_its_own_schedule_is_paused_all_the_same() {
    let edited = |scene: Scene| scene.status(|status| status.schedule_id = Some("acme.shop.another".into()));
    let running = edited(Scene::settled());
    assert_eq!(refused(&running), Reason::Immutable);
    let Outcome::Stalled { message, .. } = running.outcome() else { unreachable!("it is refused") };
    assert!(message.contains("acme.shop.another") && message.contains("\"acme.shop.report\""), "{message}");
    assert_eq!(edited(declared(true)).action().name(), "pause");
}
