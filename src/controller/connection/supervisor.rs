//! Keeps one task a connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use crate::api::WorkflowConnection;
use crate::controller::connection::reconcile::tend;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::Link;
use crate::controller::state::key::Key;
use crate::plan::Deletions;

/// A task that panicked comes back after this long.
const AFTER_A_PANIC: Duration = Duration::from_secs(5);

/// Starts a task for each connection that comes, and forgets those that go.
pub(crate) async fn run(ctx: Arc<Context>) {
    let mut tasks: JoinSet<()> = JoinSet::new();
    let mut key_of: BTreeMap<Id, Key> = BTreeMap::new();
    loop {
        for (key, connection) in unattended(&ctx) {
            let link = Arc::new(link(&ctx, &key, &connection));
            ctx.links().insert(key.clone(), link.clone());
            key_of.insert(tasks.spawn(tend(ctx.clone(), link)).id(), key);
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
                    ctx.links().remove(&key);
                }
            }
        }
    }
}

fn unattended(ctx: &Context) -> Vec<(Key, Arc<WorkflowConnection>)> {
    let store = ctx.store();
    let links = ctx.links();
    store
        .connections()
        .filter(|(key, _)| !links.contains_key(*key))
        .map(|(key, connection)| (key.clone(), connection.clone()))
        .collect()
}

/// A link that remembers what the connection's status does.
fn link(ctx: &Context, key: &Key, connection: &WorkflowConnection) -> Link {
    let status = connection.status.as_ref();
    let deletions = Deletions::remembered(status.and_then(|status| status.deletion_window.as_ref()));
    let vanished = status.and_then(|status| status.mass_disappearance_at.as_deref()).and_then(|at| at.parse().ok());
    Link::new(key.clone(), connection.metadata.uid.clone(), deletions, vanished, ctx.seams.elapsed())
}
