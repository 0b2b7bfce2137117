//! Writes a connection's status, and publishes what has changed.

use crate::api::{Condition, Reason, WorkflowConnection};
use crate::controller::connection::task_state::{TaskState, connection_object};
use crate::controller::context::Context;
use crate::controller::kubernetes::events::connection_reference;
use crate::controller::kubernetes::write_error::Part;
use crate::controller::schedule::update_status::unwritten;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::watch::watcher::answered_connection;
use crate::plan::{ConnectionNow, Event, connection_status, count, held_deletions};

/// Writes the connection's status, if it says anything new.
pub(crate) async fn report(ctx: &Context, handle: &ConnectionHandle, task: &mut TaskState) {
    let Some(connection) = ctx.cache().connection(&handle.key).cloned() else { return };
    let known = now_known(ctx, handle, &connection, task);
    tell_held(ctx, handle, &connection, task);
    let status = connection_status(&connection, &known, ctx.seams.now());
    let object = connection_object(&handle.key);
    match ctx.writer.connection_status(connection.as_ref(), &status).await {
        Ok(Some(written)) => {
            ctx.failed_writes.written(&object, Part::Status);
            ctx.metrics.wrote("connection");
            publish(ctx, &connection, &written);
            answered_connection(ctx, &connection.metadata, written);
        }
        Ok(None) => ctx.failed_writes.written(&object, Part::Status),
        Err(error) => {
            if ctx.failed_writes.is_certain(&object, Part::Status, &error) {
                let message = unwritten(&error, &status.conditions);
                ctx.report_unwritten(connection_reference(&connection), message);
            }
        }
    }
}

fn tell_held(ctx: &Context, handle: &ConnectionHandle, connection: &WorkflowConnection, task: &mut TaskState) {
    let held = handle.deletions().held().clone();
    let news = task.held.news(&held, ctx.seams.elapsed());
    if !news.is_empty() {
        let message = held_deletions(held.len(), &news);
        let event = Event { warning: true, reason: Reason::DeletionHeld.as_str(), message };
        ctx.events.tell(connection_reference(connection), event);
    }
}

fn now_known(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    task: &TaskState,
) -> ConnectionNow {
    let last = task.last.as_ref();
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
        held_deletions: handle.deletions().held().iter().map(ToString::to_string).collect(),
        rate_limited: handle.rate_limiter.is_slowed(ctx.seams.elapsed()),
        patch_keeps_pause: remote.patch_keeps_pause,
        mass_disappearance: remote.mass_disappearance_since,
        approved_recreations: task.poll.approved_recreations(),
        runs_limited: task.poll.runs.limited().map(str::to_owned),
        runs_read_until: task.poll.runs.read_until(),
        in_reach_since: remote.in_reach_since,
        polled_at: handle.polled_at(),
        failed_write: task.failed_write.clone(),
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
