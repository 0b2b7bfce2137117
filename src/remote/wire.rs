//! The bodies of the API, as its `OpenAPI` document names them.
//!
//! What we send is exact; what we receive is read leniently: an entry of a list may lack the
//! policy, the input and the remaining count, and a field that is absent is not one that is null.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::ScheduleId;
use crate::timing::WrittenSpec;

/// The policy as the API spells it. `overlap` is 1 Skip, 2 `BufferOne`, 3 `BufferAll`, 4
/// `CancelOther`, 5 `TerminateOther`, 6 `AllowAll`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// For how long after its time a missed run is still started. Never below 10.
    #[serde(default = "default_catchup_window")]
    pub catchup_window_seconds: f64,
    /// What happens when a run is due while another is running.
    #[serde(default = "default_overlap")]
    pub overlap: i64,
    /// Whether the server pauses the schedule when a run fails.
    #[serde(default)]
    pub pause_on_failure: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { catchup_window_seconds: default_catchup_window(), overlap: default_overlap(), pause_on_failure: false }
    }
}

const fn default_catchup_window() -> f64 {
    31_536_000.0
}

const fn default_overlap() -> i64 {
    1
}

/// The `schedule` of a create or a patch: all of its timing, its whole policy and its input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Definition {
    /// What each run is given.
    pub input: Value,
    /// All timing fields: leaving one out of a patch keeps the old one.
    #[serde(flatten)]
    pub timing: WrittenSpec,
    /// The whole policy.
    pub policy: Policy,
    /// Sent only when its declared value changed: sending it resets the count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<MaxExecutions>,
}

/// A count of runs, or none: `null` on the wire lifts a limit, while an absent field keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct MaxExecutions(pub Option<i64>);

/// Which workflow a schedule starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The name or id of the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_identifier: Option<String>,
    /// The uuid of a registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_registration_id: Option<String>,
    /// Routing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_name: Option<String>,
}

/// The body of a create.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Create {
    /// Always ours: a create without an id may be deduplicated by content.
    pub schedule_id: ScheduleId,
    /// Which workflow.
    #[serde(flatten)]
    pub target: Target,
    /// When, with what.
    pub schedule: Definition,
}

/// The body of a patch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Patch {
    /// Timing, policy and input, whole.
    pub schedule: Definition,
}

/// A schedule as GET or LIST gives it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Schedule {
    /// Its id.
    pub schedule_id: ScheduleId,
    /// The name of the workflow that it starts.
    #[serde(default)]
    pub workflow_name: Option<String>,
    /// Routing; absent where the server does not say.
    #[serde(default, deserialize_with = "present")]
    pub deployment_name: Option<Option<String>>,
    /// Whether it is paused.
    #[serde(default)]
    pub paused: bool,
    /// The note of the last pause or resume.
    #[serde(default)]
    pub note: Option<String>,
    /// Its timing.
    #[serde(flatten)]
    pub timing: WrittenSpec,
    /// Absent in a partial entry.
    #[serde(default)]
    pub policy: Option<Policy>,
    /// Absent in a partial entry.
    #[serde(default, deserialize_with = "present")]
    pub input: Option<Value>,
    /// Absent in a partial entry; null is unlimited, 0 exhausted.
    #[serde(default, deserialize_with = "present")]
    pub remaining_executions: Option<Option<i64>>,
    /// The next runs, earliest first.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub future_executions: Vec<FutureExecution>,
    /// The last runs, newest last.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub recent_executions: Vec<RecentExecution>,
}

impl Schedule {
    /// Whether this is the whole schedule rather than what an index knows of it.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.policy.is_some() && self.input.is_some() && self.remaining_executions.is_some()
    }
}

/// A run to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct FutureExecution {
    /// When; the jitter is included.
    pub scheduled_at: Timestamp,
}

/// A run that was started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RecentExecution {
    /// When it was due.
    pub scheduled_at: Timestamp,
    /// When it started.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// The id of the workflow execution.
    #[serde(default)]
    pub execution_id: Option<String>,
}

/// A page of a LIST. Entries stay raw: a bad one must harm no other.
#[derive(Clone, Debug, Deserialize)]
pub struct Page {
    /// The entries.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub schedules: Vec<Box<serde_json::value::RawValue>>,
    /// Where the next page starts.
    #[serde(default)]
    pub next_page_token: Option<String>,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `user/ID` or `service_account/ID`.
    pub principal: String,
    /// The id of the workspace.
    pub workspace: Option<String>,
    /// The id of the organization.
    pub organization: Option<String>,
}

/// The answer of whoami.
#[derive(Debug, Deserialize)]
pub(super) struct WhoAmI {
    principal: Principal,
    #[serde(default)]
    organization: Option<Named>,
    #[serde(default)]
    workspace: Option<Named>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "principal_type", rename_all = "snake_case")]
enum Principal {
    User { id: String },
    ServiceAccount { service_account_id: String },
}

#[derive(Debug, Deserialize)]
struct Named {
    id: String,
}

impl From<WhoAmI> for Identity {
    fn from(answer: WhoAmI) -> Self {
        Self {
            principal: match answer.principal {
                Principal::User { id } => format!("user/{id}"),
                Principal::ServiceAccount { service_account_id } => format!("service_account/{service_account_id}"),
            },
            workspace: answer.workspace.map(|named| named.id),
            organization: answer.organization.map(|named| named.id),
        }
    }
}

/// The outcome of a run, by `GET /v1/workflows/executions/{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the API's own words")]
pub enum ExecutionStatus {
    Running,
    Completed,
    Failed,
    Canceled,
    Terminated,
    ContinuedAsNew,
    TimedOut,
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(super) struct Execution {
    pub(super) status: ExecutionStatus,
}

/// Tells a field that is null from one that is absent.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn null_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::<Vec<T>>::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_without_policy_input_and_count_is_partial() {
        let entry: Schedule = serde_json::from_str(r#"{"schedule_id":"a","paused":false}"#).unwrap();
        assert!(!entry.is_whole());
    }

    #[test]
    fn null_input_and_null_count_are_values() {
        let whole: Schedule = serde_json::from_str(
            r#"{"schedule_id":"a","paused":true,"input":null,"remaining_executions":null,"policy":{},
                "future_executions":null,"deployment_name":null}"#,
        )
        .unwrap();
        assert!(whole.is_whole());
        assert_eq!(whole.remaining_executions, Some(None));
        assert_eq!(whole.deployment_name, Some(None));
        assert_eq!(whole.policy, Some(Policy::default()));
    }
}
