//! Writes a connection's status, and publishes what has changed.

use crate::api::{Condition, Reason, WorkflowConnection};
use crate::controller::connection::poll::Polled;
use crate::controller::connection::poll_state::PollState;
use crate::controller::context::Context;
use crate::controller::kubernetes::events::connection_reference;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::watch::watcher::answered_connection;
use crate::plan::{ConnectionNow, Event, connection_status, count};

/// Writes the connection's status, if it says anything new.
pub(crate) async fn report(
    ctx: &Context,
    handle: &ConnectionHandle,
    poll: &PollState,
    last: Option<&Polled>,
) -> Result<(), WriteError> {
    let Some(connection) = ctx.cache().connection(&handle.key).cloned() else { return Ok(()) };
    let known = now_known(ctx, handle, &connection, poll, last);
    ctx.metrics.held_deletions(handle.key.to_string(), known.held_deletions);
    let status = connection_status(&connection, &known, ctx.seams.now());
    let Some(written) = ctx.writer.connection_status(connection.as_ref(), &status).await? else { return Ok(()) };
    ctx.metrics.wrote("connection");
    publish(ctx, &connection, &written);
    answered_connection(ctx, &connection.metadata, written);
    Ok(())
}

fn now_known(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    poll: &PollState,
    last: Option<&Polled>,
) -> ConnectionNow {
    let counts = {
        let cache = ctx.cache();
        count(cache.schedules_of(&handle.key).map(|(_, known)| known.resource.as_ref()))
    };
    let (state, remote) = (handle.state(), handle.remote_facts());
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    ConnectionNow {
        health: state.readiness().problem().cloned().map_or(Ok(()), Err),
        server: state.settings().map(|settings| settings.server.to_string()),
        // Until the key is verified, what is stored counts: it may be an accepted identity whose answer was lost.
        identity: state.identity().filter(|_| state.verdict() == Some(Ok(()))).cloned(),
        prefix_is_claimed: claimed.is_some() || last.is_some_and(|polled| polled.prefix_is_ours),
        counts,
        unclaimed: last.map(|polled| polled.unclaimed.clone()),
        held_deletions: handle.deletions().held(),
        rate_limited: handle.rate_limiter.is_slowed(ctx.seams.elapsed()),
        patch_keeps_pause: remote.patch_keeps_pause,
        mass_disappearance: remote.mass_disappearance_since,
        approved_recreations: poll.approved_recreations(),
        polled_at: poll.polled_at,
    }
}

/// A change of state becomes an event and a line in the log.
fn publish(ctx: &Context, old: &WorkflowConnection, new: &WorkflowConnection) {
    let ready = |connection: &WorkflowConnection| -> Option<Condition> {
        connection.status.as_ref()?.conditions.iter().find(|one| one.type_ == "Ready").cloned()
    };
    let Some(after) = ready(new) else { return };
    if ready(old).is_some_and(|before| (before.status, before.reason) == (after.status.clone(), after.reason.clone())) {
        return;
    }
    let key = Key::of(&new.metadata);
    tracing::info!(connection = %key, ready = after.status, reason = after.reason, detail = after.message, "connection status changed");
    let Some(reason) = Reason::ALL.iter().find(|known| known.as_str() == after.reason) else { return };
    let event = Event { warning: after.status == "False", reason: reason.as_str(), message: after.message };
    ctx.events.tell(connection_reference(new), event);
}
