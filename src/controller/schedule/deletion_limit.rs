//! The limit of deletions at the remote. It is kept after a restart.

use crate::api::{APPROVE_DELETIONS_AT, WorkflowConnectionStatus, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::plan::{DeletionVerdict, is_approved};

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
    link: &ConnectionHandle,
    key: &Key,
    resource: &WorkflowSchedule,
) -> Result<Permission, WriteError> {
    let _turn = link.deletion_turn.lock().await;
    let Some(connection) = ctx.cache().connection(&link.key).cloned() else { return Ok(Permission::Given) };
    let deleted_at = resource.metadata.deletion_timestamp.as_ref().map(|at| at.0);
    if deleted_at.is_some_and(|at| is_approved(&connection, APPROVE_DELETIONS_AT, at, ctx.seams.now())) {
        link.state().held_deletions.remove(key);
        return Ok(Permission::Given);
    }
    let total = ctx.cache().schedules_of(&link.key).count();
    let before = {
        let mut state = link.state();
        if state.allowed_deletions.contains(key) {
            return Ok(Permission::Given);
        }
        let before = state.deletions.clone();
        match state.deletions.ask(total, ctx.seams.now()) {
            DeletionVerdict::Allowed => {
                state.allowed_deletions.insert(key.clone());
                return Ok(Permission::Given);
            }
            DeletionVerdict::Held => {
                state.held_deletions.insert(key.clone());
                link.wake.notify_one();
                return Ok(Permission::Held);
            }
            DeletionVerdict::AllowedOnceStored(window) => (before, window),
        }
    };
    let (before, window) = before;
    let status =
        WorkflowConnectionStatus { deletion_window: Some(window), ..connection.status.clone().unwrap_or_default() };
    let written = ctx.writer.connection_status(connection.as_ref(), &status).await;
    match written {
        Ok(written) => {
            if let Some(written) = written {
                ctx.metrics.wrote("connection");
                ctx.cache().answered_connection(&connection.metadata, std::sync::Arc::new(written));
            }
            link.state().allowed_deletions.insert(key.clone());
            Ok(Permission::Given)
        }
        Err(error) => {
            link.state().deletions = before;
            Err(error)
        }
    }
}
