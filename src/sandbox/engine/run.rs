//! The executions that schedules have started.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The status of an execution.
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
    Canceled,
    Terminated,
}

impl From<Outcome> for RunStatus {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Completed => Self::Completed,
            Outcome::Failed => Self::Failed,
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Canceled => Self::Canceled,
            Outcome::Terminated => Self::Terminated,
        }
    }
}

/// How long an execution takes, and how it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// From start to end.
    pub run_time: SignedDuration,
    /// How it ends.
    pub outcome: Outcome,
    /// Whether it is started when it is due.
    pub starts: bool,
}

/// An execution. It is kept as long as the sandbox runs, even if its schedule is deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Its workspace.
    pub workspace: Arc<str>,
    /// The schedule that started it.
    pub schedule_id: Arc<str>,
    /// The workflow.
    pub workflow_name: Arc<str>,
    /// The deployment.
    pub deployment_name: Option<Arc<str>>,
    /// When it was due, with jitter.
    pub scheduled_at: Timestamp,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its id.
    pub execution_id: Arc<str>,
    /// Its status.
    pub status: RunStatus,
    /// Whether it was triggered.
    pub triggered: bool,
    /// Its input.
    pub input: Arc<Value>,
}
