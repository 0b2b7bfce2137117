//! The state of a connection, from the view of one schedule.

use jiff::Timestamp;

use crate::api::{APPROVE_DELETIONS_AT, Reason, WorkflowConnection, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{ConnectionHandle, SharedConnection};
use crate::controller::state::connection_state::Problem;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::ConnectionRef;
use crate::plan::{ConnectionView, Lookup, Ownership, allows, facts, is_approved};

/// The connection for the calls of a schedule, and the view of it for the plan.
pub(crate) fn view(
    ctx: &Context,
    key: &Key,
    connection_ref: &ConnectionRef,
    resource: &WorkflowSchedule,
) -> (Option<SharedConnection>, ConnectionView) {
    let Some(connection_ref) = connection_ref else { return (None, missing(key, None)) };
    let Some(connection) = ctx.cache().connection(connection_ref).cloned() else {
        return (None, missing(key, Some(connection_ref)));
    };
    let is_allowed = allows(&connection, &key.namespace);
    let pinned = Ownership::of(resource).pinned_connection();
    if !is_allowed && pinned != Some(connection_ref.to_string().as_str()) {
        // The same message as for a missing connection, so that it does not show that the connection exists.
        return (None, missing(key, Some(connection_ref)));
    }
    // The handle of a connection that was deleted and created again may use another server.
    let handle = ctx.handle(connection_ref).filter(|handle| handle.uid == connection.metadata.uid);
    let Some(handle) = handle else { return (None, not_started(&connection)) };
    let is_explicit = resource.spec.schedule_id.is_some();
    let other_prefixes = if is_explicit { ctx.cache().other_prefixes(connection_ref) } else { Vec::new() };
    let remote = handle.remote_facts();
    let deletion_held = is_held(&handle, &connection, key, resource, ctx.seams.now());
    let mut facts = facts(&connection, remote.mass_disappearance_since.is_some(), deletion_held);
    facts.patch_keeps_pause = remote.patch_keeps_pause.or(facts.patch_keeps_pause);
    facts.runs.in_reach_since = remote.in_reach_since;
    facts.other_prefixes = other_prefixes;
    facts.lookup = lookup(ctx, &handle, &connection, connection_ref);
    let not_permitted = (!is_allowed).then(|| {
        format!(
            "connection {connection_ref} no longer allows namespace {}: its remote schedule can be deleted but not changed",
            key.namespace
        )
    });
    let view = ConnectionView::Found { facts: Box::new(facts), not_permitted, not_ready: problem(&handle, resource) };
    (Some(handle), view)
}

/// Why the connection cannot be used for this resource now. A deletion goes on with the last known
/// key: if a whole namespace is deleted, its Secret may be deleted first.
fn problem(handle: &ConnectionHandle, resource: &WorkflowSchedule) -> Option<Problem> {
    let is_deleted = resource.metadata.deletion_timestamp.is_some();
    let state = handle.state();
    let is_deletable = is_deleted && state.client().is_some();
    let is_about_the_secret = |reason: &Reason| matches!(reason, Reason::SecretNotFound | Reason::SecretInvalid);
    state.readiness().problem().filter(|(reason, _)| !(is_deletable && is_about_the_secret(reason))).cloned()
}

/// Whether a deletion was held, and was not approved since.
fn is_held(
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    key: &Key,
    resource: &WorkflowSchedule,
    now: Timestamp,
) -> bool {
    let Some(deleted_at) = &resource.metadata.deletion_timestamp else { return false };
    if is_approved(connection, APPROVE_DELETIONS_AT, deleted_at.0, now) {
        return false;
    }
    let memory = resource.status.as_ref().and_then(|status| status.memory.as_ref());
    handle.deletions().is_held(key) || memory.is_some_and(|memory| memory.deletion_held == Some(true))
}

/// If many creations wait, one LIST answers for all, unless a LIST may not show everything.
fn lookup(ctx: &Context, handle: &ConnectionHandle, connection: &WorkflowConnection, own: &Key) -> Lookup {
    let now = ctx.seams.elapsed();
    let was_free = connection.status.as_ref().and_then(|status| status.prefix_was_free) == Some(true);
    let queued = ctx.queue().background_load(&Some(own.clone()));
    let are_many = handle.list_requests().are_many(queued, now);
    if are_many && was_free && handle.remote_facts().list_trust.is_given(now) { Lookup::List } else { Lookup::Get }
}

fn not_started(connection: &WorkflowConnection) -> ConnectionView {
    ConnectionView::Found {
        facts: Box::new(facts(connection, false, false)),
        not_permitted: None,
        not_ready: Some((Reason::ConnectionNotReady, "the connection has not been checked yet".into())),
    }
}

fn missing(key: &Key, connection_ref: Option<&Key>) -> ConnectionView {
    let Some(connection_ref) = connection_ref else {
        let message = "there is no connection: set connectionRef".to_owned();
        return ConnectionView::Missing { reason: Reason::ConnectionNotFound, message };
    };
    if connection_ref.namespace == key.namespace {
        let message = format!(
            "there is no WorkflowConnection {} in namespace {}: create it, or set connectionRef",
            connection_ref.name, connection_ref.namespace
        );
        return ConnectionView::Missing { reason: Reason::ConnectionNotFound, message };
    }
    let message = format!(
        "there is no WorkflowConnection {connection_ref}, or it does not allow namespace {} (spec.allowedNamespaces)",
        key.namespace
    );
    ConnectionView::Missing { reason: Reason::NotPermitted, message }
}
