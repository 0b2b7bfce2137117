//! A trigger is sent at most once.

use super::*;
use crate::api::{TRIGGER_REQUESTED_AT, Trigger, TriggerState};
use crate::plan::expired;
use crate::remote::{Operation, RemoteError, TransportError};

const TOKEN: &str = "2026-11-24T11:59:00Z";

fn asked() -> Scene {
    Scene::settled().annotated(TRIGGER_REQUESTED_AT, TOKEN)
}

fn with(scene: Scene, token: &str, state: TriggerState) -> Scene {
    scene.status(|status| {
        status.trigger = Some(Trigger { token: token.into(), state, at: NOW_TEXT.into(), message: None });
    })
}

const NOW_TEXT: &str = "2026-11-24T11:59:59Z";

/// Stored by this process, and not sent yet.
fn requested() -> Scene {
    with(asked(), TOKEN, TriggerState::Requested).after(|journal| journal.note_trigger_stored(true))
}

fn outcome(scene: &Scene) -> TriggerState {
    match scene.action() {
        Action::StoreTrigger(trigger) => {
            assert_eq!(trigger.token, scene.resource.metadata.annotations.as_ref().unwrap()[TRIGGER_REQUESTED_AT]);
            trigger.state
        }
        other => panic!("no trigger is remembered but {other:?}"),
    }
}

#[test]
fn it_is_stored_before_its_post() {
    assert_eq!(outcome(&asked()), TriggerState::Requested);
    assert_eq!(requested().call(), Call::Trigger);
}

#[test]
fn it_is_stored_sent_and_its_acceptance_stored_with_an_event() {
    assert_eq!(asked().steps([]), ["store_memory", "trigger", "store_memory", "finish"]);
    let sent = requested().after(|journal| journal.note(&Call::Trigger, false));
    assert_eq!(outcome(&sent), TriggerState::Accepted);
    assert_eq!(told(&sent.plan()), [(false, "Triggered")]);
}

#[test]
fn a_token_that_has_ended_asks_for_nothing_more() {
    for state in [TriggerState::Accepted, TriggerState::Refused, TriggerState::Unknown] {
        assert_eq!(ready(&with(asked(), TOKEN, state)), Reason::InSync, "{state:?}");
    }
}

#[test]
fn after_a_crash_between_storing_and_sending_it_is_never_sent() {
    let found = with(asked(), TOKEN, TriggerState::Requested);
    assert_eq!(outcome(&found), TriggerState::Unknown);
    assert_eq!(told(&found.plan()), [(true, "TriggerUnknown")]);
}

#[test]
fn without_an_answer_it_is_unknown_and_never_sent_again() {
    let lost = RemoteError::Transport(TransportError::NoAnswer("timeout".into()));
    assert_eq!(outcome(&requested().failed(Operation::Trigger, lost)), TriggerState::Unknown);
    let failing = RemoteError::Unavailable { status: http::StatusCode::BAD_GATEWAY, code: None };
    assert_eq!(outcome(&requested().failed(Operation::Trigger, failing)), TriggerState::Unknown);
}

#[test]
fn what_was_certainly_not_sent_is_forgotten_and_tried_again() {
    let limited = RemoteError::RateLimited { retry_after: None };
    assert_eq!(requested().failed(Operation::Trigger, limited.clone()).action(), Action::ClearTrigger);
    let forgotten = asked().failed(Operation::Trigger, limited);
    assert_eq!(waits(&forgotten).1, Requeue::Backoff);
    let unsent = RemoteError::Transport(TransportError::NotSent("refused".into()));
    assert_eq!(requested().failed(Operation::Trigger, unsent).action(), Action::ClearTrigger);
}

#[test]
fn a_trigger_that_is_refused_says_nothing_of_the_schedule() {
    let error = RemoteError::Refused { status: http::StatusCode::UNPROCESSABLE_ENTITY, detail: "no".into() };
    let scene = requested().failed(Operation::Trigger, error.clone());
    assert_eq!(outcome(&scene), TriggerState::Refused);
    assert_eq!(ready(&with(asked(), TOKEN, TriggerState::Refused).failed(Operation::Trigger, error)), Reason::InSync);
    let lost = RemoteError::Transport(TransportError::NoAnswer("timeout".into()));
    assert_eq!(ready(&with(asked(), TOKEN, TriggerState::Unknown).failed(Operation::Trigger, lost)), Reason::InSync);
}

#[test]
fn a_token_out_of_git_or_a_backup_never_replays() {
    for token in ["2026-11-24T10:59:59Z", "2026-11-24T11:49:59Z", "2026-11-24T12:10:01Z", "now", ""] {
        let scene = Scene::settled().annotated(TRIGGER_REQUESTED_AT, token);
        assert_eq!(outcome(&scene), TriggerState::Refused, "{token}");
        assert_eq!(told(&scene.plan()), [(true, "TriggerRefused")], "{token}");
    }
}

#[test]
fn a_token_that_is_not_newer_than_the_last_one_never_replays() {
    for state in [TriggerState::Accepted, TriggerState::Refused, TriggerState::Unknown] {
        assert_eq!(outcome(&with(asked(), "2026-11-24T11:59:30Z", state)), TriggerState::Refused, "{state:?}");
    }
}

#[test]
fn the_kill_switch_refuses_it_up_to_the_last_moment() {
    assert_eq!(outcome(&asked().killed().present(by_somebody("mine"))), TriggerState::Refused);
    assert_eq!(outcome(&requested().killed().present(by_somebody("mine"))), TriggerState::Refused);
}

#[test]
fn a_trigger_works_while_the_schedule_is_paused_or_exhausted() {
    assert_eq!(requested().present(by_somebody("mine")).call(), Call::Trigger);
    assert_eq!(
        requested().present(|observed| observed.remaining = Some(wire::Remaining(Some(0)))).call(),
        Call::Trigger
    );
}

#[test]
fn a_new_resource_is_triggered_once_its_schedule_is_made() {
    let new = Scene::fresh().annotated(TRIGGER_REQUESTED_AT, TOKEN);
    let first = ["observe", "store_memory", "create", "observe"];
    assert_eq!(
        new.steps([None, Some(observed())]),
        [&first[..], &["store_memory", "trigger", "store_memory", "finish"]].concat()
    );
}

#[test]
fn a_list_is_not_enough_to_trigger() {
    assert_eq!(asked().listed(|_| {}).action(), Action::Observe);
}

#[test]
fn where_the_plan_never_comes_to_triggers_a_token_that_can_do_nothing_is_recorded() {
    let broken = |token: &str| {
        let scene = Scene::settled().annotated(TRIGGER_REQUESTED_AT, token);
        scene.edited(|spec| spec.cron_expressions = vec!["nonsense".into()])
    };
    let old = broken("2026-11-24T11:00:00Z").settles_as().trigger.unwrap();
    assert_eq!((old.state, old.token.as_str()), (TriggerState::Refused, "2026-11-24T11:00:00Z"));
    assert_eq!(broken(TOKEN).ask(expired), None, "it may still be carried out");
    let interrupted = with(broken("2026-11-24T11:00:00Z"), TOKEN, TriggerState::Requested);
    assert_eq!(interrupted.ask(expired), None, "what may have been sent is not overwritten");
}
