//! What a plan can say: one step, or rest.

use std::time::Duration;

use jiff::Timestamp;

use super::diff::Difference;
use crate::api::{Memory, Reason, Trigger};
use crate::remote::wire::ExecutionStatus;
use crate::remote::{Note, Operation, RemoteError, wire};

/// The next thing to do. A pass plans, does the one step, and plans again with what it learnt, so
/// that a crash anywhere leaves nothing that the next pass could not see.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// GET the schedule.
    Look,
    /// GET how a run ended.
    LookAtRun(String),
    /// Put the finalizer on the resource.
    AddFinalizer,
    /// Take the finalizer from the resource: the end of a deletion.
    RemoveFinalizer,
    /// Write the memory before what follows from it.
    Remember(Box<Memory>),
    /// Write the trigger's state before (or instead of) its POST.
    RememberTrigger(Box<Trigger>),
    /// Forget a trigger whose POST is known not to have had an effect, so that it is tried again.
    ForgetTrigger,
    /// A call that changes the remote.
    Call(Call),
    /// Nothing more in this pass.
    Rest(Rest),
}

impl Step {
    /// The name, as logs spell it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::LookAtRun(_) => "look_at_run",
            Self::AddFinalizer => "add_finalizer",
            Self::RemoveFinalizer => "remove_finalizer",
            Self::Remember(_) | Self::RememberTrigger(_) | Self::ForgetTrigger => "remember",
            Self::Call(call) => call.operation().name(),
            Self::Rest(_) => "rest",
        }
    }

    /// How the pass ends, if this is its end.
    #[must_use]
    pub const fn rest(&self) -> Option<&Rest> {
        match self {
            Self::Rest(rest) => Some(rest),
            Self::Look
            | Self::LookAtRun(_)
            | Self::AddFinalizer
            | Self::RemoveFinalizer
            | Self::Remember(_)
            | Self::RememberTrigger(_)
            | Self::ForgetTrigger
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

/// A step, why, and what is known once it has succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to do.
    pub step: Step,
    /// Why, for the log.
    pub because: &'static str,
    /// The memory once the step has succeeded.
    pub memory: Memory,
    /// What to tell once the step has succeeded.
    pub events: Vec<Event>,
    /// What this moment proves of the connection's server.
    pub learnt: Option<Learnt>,
}

/// What a pass can learn of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learnt {
    /// Whether a PATCH keeps a pause.
    PatchKeepsPause(bool),
}

/// Something worth an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Warning, or Normal.
    pub warning: bool,
    /// A word in `PascalCase`.
    pub reason: &'static str,
    /// For a person.
    pub message: String,
}

/// Why a pass ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Rest {
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
    Refused {
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
        retry: Retry,
        /// Differences that are not put right yet.
        drift: Vec<Difference>,
    },
    /// The resource is left alone.
    Off,
    /// The resource is gone, or no concern of ours.
    Gone,
}

/// When a waiting resource is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// After the backoff of the resource.
    Backoff,
    /// At this time.
    At(Timestamp),
    /// When the connection changes.
    WithConnection,
}

/// What has happened so far in a pass. Plain bookkeeping: nothing is decided here.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Journal {
    /// The call that failed last, and how.
    pub failed: Option<(Operation, RemoteError)>,
    /// Pauses and resumes that the remote has refused, each with its note.
    pub refused: Vec<Call>,
    /// The last change was a patch of a paused schedule.
    pub patched_while_paused: bool,
    /// The declared content has been sent.
    pub patched: bool,
    /// A POST of this pass created the schedule.
    pub created: bool,
    /// This process has written the trigger as requested and not sent it yet.
    pub trigger_is_ours: bool,
    /// This process has stored a new `maxExecutions` as intended and not sent it yet.
    pub count_is_ours: bool,
    /// A pause was made.
    pub paused: bool,
    /// It was resumed.
    pub resumed: bool,
    /// The trigger was sent, and accepted.
    pub triggered: bool,
    /// How the last run ended, once it was looked at; `None` within if nobody knows.
    pub last_run: Option<Option<ExecutionStatus>>,
    /// Mutating calls that succeeded.
    pub changes: usize,
    /// When the guard first held something back.
    pub guarded_since: Option<Timestamp>,
}

impl Journal {
    /// Notes a call that the remote has answered so.
    pub fn note_failure(&mut self, call: &Call, error: RemoteError) {
        if matches!(call, Call::Pause { .. } | Call::Resume { .. }) && error.is_refusal() {
            self.refused.push(call.clone());
        }
        self.failed = Some((call.operation(), error));
    }

    /// Notes a call that succeeded. `was_paused`: so it was when it was last looked at.
    pub fn note(&mut self, call: &Call, was_paused: bool) {
        self.changes += 1;
        self.failed = None;
        self.patched_while_paused = matches!(call, Call::Patch { .. }) && was_paused;
        match call {
            Call::Create(_) => self.created = true,
            Call::Patch { trial, .. } => {
                // A PATCH may lift a pause: what was done before it may have to be done again.
                self.paused = false;
                self.resumed = false;
                self.patched |= !trial;
                self.count_is_ours &= *trial;
            }
            Call::Trigger => self.triggered = true,
            Call::Pause { .. } => self.paused = true,
            Call::Resume { .. } => self.resumed = true,
            Call::Delete => {}
        }
    }
}

/// How long a POST without an answer may still arrive.
pub const LATE_EFFECT: Duration = Duration::from_mins(1);
