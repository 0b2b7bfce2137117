//! The status of a schedule.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::memory::Memory;

/// The observed state of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowScheduleStatus {
    /// The generation of the spec that the operator last processed; -1 before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, and while they are True: Reconciling, Stalled, Drifted, `RunsFailing`, `RunsMissed` and
    /// `RunOverdue`. docs/conditions.md explains each reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// NAMESPACE/NAME of the connection that the schedule uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The id of the remote schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_id: Option<String>,
    /// The name of the workflow that it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_name: Option<String>,
    /// The time of the next run; absent while the schedule is paused or has no further runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_execution_time: Option<String>,
    /// The times of the next runs, earliest first, at most 10. They are not updated at every poll.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_executions: Vec<String>,
    /// The last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_execution: Option<Execution>,
    /// The most recent runs, newest last, at most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent_executions: Vec<Execution>,
    /// When a run last completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<String>,
    /// How many runs in a row failed or timed out, up to the last one whose end is known; absent until one is. A run
    /// whose end is not known begins a new row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consecutive_failures: Option<i64>,
    /// The first time since the last run at which a run was due and not started; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_execution_time: Option<String>,
    /// The number of remaining runs; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_executions: Option<i64>,
    /// Whether the remote schedule is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// The note of the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_note: Option<String>,
    /// When the remote schedule was last seen to run again after a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_resume_time: Option<String>,
    /// The fields of the remote schedule that differ and are not, or not yet, corrected; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// What is likely to keep the runs from working, by what the active workers have registered; at most 5. It does
    /// not affect Ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// When the operator last changed the remote schedule, or carried an edit through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_change_time: Option<String>,
    /// The last value of reconcile-requested-at that the operator handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// The last value of resume-requested-at that the operator handled or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_resume_at: Option<String>,
    /// The last requested trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// What the operator must know after a crash. Do not edit it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

/// A run of the workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// When the run was due.
    pub scheduled_at: String,
    /// When the run started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// The id of the workflow execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// How the run ended, or that it is running; absent until that was looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ExecutionState>,
    /// When the run ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// How long the run took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// Why the run failed, as its events say it, without secrets and cut; only of the last run that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The state of a run. Only `Completed` is a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ExecutionState {
    /// It is running.
    Running,
    /// It completed.
    Completed,
    /// It failed.
    Failed,
    /// It reached its time limit.
    TimedOut,
    /// It was canceled.
    Canceled,
    /// It was terminated.
    Terminated,
    /// It goes on in a new run, whose end is not known yet.
    ContinuedAsNew,
    /// The API does not say it.
    Unknown,
}

/// A field that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The name of the field.
    pub field: String,
    /// The declared value.
    pub desired: String,
    /// The value at the remote. For an input it says only that it differs.
    pub observed: String,
}

/// A requested trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// The value of trigger-requested-at.
    pub token: String,
    /// The state of the trigger.
    pub state: TriggerState,
    /// The time of the last change of the state, RFC 3339.
    pub at: String,
    /// The reason of the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The state of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TriggerState {
    /// The operator is about to send it.
    Requested,
    /// The API accepted it; the message says whether a run of it was seen.
    Accepted,
    /// It was not carried out.
    Refused,
    /// It may have started a run; it is never sent again.
    Unknown,
}
