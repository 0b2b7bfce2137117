//! What a connection may be used for, and what only a person can approve.

use super::*;
use crate::api::{
    self, APPROVE_DELETIONS_AT, CLAIM_PREFIX, Identity, WorkflowConnection, WorkflowConnectionSpec,
    WorkflowConnectionStatus,
};
use crate::plan::{ForeignIds, IdentityVerdict, PrefixVerdict, identity, is_approved, prefix};

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
    let three = ForeignIds { count: 3, example: Some("acme.x.y"), through: None };
    assert_eq!(prefix(&connection(), ForeignIds::default()), PrefixVerdict::Claim);
    assert!(matches!(prefix(&connection(), three), PrefixVerdict::InUse(why) if why.contains("acme.x.y")));
    assert_eq!(prefix(&annotated(CLAIM_PREFIX, "acme"), three), PrefixVerdict::Claim);
    assert!(matches!(prefix(&annotated(CLAIM_PREFIX, "other"), three), PrefixVerdict::InUse(_)));
    let PrefixVerdict::InUse(why) = prefix(&connection(), ForeignIds { through: Some("shop/eu"), ..three }) else {
        panic!("it waits for a person too")
    };
    assert!(why.contains("WorkflowConnection shop/eu") && !why.contains("no resource of this cluster"), "{why}");
}

#[test]
fn a_prefix_that_was_claimed_stays_so_whatever_is_under_it() {
    let mut claimed = connection();
    claimed.status =
        Some(WorkflowConnectionStatus { claimed_prefix: Some("acme".into()), ..WorkflowConnectionStatus::default() });
    assert_eq!(prefix(&claimed, ForeignIds { count: 3, ..ForeignIds::default() }), PrefixVerdict::Claimed);
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

fn refusal(connection: &WorkflowConnection, seen: &wire::Identity) -> Option<String> {
    match identity(connection, None, Some(seen)) {
        IdentityVerdict::Known(_) | IdentityVerdict::Accepted(_) => None,
        IdentityVerdict::Changed(why) | IdentityVerdict::Unknown(why) => Some(why),
    }
}

fn of_production(accepted: &str) -> WorkflowConnection {
    let mut connection = annotated(api::ACCEPT_IDENTITY, accepted);
    let pinned = Identity { workspace: Some("production".into()), ..Identity::default() };
    connection.status = Some(WorkflowConnectionStatus { identity: Some(pinned), ..Default::default() });
    connection
}

#[test]
fn another_identity_is_accepted_by_its_name_alone() {
    let accepted = identity(&of_production("staging"), None, Some(&seen("staging")));
    assert!(matches!(accepted, IdentityVerdict::Accepted(_)), "{accepted:?}");
    let why = refusal(&of_production("2026-11-24T12:00:00Z"), &seen("staging")).unwrap();
    assert!(why.contains("accept-identity=staging (accept-identity is \"2026-11-24T12:00:00Z\", which"), "{why}");
    let why = refusal(&of_production("production"), &seen("staging")).unwrap();
    assert!(why.ends_with("accept-identity=staging"), "the word of an earlier move is not wrong: {why}");
    assert!(refusal(&of_production("staging"), &seen("a-third")).is_some());
}

#[test]
fn the_name_that_a_server_tells_is_one_word_of_the_command() {
    let why = refusal(&of_production(""), &seen("x'; rm -rf $(HOME)")).unwrap();
    assert!(why.contains(r"accept-identity='x'\''; rm -rf $(HOME)'"), "{why}");
}

#[test]
fn where_no_workspace_is_told_the_principal_is_the_name() {
    let unnamed = wire::Identity { principal: Some("user/b".into()), workspace: None, organization: Some("o".into()) };
    let mut connection = of_production("user/b");
    let pinned = Identity { principal: Some("user/a".into()), ..Identity::default() };
    connection.status.get_or_insert_default().identity = Some(pinned);
    assert_eq!(refusal(&connection, &unnamed), None);
    connection.metadata.annotations = None;
    let why = refusal(&connection, &unnamed).unwrap();
    assert!(why.contains("accept-identity=user/b"), "{why}");
}
