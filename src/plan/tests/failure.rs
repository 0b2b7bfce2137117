//! What follows from a call that failed.

use http::StatusCode;

use super::*;
use crate::api::UnansweredCalls;
use crate::plan::FailedWrite;
use crate::remote::{Operation, RemoteError, TransportError};

fn unavailable() -> RemoteError {
    RemoteError::Unavailable { status: StatusCode::SERVICE_UNAVAILABLE, code: None }
}

fn no_answer() -> RemoteError {
    RemoteError::Transport(TransportError::NoAnswer("timeout".into()))
}

/// A PATCH has failed.
fn patch(error: RemoteError) -> Scene {
    Scene::settled().seeing(Observation::None).failed(Operation::Patch, error)
}

/// The POST of a new schedule has failed.
fn post(error: RemoteError) -> Scene {
    let creating = stored(&Scene::fresh().seeing(Observation::Absent));
    creating.seeing(Observation::None).failed(Operation::Create, error)
}

/// The same with an id that was claimed for it.
fn claimed_post(error: RemoteError) -> Scene {
    let explicit = Scene::fresh().declaring(|spec| spec.schedule_id = Some("nightly".into()));
    stored(&explicit.seeing(Observation::Absent)).seeing(Observation::None).failed(Operation::Create, error)
}

#[test]
fn what_may_pass_is_tried_again_and_what_cannot_waits_for_a_person() {
    assert_eq!(waits(&patch(RemoteError::Unauthorized)), (Reason::Unauthorized, Requeue::WithConnection));
    assert_eq!(waits(&patch(RemoteError::RateLimited { retry_after: None })), (Reason::RateLimited, Requeue::Backoff));
    assert_eq!(waits(&patch(unavailable())), (Reason::RemoteUnavailable, Requeue::Backoff));
    assert_eq!(waits(&patch(no_answer())), (Reason::RemoteUnavailable, Requeue::Backoff));
    assert_eq!(refused(&patch(RemoteError::Forbidden("no".into()))), Reason::Forbidden);
    assert_eq!(refused(&patch(refusal("bad"))), Reason::RemoteRefused);
    assert_eq!(refused(&patch(RemoteError::EncodingRequired)), Reason::RemoteRefused);
}

#[test]
fn a_failure_carries_an_edit_through_only_if_it_is_terminal() {
    let edited = |error| patch(error).edited(|spec| spec.jitter = Some("1s".into())).settles_as().observed_generation;
    assert_eq!(edited(unavailable()), Some(1));
    assert_eq!(edited(refusal("bad")), Some(2));
}

#[test]
fn a_post_without_an_answer_is_remembered_as_one_that_may_arrive() {
    for error in [no_answer(), unavailable()] {
        let memory = post(error).settles_as().memory.unwrap();
        assert_eq!(memory.unanswered_creations, Some(UnansweredCalls { count: 1, since: NOW.into() }));
        assert!(memory.creation().is_some(), "what it was made for is not forgotten");
    }
}

#[test]
fn a_post_whose_id_is_taken_is_decided_by_a_look() {
    for error in [
        RemoteError::AlreadyExists {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: "Schedule already exists".into(),
        },
        RemoteError::Conflict("exists".into()),
    ] {
        let mut scene = post(error);
        if let Action::StoreMemory(_) = scene.action() {
            scene = stored(&scene);
        }
        assert_eq!(scene.action(), Action::Observe);
        assert_eq!(ready(&scene.clone().present(|_| {})), Reason::InSync);
        assert_eq!(refused(&scene.seeing(Observation::Absent)), Reason::RemoteRefused);
    }
}

#[test]
fn a_post_that_is_refused_leaves_nothing_to_remember_and_no_claim() {
    for error in
        [refusal("the workflow does not exist"), RemoteError::Forbidden("no".into()), RemoteError::EncodingRequired]
    {
        let scene = claimed_post(error);
        assert_eq!(scene.remembers(), Memory::default());
        let Outcome::Stalled { .. } = stored(&scene).outcome() else { panic!("{:?}", stored(&scene).outcome()) };
    }
}

#[test]
fn a_claim_stays_where_an_earlier_post_may_still_arrive() {
    let late = claimed_post(refusal("bad cron"))
        .remembering(|memory| memory.unanswered_creations = Some(UnansweredCalls { count: 2, since: NOW.into() }));
    assert_eq!(refused(&late), Reason::RemoteRefused);
    assert!(late.settles_as().memory.unwrap().claim.is_some());
}

#[test]
fn an_ambiguous_workflow_needs_a_deployment() {
    let scene = stored(&post(RemoteError::Ambiguous("two deployments [AMBIGUOUS_WORKFLOW]".into())));
    let Outcome::Waiting { reason, retry, message, .. } = scene.outcome() else { panic!("{:?}", scene.outcome()) };
    assert!(matches!((reason, retry), (Reason::RemoteRefused, Requeue::At(_))));
    assert!(message.starts_with("deploymentName: "), "{message}");
}

#[test]
fn a_refused_pause_or_deletion_is_tried_again() {
    for error in [RemoteError::Forbidden("no".into()), refusal("no")] {
        let is_forbidden = matches!(error, RemoteError::Forbidden(_));
        let expected = if is_forbidden { Reason::Forbidden } else { Reason::RemoteRefused };
        let unread = Scene::settled().seeing(Observation::None).failed(Operation::Get, error.clone());
        assert_eq!(refused(&unread), expected, "a look that stops nothing waits for a person");
        assert_eq!(waits(&unread.clone().killed()), (expected, Requeue::Backoff));
        assert_eq!(waits(&unread.declaring(|spec| spec.paused = Some(true))), (expected, Requeue::Backoff));
        let going = Scene::settled().deleted().seeing(Observation::None);
        assert_eq!(waits(&going.clone().failed(Operation::Get, error.clone())), (expected, Requeue::Backoff));
        assert_eq!(waits(&going.failed(Operation::Delete, error)), (expected, Requeue::Backoff));
    }
}

#[test]
fn a_workflow_that_is_not_known_yet_is_waited_for() {
    let scene = stored(&post(RemoteError::NotFound("no such workflow".into())));
    assert_eq!(waits(&scene), (Reason::RemoteError, Requeue::Backoff));
}

#[test]
fn what_vanished_under_our_hands_is_looked_at_by_the_next_pass() {
    assert_eq!(waits(&patch(RemoteError::NotFound("gone".into()))), (Reason::Progressing, Requeue::Backoff));
}

fn unwritten(scene: Scene, is_release: bool) -> String {
    let failed = FailedWrite { is_release, message: "Kubernetes refuses the finalizer: denied".into() };
    let scene = scene.after(|journal| journal.note_failed_write(failed));
    assert_eq!(waits(&scene), (Reason::KubernetesError, Requeue::Backoff));
    let status = scene.settles_as();
    assert_eq!(status.observed_generation, Some(1), "an edit is not carried through");
    status.conditions[0].message.clone()
}

#[test]
fn a_write_that_kubernetes_does_not_store_is_told_and_tried_again() {
    let edited = Scene::settled().edited(|spec| spec.jitter = Some("1s".into()));
    assert!(unwritten(edited, false).starts_with("Kubernetes refuses the finalizer: denied"));
}

#[test]
fn of_a_deletion_it_is_told_what_is_done() {
    let deleted = || Scene::settled().deleted();
    let done = unwritten(deleted().seeing(Observation::Absent), true);
    assert!(done.starts_with(&format!("the remote schedule {ID} is deleted, but")), "{done}");
    let orphaned = deleted().declaring(|spec| spec.deletion_policy = Some(crate::api::DeletionPolicy::Orphan));
    let left = unwritten(orphaned.seeing(Observation::None), true);
    assert!(left.starts_with(&format!("the remote schedule {ID} is left as it is, but")), "{left}");
    let begun = unwritten(deleted(), false);
    assert!(begun.starts_with(&format!("the remote schedule {ID} is not deleted yet: Kubernetes refuses")), "{begun}");
    assert!(begun.contains("kubectl patch --field-manager=manual workflowschedule"), "{begun}");
}
