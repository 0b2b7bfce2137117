//! What happened so far in one reconcile.

use jiff::Timestamp;

use crate::plan::decision::action::Call;
use crate::remote::wire::ExecutionStatus;
use crate::remote::{Operation, RemoteError};

/// What happened so far in a reconcile. It only records, and decides nothing.
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
    /// The status of the last run, if it was read; the inner `None` if the remote does not know the run.
    pub last_run: Option<Option<ExecutionStatus>>,
    /// Mutating calls that succeeded.
    pub changes: usize,
    /// When the fire guard first delayed a change.
    pub guarded_since: Option<Timestamp>,
}

impl Journal {
    /// Records a failed call.
    pub fn note_failure(&mut self, call: &Call, error: RemoteError) {
        if matches!(call, Call::Pause { .. } | Call::Resume { .. }) && error.is_refusal() {
            self.refused.push(call.clone());
        }
        self.failed = Some((call.operation(), error));
    }

    /// Records a successful call. `was_paused`: whether the schedule was paused when it was last observed.
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
