//! The status of a connection, and the events and logs when it changes.

use std::sync::Arc;

use crate::api::{Condition, Reason, WorkflowConnection};
use crate::controller::connection::poll::Polled;
use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::schedule::apply::connection_reference;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::plan::{ConnectionNow, Event, connection_status, count};

/// Writes the status of the connection, if it changed.
pub(crate) async fn report(ctx: &Context, link: &ConnectionHandle, last: Option<&Polled>) -> Result<(), WriteError> {
    let Some(connection) = ctx.cache().connection(&link.key).cloned() else { return Ok(()) };
    let known = now_known(ctx, link, &connection, last);
    ctx.metrics.held_deletions(link.key.to_string(), known.held_deletions);
    let status = connection_status(&connection, &known, ctx.seams.now());
    let Some(written) = ctx.writer.connection_status(connection.as_ref(), &status).await? else { return Ok(()) };
    ctx.metrics.wrote("connection");
    tell(ctx, &connection, &written);
    ctx.cache().answered_connection(&connection.metadata, Arc::new(written));
    Ok(())
}

fn now_known(
    ctx: &Context,
    link: &ConnectionHandle,
    connection: &WorkflowConnection,
    last: Option<&Polled>,
) -> ConnectionNow {
    let counts = {
        let cache = ctx.cache();
        count(cache.schedules_of(&link.key).map(|(_, known)| known.resource.as_ref()))
    };
    let is_slowed = link.is_slowed(ctx.seams.elapsed());
    let state = link.state();
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    ConnectionNow {
        health: state.trouble.clone().map_or(Ok(()), Err),
        server: state.settings.as_ref().map(|settings| settings.server.to_string()),
        identity: state.identity.clone(),
        prefix_is_claimed: claimed.is_some() || last.is_some_and(|polled| polled.prefix_is_ours),
        counts,
        unclaimed: last.map(|polled| polled.unclaimed.clone()),
        held_deletions: state.held_deletions.len(),
        rate_limited: is_slowed,
        patch_keeps_pause: state.patch_keeps_pause,
        mass_disappearance: state.mass_disappearance,
        polled_at: state.polled_at,
    }
}

/// A change of state becomes an event and a line in the log.
fn tell(ctx: &Context, old: &WorkflowConnection, new: &WorkflowConnection) {
    let ready = |connection: &WorkflowConnection| -> Option<Condition> {
        connection.status.as_ref()?.conditions.iter().find(|one| one.type_ == "Ready").cloned()
    };
    let Some(after) = ready(new) else { return };
    if ready(old).is_some_and(|before| (before.status, before.reason) == (after.status.clone(), after.reason.clone())) {
        return;
    }
    let key = Key::of(&new.metadata);
    tracing::info!(connection = %key, ready = after.status, reason = after.reason, detail = after.message, "is now");
    let Some(reason) = Reason::ALL.iter().find(|known| known.as_str() == after.reason) else { return };
    let event = Event { warning: after.status == "False", reason: reason.as_str(), message: after.message };
    ctx.events.tell(connection_reference(new), event);
}
