//! The status of a connection.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The observed state of the connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowConnectionStatus {
    /// The generation of the spec that the operator last processed; -1 before the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Ready, and while they are True: Reconciling, Stalled, `MassDisappearance` and `DeletionHeld`.
    /// docs/conditions.md explains each reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The address of the API in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The identity of the API key. If the key belongs to another workspace, all writes stop until a person
    /// accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The prefix, after the operator knows that it belongs to this cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_prefix: Option<String>,
    /// Internal: no schedule had the prefix when it was claimed, so the operator knows all that do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix_was_free: Option<bool>,
    /// The numbers of its schedules by state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedules: Option<ScheduleCounts>,
    /// Ids with the prefix that no resource of the cluster claims. The operator reports them and never deletes
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unclaimed: Option<Unclaimed>,
    /// The progress of the kill switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kill_switch: Option<KillSwitch>,
    /// The number of deletions that wait for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_deletions: Option<i64>,
    /// Whether the remote has limited the rate of calls (429).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limited: Option<bool>,
    /// How runs are followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<RunTrackingStatus>,
    /// The time of the last poll; written at most every 5 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_poll_time: Option<String>,
    /// The last value of reconcile-requested-at that the operator handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_reconcile_at: Option<String>,
    /// Internal: whether a pause stays after a PATCH on this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch_keeps_pause: Option<bool>,
    /// Internal: the deletions of the last 10 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_window: Option<DeletionWindow>,
    /// Internal: when too many schedules disappeared at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_disappearance_at: Option<String>,
    /// Internal: how many of the schedules that disappeared are still to be created again, after an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_recreations: Option<i64>,
}

/// The identity of an API key.
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

/// The numbers of schedules of a connection by state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScheduleCounts {
    /// All schedules.
    pub managed: i64,
    /// Schedules that are Ready.
    pub ready: i64,
    /// Schedules whose remote schedule differs.
    pub drifted: i64,
    /// Schedules whose last run failed.
    pub failing: i64,
    /// Paused schedules.
    pub paused: i64,
}

/// Ids that no resource claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unclaimed {
    /// The number of ids.
    pub count: i64,
    /// The first 20 ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<String>,
}

/// How runs are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunTrackingStatus {
    /// What is not known of runs for now, and why; absent while they are followed as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited: Option<String>,
    /// Internal: the ends of runs up to here were read; written together with `lastPollTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_until: Option<String>,
    /// Internal: since when the operator has polled the remote without a longer gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reach_since: Option<String>,
}

/// The progress of the kill switch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KillSwitch {
    /// The number of paused schedules.
    pub paused: i64,
    /// The number of all schedules.
    pub total: i64,
}

/// The deletions since a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletionWindow {
    /// The start of the time window.
    pub started_at: String,
    /// The number of deletions in this window.
    pub deleted: i64,
    /// The number of deletions in the window before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
}
