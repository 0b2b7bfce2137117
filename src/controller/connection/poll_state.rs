//! What a connection's polls remember from one to the next.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::api::WorkflowConnectionStatus;
use crate::controller::connection::paging::PageSize;
use crate::controller::connection::run_tracker::RunTracker;
use crate::controller::connection::workflow_checks::RegistrationTimes;
use crate::controller::state::key::Key;

/// What a connection's polls remember from one to the next. It belongs to the connection's task alone.
#[derive(Default)]
pub(crate) struct PollState {
    /// How large the pages are that the server can give.
    pub(crate) page_size: PageSize,
    /// Ids under the prefix that nobody claimed at the last poll.
    pub(crate) unclaimed: BTreeSet<String>,
    /// Entries of a LIST do not contain everything.
    pub(crate) is_partial: bool,
    /// Entries of the last LIST were partial: GETs look at the rest, schedule by schedule, and have come so
    /// far.
    pub(crate) sweep_position: Option<Key>,
    /// All schedules whose daily check was due before this time were checked.
    pub(crate) swept_until: Option<Timestamp>,
    /// What GETs have said of schedules that the last LISTs did not contain.
    pub(crate) sample: Sample,
    /// Schedules that vanished, and may be created again.
    pub(crate) approved: BTreeSet<Key>,
    /// So many could be created again when the process started. The status does not name them.
    pub(crate) approved_before: usize,
    /// What is known of runs.
    pub(crate) runs: RunTracker,
    /// When the registrations of which workflow are read again.
    pub(crate) workflows: RegistrationTimes,
    /// When an earlier process last listed the remote with success, by the status.
    pub(crate) polled_before: Option<Timestamp>,
    /// Since when the remote was in reach of it then.
    pub(crate) in_reach_before: Option<Timestamp>,
}

/// What GETs have said of schedules that a LIST does not contain.
#[derive(Default)]
pub(crate) struct Sample {
    /// The LIST is wrong about them.
    pub(crate) present: BTreeSet<Key>,
    /// They are gone.
    pub(crate) absent: BTreeSet<Key>,
}

impl PollState {
    /// What the status of the connection remembers.
    pub(crate) fn remembered(status: Option<&WorkflowConnectionStatus>) -> Self {
        let approved = status.and_then(|status| status.approved_recreations);
        let read_until = status.and_then(|status| status.runs.as_ref()?.read_until.as_ref()?.parse().ok());
        let in_reach_before = status.and_then(|status| status.runs.as_ref()?.in_reach_since.as_ref()?.parse().ok());
        Self {
            approved_before: approved.and_then(|count| count.try_into().ok()).unwrap_or(0),
            runs: RunTracker::remembered(read_until),
            in_reach_before,
            polled_before: status.and_then(|status| status.last_poll_time.as_ref()?.parse().ok()),
            ..Self::default()
        }
    }

    /// How many schedules are still to be created again, after an approval.
    pub(crate) fn approved_recreations(&self) -> usize {
        self.approved.len() + self.approved_before
    }
}
