//! The executions that schedules have started.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How an execution stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum RunStatus {
    #[default]
    Running,
    Completed,
    Failed,
    Canceled,
    Terminated,
    TimedOut,
}

/// How the executions of a workflow end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum Outcome {
    #[default]
    Completed,
    Failed,
    TimedOut,
}

impl From<Outcome> for RunStatus {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Completed => Self::Completed,
            Outcome::Failed => Self::Failed,
            Outcome::TimedOut => Self::TimedOut,
        }
    }
}

/// How long an execution takes, and how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// From start to end.
    pub run_time: SignedDuration,
    /// Its end.
    pub outcome: Outcome,
}

/// An execution. It is kept for as long as the process lives, whatever becomes of its schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Whose it is.
    pub workspace: Arc<str>,
    /// The schedule that started it.
    pub schedule_id: Arc<str>,
    /// The workflow.
    pub workflow_name: Arc<str>,
    /// Routing.
    pub deployment_name: Option<Arc<str>>,
    /// When it was due, jitter included.
    pub scheduled_at: Timestamp,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its id.
    pub execution_id: Arc<str>,
    /// How it stands.
    pub status: RunStatus,
    /// Whether somebody asked for it.
    pub triggered: bool,
    /// What it was given.
    pub input: Arc<Value>,
}
