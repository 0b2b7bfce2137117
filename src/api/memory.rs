//! What the operator stores in the status of a schedule, to know it after a crash.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the operator must know after a crash. Each part is written before the call that needs it. Do not edit
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// Internal: the claim of an explicit id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Internal: the workflow for which the remote schedule was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// Internal: the last declared value of `paused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<DeclaredPause>,
    /// Internal: the last declared value of `maxExecutions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<MaxExecutionsMemory>,
    /// Internal: a pause to restore if a PATCH or a new creation removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_before_patch: Option<RememberedPause>,
    /// Internal: a hash of the declared note of a pause and of the different note that the remote stores. It
    /// does not contain their text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_pause_note: Option<String>,
    /// Internal: the creation or the replacement that is in progress; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Box<Lifecycle>>,
    /// Internal: the kill switch paused the schedule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused_by_connection: bool,
    /// Internal: why the engine has closed the remote schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Internal: creations without a known answer, which may still take effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_creations: Option<UnansweredCalls>,
    /// Internal: deletions without a known answer, which may still take effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_deletions: Option<UnansweredCalls>,
    /// Internal: which fields the operator corrected, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// Internal: a hash of the sources of the stored input. It does not contain their content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_fingerprint: Option<String>,
    /// Internal: the deletion waits for an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_held: Option<bool>,
}

/// Internal: why the engine has closed the remote schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Closed {
    /// It had no run left.
    Ended,
    /// The operator resumed it after a long pause.
    Resumed,
}

impl Memory {
    /// The creation in progress, also of a replacement.
    #[must_use]
    pub fn creation(&self) -> Option<&Creation> {
        match self.lifecycle.as_deref() {
            Some(Lifecycle::Creating(creation)) => Some(creation),
            Some(Lifecycle::CreatingNew(replacement)) => replacement.creation.as_ref(),
            Some(Lifecycle::DeletingOld(_)) | None => None,
        }
    }

    /// What a replacement in progress must restore.
    #[must_use]
    pub fn old_schedule(&self) -> Option<&OldSchedule> {
        match self.lifecycle.as_deref() {
            Some(Lifecycle::DeletingOld(old)) => Some(old),
            Some(Lifecycle::CreatingNew(replacement)) => Some(&replacement.old),
            Some(Lifecycle::Creating(_)) | None => None,
        }
    }
}

/// What is in progress between a declaration and its remote schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Lifecycle {
    /// The POST of a new schedule may have been sent. An existing schedule is the new one.
    Creating(Creation),
    /// A replacement deletes the old schedule. An existing schedule is the old one.
    DeletingOld(OldSchedule),
    /// A replacement has deleted the old schedule. An existing schedule is the new one.
    CreatingNew(Replacement),
}

/// The claim of an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// The id.
    pub schedule_id: String,
    /// How it was claimed.
    pub via: ClaimVia,
}

/// How an id was claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ClaimVia {
    /// The id was free.
    Explicit,
    /// The schedule existed and was taken over.
    Adoption,
}

/// A declared workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// `spec.workflowIdentifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_identifier: Option<String>,
    /// `spec.workflowRegistrationId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_registration_id: Option<String>,
    /// `spec.deploymentName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment_name: Option<String>,
}

/// Internal: the last declared value of `paused`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeclaredPause {
    /// Nothing.
    Undeclared,
    /// `paused: true`.
    Paused,
    /// `paused: false`.
    Running,
}

/// The declared value of `maxExecutions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MaxExecutionsMemory {
    /// The declared count that is in effect; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<i64>,
    /// A new count that the operator sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intended: Option<IntendedCount>,
}

/// A count that the operator sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntendedCount {
    /// The new count; absent to remove the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// The remaining count before; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_before: Option<i64>,
    /// The time, RFC 3339.
    pub at: String,
}

/// A pause to restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RememberedPause {
    /// The note of the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A creation in progress. The resource may change between its POST and its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    /// NAMESPACE/NAME of the connection that it uses.
    pub connection: String,
    /// The id of the new schedule.
    pub schedule_id: String,
    /// The workflow of the new schedule.
    pub target: Target,
    /// The declared count; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<i64>,
    /// A fingerprint of the body of the POST, to tell whether another one would send the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_fingerprint: Option<String>,
}

/// Calls of one kind whose answer is not known. A call is counted here before it is sent, so that neither a
/// crash nor a lost write can make it forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnansweredCalls {
    /// How many.
    pub count: i64,
    /// When the last of them was about to be sent, or failed without an answer (RFC 3339).
    pub since: String,
}

/// A replacement whose old schedule is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replacement {
    /// The schedule that was deleted.
    pub old: OldSchedule,
    /// The creation of the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation: Option<Creation>,
}

/// What a replacement restores on the new schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OldSchedule {
    /// The remaining runs of the old schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<i64>,
    /// Whether the old schedule was paused, but not by a declaration.
    pub paused: bool,
    /// The note of the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A corrected field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Correction {
    /// The name of the field.
    pub field: String,
    /// The time, RFC 3339.
    pub at: String,
}
