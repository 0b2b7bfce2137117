//! A resource that goes.

use super::*;
use crate::api::{Claim, ClaimVia, Creation, DeletionPolicy, Lifecycle, Management, UnansweredCalls};
use crate::plan::{ConnectionView, id_in_question};
use crate::remote::{Operation, RemoteError, TransportError};

fn deleted() -> Scene {
    Scene::settled().deleted()
}

/// The call that follows once it is stored that it may be on its way.
fn deleting(scene: &Scene) -> Call {
    stored(scene).call()
}

fn unanswered(count: i64, since: &str) -> UnansweredCalls {
    UnansweredCalls { count, since: since.into() }
}

fn waiting(scene: Scene) -> Scene {
    let view = ConnectionView::Found {
        facts: Box::new(scene.facts.clone()),
        not_permitted: None,
        not_ready: Some((Reason::IdentityChanged, "the API key opens another workspace".into())),
    };
    Scene { view: Some(view), ..scene }
}

fn without_connection(scene: Scene) -> Scene {
    let view = ConnectionView::Missing { reason: Reason::ConnectionNotFound, message: "there is none".into() };
    Scene { view: Some(view), ..scene }
}

#[test]
fn the_remote_schedule_is_looked_at_deleted_looked_at_and_let_go() {
    let steps = deleted().seeing(Observation::None).steps([Some(observed()), None]);
    assert_eq!(steps, ["observe", "store_memory", "delete", "observe", "remove_finalizer"]);
    assert_eq!(deleted().listed(|_| {}).action(), Action::Observe);
}

#[test]
fn what_is_missing_is_success() {
    assert_eq!(deleted().seeing(Observation::Absent).action(), Action::RemoveFinalizer);
}

#[test]
fn without_our_finalizer_it_is_no_concern_of_ours() {
    assert_eq!(deleted().resource(|resource| resource.metadata.finalizers = None).outcome(), Outcome::Released);
}

#[test]
fn an_orphan_lives_on() {
    let orphan = deleted().declaring(|spec| spec.deletion_policy = Some(DeletionPolicy::Orphan));
    assert_eq!(orphan.action(), Action::RemoveFinalizer);
    assert_eq!(told(&orphan.plan()), [(false, "Orphaned")]);
    assert_eq!(without_connection(orphan).action(), Action::RemoveFinalizer);
}

#[test]
fn the_connections_policy_stands_for_schedules_that_say_nothing() {
    let policy = |scene: Scene| scene.connection(|facts| facts.deletion_policy = Some(DeletionPolicy::Orphan));
    assert_eq!(policy(deleted()).action(), Action::RemoveFinalizer);
    let own = policy(deleted()).declaring(|spec| spec.deletion_policy = Some(DeletionPolicy::Delete));
    assert_eq!(deleting(&own), Call::Delete);
}

#[test]
fn management_off_and_a_namespace_that_is_no_longer_allowed_do_not_stop_it() {
    assert_eq!(deleting(&deleted().declaring(|spec| spec.management = Some(Management::Off))), Call::Delete);
    let facts = Box::new(deleted().facts);
    let view = ConnectionView::Found { facts, not_permitted: Some("not allowed".into()), not_ready: None };
    assert_eq!(deleting(&Scene { view: Some(view), ..deleted() }), Call::Delete);
}

#[test]
fn what_is_only_observed_is_not_deleted() {
    let observed = deleted().declaring(|spec| spec.management = Some(Management::Observe));
    assert_eq!(observed.action(), Action::RemoveFinalizer);
    assert_eq!(without_connection(observed).action(), Action::RemoveFinalizer);
}

#[test]
fn only_what_is_claimed_is_deleted() {
    let mut explicit = Scene::fresh().declaring(|spec| spec.schedule_id = Some("nightly".into())).deleted();
    explicit = explicit.present(|_| {});
    assert_eq!(explicit.action(), Action::RemoveFinalizer);
    let claimed = explicit.remembering(|memory| {
        memory.claim = Some(Claim { schedule_id: "nightly".into(), via: ClaimVia::Explicit });
    });
    assert_eq!(deleting(&claimed), Call::Delete);
}

#[test]
fn the_id_that_was_claimed_goes_and_not_the_one_that_the_spec_names_now() {
    let scene = Scene::fresh().remembering(|memory| {
        memory.claim = Some(Claim { schedule_id: "x".into(), via: ClaimVia::Explicit });
    });
    let scene = scene.edited(|spec| spec.schedule_id = Some("y".into())).deleted();
    assert_eq!(scene.ask(id_in_question).unwrap().as_str(), "x");
    let pinned = scene.status(|status| status.schedule_id = Some("acme.shop.report".into()));
    assert_eq!(pinned.ask(id_in_question).unwrap().as_str(), "acme.shop.report");
}

#[test]
fn a_recorded_id_that_is_anothers_is_left_and_told_and_its_own_is_deleted() {
    let edited = deleted().status(|status| status.schedule_id = Some("acme.shop.another".into()));
    assert_eq!(edited.ask(id_in_question).unwrap().as_str(), "acme.shop.report");
    assert_eq!(deleting(&edited), Call::Delete);
    let gone = edited.seeing(Observation::Absent).plan();
    assert_eq!(gone.action, Action::RemoveFinalizer);
    let event = gone.events.first().unwrap();
    assert!(event.warning && event.reason == "Orphaned" && event.message.contains("acme.shop.another"), "{event:?}");
}

#[test]
fn an_id_that_another_resource_holds_is_left_to_it() {
    assert_eq!(Scene { conflict: Some("shop/older".into()), ..deleted() }.action(), Action::RemoveFinalizer);
}

#[test]
fn too_many_deletions_at_once_wait_and_say_how_they_are_approved() {
    let held = deleted().connection(|facts| facts.deletion_held = true);
    assert_eq!(waits(&held), (Reason::DeletionHeld, Requeue::WithConnection));
    let Outcome::Waiting { message, .. } = held.outcome() else { unreachable!() };
    assert!(message.contains("approve-deletions-at") && message.contains("Orphan"), "{message}");
    assert_eq!(held.plan().memory.deletion_held, Some(true), "a restart does not lift it");
    assert_eq!(held.seeing(Observation::Absent).action(), Action::RemoveFinalizer, "what is gone is let go");
}

#[test]
fn without_a_connection_it_waits_and_gives_the_command_that_gets_a_person_out() {
    for blocked in [without_connection(deleted()), waiting(deleted())] {
        let Outcome::Waiting { message, retry, .. } = blocked.outcome() else { panic!("{:?}", blocked.outcome()) };
        assert_eq!(retry, Requeue::WithConnection);
        let command = "kubectl patch --field-manager=manual workflowschedule -n shop report --type merge -p '{\"spec\":{\"deletionPolicy\":\"Orphan\"}}'";
        assert!(message.contains(command), "{message}");
    }
    assert_eq!(waits(&without_connection(deleted())).0, Reason::DeletionBlocked);
}

#[test]
fn a_deletion_of_unknown_outcome_is_not_repeated_blindly() {
    let lost = RemoteError::Transport(TransportError::NoAnswer("timeout".into()));
    let scene = deleted().seeing(Observation::None).failed(Operation::Delete, lost);
    assert_eq!(waits(&scene), (Reason::RemoteUnavailable, Requeue::Backoff));
}

#[test]
fn a_post_that_may_still_arrive_is_waited_for() {
    let since = |text: &str| {
        let scene = deleted().seeing(Observation::Absent);
        scene.remembering(|memory| memory.unanswered_creations = Some(unanswered(1, text)))
    };
    assert_eq!(waits(&since("2026-11-24T11:59:30Z")), (Reason::Terminating, Requeue::At(at("2026-11-24T12:00:40Z"))));
    assert_eq!(since("2026-11-24T11:58:50Z").action(), Action::RemoveFinalizer);
}

#[test]
fn a_post_that_a_crash_has_left_without_an_answer_is_waited_for_too() {
    let creating = deleted().seeing(Observation::Absent).remembering(|memory| {
        memory.lifecycle = Some(Box::new(Lifecycle::Creating(Creation {
            connection: "shop/default".into(),
            schedule_id: ID.into(),
            target: target(),
            max_executions: None,
            body_fingerprint: None,
        })));
    });
    assert_eq!(waits(&creating).1, Requeue::At(at("2026-11-24T12:01:10Z")));
    assert_eq!(deleting(&creating.present(|_| {})), Call::Delete, "what has arrived goes at once");
}

#[test]
fn a_deletion_without_an_answer_is_made_again_at_once_and_the_first_one_is_waited_for_before_the_end() {
    let first = deleted().present(|_| {}).remembering(|memory| {
        memory.unanswered_deletions = Some(unanswered(1, "2026-11-24T11:59:30Z"));
    });
    let arrived = first.clone().seeing(Observation::Absent);
    assert_eq!(arrived.action(), Action::RemoveFinalizer, "it has arrived");
    let second = stored(&first);
    assert_eq!(second.stored().unanswered_deletions, Some(unanswered(2, NOW)));
    let gone = second.done().seeing(Observation::Absent);
    assert_eq!(waits(&gone), (Reason::Terminating, Requeue::At(at("2026-11-24T12:01:10Z"))));
    let next = gone.next_pass().seeing(Observation::Absent);
    assert_eq!(waits(&next).0, Reason::Terminating, "nor does the next reconcile forget it");
    let later = next.remembering(|memory| memory.unanswered_deletions = Some(unanswered(2, "2026-11-24T11:58:50Z")));
    assert_eq!(later.action(), Action::RemoveFinalizer);
}
