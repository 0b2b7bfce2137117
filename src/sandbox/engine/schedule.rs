//! A schedule as the engine holds it.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::timing::Spec;

/// What happens when a run is due while another is still running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(into = "u8")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum Overlap {
    #[default]
    Skip,
    BufferOne,
    BufferAll,
    CancelOther,
    TerminateOther,
    AllowAll,
}

impl From<Overlap> for u8 {
    fn from(overlap: Overlap) -> Self {
        match overlap {
            Overlap::Skip => 1,
            Overlap::BufferOne => 2,
            Overlap::BufferAll => 3,
            Overlap::CancelOther => 4,
            Overlap::TerminateOther => 5,
            Overlap::AllowAll => 6,
        }
    }
}

impl TryFrom<i64> for Overlap {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        Ok(match number {
            1 => Self::Skip,
            2 => Self::BufferOne,
            3 => Self::BufferAll,
            4 => Self::CancelOther,
            5 => Self::TerminateOther,
            6 => Self::AllowAll,
            _ => return Err(format!("{number} is no overlap policy: 1 to 6")),
        })
    }
}

/// The policy of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// How late a run may start after an outage.
    pub catchup_window_seconds: i64,
    /// What happens when a run is due while another is still running.
    pub overlap: Overlap,
    /// Whether the engine pauses the schedule when a run fails or times out.
    pub pause_on_failure: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { catchup_window_seconds: 31_536_000, overlap: Overlap::Skip, pause_on_failure: false }
    }
}

/// The shortest catch-up window. The engine uses it in place of a shorter one (Temporal 1.32.0).
const SHORTEST_CATCHUP: i64 = 10;

impl Policy {
    /// The policy as the engine keeps it.
    #[must_use]
    pub fn canonical(self) -> Self {
        Self { catchup_window_seconds: self.catchup_window_seconds.max(SHORTEST_CATCHUP), ..self }
    }

    /// [`Self::catchup_window_seconds`] as time.
    #[must_use]
    pub const fn catchup_window(self) -> SignedDuration {
        SignedDuration::from_secs(self.catchup_window_seconds)
    }
}

/// What a schedule does.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// When it fires.
    pub spec: Spec,
    /// Its policy.
    pub policy: Policy,
    /// The input of its runs.
    pub input: Arc<Value>,
}

/// A past run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// When it was due, with jitter.
    pub scheduled_at: Timestamp,
    /// When it started.
    pub started_at: Timestamp,
    /// The id of the workflow execution.
    pub execution_id: Arc<str>,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Its workspace.
    pub workspace: Arc<str>,
    /// Its id, unique in its workspace.
    pub id: Arc<str>,
    /// The workflow that it starts.
    pub workflow_name: Arc<str>,
    /// The deployment of its runs.
    pub deployment_name: Option<Arc<str>>,
    /// The principal that created it.
    pub created_by: Arc<str>,
    /// When it was created.
    pub created_at: Timestamp,
    /// What it does.
    pub definition: Arc<Definition>,
    /// Whether it is paused.
    pub paused: bool,
    /// The note of the last pause or resume.
    pub note: Option<String>,
    /// The limit that was set last. The API does not return it.
    pub max_executions: Option<i64>,
    /// How many scheduled runs are left; `None` is unlimited.
    pub remaining: Option<i64>,
    /// The next times, earliest first, at most [`LISTED`], independent of the remaining count.
    pub upcoming: VecDeque<Timestamp>,
    /// The last runs, newest last, at most [`LISTED`].
    pub recent: VecDeque<Recent>,
}

/// How many next runs, and how many past runs, a schedule shows.
pub const LISTED: usize = 10;

impl Schedule {
    /// The next runs, earliest first. A limited count ends the list; a pause does not.
    pub fn future(&self) -> impl Iterator<Item = Timestamp> {
        let left = self.remaining.map_or(LISTED, |left| usize::try_from(left).unwrap_or(0));
        self.upcoming.iter().copied().take(left)
    }

    /// Whether a scheduled (not a triggered) run may start.
    #[must_use]
    pub fn may_fire(&self) -> bool {
        !self.paused && self.remaining.is_none_or(|left| left > 0)
    }
}
