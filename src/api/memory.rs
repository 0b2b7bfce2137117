//! What the operator remembers in a schedule's status.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The operator's memory. Each part is written before the call that it protects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    /// The operator's memory: the claim on an explicit id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// The operator's memory: the workflow that the remote schedule was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The operator's memory: what was last declared of the pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<DeclaredPause>,
    /// The operator's memory: what was last declared of `maxExecutions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<MaxExecutionsMemory>,
    /// The operator's memory: a pause to restore if a PATCH or a re-creation lifts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_before_patch: Option<RememberedPause>,
    /// The operator's memory: names the declared note of a pause and another one that the remote keeps in
    /// its place. Nothing of their content is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_pause_note: Option<String>,
    /// The operator's memory: a creation that is under way, and what it is made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creating: Option<Creation>,
    /// The operator's memory: a replace that is under way, and what it must restore.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace: Option<ReplaceMemory>,
    /// The operator's memory: the kill switch paused it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused_by_connection: bool,
    /// The operator's memory: POSTs whose answer is not known, and which may still arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_creations: Option<UnansweredCalls>,
    /// The operator's memory: DELETEs whose answer is not known, and which may still arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_deletions: Option<UnansweredCalls>,
    /// The operator's memory: what was put right, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// The operator's memory: names the sources that the stored input was made from. Nothing of their
    /// content is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_fingerprint: Option<String>,
}

/// A claim on an id.
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
    /// The schedule was there and was taken over.
    Adoption,
}

/// A workflow as it was declared.
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

/// The operator's memory: what was last declared of the pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeclaredPause {
    /// Nothing.
    Undeclared,
    /// `paused: true`.
    Paused,
    /// `paused: false`.
    Running,
}

/// What was declared of the count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MaxExecutionsMemory {
    /// The declared count that is in force; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<i64>,
    /// A new count that is being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intended: Option<IntendedCount>,
}

/// A count that is being sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntendedCount {
    /// The new count; absent to lift the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
    /// What was left before; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining_before: Option<i64>,
    /// When.
    pub at: String,
}

/// A pause to restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RememberedPause {
    /// Its note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A creation that is under way. An edit may come between its POST and its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Creation {
    /// NAMESPACE/NAME of the connection through which it is made.
    pub connection: String,
    /// The id that it is to have.
    pub schedule_id: String,
    /// The workflow that it is made for.
    pub target: Target,
    /// The count that is declared for it; absent without a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<i64>,
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

/// A replace that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReplaceMemory {
    /// How far it has come.
    pub phase: ReplacePhase,
    /// How many runs it had left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<i64>,
    /// Whether it was paused, and not by a declaration.
    pub paused: bool,
    /// The note of its pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How far a replace has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReplacePhase {
    /// What is there is the old one.
    Deleting,
    /// The old one is gone; what is there is the new one.
    Creating,
}

/// A field that was put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Correction {
    /// Which.
    pub field: String,
    /// When.
    pub at: String,
}
