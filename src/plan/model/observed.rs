//! The state of the remote schedule, in the canonical form.

use crate::plan::model::failure_note::is_failure_note;
use jiff::Timestamp;
use serde_json::Value;

use crate::plan::model::content::{Policy, canonical_numbers, canonical_zone};
use crate::remote::{ScheduleId, wire};
use crate::timing::Spec;

/// What is known about the remote schedule at this point of a reconcile.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// Nothing: it must be observed.
    None,
    /// A GET of this reconcile found none.
    Absent,
    /// A complete LIST, which began after the resource was first seen, does not contain it.
    Unlisted,
    /// A GET of this reconcile returned it.
    Present(Box<Observed>),
    /// A LIST returned it: enough to see that everything is equal, never enough to write.
    Listed(Box<Observed>),
}

/// A remote schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Its id.
    pub id: ScheduleId,
    /// The workflow it starts.
    pub workflow_name: Option<String>,
    /// The deployment, if the server says it.
    pub deployment_name: Option<String>,
    /// Whether it is paused.
    pub paused: bool,
    /// The note of the last pause or resume.
    pub note: Option<String>,
    /// How many runs are left; unknown in a partial entry.
    pub remaining: Option<wire::Remaining>,
    /// Canonical timing; an error if the remote stores a timing that `timing` refuses.
    pub timing: Result<Spec, String>,
    /// Unknown in a partial entry.
    pub policy: Option<Policy>,
    /// Unknown in a partial entry.
    pub input: Option<Value>,
    /// The next runs, earliest first.
    pub future: Vec<Timestamp>,
    /// The last runs, newest last.
    pub recent: Vec<wire::RecentExecution>,
}

impl Observed {
    /// Converts an answer of the remote.
    #[must_use]
    pub fn from_wire(schedule: wire::Schedule) -> Self {
        let mut future: Vec<_> = schedule.future_executions.iter().map(|run| run.scheduled_at).collect();
        future.sort_unstable();
        let mut recent = schedule.recent_executions;
        recent.sort_by_key(|run| run.scheduled_at);
        Self {
            id: schedule.schedule_id,
            workflow_name: schedule.workflow_name.filter(|name| !name.is_empty()),
            deployment_name: schedule.deployment_name,
            paused: schedule.paused,
            note: schedule.note.filter(|note| !note.is_empty()),
            remaining: schedule.remaining_executions,
            timing: schedule.timing.canonical().map(canonical_zone).map_err(|refusal| refusal.to_string()),
            policy: schedule.policy.as_ref().map(Policy::from_wire),
            input: schedule.input.map(canonical_numbers),
            future,
            recent,
        }
    }

    /// The next run after `now`.
    #[must_use]
    pub fn next_run(&self, now: Timestamp) -> Option<Timestamp> {
        self.future.iter().copied().find(|at| *at > now)
    }

    /// Whether every part is known.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.policy.is_some() && self.input.is_some() && self.remaining.is_some()
    }

    /// Whether its runs are used up. If an entry of a LIST does not contain it, `known` is used.
    #[must_use]
    pub fn is_exhausted(&self, known: Option<i64>) -> bool {
        self.remaining.map_or(known, |wire::Remaining(left)| left) == Some(0)
    }

    /// Whether the server paused it because a run failed (`pauseOnFailure`). Only the note shows this.
    #[must_use]
    pub fn is_paused_on_failure(&self) -> bool {
        self.paused && self.note.as_deref().is_some_and(is_failure_note)
    }
}
