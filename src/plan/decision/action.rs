//! The result of a plan: one action, or the end of the reconcile with its outcome.

use jiff::Timestamp;

use crate::api::{Memory, Reason, Trigger};
use crate::plan::model::diff::Difference;
use crate::plan::model::observed::Observed;
use crate::remote::{Note, Operation, wire};

/// The next action. A reconcile plans, does this one action, and plans again with its result. So after a crash
/// at any point the next reconcile can see what was done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// GET the schedule.
    Observe,
    /// End this reconcile, and continue it with what the next LIST of the connection tells.
    AwaitList,
    /// GET how a run ended.
    ObserveRun(String),
    /// Add the finalizer to the resource.
    AddFinalizer,
    /// Remove the finalizer from the resource: the end of a deletion.
    RemoveFinalizer,
    /// Write the memory before the call that needs it.
    StoreMemory(Box<Memory>),
    /// Write the trigger's state before (or instead of) its POST.
    StoreTrigger(Box<Trigger>),
    /// Take back a trigger whose POST is known not to have had an effect, so that it is tried again: the trigger
    /// before it is stored in its place, because its token must stay known.
    ClearTrigger,
    /// A call that changes the remote.
    Call(Call),
    /// End this reconcile.
    Finish(Outcome),
}

impl Action {
    /// The name in logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::AwaitList => "await_list",
            Self::ObserveRun(_) => "observe_run",
            Self::AddFinalizer => "add_finalizer",
            Self::RemoveFinalizer => "remove_finalizer",
            Self::StoreMemory(_) | Self::StoreTrigger(_) | Self::ClearTrigger => "store_memory",
            Self::Call(call) => call.operation().name(),
            Self::Finish(_) => "finish",
        }
    }

    /// The outcome of the reconcile, if this action ends it.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Finish(rest) => Some(rest),
            Self::Observe
            | Self::AwaitList
            | Self::ObserveRun(_)
            | Self::AddFinalizer
            | Self::RemoveFinalizer
            | Self::StoreMemory(_)
            | Self::StoreTrigger(_)
            | Self::ClearTrigger
            | Self::Call(_) => None,
        }
    }
}

/// A call that changes the remote.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each is the call of that name")]
pub enum Call {
    Create(Box<wire::Create>),
    /// `trial`: sent to find out whether a PATCH keeps a pause, while nothing can fire.
    Patch {
        body: Box<wire::Patch>,
        trial: bool,
    },
    Delete,
    Pause {
        note: Option<Note>,
    },
    Resume {
        note: Option<Note>,
    },
    /// `overlap`: in place of that of the schedule's policy. `before`: what the last look before it showed.
    Trigger {
        overlap: Option<i64>,
        before: Box<Observed>,
    },
}

impl Call {
    /// The operation of the client that it is.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::Create,
            Self::Patch { .. } => Operation::Patch,
            Self::Delete => Operation::Delete,
            Self::Pause { .. } => Operation::Pause,
            Self::Resume { .. } => Operation::Resume,
            Self::Trigger { .. } => Operation::Trigger,
        }
    }
}

/// How a reconcile ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Both sides are equal, or as equal as they should be: Ready.
    Ready {
        /// One of the Ready=True reasons.
        reason: Reason,
        /// For a person.
        message: String,
        /// Differences that are reported and not corrected.
        drift: Vec<Difference>,
    },
    /// A person must change something: Stalled.
    Stalled {
        /// Why.
        reason: Reason,
        /// What is wrong and what to do.
        message: String,
        /// Differences that are not corrected.
        drift: Vec<Difference>,
    },
    /// The operator continues without help: Reconciling.
    Waiting {
        /// Why.
        reason: Reason,
        /// Until what.
        message: String,
        /// When it is tried again.
        retry: Requeue,
        /// Differences that are not corrected yet.
        drift: Vec<Difference>,
    },
    /// The resource is not managed.
    Unmanaged,
    /// The resource is deleted, or does not have the finalizer.
    Released,
}

/// When a waiting resource is reconciled again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// After the backoff of the resource.
    Backoff,
    /// At this time.
    At(Timestamp),
    /// When the connection changes.
    WithConnection,
}
