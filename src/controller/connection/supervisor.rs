//! Runs one task for each connection.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinSet};

use crate::api::WorkflowConnection;
use crate::controller::connection::bulk_list;
use crate::controller::connection::reconcile;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{ConnectionHandle, ListTrust, RemoteFacts};
use crate::controller::state::gone_ids::SETTLED;
use crate::controller::state::key::Key;
use crate::plan::DeletionLimit;

/// A task that panicked is started again after this time.
const AFTER_A_PANIC: Duration = Duration::from_secs(5);

/// Tasks of connections. The delay before a restart is a task too, so that it does not block the others.
#[derive(Default)]
struct Tasks {
    set: JoinSet<()>,
    key_of: BTreeMap<Id, Key>,
}

/// How a task has ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// The connection is gone, or is another one; or the delay after a panic is over. If there is a connection
    /// of this key, it gets a new task.
    Gone(Key),
    /// The task is started again after a delay.
    Panicked(Key),
}

/// Starts a task for each connection that comes, and forgets those that go.
pub(crate) async fn run(ctx: Arc<Context>) {
    let mut tasks = Tasks::default();
    loop {
        for (key, connection) in unattended(&ctx) {
            let handle = Arc::new(new_handle(&ctx, &key, &connection));
            ctx.handles().insert(key.clone(), handle.clone());
            tasks.spawn(key, serve(ctx.clone(), handle));
        }
        tokio::select! {
            () = ctx.connections_changed.notified() => {}
            Some(ended) = tasks.next() => match ended {
                Ended::Gone(key) => {
                    let gone = ctx.handles().remove(&key);
                    if let Some(handle) = gone {
                        bulk_list::release(&ctx, &handle);
                    }
                }
                Ended::Panicked(key) => {
                    ctx.metrics.panicked();
                    tracing::error!(connection = %key, "connection task panicked: this is a defect of the operator");
                }
            },
        }
    }
}

/// The work of a connection, until it is deleted.
async fn serve(ctx: Arc<Context>, handle: Arc<ConnectionHandle>) {
    tokio::select! {
        () = reconcile::run(ctx.clone(), handle.clone()) => {}
        () = bulk_list::run(&ctx, &handle) => {}
    }
}

impl Tasks {
    fn spawn(&mut self, key: Key, task: impl Future<Output = ()> + Send + 'static) {
        self.key_of.insert(self.set.spawn(task).id(), key);
    }

    /// Waits for the next task that ends; `None` while there is none.
    async fn next(&mut self) -> Option<Ended> {
        let (id, panicked) = match self.set.join_next_with_id().await? {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        let key = self.key_of.remove(&id)?;
        if panicked {
            self.spawn(key.clone(), tokio::time::sleep(AFTER_A_PANIC));
            return Some(Ended::Panicked(key));
        }
        Some(Ended::Gone(key))
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
    let now = ctx.seams.elapsed();
    // An earlier process may have been at work until a moment ago.
    let list_trust = ListTrust::From(now.saturating_add(SETTLED));
    let remote = RemoteFacts { mass_disappearance_since: vanished, list_trust, ..RemoteFacts::default() };
    ConnectionHandle::new(key.clone(), connection.metadata.uid.clone(), deletions, remote, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_keeps_no_other_waiting_and_comes_back() {
        let key = |name: &str| Key { namespace: "a".into(), name: name.into() };
        let (mut tasks, begun) = (Tasks::default(), tokio::time::Instant::now());
        tasks.spawn(key("broken"), async { panic!("on purpose") });
        assert_eq!(tasks.next().await, Some(Ended::Panicked(key("broken"))));
        tasks.spawn(key("other"), tokio::time::sleep(Duration::from_secs(1)));
        assert_eq!(tasks.next().await, Some(Ended::Gone(key("other"))));
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        assert_eq!(tasks.next().await, Some(Ended::Gone(key("broken"))));
        assert_eq!(begun.elapsed(), AFTER_A_PANIC);
    }
}
