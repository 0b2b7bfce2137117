//! A trigger is sent at most once.

use super::*;
use crate::api::{TRIGGER_OVERLAP, TRIGGER_REQUESTED_AT, Trigger, TriggerState};
use crate::plan::expired;
use crate::plan::model::observed::Observed;
use crate::remote::wire::RecentExecution;
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

const NOW_TEXT: &str = "2026-11-24T11:59:57Z";

const SCHEDULED: &str = "2026-11-24T12:00:10Z";

fn sent(overlap: Option<i64>) -> Call {
    let before = Observed { future: vec![SCHEDULED.parse().unwrap()], ..observed() };
    Call::Trigger { overlap, before: Box::new(before) }
}

/// The overlap that goes with the trigger.
fn sends(scene: &Scene) -> Option<i64> {
    match scene.call() {
        Call::Trigger { overlap, .. } => overlap,
        other => panic!("it is not triggered but {other:?}"),
    }
}

/// What the status says once the trigger was sent and the schedule looked at again.
fn says(overlap: Option<i64>, after: fn(&mut Observed)) -> String {
    let accepted = with(asked(), TOKEN, TriggerState::Accepted).after(|journal| journal.note(&sent(overlap), false));
    accepted.present(after).settles_as().trigger.unwrap().message.unwrap()
}

fn has_run(at: &str, id: &str) -> RecentExecution {
    RecentExecution { scheduled_at: at.parse().unwrap(), started_at: None, execution_id: Some(id.into()) }
}

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
    assert_eq!(sends(&requested()), None);
}

#[test]
fn it_is_stored_sent_and_its_acceptance_stored_with_an_event() {
    assert_eq!(asked().steps([]), ["store_memory", "trigger", "store_memory", "finish"]);
    let sent = requested().after(|journal| journal.note(&sent(None), false));
    assert_eq!(outcome(&sent), TriggerState::Accepted);
    assert_eq!(told(&sent.plan()), [(false, "Triggered")]);
}

#[test]
fn a_second_trigger_waits_until_two_seconds_after_the_answer_to_the_first() {
    for state in [TriggerState::Accepted, TriggerState::Unknown] {
        let scene = asked().status(|status| {
            let at = "2026-11-24T11:59:58.5Z".into();
            status.trigger = Some(Trigger { token: "2026-11-24T11:58:00Z".into(), state, at, message: None });
        });
        let until = "2026-11-24T12:00:00.5Z".parse().unwrap();
        assert_eq!(waits(&scene), (Reason::Guarded, Requeue::At(until)), "{state:?}");
    }
    assert_eq!(outcome(&with(asked(), "2026-11-24T11:58:00Z", TriggerState::Accepted)), TriggerState::Requested);
    let of_a_clock_that_was_put_back = asked().status(|status| {
        let (token, at) = ("2026-11-24T11:58:00Z".into(), "2026-11-24T12:30:00Z".into());
        status.trigger = Some(Trigger { token, state: TriggerState::Accepted, at, message: None });
    });
    assert_eq!(outcome(&of_a_clock_that_was_put_back), TriggerState::Requested);
}

#[test]
fn a_trigger_keeps_away_from_a_scheduled_run() {
    let near = asked().present(|observed| observed.future = vec!["2026-11-24T12:00:03Z".parse().unwrap()]);
    assert_eq!(waits(&near).0, Reason::Guarded);
}

#[test]
fn a_second_trigger_of_one_reconcile_is_sent_too() {
    let first = requested().after(|journal| journal.note(&sent(None), false));
    let second = first.after(|journal| journal.note_trigger_stored(true));
    assert_eq!(sends(&second), None);
}

#[test]
fn an_annotation_gives_the_overlap_of_the_trigger() {
    assert_eq!(sends(&requested().annotated(TRIGGER_OVERLAP, "AllowAll")), Some(6));
    assert_eq!(sends(&requested().annotated(TRIGGER_OVERLAP, "Skip")), Some(1));
    for scene in [asked(), requested()] {
        let refused = scene.annotated(TRIGGER_OVERLAP, "allow_all");
        assert_eq!(outcome(&refused), TriggerState::Refused);
        let Action::StoreTrigger(trigger) = refused.action() else { unreachable!() };
        let message = trigger.message.unwrap();
        assert!(message.ends_with("Skip, BufferOne, BufferAll, CancelOther, TerminateOther, AllowAll"), "{message}");
    }
}

#[test]
fn the_status_names_the_run_that_is_seen_and_claims_none_that_is_not() {
    let started = |observed: &mut Observed| observed.recent.push(has_run("2026-11-24T12:00:00.123Z", "report-x"));
    assert_eq!(says(None, started), "started run report-x");
    assert_eq!(says(Some(6), started), "started run report-x");
    let dropped = says(None, |_| {});
    assert!(dropped.contains("no run of it is seen") && dropped.contains("trigger-overlap to AllowAll"), "{dropped}");
    assert!(!says(Some(6), |_| {}).contains("trigger-overlap"));
    let scheduled = |observed: &mut Observed| observed.recent.push(has_run(SCHEDULED, "x"));
    assert!(says(None, scheduled).contains("no run of it is seen"));
    let two = |observed: &mut Observed| {
        observed.recent.extend([has_run("2026-11-24T12:00:00.1Z", "x"), has_run("2026-11-24T12:00:00.2Z", "y")]);
    };
    assert!(says(None, two).contains("no run of it is seen"), "one of them is somebody else's");
    assert!(says(Some(2), started).contains("may wait"));
}

#[test]
fn a_trigger_without_a_run_is_told_once() {
    let accepted = with(asked(), TOKEN, TriggerState::Accepted);
    let just = accepted.clone().after(|journal| journal.note(&sent(None), false)).present(|_| {});
    assert_eq!(told(&just.plan()), [(true, "TriggerWithoutRun")]);
    assert_eq!(told(&accepted.plan()), []);
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
fn what_was_not_sent_waits_although_the_trigger_before_it_is_stored_again() {
    let limited = RemoteError::RateLimited { retry_after: None };
    for state in [TriggerState::Accepted, TriggerState::Refused, TriggerState::Unknown] {
        let earlier = with(asked(), "2026-11-24T11:58:00Z", state).failed(Operation::Trigger, limited.clone());
        assert_eq!(waits(&earlier), (Reason::RateLimited, Requeue::Backoff), "{state:?}");
    }
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
    assert_eq!(sends(&requested().present(by_somebody("mine"))), None);
    assert_eq!(sends(&requested().present(|observed| observed.remaining = Some(wire::Remaining(Some(0))))), None);
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
