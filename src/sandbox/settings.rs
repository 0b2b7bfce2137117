//! The settings: who may call, how workflows behave, and a switch for each behaviour of the real API that
//! its published material leaves open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::engine::{Behaviour, Outcome, RunRecord};
use super::{Operation, iso};

/// The longest note, in bytes, that the engine takes (Temporal 1.32.0).
const LONGEST_NOTE: usize = 1000;

/// The settings. Merging a JSON object into them changes them while the sandbox runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Settings {
    /// The API keys.
    pub keys: BTreeMap<String, Key>,
    /// How workflows behave, by name. Others take `default_run_time` and complete.
    pub workflows: BTreeMap<String, Workflow>,
    /// How long an execution takes.
    #[serde(with = "iso")]
    pub default_run_time: SignedDuration,
    /// A schedule of a workflow that is not in `workflows` is a 404.
    pub known_workflows_only: bool,
    /// How long the engine keeps a schedule that has nothing left to run.
    #[serde(with = "iso")]
    pub retention: SignedDuration,
    /// The entries of LIST are those of an index: no policy, input or remaining count, at most 10 calendars,
    /// intervals and skips, and at most 5 next runs (Temporal 1.32.0).
    pub partial_list: bool,
    /// LIST shows the state of so long ago.
    #[serde(with = "iso")]
    pub list_lag: SignedDuration,
    /// LIST shows the state of when this was set, deleted schedules included.
    pub list_stuck: bool,
    /// LIST is an empty page without a token.
    pub list_empty: bool,
    /// LIST leaves out the schedules with these ids. A GET of one ends that (temporalio/ui#2656).
    pub list_lost: BTreeSet<String>,
    /// How long LIST takes for each entry of its page.
    #[serde(with = "iso")]
    pub list_time_per_entry: SignedDuration,
    /// How many empty pages, each with a token, come before the first page.
    pub empty_pages: u64,
    /// How the chain of pages ends.
    pub page_chain: PageChain,
    /// The largest page of LIST, also where a larger one is asked for.
    pub page_limit: Option<usize>,
    /// How long a page token is valid.
    #[serde(with = "iso::optional")]
    pub token_lifetime: Option<SignedDuration>,
    /// An update builds the schedule again: its pause and its note are lost.
    pub patch_rebuilds: bool,
    /// A PATCH loses a run that waits for its jitter.
    pub patch_drops_pending: bool,
    /// What a create with an existing id does.
    pub duplicate: Duplicate,
    /// The answer to deleting an id that does not exist.
    pub delete_missing: DeleteMissing,
    /// What a schedule without any time is.
    pub empty_timing: EmptyTiming,
    /// The note that a pause or resume without one leaves.
    pub resume_note: ResumeNote,
    /// The longest note, in bytes, that a pause or resume takes.
    pub longest_note: usize,
    /// Whether whoami is served; otherwise it is a 404.
    pub whoami: bool,
    /// Whether a 404 about a schedule has the API's code.
    pub domain_404: bool,
    /// The shape of a 401.
    pub unauthorized: Unauthorized,
    /// Inputs must be encoded; others are a `WF_1302`.
    pub require_encoding: bool,
    /// The engine does nothing, and catches up afterwards.
    pub outage: bool,
    /// Whether the list of runs is served; otherwise it is a 404.
    pub runs_api: bool,
    /// The list of runs has the key `runs`, its new name, in place of `executions`.
    pub runs_renamed: bool,
    /// The list of runs shows the state of so long ago.
    #[serde(with = "iso")]
    pub runs_lag: SignedDuration,
}

/// The engine's own retention (temporalio/temporal#4602).
const DEFAULT_RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Default for Settings {
    fn default() -> Self {
        Self {
            keys: BTreeMap::new(),
            workflows: BTreeMap::new(),
            default_run_time: SignedDuration::from_secs(1),
            known_workflows_only: false,
            retention: DEFAULT_RETENTION,
            partial_list: false,
            list_lag: SignedDuration::ZERO,
            list_stuck: false,
            list_empty: false,
            list_lost: BTreeSet::new(),
            list_time_per_entry: SignedDuration::ZERO,
            empty_pages: 0,
            page_chain: PageChain::Ends,
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
            runs_api: true,
            runs_renamed: false,
            runs_lag: SignedDuration::ZERO,
        }
    }
}

impl Settings {
    /// These settings with an object merged into them (RFC 7396): a null removes a key or a workflow,
    /// and gives any other setting its default.
    ///
    /// # Errors
    /// The object has an unknown field or an invalid value.
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
            starts: workflow.is_none_or(|workflow| workflow.starts),
        }
    }

    /// Whether a worker has registered a run: otherwise the API does not know it.
    pub(super) fn is_registered(&self, run: &RunRecord) -> bool {
        self.workflows.get(&*run.workflow_name).is_none_or(|workflow| workflow.registers)
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

/// The owner of a key, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The id of the service account, or `user/ID` for a user.
    pub principal: String,
    /// The id of the workspace. Schedules of other workspaces do not exist for this key.
    pub workspace: String,
    /// The id of the organization.
    #[serde(default = "default_organization")]
    pub organization: String,
    /// The calls that are a 403.
    #[serde(default)]
    pub forbidden: Vec<Operation>,
}

fn default_organization() -> String {
    "organization".into()
}

impl Key {
    /// A key with all permissions.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Workflow {
    /// Its id. Requests may use it in place of the name.
    pub id: Option<String>,
    /// The uuid of its registration.
    pub registration_id: Option<String>,
    /// Its deployments. With several, a schedule must name one (`AMBIGUOUS_WORKFLOW`).
    pub deployments: Vec<String>,
    /// How long an execution takes.
    #[serde(with = "iso::optional")]
    pub run_time: Option<SignedDuration>,
    /// How an execution ends.
    pub outcome: Outcome,
    /// Why an execution fails, in its events.
    pub failure: Option<String>,
    /// Whether due runs are started; otherwise they are lost. A triggered run always starts.
    pub starts: bool,
    /// Whether a worker registers the runs that start; otherwise only the schedule shows them.
    pub registers: bool,
    /// Whether its deployments have a live worker.
    pub active: bool,
    /// The JSON schema of its input.
    pub input_schema: Option<Value>,
    /// Its runs act for the caller, so it cannot be scheduled.
    pub on_behalf_of: bool,
}

impl Default for Workflow {
    fn default() -> Self {
        Self {
            id: None,
            registration_id: None,
            deployments: Vec::new(),
            run_time: None,
            outcome: Outcome::default(),
            failure: None,
            starts: true,
            registers: true,
            active: true,
            input_schema: None,
            on_behalf_of: false,
        }
    }
}

/// What a create with an existing id does, and its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Duplicate {
    /// A 409 that changes nothing.
    Conflict409,
    /// A 200 that changes nothing.
    Ok200,
    /// A 201 that changes nothing.
    Created201,
    /// A 422 that changes nothing.
    Refused422,
    /// A 500 that changes nothing.
    Failed500,
    /// A 200. The body replaces workflow, deployment, timing, policy and input, and restarts the count; a
    /// field that the body leaves out gets its default. Pause and note stay, unless `patch_rebuilds` is set.
    Upsert200,
    /// The same as a 201.
    Upsert201,
}

impl Duplicate {
    /// Whether the create becomes an update.
    #[must_use]
    pub const fn is_upsert(self) -> bool {
        match self {
            Self::Upsert200 | Self::Upsert201 => true,
            Self::Conflict409 | Self::Ok200 | Self::Created201 | Self::Refused422 | Self::Failed500 => false,
        }
    }
}

/// How the chain of LIST's pages ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageChain {
    /// With a page that is not full, which has no token.
    Ends,
    /// Never: empty pages follow, each with a new token.
    EmptyPages,
    /// Never: the first page follows the last, each with a new token.
    Circular,
    /// Never: each page that was asked for by a token has that token again.
    SameToken,
}

/// The answer to deleting an id that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say the status")]
pub enum DeleteMissing {
    NotFound404,
    NoContent204,
    Failed500,
}

/// What a schedule without any time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EmptyTiming {
    /// Valid: it never fires.
    Accept,
    /// A 422.
    Refuse,
}

/// The note that a pause or resume without one leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResumeNote {
    /// The previous note.
    Keep,
    /// None.
    Clear,
    /// The default of the engine's Python client.
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
