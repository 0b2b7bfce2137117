//! `WorkflowSchedule`: when a workflow runs, and with what.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule_status::WorkflowScheduleStatus;
use super::schema::{DATA_KEY, DATETIME, DURATION, LABEL, NOTE_FITS, OBJECT_NAME, SCHEDULE_ID, UUID, any};
use super::timing::{Calendar, Interval};

/// A schedule of a workflow. The operator keeps the remote schedule equal to it and says in the
/// status what is true.
#[derive(CustomResource, Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "workflows.mistral.ai",
    version = "v1alpha1",
    kind = "WorkflowSchedule",
    plural = "workflowschedules",
    doc = "A schedule of a workflow. The operator keeps the remote schedule equal to it and says in the status what is true.",
    shortname = "wfs",
    category = "mistral",
    namespaced,
    status = "WorkflowScheduleStatus",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Ready","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].status","description":"Whether the remote schedule is as declared"}"#,
    printcolumn = r#"{"name":"Status","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].reason","description":"Why it is or is not"}"#,
    printcolumn = r#"{"name":"Next Run","type":"string","jsonPath":".status.nextExecutionTime","description":"When it runs next, in UTC"}"#,
    printcolumn = r#"{"name":"Last Run","type":"date","jsonPath":".status.lastExecution.scheduledAt","description":"When it ran last"}"#,
    printcolumn = r#"{"name":"Paused","type":"boolean","jsonPath":".status.paused","description":"Whether the remote schedule is paused"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#,
    printcolumn = r#"{"name":"Schedule ID","type":"string","jsonPath":".status.scheduleId","priority":1,"description":"The id of the remote schedule"}"#,
    printcolumn = r#"{"name":"Workflow","type":"string","jsonPath":".status.workflowName","priority":1,"description":"The workflow it starts"}"#,
    printcolumn = r#"{"name":"Connection","type":"string","jsonPath":".status.connection","priority":1,"description":"The WorkflowConnection it lives on"}"#,
    printcolumn = r#"{"name":"Remaining","type":"integer","jsonPath":".status.remainingExecutions","priority":1,"description":"How many runs are left"}"#,
    printcolumn = r#"{"name":"Message","type":"string","jsonPath":".status.conditions[?(@.type==\"Ready\")].message","priority":1,"description":"What is true, in words"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(
    validation = Rule::new("has(self.workflowIdentifier) != has(self.workflowRegistrationId)").message("exactly one of workflowIdentifier and workflowRegistrationId is needed"),
    validation = Rule::new("!has(self.adoption) || self.adoption == 'Never' || has(self.scheduleId)").message("adoption needs a scheduleId: a derived id is always the resource's own")
)]
pub struct WorkflowScheduleSpec {
    /// The name or id of the workflow. Exactly one of `workflowIdentifier` and
    /// `workflowRegistrationId` is needed. A change deletes the remote schedule and creates it anew,
    /// keeping its pause and its remaining count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255))]
    pub workflow_identifier: Option<String>,
    /// The uuid of a workflow registration, instead of `workflowIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 36, max = 36), regex(pattern = UUID))]
    pub workflow_registration_id: Option<String>,
    /// The deployment that runs the workflow. Absent: the only one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[a-zA-Z0-9_\-\.]+$"))]
    pub deployment_name: Option<String>,
    /// The `WorkflowConnection` to use. Absent: the one named `default` in the same namespace, else
    /// the operator's `--default-connection`. It cannot change once the schedule exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_ref: Option<ConnectionRef>,
    /// The id of the remote schedule: to take over an existing one (see `adoption`) or to fix it.
    /// Absent: PREFIX.NAMESPACE.NAME with the connection's `scheduleIdPrefix`. It cannot change once
    /// the schedule exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200), regex(pattern = SCHEDULE_ID))]
    pub schedule_id: Option<String>,
    /// What each run is given: any JSON value, up to 128 KiB. Absent: null. Put no secret here; see
    /// `inputFrom`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any")]
    pub input: Option<serde_json::Value>,
    /// Values from `ConfigMaps` and Secrets of the same namespace, laid over `input` in order. An edit
    /// of one arrives within 5 minutes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    pub input_from: Vec<InputSource>,
    /// Cron expressions in the engine's dialect: 5 fields, 6 with a year at the end, 7 with seconds
    /// in front; or `@daily`, `@every 5m`. `CRON_TZ=` sets the zone, `# text` the comment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100), inner(length(min = 1, max = 500)))]
    pub cron_expressions: Vec<String>,
    /// Times by calendar fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub calendars: Vec<Calendar>,
    /// A run every so often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub intervals: Vec<Interval>,
    /// Times at which nothing runs. A calendar here that names no hour skips only midnight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub skip: Vec<Calendar>,
    /// The IANA zone in which crons, calendars and skips are meant, such as `Europe/Paris`.
    /// Absent: UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub time_zone_name: Option<String>,
    /// Nothing runs before this time: RFC 3339 such as `2026-12-24T09:00:00+01:00`; without an offset it
    /// is UTC. Absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = DATETIME))]
    pub start_at: Option<String>,
    /// Nothing runs after this time: RFC 3339; without an offset it is UTC. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64), regex(pattern = DATETIME))]
    pub end_at: Option<String>,
    /// Each run is delayed by a random time up to this, but never past the next one. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub jitter: Option<String>,
    /// What happens around a run. Absent: the API's defaults, which are enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// How many runs there are, counted from when this is set; changing it starts a new count.
    /// Absent: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max_executions: Option<i64>,
    /// `true` and `false` are enforced; `false` undoes a person's pause with a Warning event. Absent:
    /// left to whoever pauses it in the console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Why it is paused, in at most 1000 bytes; enforced while `paused` is true. Absent: any note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    #[x_kube(validation = Rule::new(NOTE_FITS).message("it takes at most 1000 bytes of UTF-8, in which a character outside ASCII takes 2 to 4"))]
    pub pause_note: Option<String>,
    /// Whether a remote schedule with the id `scheduleId` that exists already may be taken over.
    /// `IfEqual`: only if nothing has to be written. Absent: `Never`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,
    /// `Observe` reads and reports drift: no finalizer, no claim, no write. `Off` leaves the resource
    /// alone. Absent: the connection's, else `Full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub management: Option<Management>,
    /// What happens to the remote schedule when the resource goes. Absent: the connection's, else
    /// `Delete`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,
}

/// A reference to a `WorkflowConnection`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionRef {
    /// The name of the `WorkflowConnection`.
    #[schemars(length(min = 1, max = 253), regex(pattern = OBJECT_NAME))]
    pub name: String,
    /// Its namespace; it must allow this one (`allowedNamespaces`). Absent: the same namespace.
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
    /// The top-level key of the input that takes the value. Absent: the value replaces the whole input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub into: Option<String>,
    /// How the value is read. Absent: `Text`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<InputFormat>,
}

/// A key of an object in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRef {
    /// The name of the object.
    #[schemars(length(min = 1, max = 253), regex(pattern = OBJECT_NAME))]
    pub name: String,
    /// The key in its data.
    #[schemars(length(min = 1, max = 253), regex(pattern = DATA_KEY))]
    pub key: String,
    /// Whether the schedule does without it where it is missing. Absent: false, and the schedule
    /// waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<bool>,
}

/// How the value is read: as `Text`, or as a `JSON` value. Absent: `Text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum InputFormat {
    /// As a string.
    Text,
    /// As a JSON value.
    JSON,
}

/// What happens around a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// When a run is due while another is running. Absent: `Skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// For how long after its time a run that was missed (an outage of the engine) is still started;
    /// at least 10s. Absent: 365d.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 2, max = 64), regex(pattern = DURATION))]
    pub catchup_window: Option<String>,
    /// Whether the server pauses the schedule when a run fails. Absent: false.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_on_failure: Option<bool>,
}

/// What happens when a run is due while another is running: `Skip` leaves the new one out, `BufferOne`
/// lets one wait, `BufferAll` all, `CancelOther` and `TerminateOther` end the running one, `AllowAll`
/// runs them side by side. Absent: `Skip`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Overlap {
    /// The new run is left out.
    Skip,
    /// One run waits.
    BufferOne,
    /// All runs wait.
    BufferAll,
    /// The running one is cancelled.
    CancelOther,
    /// The running one is terminated.
    TerminateOther,
    /// They run side by side.
    AllowAll,
}

/// Whether an existing remote schedule with the id `scheduleId` may be taken over: `Never`; `IfEqual`,
/// only if nothing has to be written; `IfExists`, whatever it is, and it is made equal. Absent: `Never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Adoption {
    /// Never.
    Never,
    /// If it is equal: without a write.
    IfEqual,
    /// Whatever it is; it is made equal.
    IfExists,
}

/// How far the operator goes: `Full` keeps the remote equal; `Observe` reads and reports drift, with no
/// finalizer, no claim and no write; `Off` leaves the resource alone. Absent on a schedule: the
/// connection's; absent on a connection: `Full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Management {
    /// Keeps the remote equal.
    Full,
    /// Reads and reports.
    Observe,
    /// Leaves it alone.
    Off,
}

/// What happens to the remote schedule when the resource goes: `Delete`, or `Orphan`, and it lives on.
/// Absent on a schedule: the connection's; absent on a connection: `Delete`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeletionPolicy {
    /// It is deleted.
    Delete,
    /// It lives on.
    Orphan,
}
