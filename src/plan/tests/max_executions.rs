//! `maxExecutions` is sent when its declared value changed, and once.

use super::*;
use crate::api::{IntendedCount, MaxExecutionsMemory};

fn left(count: i64) -> impl FnOnce(&mut Observed) {
    move |observed| observed.remaining = Some(wire::Remaining(Some(count)))
}

fn declared() -> Scene {
    Scene::settled().declaring(|spec| spec.max_executions = Some(5)).present(left(2))
}

fn edited() -> Scene {
    declared().edited(|spec| spec.max_executions = Some(9))
}

/// The intention is stored; whether it was sent is not known.
fn intended() -> Scene {
    intended_at("2026-11-24T11:58:00Z")
}

fn intended_at(at: &str) -> Scene {
    edited().remembering(|memory| {
        let intended = IntendedCount { value: Some(9), remaining_before: Some(2), at: at.into() };
        memory.max_executions = Some(MaxExecutionsMemory { declared: Some(5), intended: Some(intended) });
    })
}

#[test]
fn a_count_that_runs_down_is_no_drift() {
    assert_eq!(ready(&declared()), Reason::InSync);
    assert_eq!(ready(&declared().present(left(0))), Reason::Exhausted);
}

#[test]
fn any_other_patch_leaves_the_count_out() {
    let scene = declared().present(|observed| {
        left(2)(observed);
        drifted(observed);
    });
    assert_eq!(patched(&scene).0.max_executions, None);
}

#[test]
fn a_new_count_is_stored_sent_once_and_settled() {
    let seen = |count: i64| Some(Observed { remaining: Some(wire::Remaining(Some(count))), ..observed() });
    assert_eq!(
        edited().seeing(Observation::None).steps([seen(2), seen(9)]),
        ["observe", "store_memory", "patch", "observe", "finish"]
    );
    let sending = stored(&edited());
    assert_eq!(patched(&sending).0.max_executions, Some(wire::MaxExecutions(Some(9))));
    let settled = MaxExecutionsMemory { declared: Some(9), intended: None };
    assert_eq!(sending.plan().memory.max_executions, Some(settled));
}

#[test]
fn a_limit_that_is_taken_away_is_sent_as_null() {
    let sending = stored(&declared().edited(|spec| spec.max_executions = None));
    assert_eq!(patched(&sending).0.max_executions, Some(wire::MaxExecutions(None)));
}

#[test]
fn after_a_crash_the_count_that_is_left_tells_whether_it_landed() {
    let again = intended().present(left(2)).remembers();
    let at = again.max_executions.and_then(|count| count.intended).map(|intended| intended.at);
    assert_eq!(at.as_deref(), Some(crate::plan::testing::NOW), "it is stored anew, for it may be late in its turn");
    assert_eq!(ready(&intended().present(left(9))), Reason::InSync);
    assert_eq!(ready(&intended().present(left(8))), Reason::InSync, "it cannot be told, and is not sent again");
}

#[test]
fn a_count_that_may_still_arrive_is_not_sent_again() {
    let scene = intended_at("2026-11-24T11:59:59Z").present(left(2));
    assert_eq!(waits(&scene).1, Requeue::At(at("2026-11-24T12:01:09Z")), "it would count anew when it arrives");
}

#[test]
fn an_intention_is_not_dropped_for_an_entry_without_a_count() {
    assert_eq!(intended().listed(|observed| observed.remaining = None).action(), Action::Observe);
}

#[test]
fn a_parked_patch_carries_no_count() {
    let scene = edited().connection(|facts| facts.patch_keeps_pause = None).present(|observed| {
        left(2)(observed);
        by_somebody("mine")(observed);
    });
    let (definition, parked) = patched(&stored(&scene));
    assert!(parked);
    assert_eq!(definition.max_executions, None);
}

#[test]
fn a_count_that_was_intended_before_a_crash_in_a_replace_is_not_sent_again() {
    let scene = intended().remembering(|memory| {
        memory.lifecycle = Some(Box::new(crate::api::Lifecycle::Creating(crate::api::Creation {
            connection: "shop/default".into(),
            schedule_id: ID.into(),
            target: target(),
            max_executions: Some(9),
            body_fingerprint: None,
        })));
    });
    assert_eq!(ready(&scene.present(left(2))), Reason::InSync);
}

#[test]
fn an_entry_that_does_not_tell_what_is_left_does_not_make_it_more() {
    let used_up = Scene::settled()
        .declaring(|spec| spec.max_executions = Some(2))
        .status(|status| status.remaining_executions = Some(0))
        .listed(|observed| observed.remaining = None);
    assert_eq!(ready(&used_up), Reason::Exhausted);
    assert_eq!(used_up.settles_as().next_execution_time, None);
}
