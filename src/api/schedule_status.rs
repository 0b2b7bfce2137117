//! What the operator says of a schedule.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::memory::Memory;

/// What is true of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowScheduleStatus {
    /// The generation of the spec that was last carried through; -1 before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready; Reconciling, Stalled, Drifted and `RunsFailing` while they are true. Each reason is
    /// explained in docs/conditions.md.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// NAMESPACE/NAME of the connection on which the schedule lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The id of the remote schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule_id: Option<String>,
    /// The name of the workflow that it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_name: Option<String>,
    /// When it runs next; absent while it is paused or has no runs to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_execution_time: Option<String>,
    /// The next runs, earliest first, at most 10; as of the last poll that wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_executions: Vec<String>,
    /// The last run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_execution: Option<Execution>,
    /// The last runs, newest last, at most 10.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent_executions: Vec<Execution>,
    /// How many runs are left; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_executions: Option<i64>,
    /// Whether the remote schedule is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// The note of its pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_note: Option<String>,
    /// Where the remote differs and is not, or not yet, put right; at most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// When the remote was last changed by the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_change_time: Option<String>,
    /// The last value of reconcile-requested-at that was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// The last value of resume-requested-at that was carried out or refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_resume_at: Option<String>,
    /// The last trigger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// What the operator has to remember to be safe across crashes. Not for people to edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// When it was due.
    pub scheduled_at: String,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// The id of the workflow execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
}

/// A field that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// Which.
    pub field: String,
    /// What is declared.
    pub desired: String,
    /// What is there. Of an input only that it differs.
    pub observed: String,
}

/// A trigger that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trigger {
    /// The value of trigger-requested-at.
    pub token: String,
    /// How far it has come.
    pub state: TriggerState,
    /// Since when.
    pub at: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How far a trigger has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TriggerState {
    /// It is about to be sent.
    Requested,
    /// The API took it.
    Accepted,
    /// It was not carried out.
    Refused,
    /// It may have been carried out; it is never sent again.
    Unknown,
}
