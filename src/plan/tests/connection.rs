//! What a connection may be used for, and what only a person can approve.

use super::*;
use crate::api::{
    self, APPROVE_DELETIONS_AT, CLAIM_PREFIX, Identity, WorkflowConnection, WorkflowConnectionSpec,
    WorkflowConnectionStatus,
};
use crate::plan::{IdentityVerdict, PrefixVerdict, identity, is_approved, prefix};

fn connection() -> WorkflowConnection {
    let spec = WorkflowConnectionSpec { schedule_id_prefix: "acme".into(), ..WorkflowConnectionSpec::default() };
    WorkflowConnection::new("default", spec)
}

fn annotated(name: &str, value: &str) -> WorkflowConnection {
    let mut connection = connection();
    connection.metadata.annotations.get_or_insert_default().insert(name.into(), value.into());
    connection
}

fn approved(at_: &str) -> bool {
    is_approved(&annotated(APPROVE_DELETIONS_AT, at_), APPROVE_DELETIONS_AT, at("2026-11-24T11:58:00.5Z"), at(NOW))
}

#[test]
fn an_approval_covers_what_was_seen_before_it_and_nothing_for_years_to_come() {
    assert!(approved("2026-11-24T11:59:00Z"));
    assert!(approved("2026-11-24T11:58:00Z"), "annotations are made to the second");
    assert!(!approved("2026-11-24T11:57:59Z"));
    assert!(!approved("2030-01-01T00:00:00Z"));
    assert!(!approved("yes"));
}

#[test]
fn a_prefix_under_which_ids_are_that_nobody_here_made_waits_for_a_person() {
    assert_eq!(prefix(&connection(), 0, None), PrefixVerdict::Claim);
    assert!(
        matches!(prefix(&connection(), 3, Some("acme.x.y")), PrefixVerdict::InUse(why) if why.contains("acme.x.y"))
    );
    assert_eq!(prefix(&annotated(CLAIM_PREFIX, "acme"), 3, None), PrefixVerdict::Claim);
    assert!(matches!(prefix(&annotated(CLAIM_PREFIX, "other"), 3, None), PrefixVerdict::InUse(_)));
}

#[test]
fn a_prefix_that_was_claimed_stays_so_whatever_is_under_it() {
    let mut claimed = connection();
    claimed.status =
        Some(WorkflowConnectionStatus { claimed_prefix: Some("acme".into()), ..WorkflowConnectionStatus::default() });
    assert_eq!(prefix(&claimed, 3, None), PrefixVerdict::Claimed);
}

fn seen(workspace: &str) -> wire::Identity {
    wire::Identity { principal: Some("user/a".into()), workspace: Some(workspace.into()), organization: None }
}

#[test]
fn an_identity_that_was_found_and_not_stored_yet_is_held_all_the_same() {
    let IdentityVerdict::Known(Some(known)) = identity(&connection(), None, Some(&seen("production"))) else {
        panic!("the first identity is taken")
    };
    let verdict = |workspace: &str| identity(&connection(), Some(&known), Some(&seen(workspace)));
    assert!(matches!(verdict("staging"), IdentityVerdict::Changed(_)));
    assert!(matches!(verdict("production"), IdentityVerdict::Known(_)));
}

#[test]
fn another_identity_is_accepted_once_a_word() {
    let mut connection = annotated(api::ACCEPT_IDENTITY, "first");
    let pinned = Identity { workspace: Some("production".into()), ..Identity::default() };
    connection.status = Some(WorkflowConnectionStatus { identity: Some(pinned), ..Default::default() });
    assert!(matches!(identity(&connection, None, Some(&seen("staging"))), IdentityVerdict::Accepted(_)));
    connection.status.as_mut().unwrap().accepted_identity_at = Some("first".into());
    assert!(matches!(identity(&connection, None, Some(&seen("staging"))), IdentityVerdict::Changed(_)));
}
