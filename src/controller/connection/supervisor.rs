//! Runs one task for each connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use crate::api::WorkflowConnection;
use crate::controller::connection::reconcile::reconcile;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::plan::DeletionLimit;

/// A task that panicked is started again after this time.
const AFTER_A_PANIC: Duration = Duration::from_secs(5);

/// Starts a task for each new connection, and removes those of deleted connections.
pub(crate) async fn run(ctx: Arc<Context>) {
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut key_of: BTreeMap<Id, Key> = BTreeMap::new();
    loop {
        for (key, connection) in unattended(&ctx) {
            let handle = Arc::new(new_handle(&ctx, &key, &connection));
            ctx.handles().insert(key.clone(), handle.clone());
            key_of.insert(tasks.spawn(reconcile(ctx.clone(), handle)).id(), key);
        }
        tokio::select! {
            () = ctx.connections_changed.notified() => {}
            Some(ended) = tasks.join_next_with_id() => {
                let (id, panicked) = match ended {
                    Ok((id, ())) => (id, false),
                    Err(error) => (error.id(), error.is_panic()),
                };
                if panicked {
                    ctx.metrics.panicked();
                    tracing::error!("a connection's task panicked: this is a defect of the operator");
                    tokio::time::sleep(AFTER_A_PANIC).await;
                }
                if let Some(key) = key_of.remove(&id) {
                    ctx.handles().remove(&key);
                }
            }
        }
    }
}

fn unattended(ctx: &Context) -> Vec<(Key, Arc<WorkflowConnection>)> {
    let cache = ctx.cache();
    let handles = ctx.handles();
    cache
        .connections()
        .filter(|(key, _)| !handles.contains_key(*key))
        .map(|(key, connection)| (key.clone(), connection.clone()))
        .collect()
}

/// A handle with the stored facts of the status of the connection.
fn new_handle(ctx: &Context, key: &Key, connection: &WorkflowConnection) -> ConnectionHandle {
    let status = connection.status.as_ref();
    let deletions = DeletionLimit::remembered(status.and_then(|status| status.deletion_window.as_ref()));
    let vanished = status.and_then(|status| status.mass_disappearance_at.as_deref()).and_then(|at| at.parse().ok());
    ConnectionHandle::new(key.clone(), connection.metadata.uid.clone(), deletions, vanished, ctx.seams.elapsed())
}
