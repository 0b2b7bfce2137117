//! What a plan can say: one step, or rest.

use jiff::Timestamp;

use crate::api::{Memory, Reason, Trigger};
use crate::plan::model::diff::Difference;
use crate::remote::{Note, Operation, wire};

/// The next thing to do. A pass plans, does the one step, and plans again with what it learned, so
/// that a crash anywhere leaves nothing that the next pass could not see.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// GET the schedule.
    Observe,
    /// GET how a run ended.
    ObserveRun(String),
    /// Put the finalizer on the resource.
    AddFinalizer,
    /// Take the finalizer from the resource: the end of a deletion.
    RemoveFinalizer,
    /// Write the memory before what follows from it.
    StoreMemory(Box<Memory>),
    /// Write the trigger's state before (or instead of) its POST.
    StoreTrigger(Box<Trigger>),
    /// Forget a trigger whose POST is known not to have had an effect, so that it is tried again.
    ClearTrigger,
    /// A call that changes the remote.
    Call(Call),
    /// Nothing more in this pass.
    Finish(Outcome),
}

impl Action {
    /// The name, as logs spell it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::ObserveRun(_) => "observe_run",
            Self::AddFinalizer => "add_finalizer",
            Self::RemoveFinalizer => "remove_finalizer",
            Self::StoreMemory(_) | Self::StoreTrigger(_) | Self::ClearTrigger => "store_memory",
            Self::Call(call) => call.operation().name(),
            Self::Finish(_) => "finish",
        }
    }

    /// How the pass ends, if this is its end.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        match self {
            Self::Finish(rest) => Some(rest),
            Self::Observe
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
    /// `trial`: sent to see whether a PATCH keeps a pause, where nothing can fire.
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
    Trigger,
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
            Self::Trigger => Operation::Trigger,
        }
    }
}

/// Why a pass ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Both sides are equal, or as equal as they are meant to be: Ready.
    Ready {
        /// One of the Ready=True reasons.
        reason: Reason,
        /// For a person.
        message: String,
        /// Differences that are reported and not put right.
        drift: Vec<Difference>,
    },
    /// Nobody but a person can go on: Stalled.
    Stalled {
        /// Why.
        reason: Reason,
        /// What is wrong and what to do.
        message: String,
        /// Differences that are not put right.
        drift: Vec<Difference>,
    },
    /// It goes on by itself: Reconciling.
    Waiting {
        /// Why.
        reason: Reason,
        /// Until what.
        message: String,
        /// When it is tried again.
        retry: Requeue,
        /// Differences that are not put right yet.
        drift: Vec<Difference>,
    },
    /// The resource is left alone.
    Unmanaged,
    /// The resource is gone, or no concern of ours.
    Released,
}

/// When a waiting resource is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// After the backoff of the resource.
    Backoff,
    /// At this time.
    At(Timestamp),
    /// When the connection changes.
    WithConnection,
}
