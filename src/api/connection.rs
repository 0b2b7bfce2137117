//! `WorkflowConnection`: a workspace of the API, its API key, and which namespaces may use it.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::connection_status::WorkflowConnectionStatus;
use super::schedule::{DeletionPolicy, Management};
use super::schema::{DATA_KEY, DURATION, ID_PATTERNS, LABEL, NOTE_FITS, OBJECT_NAME, null_is_empty};

/// A workspace of the Workflows API: its address, the API key, and which namespaces may use it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "workflows.mistral.ai",
    version = "v1alpha1",
    kind = "WorkflowConnection",
    plural = "workflowconnections",
    doc = "A workspace of the Workflows API: its address, the API key, and which namespaces may use it.",
    shortname = "wfconn",
    category = "mistral",
    namespaced,
    status = "WorkflowConnectionStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status","description":"Whether the operator can use the connection"}"#,
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].reason","description":"The reason of the condition Ready"}"#,
    printcolumn = r#"{"name":"Server","type":"string","jsonPath":".status.server","description":"The address of the API"}"#,
    printcolumn = r#"{"name":"Schedules","type":"integer","jsonPath":".status.schedules.managed","description":"The number of schedules that use the connection"}"#,
    printcolumn = r#"{"name":"Drifted","type":"integer","jsonPath":".status.schedules.drifted","description":"The number of schedules whose remote schedule differs"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.serverUrl) == has(oldSelf.serverUrl) && (!has(self.serverUrl) || self.serverUrl == oldSelf.serverUrl)").message("serverUrl cannot change: create another connection"),
    validation = Rule::new("self.scheduleIdPrefix == oldSelf.scheduleIdPrefix").message("scheduleIdPrefix cannot change: create another connection"),
    validation = Rule::new("!has(self.serverUrl) || isURL(self.serverUrl)").message("serverUrl must be a URL")
)]
pub struct WorkflowConnectionSpec {
    /// The address of the API. It cannot be changed. http is allowed only for loopback addresses, or with the
    /// operator's flag --allow-insecure-http. Redirects are never followed. Defaults to
    /// <https://api.mistral.ai>.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 8, max = 2048), regex(pattern = r"^https?://[^@\s]+$"))]
    pub server_url: Option<String>,
    /// The API key, in a Secret of the same namespace.
    pub api_key_secret_ref: SecretKeyRef,
    /// PEM certificates to trust, in addition to those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 262_144))]
    pub ca_bundle: Option<String>,
    /// The prefix of the ids of its schedules: PREFIX.NAMESPACE.NAME. It cannot be changed. No other cluster
    /// may use the same prefix in the same workspace.
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z0-9-]{1,40}$"))]
    pub schedule_id_prefix: String,
    /// Which namespaces may use this connection. Defaults to its own namespace only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// Explicit `scheduleId`s that schedules in other namespaces may use: patterns with `*` and `{namespace}`.
    /// Next to `{namespace}` there is `.`, `_` or nothing, for example `legacy.{namespace}.*`. Defaults to none.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9._*{}-]+$")))]
    #[x_kube(validation = Rule::new(ID_PATTERNS).message("next to {namespace} there must be `.`, `_` or nothing, and `*` on one side of it only: otherwise two namespaces could claim one id"))]
    pub allowed_schedule_ids: Vec<String>,
    /// The time between two polls of the remote; at least 10s. Defaults to 1m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub poll_interval: Option<String>,
    /// The time limit of one call; at most 10s. Defaults to 10s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub request_timeout: Option<String>,
    /// The rate limit for calls to the API. Defaults to 8 calls per second, with bursts of 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// The kill switch: `true` pauses every schedule of this connection, in the order of their next runs.
    /// `false` resumes only the schedules that the kill switch paused. Defaults to false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Why the connection is paused. The note at the remote begins with the name of the connection and is cut
    /// to 1000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    #[x_kube(validation = Rule::new(NOTE_FITS).message("it takes at most 1000 bytes of UTF-8, in which a character outside ASCII takes 2 to 4"))]
    pub pause_note: Option<String>,
    /// How runs are followed, for the status of the schedules. Defaults to `tracking: All`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<RunTracking>,
    /// Whether the registrations of the workflows are read once an hour, to warn of inputs that do not fit, and of
    /// workflows without an active worker. Defaults to `Hourly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_checks: Option<WorkflowChecks>,
    /// The `management` of schedules that do not set it. Defaults to `Full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
    /// The `deletionPolicy` of schedules that do not set it. Defaults to `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// How runs are followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunTracking {
    /// `All`: how each run ended. `Failures`: only which runs did not complete, where the workspace has very many
    /// runs. `Off`: neither that, nor whether runs were missed. Defaults to `All`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// How long after its time, and after the jitter, a run must have started; otherwise it is missed. Defaults
    /// to 5m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub start_within: Option<String>,
}

/// Whether the registrations of the workflows are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorkflowChecks {
    /// Never.
    Off,
    /// Once an hour for each workflow, and after an edit.
    #[default]
    Hourly,
}

/// `All`: how each run ended. `Failures`: only which runs did not complete, where the workspace has very many
/// runs. `Off`: neither that, nor whether runs were missed. Defaults to `All`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Tracking {
    /// Nothing about runs.
    Off,
    /// Only which runs did not complete.
    Failures,
    /// How each run ended.
    #[default]
    All,
}

/// A key of a Secret in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretKeyRef {
    /// The name of the Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = OBJECT_NAME))]
    pub name: String,
    /// The key in the data of the Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = DATA_KEY))]
    pub key: String,
}

/// Which namespaces may use a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("!has(self.names) || size(self.names) == 0 || (has(self.from) && self.from == 'Names')").message("names needs from: Names"))]
pub struct AllowedNamespaces {
    /// `Same`: its own namespace. `All`: all namespaces. `Names`: its own namespace and those listed in
    /// `names`. Defaults to `Same`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AllowedFrom>,
    /// The allowed namespaces, with `from: Names`.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500), inner(length(min = 1, max = 63), regex(pattern = LABEL)))]
    pub names: Vec<String>,
}

/// `Same`: its own namespace. `All`: all namespaces. `Names`: its own namespace and those listed in `names`.
/// Defaults to `Same`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AllowedFrom {
    /// Its own namespace.
    Same,
    /// All namespaces.
    All,
    /// Its own namespace and those listed.
    Names,
}

/// The rate limit for calls to the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Calls per second. Defaults to 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub requests_per_second: Option<i64>,
    /// Calls that may be made at once after a time without calls. Defaults to 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub burst: Option<i64>,
}
