//! What the operator says of a connection.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is true of the connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowConnectionStatus {
    /// The generation of the spec that was last carried through; -1 before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready; Reconciling and Stalled while they are true. Each reason is explained in
    /// docs/conditions.md.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The address of the API in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Whose key it is. Another workspace behind the key stops all writes until it is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The prefix, once it is known to be this cluster's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_prefix: Option<String>,
    /// How its schedules are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedules: Option<ScheduleCounts>,
    /// Ids under the prefix that no resource of the cluster claims. They are reported, never deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclaimed: Option<Unclaimed>,
    /// How far the kill switch has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_switch: Option<KillSwitch>,
    /// How many deletions wait for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_deletions: Option<i64>,
    /// Whether the remote has slowed us down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limited: Option<bool>,
    /// When the remote was last looked at; written at most every 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_poll_time: Option<String>,
    /// The last value of reconcile-requested-at that was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// The last value of accept-identity that was carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_identity_at: Option<String>,
    /// The operator's memory: whether a PATCH of this server keeps a pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_keeps_pause: Option<bool>,
    /// The operator's memory: deletions of the last 10 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_window: Option<DeletionWindow>,
    /// The operator's memory: too many schedules vanished at once, and when that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_disappearance_at: Option<String>,
}

/// Whose key it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// The user or service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The id of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The id of the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// How the schedules of a connection are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleCounts {
    /// All.
    pub managed: i64,
    /// Ready.
    pub ready: i64,
    /// Those that differ.
    pub drifted: i64,
    /// Those with failing runs.
    pub failing: i64,
    /// Those that are paused.
    pub paused: i64,
}

/// Ids that nobody claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unclaimed {
    /// How many.
    pub count: i64,
    /// The first 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// How far the kill switch has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KillSwitch {
    /// How many schedules are paused.
    pub paused: i64,
    /// How many there are.
    pub total: i64,
}

/// Deletions since a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionWindow {
    /// When the window was opened.
    pub started_at: String,
    /// How many deletions it has seen.
    pub deleted: i64,
    /// How many the window before it had seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
}
