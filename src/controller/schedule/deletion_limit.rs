//! The limit of deletions at the remote. It is kept after a restart.

use crate::api::{APPROVE_DELETIONS_AT, WorkflowConnectionStatus, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::kubernetes::write_error::WriteError;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::deletion_permits::DeletionPermit;
use crate::controller::state::key::Key;
use crate::controller::watch::watcher::answered_connection;
use crate::plan::is_approved;

/// Whether a deletion is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// It is allowed.
    Given,
    /// It waits for approval.
    Held,
}

/// Requests permission for one deletion. An allowed deletion is first counted in the status of the connection.
///
/// # Errors
/// The count could not be stored: nothing may be deleted.
pub(crate) async fn permission(
    ctx: &Context,
    handle: &ConnectionHandle,
    key: &Key,
    resource: &WorkflowSchedule,
) -> Result<Permission, WriteError> {
    let _turn = handle.deletion_turn.lock().await;
    let Some(connection) = ctx.cache().connection(&handle.key).cloned() else { return Ok(Permission::Given) };
    let deleted_at = resource.metadata.deletion_timestamp.as_ref().map(|at| at.0);
    if deleted_at.is_some_and(|at| is_approved(&connection, APPROVE_DELETIONS_AT, at, ctx.seams.now())) {
        handle.deletions().approve(key);
        return Ok(Permission::Given);
    }
    let total = ctx.cache().schedules_of(&handle.key).count();
    let request = handle.deletions().request(key, total, ctx.seams.now());
    let (window, recent) = match request {
        DeletionPermit::Granted => return Ok(Permission::Given),
        DeletionPermit::Held => {
            handle.wake.notify_one();
            return Ok(Permission::Held);
        }
        DeletionPermit::StoreFirst(window, recent) => (window, recent),
    };
    let status =
        WorkflowConnectionStatus { deletion_window: Some(window), ..connection.status.clone().unwrap_or_default() };
    if let Some(written) = ctx.writer.connection_status(connection.as_ref(), &status).await? {
        ctx.metrics.wrote("connection");
        answered_connection(ctx, &connection.metadata, written);
    }
    handle.deletions().grant(key, recent);
    Ok(Permission::Given)
}
