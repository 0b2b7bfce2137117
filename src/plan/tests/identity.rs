//! Which connection and which id are a resource's own.

use super::*;
use crate::api::Creation;
use crate::plan::ConnectionView;

fn naming(id: &str) -> Scene {
    Scene::fresh().declaring(|spec| spec.schedule_id = Some(id.into())).seeing(Observation::Absent)
}

fn creating() -> Scene {
    stored(&Scene::fresh().seeing(Observation::Absent))
}

#[test]
fn the_connection_cannot_change_once_the_schedule_exists() {
    let moved = Scene::settled().connection(|facts| facts.key = "shop/other".into());
    assert_eq!(refused(&moved), Reason::Immutable);
}

#[test]
fn the_id_cannot_change_once_the_schedule_exists() {
    assert_eq!(refused(&Scene::settled().edited(|spec| spec.schedule_id = Some("other".into()))), Reason::Immutable);
}

#[test]
fn neither_can_change_while_a_post_may_still_arrive() {
    assert_eq!(refused(&creating().connection(|facts| facts.key = "shop/other".into())), Reason::Immutable);
    assert_eq!(refused(&creating().edited(|spec| spec.schedule_id = Some("other".into()))), Reason::Immutable);
}

#[test]
fn both_are_pinned_once_there_is_a_schedule_however_the_pass_ends() {
    let busy = creating().done().failed(
        crate::remote::Operation::Get,
        crate::remote::RemoteError::Unavailable { status: http::StatusCode::SERVICE_UNAVAILABLE, code: None },
    );
    assert_eq!(waits(&busy).0, Reason::RemoteUnavailable);
    let status = busy.settles_as();
    assert_eq!((status.connection.as_deref(), status.schedule_id.as_deref()), (Some("shop/default"), Some(ID)));
}

#[test]
fn nothing_is_pinned_before() {
    let status = Scene::fresh().edited(|spec| spec.cron_expressions = vec!["nonsense".into()]).settles_as();
    assert_eq!((status.connection, status.schedule_id), (None, None));
}

#[test]
fn an_explicit_id_under_the_prefix_is_refused_unless_it_is_the_resources_own() {
    assert_eq!(refused(&naming("acme.shop.other")), Reason::IdNotAllowed);
    assert!(naming(ID).remembers().creation().is_some());
}

#[test]
fn an_explicit_id_from_another_namespace_needs_a_glob_that_allows_it() {
    let elsewhere = naming("nightly").connection(|facts| facts.namespace = "platform".into());
    assert_eq!(refused(&elsewhere), Reason::IdNotAllowed);
    let allowed = elsewhere.connection(|facts| facts.allowed_schedule_ids = vec!["night*".into()]);
    assert!(allowed.remembers().claim.is_some());
}

#[test]
fn an_id_that_another_resource_holds_is_not_written() {
    for scene in [Scene::settled().present(drifted), Scene::settled().seeing(Observation::Absent)] {
        assert_eq!(refused(&Scene { conflict: Some("shop/older".into()), ..scene }), Reason::Conflict);
    }
}

#[test]
fn without_a_connection_or_a_permission_it_waits_for_the_connection() {
    let view = |view: ConnectionView| Scene { view: Some(view), ..Scene::settled().present(drifted) };
    let facts = || Box::new(Scene::settled().facts);
    let missing = ConnectionView::Missing { reason: Reason::ConnectionNotFound, message: "none".into() };
    assert_eq!(waits(&view(missing)), (Reason::ConnectionNotFound, Requeue::WithConnection));
    let not_permitted = ConnectionView::Found { facts: facts(), not_permitted: Some("no".into()), not_ready: None };
    assert_eq!(waits(&view(not_permitted)), (Reason::NotPermitted, Requeue::WithConnection));
    let not_ready = Some((Reason::IdentityChanged, "another workspace".into()));
    let unusable = ConnectionView::Found { facts: facts(), not_permitted: None, not_ready };
    assert_eq!(waits(&view(unusable)), (Reason::IdentityChanged, Requeue::WithConnection));
}

#[test]
fn what_a_post_may_have_made_names_where_it_was_made() {
    let Creation { connection, schedule_id, .. } = creating().stored().creation().cloned().unwrap();
    assert_eq!((connection.as_str(), schedule_id.as_str()), ("shop/default", ID));
}
