//! What can be switched: who may call, how workflows behave, and every point on which nobody outside
//! knows the real API.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::{Behaviour, Outcome};
use super::{Operation, iso};

/// The longest note, in bytes, that the engine takes (Temporal 1.32.0).
const LONGEST_NOTE: usize = 1000;

/// The settings. Merging a JSON object into them changes them while the sandbox runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// Who may call, by API key.
    pub keys: BTreeMap<String, Key>,
    /// How workflows behave, by name; those not named take `default_run_time` and complete.
    pub workflows: BTreeMap<String, Workflow>,
    /// How long an execution takes.
    #[serde(with = "iso")]
    pub default_run_time: SignedDuration,
    /// A schedule of a workflow that is not in `workflows` is a 404.
    pub known_workflows_only: bool,
    /// LIST gives what an index knows: no policy, input or remaining count, at most 10 calendars,
    /// intervals and skips, and at most 5 next runs (Temporal 1.32.0).
    pub partial_list: bool,
    /// LIST shows what was true so long ago.
    #[serde(with = "iso")]
    pub list_lag: SignedDuration,
    /// The largest page that LIST gives, whatever is asked for.
    pub page_limit: Option<usize>,
    /// How long a page token holds; afterwards it is an error.
    #[serde(with = "iso::optional")]
    pub token_lifetime: Option<SignedDuration>,
    /// A PATCH makes the schedule anew: its pause and its note are lost.
    pub patch_rebuilds: bool,
    /// A PATCH loses a run that is waiting for its jitter to run out.
    pub patch_drops_pending: bool,
    /// Creating an id that exists.
    pub duplicate: Duplicate,
    /// Deleting an id that does not exist.
    pub delete_missing: DeleteMissing,
    /// A schedule without any time.
    pub empty_timing: EmptyTiming,
    /// The note that a pause or resume without one leaves.
    pub resume_note: ResumeNote,
    /// The longest note, in bytes, that a pause or resume takes.
    pub longest_note: usize,
    /// Whether whoami is served; else it is a 404.
    pub whoami: bool,
    /// Whether a 404 is the API's, with its code, or a gateway's.
    pub domain_404: bool,
    /// The shape of a 401.
    pub unauthorized: Unauthorized,
    /// Only encoded inputs are taken; others are a `WF_1302`.
    pub require_encoding: bool,
    /// The engine stands still, and catches up afterwards.
    pub outage: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: BTreeMap::new(),
            workflows: BTreeMap::new(),
            default_run_time: SignedDuration::from_secs(1),
            known_workflows_only: false,
            partial_list: false,
            list_lag: SignedDuration::ZERO,
            page_limit: None,
            token_lifetime: None,
            patch_rebuilds: false,
            patch_drops_pending: false,
            duplicate: Duplicate::Conflict409,
            delete_missing: DeleteMissing::NotFound404,
            empty_timing: EmptyTiming::Accept,
            resume_note: ResumeNote::Default,
            longest_note: LONGEST_NOTE,
            whoami: true,
            domain_404: true,
            unauthorized: Unauthorized::Detail,
            require_encoding: false,
            outage: false,
        }
    }
}

impl Settings {
    /// These settings with an object merged into them (RFC 7396): a null removes a key or a workflow,
    /// and gives any other setting its default.
    ///
    /// # Errors
    /// The object has a field or a value that is no setting.
    pub fn merged(&self, patch: &Value) -> Result<Self, serde_json::Error> {
        let mut merged = serde_json::to_value(self)?;
        merge(&mut merged, patch);
        serde_json::from_value(merged)
    }

    /// How the executions of a workflow behave.
    #[must_use]
    pub fn behaviour(&self, workflow: &str) -> Behaviour {
        let workflow = self.workflows.get(workflow);
        Behaviour {
            run_time: workflow.and_then(|workflow| workflow.run_time).unwrap_or(self.default_run_time),
            outcome: workflow.map(|workflow| workflow.outcome).unwrap_or_default(),
        }
    }
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    target.remove(name);
                } else {
                    merge(target.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}

/// Whose key it is, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The id of the service account; `user/ID` makes it a user.
    pub principal: String,
    /// The id of the workspace: schedules of other workspaces are out of sight.
    pub workspace: String,
    /// The id of the organization.
    #[serde(default = "default_organization")]
    pub organization: String,
    /// What is answered with a 403.
    #[serde(default)]
    pub forbidden: Vec<Operation>,
}

fn default_organization() -> String {
    "organization".into()
}

impl Key {
    /// A key that may do everything.
    #[must_use]
    pub fn new(principal: impl Into<String>, workspace: impl Into<String>) -> Self {
        Self {
            principal: principal.into(),
            workspace: workspace.into(),
            organization: default_organization(),
            forbidden: Vec::new(),
        }
    }
}

/// A workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Workflow {
    /// Its id, which identifies it as well as its name does.
    pub id: Option<String>,
    /// The uuid of its registration.
    pub registration_id: Option<String>,
    /// Its deployments. With several, a schedule must say which (`AMBIGUOUS_WORKFLOW`).
    pub deployments: Vec<String>,
    /// How long an execution takes.
    #[serde(with = "iso::optional")]
    pub run_time: Option<SignedDuration>,
    /// How an execution ends.
    pub outcome: Outcome,
}

/// The answer to creating an id that exists. Nothing is changed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say the status")]
pub enum Duplicate {
    Conflict409,
    Ok200,
    Created201,
    Refused422,
    Failed500,
}

/// The answer to deleting an id that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say the status")]
pub enum DeleteMissing {
    NotFound404,
    NoContent204,
    Failed500,
}

/// What becomes of a schedule without any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmptyTiming {
    /// It exists and never fires.
    Accept,
    /// It is a 422.
    Refuse,
}

/// The note that a pause or resume without one leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResumeNote {
    /// The one before.
    Keep,
    /// None.
    Clear,
    /// That of the engine's Python client, on which the API is built.
    Default,
}

/// The body of a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unauthorized {
    /// `{"detail":"Unauthorized"}`.
    Detail,
    /// `{"message":"Unauthorized","request_id":…}`.
    Message,
}
