//! What wakes whom, and how urgently.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;
use crate::api::{
    Condition, Creation, FINALIZER, IntendedCount, Lifecycle, MaxExecutionsMemory, Memory, OldSchedule,
    RememberedPause, UnansweredCalls, WorkflowScheduleSpec,
};

fn settled() -> WorkflowSchedule {
    let mut resource = WorkflowSchedule::new("report", WorkflowScheduleSpec::default());
    resource.metadata.generation = Some(1);
    let ready = Condition {
        type_: "Ready".into(),
        status: "True".into(),
        reason: "InSync".into(),
        message: String::new(),
        observed_generation: Some(1),
        last_transition_time: Time(jiff::Timestamp::UNIX_EPOCH),
    };
    resource.status = Some(WorkflowScheduleStatus {
        observed_generation: Some(1),
        schedule_id: Some("acme.shop.report".into()),
        conditions: vec![ready],
        ..Default::default()
    });
    resource
}

fn annotated(mut resource: WorkflowSchedule, name: &str) -> WorkflowSchedule {
    resource.metadata.annotations.get_or_insert_default().insert(name.into(), "2026-11-24T12:00:00Z".into());
    resource
}

fn edited(mut resource: WorkflowSchedule) -> WorkflowSchedule {
    resource.metadata.generation = Some(2);
    resource
}

#[test]
fn after_a_restart_what_is_settled_waits_for_the_list() {
    assert_eq!(at_first_sight(&settled()), None);
    assert_eq!(at_first_sight(&edited(settled())), Some(Priority::Background));
    assert_eq!(at_first_sight(&annotated(settled(), TRIGGER_REQUESTED_AT)), Some(Priority::Background));
}

#[test]
fn a_status_of_our_own_wakes_nothing() {
    let mut new = settled();
    new.metadata.resource_version = Some("2".into());
    new.status.as_mut().unwrap().paused = Some(true);
    assert_eq!(at_change(&settled(), &new), None);
}

#[test]
fn a_pause_is_urgent_and_an_edit_of_a_resource_in_sync_goes_before_the_background() {
    let mut paused = edited(settled());
    paused.spec.paused = Some(true);
    assert_eq!(at_change(&settled(), &paused), Some(Priority::Urgent));
    assert_eq!(at_change(&settled(), &edited(settled())), Some(Priority::Interactive));
    let mut fresh = settled();
    fresh.status = None;
    assert_eq!(at_change(&fresh, &edited(fresh.clone())), Some(Priority::Background));
}

#[test]
fn each_request_asks_once() {
    let asked = annotated(settled(), TRIGGER_REQUESTED_AT);
    assert_eq!(at_change(&settled(), &asked), Some(Priority::Trigger));
    assert_eq!(at_change(&asked, &asked), None);
    assert_eq!(at_change(&asked, &settled()), None);
}

fn with_memory(change: impl FnOnce(&mut Memory)) -> WorkflowSchedule {
    let mut resource = settled();
    change(resource.status.as_mut().unwrap().memory.get_or_insert_default());
    resource
}

fn deleted(mut resource: WorkflowSchedule) -> WorkflowSchedule {
    resource.metadata.deletion_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH));
    resource
}

fn with_finalizer(mut resource: WorkflowSchedule) -> WorkflowSchedule {
    resource.metadata.finalizers = Some(vec![FINALIZER.into()]);
    resource
}

#[test]
fn after_a_restart_what_is_under_way_is_gone_on_with() {
    let underway = [
        with_memory(|memory| memory.lifecycle = Some(Box::new(Lifecycle::Creating(Creation::default())))),
        with_memory(|memory| memory.unanswered_creations = Some(UnansweredCalls::default())),
        with_memory(|memory| memory.pause_before_patch = Some(RememberedPause::default())),
        with_memory(|memory| memory.paused_by_connection = true),
        with_memory(|memory| {
            memory.lifecycle = Some(Box::new(Lifecycle::DeletingOld(OldSchedule::default())));
        }),
        with_memory(|memory| {
            let intended = Some(IntendedCount::default());
            memory.max_executions = Some(MaxExecutionsMemory { declared: None, intended });
        }),
    ];
    for resource in underway {
        assert_eq!(at_first_sight(&resource), Some(Priority::Background), "{:?}", resource.status);
    }
    let quiet = with_memory(|memory| memory.max_executions = Some(MaxExecutionsMemory::default()));
    assert_eq!(at_first_sight(&quiet), None);
}

#[test]
fn after_a_restart_a_deletion_is_urgent_and_what_was_never_seen_waits_its_turn() {
    assert_eq!(at_first_sight(&deleted(settled())), Some(Priority::Urgent));
    let new = WorkflowSchedule { status: None, ..settled() };
    assert_eq!(at_first_sight(&new), Some(Priority::Background));
}

#[test]
fn a_deletion_wakes_once_and_again_for_an_edit() {
    let resource = with_finalizer(settled());
    let gone = deleted(resource.clone());
    assert_eq!(at_change(&resource, &gone), Some(Priority::Urgent));
    assert_eq!(at_change(&gone, &gone), None);
    assert_eq!(at_change(&gone, &edited(gone.clone())), Some(Priority::Urgent), "it may be an Orphan now");
}

#[test]
fn a_finalizer_that_is_taken_away_wakes_and_our_own_does_not() {
    assert_eq!(at_change(&with_finalizer(settled()), &settled()), Some(Priority::Background));
    assert_eq!(at_change(&settled(), &with_finalizer(settled())), None);
}

#[test]
fn a_status_that_was_lost_wakes() {
    let lost = WorkflowSchedule { status: None, ..settled() };
    assert_eq!(at_change(&settled(), &lost), Some(Priority::Background));
}

#[test]
fn the_most_urgent_of_several_changes_counts() {
    let mut both = annotated(edited(settled()), TRIGGER_REQUESTED_AT);
    assert_eq!(at_change(&settled(), &both), Some(Priority::Trigger));
    both.spec.paused = Some(true);
    assert_eq!(at_change(&settled(), &both), Some(Priority::Urgent));
}

fn connection(change: impl FnOnce(&mut WorkflowConnection)) -> WorkflowConnection {
    let mut connection = WorkflowConnection::new("default", WorkflowConnectionSpec::default());
    change(&mut connection);
    connection
}

fn after(change: impl FnOnce(&mut WorkflowConnection)) -> ConnectionWake {
    of_connection(Some(&connection(|_| {})), &connection(change))
}

#[test]
fn the_kill_switch_and_its_note_are_urgent_for_all_schedules() {
    assert_eq!(after(|new| new.spec.paused = Some(true)).schedules, Some(Priority::Urgent));
    assert_eq!(after(|new| new.spec.pause_note = Some("incident".into())).schedules, Some(Priority::Urgent));
}

#[test]
fn what_schedules_depend_on_wakes_them_and_the_rest_only_the_connection() {
    let (reconcile, held_deletions) = (true, false);
    let background = ConnectionWake { reconcile, schedules: Some(Priority::Background), held_deletions };
    assert_eq!(after(|new| new.spec.allowed_schedule_ids = vec!["*".into()]), background);
    assert_eq!(after(|new| new.metadata.deletion_timestamp = Some(Time(jiff::Timestamp::UNIX_EPOCH))), background);
    let alone = ConnectionWake { reconcile, schedules: None, held_deletions };
    assert_eq!(after(|new| new.spec.poll_interval = Some("5m".into())), alone);
    assert_eq!(after(|_| {}), ConnectionWake { reconcile: false, schedules: None, held_deletions });
    assert_eq!(of_connection(None, &connection(|_| {})), background);
}

#[test]
fn an_approval_wakes_the_deletions_that_are_held() {
    let approved = after(|new| {
        let annotations = new.metadata.annotations.get_or_insert_default();
        annotations.insert(APPROVE_DELETIONS_AT.into(), "2026-11-24T12:00:00Z".into());
    });
    assert_eq!(approved, ConnectionWake { reconcile: true, schedules: None, held_deletions: true });
}
