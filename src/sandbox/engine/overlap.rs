//! The overlap policies: what happens to runs that are due while another is running.

use std::sync::Arc;

use jiff::Timestamp;

use super::schedule::Overlap;

/// A run that is due and not yet started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// When it was due, without jitter. For a triggered run: when it was triggered.
    pub nominal: Timestamp,
    /// When it was due, with jitter.
    pub scheduled_at: Timestamp,
    /// Its overlap policy.
    pub overlap: Overlap,
    /// Whether it was triggered: then it starts even if the schedule is paused or exhausted, and the
    /// remaining count stays.
    pub triggered: bool,
}

impl Start {
    /// The engine's id of the execution. It contains the nominal time, to the second (Temporal 1.32.0).
    pub fn execution_id(&self, schedule: &str) -> Arc<str> {
        format!("{schedule}-{}", self.nominal.strftime("%Y-%m-%dT%H:%M:%SZ")).into()
    }
}

/// The decision about the runs that are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decision {
    /// Start these, in this order.
    pub start: Vec<Start>,
    /// Start this one, and let others wait for its end.
    pub start_alone: Option<Start>,
    /// Keep these for later.
    pub keep: Vec<Start>,
    /// End what is running.
    pub stop: Option<Stop>,
}

/// How to end what is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Cancel,
    Terminate,
}

/// Decides as the engine's `ProcessBuffer` does: the first that may start is started, and each later one
/// follows its own policy.
pub(super) fn decide(due: &[Start], running: bool) -> Decision {
    let mut decision = Decision::default();
    for start in due.iter().copied() {
        if start.overlap == Overlap::AllowAll {
            decision.start.push(start);
        } else if !running && decision.start_alone.is_none() {
            decision.start_alone = Some(start);
        } else {
            decision.overlapping(start, running);
        }
    }
    decision
}

impl Decision {
    fn overlapping(&mut self, start: Start, running: bool) {
        match start.overlap {
            Overlap::BufferOne if self.keep.is_empty() => self.keep.push(start),
            Overlap::Skip | Overlap::BufferOne => {}
            Overlap::BufferAll | Overlap::AllowAll => self.keep.push(start),
            Overlap::CancelOther => self.replace(start, running, Stop::Cancel),
            Overlap::TerminateOther => self.replace(start, running, Stop::Terminate),
        }
    }

    /// A running execution is stopped. A run that was only about to start is replaced.
    fn replace(&mut self, start: Start, running: bool, stop: Stop) {
        if running {
            // Terminating takes precedence over cancelling.
            self.stop = Some(if self.stop == Some(Stop::Terminate) { Stop::Terminate } else { stop });
            self.keep.push(start);
        } else {
            self.start_alone = Some(start);
        }
    }
}
