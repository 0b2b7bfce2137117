//! Keeps one task a connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};

use crate::api::WorkflowConnection;
use crate::controller::connection::reconcile;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{ConnectionHandle, RemoteFacts};
use crate::controller::state::key::Key;
use crate::plan::DeletionLimit;

/// A task that panicked comes back after this long.
const AFTER_A_PANIC: Duration = Duration::from_secs(5);

/// Tasks of connections. The delay before a task comes back is one too, so that it keeps no other waiting.
#[derive(Default)]
struct Tasks {
    set: JoinSet<()>,
    key_of: BTreeMap<Id, Key>,
}

/// Starts a task for each connection that comes, and forgets those that go.
pub(crate) async fn run(ctx: Arc<Context>) {
    let mut tasks = Tasks::default();
    loop {
        for (key, connection) in unattended(&ctx) {
            let handle = Arc::new(new_handle(&ctx, &key, &connection));
            ctx.handles().insert(key.clone(), handle.clone());
            tasks.spawn(key, reconcile::run(ctx.clone(), handle));
        }
        tokio::select! {
            () = ctx.connections_changed.notified() => {}
            Some(ended) = tasks.set.join_next_with_id() => tasks.finish(&ctx, ended),
        }
    }
}

impl Tasks {
    fn spawn(&mut self, key: Key, task: impl Future<Output = ()> + Send + 'static) {
        self.key_of.insert(self.set.spawn(task).id(), key);
    }

    /// A task has ended: the connection is gone, or is another one, or its task is to begin anew.
    fn finish(&mut self, ctx: &Context, ended: Result<(Id, ()), JoinError>) {
        let (id, panicked) = match ended {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        let Some(key) = self.key_of.remove(&id) else { return };
        if panicked {
            ctx.metrics.panicked();
            tracing::error!(connection = %key, "connection task panicked: this is a defect of the operator");
            self.spawn(key, tokio::time::sleep(AFTER_A_PANIC));
            return;
        }
        ctx.handles().remove(&key);
        ctx.metrics.connection_gone(key.to_string());
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

/// A handle that remembers what the connection's status does.
fn new_handle(ctx: &Context, key: &Key, connection: &WorkflowConnection) -> ConnectionHandle {
    let status = connection.status.as_ref();
    let deletions = DeletionLimit::remembered(status.and_then(|status| status.deletion_window.as_ref()));
    let vanished = status.and_then(|status| status.mass_disappearance_at.as_deref()).and_then(|at| at.parse().ok());
    let remote = RemoteFacts { patch_keeps_pause: None, mass_disappearance_since: vanished };
    ConnectionHandle::new(key.clone(), connection.metadata.uid.clone(), deletions, remote, ctx.seams.elapsed())
}
