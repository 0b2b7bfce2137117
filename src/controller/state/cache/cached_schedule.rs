//! A schedule as the operator knows it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::WorkflowSchedule;
use crate::controller::state::last_outcome::LastOutcome;
use crate::controller::state::list_requests::ListAnswer;
use crate::controller::state::workqueue::ConnectionRef;
use crate::plan::RunFacts;
use crate::remote::ScheduleId;
use crate::telemetry::RunCounts;

/// A schedule and what the operator knows of it beside its status.
#[derive(Clone, Debug)]
pub struct CachedSchedule {
    /// As it was last seen.
    pub resource: Arc<WorkflowSchedule>,
    /// The resource holds only what can be read of it.
    pub is_unreadable: bool,
    /// The connection that it resolves to.
    pub connection_ref: ConnectionRef,
    /// The id that it means.
    pub id: Option<ScheduleId>,
    /// How the last reconcile ended.
    pub last_outcome: LastOutcome,
    /// Failures in a row.
    pub failures: u32,
    /// Since when the fire guard delays a change.
    pub guarded_since: Option<Timestamp>,
    /// The entry of the last LIST that was compared, as a hash.
    pub compared: Option<u64>,
    /// The fingerprint of the input that the remote schedule had when it was last compared.
    pub equal_input: Option<String>,
    /// The next run in the entry of the last LIST that was read.
    pub listed_run: Option<Timestamp>,
    /// The stale entry of a LIST for which a GET was asked for, as a hash.
    pub stale_entry: Option<u64>,
    /// What a GET has shown last.
    pub looked: Option<Look>,
    /// When a GET has to look whether a run was missed.
    pub missed_check: Option<Box<MissedCheck>>,
    /// The generation whose input was compared with the registrations of its workflow.
    pub workflow_checked: Option<i64>,
    /// How many of its runs have ended.
    pub run_counts: RunCounts,
    /// When the times of its runs were last written.
    pub runs_written_at: Option<Duration>,
    /// When this process last changed the remote schedule: a LIST may lag behind that.
    pub changed_at: Option<Duration>,
    /// What a LIST has told a reconcile that waits for it.
    pub(crate) list_answer: Option<Box<ListAnswer>>,
}

/// What a GET has shown.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The next run; `None` if there is none.
    pub next_run: Option<Timestamp>,
}

/// When a GET has to look whether a run was missed.
#[derive(Clone, Debug)]
pub struct MissedCheck {
    /// The version of the resource that this follows from.
    pub version: Option<String>,
    /// What of the connection it follows from.
    pub facts: RunFacts,
    /// By when a run may be missed; `None` if there is nothing to look for.
    pub deadline: Option<Timestamp>,
    /// When the next look is due.
    pub at: Option<Timestamp>,
}

/// The result of storing a schedule.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is the same as the stored one, or older: nothing has changed.
    Stale,
    /// It was not known.
    New,
    /// It has replaced this one.
    Changed(Arc<WorkflowSchedule>),
}

impl CachedSchedule {
    /// A resource as a test sees it.
    #[cfg(test)]
    pub(crate) fn of(resource: WorkflowSchedule) -> Self {
        Self::fresh(Arc::new(resource), None, None)
    }

    pub(super) fn fresh(
        resource: Arc<WorkflowSchedule>,
        connection_ref: ConnectionRef,
        id: Option<ScheduleId>,
    ) -> Self {
        Self {
            resource,
            is_unreadable: false,
            equal_input: None,
            workflow_checked: None,
            connection_ref,
            id,
            last_outcome: LastOutcome::Never,
            failures: 0,
            guarded_since: None,
            compared: None,
            listed_run: None,
            stale_entry: None,
            looked: None,
            missed_check: None,
            run_counts: RunCounts::default(),
            runs_written_at: None,
            changed_at: None,
            list_answer: None,
        }
    }
}

/// Whether a schedule was edited. After a restore another edit may have the same generation.
#[must_use]
pub fn is_edited(old: &WorkflowSchedule, new: &WorkflowSchedule) -> bool {
    old.metadata.generation != new.metadata.generation || old.spec != new.spec
}
