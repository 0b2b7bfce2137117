//! `WorkflowSchedule`: when a workflow runs, and with which input.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule_status::WorkflowScheduleStatus;
use super::schema::{
    DATA_KEY, DATETIME, DURATION, LABEL, NOTE_FITS, OBJECT_NAME, SCHEDULE_ID, UUID, any, null_is_empty,
};
use super::timing::{Calendar, Interval};

/// A schedule of a workflow. The operator keeps the remote schedule equal to it and reports the observed state
/// in the status.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "workflows.mistral.ai",
    version = "v1alpha1",
    kind = "WorkflowSchedule",
    plural = "workflowschedules",
    doc = "A schedule of a workflow. The operator keeps the remote schedule equal to it and reports the observed state in the status.",
    shortname = "wfs",
    category = "mistral",
    namespaced,
    status = "WorkflowScheduleStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status","description":"Whether the remote schedule is as declared"}"#,
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].reason","description":"The reason of the condition Ready"}"#,
    printcolumn = r#"{"name":"Next Run","type":"string","jsonPath":".status.nextExecutionTime","description":"The time of the next run, in UTC"}"#,
    printcolumn = r#"{"name":"Last Run","type":"date","jsonPath":".status.lastExecution.scheduledAt","description":"The time of the last run"}"#,
    printcolumn = r#"{"name":"State","type":"string","jsonPath":".status.lastExecution.state","description":"How the last run ended, or that it is running"}"#,
    printcolumn = r#"{"name":"Paused","type":"boolean","jsonPath":".status.paused","description":"Whether the remote schedule is paused"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Last Success","type":"date","jsonPath":".status.lastSuccessfulTime","priority":1,"description":"When a run last completed"}"#,
    printcolumn = r#"{"name":"Failures","type":"integer","jsonPath":".status.consecutiveFailures","priority":1,"description":"How many runs failed since a run last completed"}"#,
    printcolumn = r#"{"name":"Schedule ID","type":"string","jsonPath":".status.scheduleId","priority":1,"description":"The id of the remote schedule"}"#,
    printcolumn = r#"{"name":"Workflow","type":"string","jsonPath":".status.workflowName","priority":1,"description":"The workflow that it runs"}"#,
    printcolumn = r#"{"name":"Connection","type":"string","jsonPath":".status.connection","priority":1,"description":"The WorkflowConnection that it uses"}"#,
    printcolumn = r#"{"name":"Remaining","type":"integer","jsonPath":".status.remainingExecutions","priority":1,"description":"The number of remaining runs"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message","priority":1,"description":"The message of the condition Ready"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.workflowIdentifier) != has(self.workflowRegistrationId)").message("exactly one of workflowIdentifier and workflowRegistrationId is needed"),
    validation = Rule::new("!has(self.adoption) || self.adoption == 'Never' || has(self.scheduleId)").message("adoption needs a scheduleId: a derived id is always the resource's own")
)]
pub struct WorkflowScheduleSpec {
    /// The name or id of the workflow. Exactly one of `workflowIdentifier` and `workflowRegistrationId` is
    /// required. If it changes, the remote schedule is deleted and created again, with the same pause and the
    /// same remaining count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub workflow_identifier: Option<String>,
    /// The UUID of a workflow registration, instead of `workflowIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 36, max = 36), regex(pattern = UUID))]
    pub workflow_registration_id: Option<String>,
    /// The deployment that runs the workflow. Required if the workflow has several deployments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_\-\.]+$"))]
    pub deployment_name: Option<String>,
    /// The `WorkflowConnection` to use. Defaults to the one named `default` in the same namespace, or else to
    /// the operator's `--default-connection`. It cannot be changed after the remote schedule exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_ref: Option<ConnectionRef>,
    /// The id of the remote schedule. Set it to take over an existing remote schedule (see `adoption`) or to
    /// choose the id. Defaults to PREFIX.NAMESPACE.NAME, where PREFIX is the `scheduleIdPrefix` of the
    /// connection. It cannot be changed after the remote schedule exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = SCHEDULE_ID))]
    pub schedule_id: Option<String>,
    /// The input of each run: any JSON value, up to 128 KiB. Defaults to null. Do not put secrets here; use
    /// `inputFrom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any")]
    pub input: Option<serde_json::Value>,
    /// Values from `ConfigMaps` and Secrets of the same namespace. They are written over `input` in this order.
    /// A change of a source takes effect within 5 minutes.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub input_from: Vec<InputSource>,
    /// Cron expressions in the dialect of the engine: 5 fields; 6 with a year at the end; 7 with seconds at the
    /// beginning; or `@daily`, `@every 5m`. `CRON_TZ=` sets the time zone, `# text` a comment.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 500)))]
    pub cron_expressions: Vec<String>,
    /// Run times given by calendar fields.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub calendars: Vec<Calendar>,
    /// Run times at regular intervals.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub intervals: Vec<Interval>,
    /// Times without runs. A calendar without `hour` and `minute` skips only midnight, not the whole day.
    #[serde(default, deserialize_with = "null_is_empty", skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub skip: Vec<Calendar>,
    /// The IANA time zone of `cronExpressions`, `calendars` and `skip`, for example `Europe/Paris`. Defaults to
    /// UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub time_zone_name: Option<String>,
    /// There are no runs before this time: RFC 3339, for example `2026-12-24T09:00:00+01:00`; without an offset
    /// it is UTC. If not set, runs start at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = DATETIME))]
    pub start_at: Option<String>,
    /// There are no runs after this time: RFC 3339; without an offset it is UTC. If not set, runs do not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = DATETIME))]
    pub end_at: Option<String>,
    /// Each run is delayed by a random time up to this duration, but never beyond the next run. Defaults to no
    /// delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub jitter: Option<String>,
    /// Overlap, catch-up and failure of runs. Defaults to the defaults of the API; they are enforced too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// The number of runs, counted from the time when this is set. A change starts a new count. If not set,
    /// there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max_executions: Option<i64>,
    /// Whether the schedule is paused. `true` and `false` are enforced: `false` undoes the pause of a person,
    /// with a Warning event. If not set, the pause can be changed in the console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// The note of the pause, at most 1000 bytes; it is enforced while `paused` is true. If not set, any note
    /// is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    #[x_kube(validation = Rule::new(NOTE_FITS).message("it takes at most 1000 bytes of UTF-8, in which a character outside ASCII takes 2 to 4"))]
    pub pause_note: Option<String>,
    /// Whether to take over a remote schedule that already has the id `scheduleId`. `IfEqual`: only if nothing
    /// must be written. `IfExists`: always; it is then made equal. Defaults to `Never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
    /// `Full`: the remote schedule is kept equal. `Observe`: differences are only reported, without a
    /// finalizer, a claim or a write. `Off`: the operator does nothing, except when the resource is deleted.
    /// Defaults to the value of the connection, or else to `Full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
    /// Whether to delete the remote schedule when the resource is deleted (`Delete`) or to keep it (`Orphan`).
    /// Defaults to the value of the connection, or else to `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
    /// What is expected of its runs. A run that is not as expected is reported in the conditions `RunsMissed` and
    /// `RunOverdue`, in events and in metrics; it never changes the remote schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<RunExpectations>,
}

/// What is expected of the runs of a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunExpectations {
    /// How long after its time, and after the jitter, a run must have started; otherwise it is missed. Defaults
    /// to the value of the connection, or else to 5m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub start_within: Option<String>,
    /// How long a run may take; one that takes longer is overdue. If not set, any run may take any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub max_duration: Option<String>,
    /// A run must complete at least this often: the alert for it is in the metrics only. If not set, there is no
    /// alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub success_within: Option<String>,
}

/// A reference to a `WorkflowConnection`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionRef {
    /// The name of the `WorkflowConnection`.
    #[schemars(length(min = 1, max = 253), regex(pattern = OBJECT_NAME))]
    pub name: String,
    /// The namespace of the connection. The connection must allow the namespace of the schedule
    /// (`allowedNamespaces`). Defaults to the same namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 63), regex(pattern = LABEL))]
    pub namespace: Option<String>,
}

/// A value from a `ConfigMap` or a Secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("has(self.configMapKeyRef) != has(self.secretKeyRef)").message("exactly one of configMapKeyRef and secretKeyRef is needed"))]
pub struct InputSource {
    /// A key of a `ConfigMap`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_map_key_ref: Option<KeyRef>,
    /// A key of a Secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_key_ref: Option<KeyRef>,
    /// The top-level key of the input to set. If not set, the value replaces the whole input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub into: Option<String>,
    /// How to read the value: as a string (`Text`) or as a `JSON` value. Defaults to `Text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<InputFormat>,
}

/// A key of an object in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRef {
    /// The name of the object.
    #[schemars(length(min = 1, max = 253), regex(pattern = OBJECT_NAME))]
    pub name: String,
    /// The key in the data of the object.
    #[schemars(length(min = 1, max = 253), regex(pattern = DATA_KEY))]
    pub key: String,
    /// Whether to ignore the source if it is missing. Defaults to false: the schedule waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
}

/// How to read the value: as a string (`Text`) or as a `JSON` value. Defaults to `Text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InputFormat {
    /// As a string.
    Text,
    /// As a JSON value.
    JSON,
}

/// Overlap, catch-up and failure of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// What happens if a run is due while another is active: `Skip` leaves out the new run, `BufferOne` lets
    /// one run wait, `BufferAll` lets all runs wait, `CancelOther` and `TerminateOther` end the active run,
    /// `AllowAll` runs them at the same time. Defaults to `Skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// How long after its time a run that was missed (in an outage of the engine) is still started; at least
    /// 10s. Defaults to 365d.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub catchup_window: Option<String>,
    /// Whether the server pauses the schedule when a run fails. Defaults to false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_on_failure: Option<bool>,
}

/// What happens if a run is due while another is active: `Skip` leaves out the new run, `BufferOne` lets one
/// run wait, `BufferAll` lets all runs wait, `CancelOther` and `TerminateOther` end the active run, `AllowAll`
/// runs them at the same time. Defaults to `Skip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Overlap {
    /// Leaves out the new run.
    Skip,
    /// One run waits.
    BufferOne,
    /// All runs wait.
    BufferAll,
    /// The active run is cancelled.
    CancelOther,
    /// The active run is terminated.
    TerminateOther,
    /// The runs are active at the same time.
    AllowAll,
}

/// Whether to take over a remote schedule that already has the id `scheduleId`. `IfEqual`: only if nothing must
/// be written. `IfExists`: always; it is then made equal. Defaults to `Never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Adoption {
    /// Never.
    Never,
    /// Only if it is equal, so that nothing must be written.
    IfEqual,
    /// Always; it is then made equal.
    IfExists,
}

/// `Full`: the remote schedule is kept equal. `Observe`: differences are only reported, without a finalizer, a
/// claim or a write. `Off`: the operator does nothing, except when the resource is deleted. A schedule defaults
/// to the value of its connection, a connection to `Full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Management {
    /// Keeps the remote schedule equal.
    Full,
    /// Only reports differences.
    Observe,
    /// Does nothing, except when the resource is deleted.
    Off,
}

/// Whether to delete the remote schedule when the resource is deleted (`Delete`) or to keep it (`Orphan`). A
/// schedule defaults to the value of its connection, a connection to `Delete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// The remote schedule is deleted.
    Delete,
    /// The remote schedule stays.
    Orphan,
}
