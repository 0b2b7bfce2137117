//! `WorkflowConnection`: a workspace of the API, its key, and who may use it.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::connection_status::WorkflowConnectionStatus;
use super::schedule::{DeletionPolicy, Management};
use super::schema::{DATA_KEY, DURATION, LABEL, NOTE_FITS, OBJECT_NAME};

/// A workspace of the Workflows API: where it is, the key for it, and which namespaces may use it.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "workflows.mistral.ai",
    version = "v1alpha1",
    kind = "WorkflowConnection",
    plural = "workflowconnections",
    doc = "A workspace of the Workflows API: where it is, the key for it, and which namespaces may use it.",
    shortname = "wfconn",
    category = "mistral",
    namespaced,
    status = "WorkflowConnectionStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status","description":"Whether schedules can be kept through it"}"#,
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].reason","description":"Why they can or cannot"}"#,
    printcolumn = r#"{"name":"Server","type":"string","jsonPath":".status.server","description":"The address of the API"}"#,
    printcolumn = r#"{"name":"Schedules","type":"integer","jsonPath":".status.schedules.managed","description":"How many schedules live on it"}"#,
    printcolumn = r#"{"name":"Drifted","type":"integer","jsonPath":".status.schedules.drifted","description":"How many of them differ"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.serverUrl) == has(oldSelf.serverUrl) && (!has(self.serverUrl) || self.serverUrl == oldSelf.serverUrl)").message("serverUrl cannot change: create another connection"),
    validation = Rule::new("self.scheduleIdPrefix == oldSelf.scheduleIdPrefix").message("scheduleIdPrefix cannot change: create another connection"),
    validation = Rule::new("!has(self.serverUrl) || isURL(self.serverUrl)").message("serverUrl must be a URL")
)]
pub struct WorkflowConnectionSpec {
    /// The address of the API. It cannot change. Plain http only for loopback, or with the operator's
    /// --allow-insecure-http; redirects are never followed. Absent: <https://api.mistral.ai>.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 8, max = 2048), regex(pattern = r"^https?://[^@\s]+$"))]
    pub server_url: Option<String>,
    /// The key of the API, in a Secret of the same namespace.
    pub api_key_secret_ref: SecretKeyRef,
    /// PEM certificates to trust besides the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 262_144))]
    pub ca_bundle: Option<String>,
    /// How the ids of its schedules begin: PREFIX.NAMESPACE.NAME. It cannot change, and no other
    /// cluster may use the same in the same workspace.
    #[schemars(length(min = 1, max = 40), regex(pattern = r"^[a-z0-9-]{1,40}$"))]
    pub schedule_id_prefix: String,
    /// Which namespaces may use it. Absent: only its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<AllowedNamespaces>,
    /// Explicit `scheduleId`s that other namespaces may claim: globs with `*` and `{namespace}`.
    /// Absent: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 200), regex(pattern = r"^[A-Za-z0-9._*{}-]+$")))]
    pub allowed_schedule_ids: Vec<String>,
    /// How often the remote is looked at; at least 10s. Absent: 1m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub poll_interval: Option<String>,
    /// How long a call may take; at most 10s. Absent: 10s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub request_timeout: Option<String>,
    /// The most calls. Absent: 8 a second, with bursts of 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimit>,
    /// The kill switch: pauses every schedule of this connection, soonest next run first. Lifting it
    /// resumes just those that it has paused. Absent: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Why; the note at the remote names the connection first, and is cut at 1000 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    #[x_kube(validation = Rule::new(NOTE_FITS).message("it takes at most 1000 bytes of UTF-8, in which a character outside ASCII takes 2 to 4"))]
    pub pause_note: Option<String>,
    /// For schedules that say nothing themselves. Absent: `Full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
    /// For schedules that say nothing themselves. Absent: `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// A key of a Secret in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretKeyRef {
    /// The name of the Secret.
    #[schemars(length(min = 1, max = 253), regex(pattern = OBJECT_NAME))]
    pub name: String,
    /// The key in its data.
    #[schemars(length(min = 1, max = 253), regex(pattern = DATA_KEY))]
    pub key: String,
}

/// Which namespaces may use a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[x_kube(validation = Rule::new("!has(self.names) || size(self.names) == 0 || (has(self.from) && self.from == 'Names')").message("names needs from: Names"))]
pub struct AllowedNamespaces {
    /// `Same`: its own; `All`; `Names`: its own and those listed. Absent: `Same`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<AllowedFrom>,
    /// The namespaces, with `from: Names`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 500), inner(length(min = 1, max = 63), regex(pattern = LABEL)))]
    pub names: Vec<String>,
}

/// Which namespaces may use it: `Same`, its own; `All`; `Names`, its own and those listed. Absent:
/// `Same`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AllowedFrom {
    /// Its own.
    Same,
    /// All.
    All,
    /// Its own and those listed.
    Names,
}

/// The most calls to the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Calls a second. Absent: 8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub requests_per_second: Option<i64>,
    /// Calls at once after a quiet time. Absent: 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub burst: Option<i64>,
}
