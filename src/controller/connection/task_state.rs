//! What the task of a connection remembers.

use std::time::Duration;

use kube::Resource as _;

use crate::api::WorkflowConnection;
use crate::controller::connection::held_deletions::HeldDeletions;
use crate::controller::connection::poll::Polled;
use crate::controller::connection::poll_state::PollState;
use crate::controller::state::key::{Key, ObjectKey};

/// What a connection's task remembers from one reconcile to the next.
#[derive(Default)]
pub(crate) struct TaskState {
    /// When the next poll is due, since the start of the process; `None` is at once.
    pub(crate) next_poll: Option<Duration>,
    pub(crate) failed_polls: u32,
    /// The last `reconcile-requested-at` that was followed.
    pub(crate) reconciled_at: Option<String>,
    pub(crate) poll: PollState,
    /// What the last poll that succeeded has found.
    pub(crate) last: Option<Polled>,
    /// Why the finalizer cannot be written.
    pub(crate) failed_write: Option<String>,
    pub(crate) held: HeldDeletions,
}

/// A connection, as failed writes name it.
pub(crate) fn connection_object(key: &Key) -> ObjectKey {
    (WorkflowConnection::kind(&()).into_owned(), key.clone())
}
