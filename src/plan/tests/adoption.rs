//! A schedule that is there before its resource.

use super::*;
use crate::api::{Adoption, Claim, ClaimVia, MaxExecutionsMemory, TRIGGER_REQUESTED_AT};
use crate::plan::rules::adopt::take_over;
use crate::remote::{Operation, RemoteError};

fn explicit(adoption: Option<Adoption>) -> Scene {
    let scene = Scene::fresh().declaring(|spec| {
        spec.schedule_id = Some("nightly".into());
        spec.adoption = adoption;
    });
    scene.present(|_| {})
}

#[test]
fn an_existing_schedule_is_not_taken_over_unasked() {
    assert_eq!(refused(&explicit(None)), Reason::AlreadyExists);
    assert_eq!(refused(&explicit(Some(Adoption::Never))), Reason::AlreadyExists);
}

#[test]
fn an_equal_schedule_is_taken_over_with_a_claim_and_without_a_write() {
    let scene = explicit(Some(Adoption::IfEqual));
    let claim = scene.remembers().claim.unwrap();
    assert_eq!((claim.schedule_id.as_str(), claim.via), ("nightly", ClaimVia::Adoption));
    assert_eq!(ready(&stored(&scene)), Reason::InSync);
}

#[test]
fn a_schedule_that_is_not_equal_is_refused_with_what_differs() {
    let scene = explicit(Some(Adoption::IfEqual)).present(drifted);
    assert_eq!(refused(&scene), Reason::AdoptionRefused);
    assert_eq!(scene.settles_as().drift[0].field, "input");
}

#[test]
fn a_pause_or_a_note_that_is_declared_must_be_equal_too() {
    let declaring = |paused: Option<bool>, note: Option<&str>| {
        explicit(Some(Adoption::IfEqual)).present(by_somebody("mine")).declaring(|spec| {
            spec.paused = paused;
            spec.pause_note = note.map(Into::into);
        })
    };
    assert_eq!(refused(&declaring(Some(false), None)), Reason::AdoptionRefused);
    assert_eq!(refused(&declaring(Some(true), Some("ours"))), Reason::AdoptionRefused);
    assert!(declaring(Some(true), Some("mine")).remembers().claim.is_some());
    assert!(declaring(None, None).remembers().claim.is_some());
}

#[test]
fn with_if_exists_it_is_claimed_first_and_then_made_equal() {
    let scene = explicit(Some(Adoption::IfExists)).present(drifted);
    assert!(scene.remembers().claim.is_some());
    assert_eq!(stored(&scene).action().name(), "patch");
}

#[test]
fn a_schedule_of_another_workflow_is_never_taken_over() {
    let scene = explicit(Some(Adoption::IfExists)).present(|observed| observed.workflow_name = Some("theirs".into()));
    assert_eq!(refused(&scene), Reason::TargetMismatch);
}

#[test]
fn a_list_is_not_enough_to_take_over() {
    assert_eq!(explicit(Some(Adoption::IfExists)).listed(|_| {}).action(), Action::Observe);
}

#[test]
fn a_cluster_that_is_rebuilt_finds_its_schedules_under_their_derived_ids() {
    assert_eq!(ready(&Scene::fresh().present(|_| {})), Reason::InSync);
}

#[test]
fn a_count_that_is_there_stands() {
    let scene = Scene::fresh().declaring(|spec| spec.max_executions = Some(5));
    let scene = scene.present(|observed| observed.remaining = Some(wire::Remaining(Some(2))));
    assert_eq!(ready(&scene), Reason::InSync);
    let known = MaxExecutionsMemory { declared: Some(5), intended: None };
    assert_eq!(scene.plan().memory.max_executions, Some(known));
}

#[test]
fn nothing_is_triggered_out_of_a_status_that_was_lost() {
    let scene = Scene::fresh().present(|_| {}).annotated(TRIGGER_REQUESTED_AT, "2026-11-24T11:59:00Z");
    let Action::StoreTrigger(trigger) = scene.action() else { panic!("{:?}", scene.action()) };
    assert_eq!(trigger.state, crate::api::TriggerState::Refused);
}

#[test]
fn a_connection_that_is_being_deleted_takes_nothing_over() {
    let scene = explicit(Some(Adoption::IfExists)).connection(|facts| facts.terminating = true);
    assert_eq!(waits(&scene).0, Reason::Terminating);
}

#[test]
fn a_claim_that_lost_the_race_to_its_id_is_given_up() {
    let claimed = stored(&explicit(None).seeing(Observation::Absent));
    assert!(claimed.stored().claim.is_some());
    let taken = claimed.seeing(Observation::None).failed(Operation::Create, RemoteError::Conflict("exists".into()));
    let given_up = stored(&taken);
    assert_eq!(given_up.stored(), Memory::default());
    assert_eq!(given_up.action(), Action::Observe);
    assert_eq!(refused(&given_up.present(|_| {})), Reason::AlreadyExists);
}

#[test]
fn what_is_claimed_is_taken_back_without_being_asked() {
    let scene = explicit(None).remembering(|memory| {
        memory.claim = Some(crate::plan::claim(&crate::remote::ScheduleId::new("nightly"), ClaimVia::Explicit));
    });
    let memory = scene.ask(|s| {
        let desired = s.desired.as_ref().unwrap();
        take_over(s, desired, &observed(), &scene.facts)
    });
    assert_eq!(memory.unwrap().target, Some(target()));
}

/// The operator died after its POST and before the id was pinned, and by then another id is declared.
#[test]
fn an_id_that_was_edited_before_it_was_pinned_is_not_taken_for_ours() {
    let scene = explicit(None).remembering(|memory| {
        memory.claim = Some(Claim { schedule_id: "another".into(), via: ClaimVia::Explicit });
        memory.target = Some(target());
    });
    assert_eq!(refused(&scene.present(drifted)), Reason::AlreadyExists);
}
