//! The decision: the desired state, the observed state, their difference, and the next action. Pure: no
//! runtime, no client, no clock (`now` is part of the [`Inputs`]).

mod condition;
mod connection;
mod decision;
mod limits;
mod model;
mod rules;
mod runs;
mod status;
mod workflow;

pub use condition::to_second;
pub use connection::identity::{IdentityVerdict, identity};
pub use connection::settings::{
    ConnectionSettings, ForeignIds, LONGEST_CALL, PrefixVerdict, ServerLimits, allows, connection_annotation, facts,
    is_approved, is_loopback, prefix, run_facts, settings,
};
pub use connection::status::{ConnectionNow, connection_status, count, held_deletions};
pub use connection::workspace::may_share_workspace;
pub use decision::action::{Action, Call, Outcome, Requeue};
pub use decision::inputs::{
    ConnectionFacts, ConnectionView, Inputs, Lookup, RunFacts, claim, id_in_question, remembered_pause,
};
pub use decision::journal::{FailedWrite, Journal};
pub use decision::plan::{Event, Learned, Plan};
pub use limits::annotation_request::annotation_value;
pub use limits::closed::is_closed_by_itself;
pub use limits::mass_deletion::{DeletionLimit, DeletionVerdict, deletions_allowed, disappearances_allowed, vanished};
pub use model::claims::{Claimant, holder};
pub use model::content::{Content, Policy, is_encoded};
pub use model::desired::{DeclaredPause, Desired, Refusal, RunLimits, desired, id_of, run_limits, written};
pub use model::diff::{Difference, Field};
pub use model::input::{Input, InputError, Read, SourceKind, lay_over, redact, source_ref};
pub use model::observed::{Observation, Observed};
pub use model::ownership::{Ownership, has_finalizer};
pub use model::readable::{readable_for_claims, readable_for_deletion};
pub use model::schedule_id::{IdRefusal, check_explicit, derived_id, is_sound_pattern, is_under_prefix};
pub use rules::delete::orphan_hint;
pub use rules::desired_pause::resume_request;
pub use rules::plan;
pub use rules::trigger::{expired, started_run};
pub use runs::{
    RunOutcome, about as about_runs, began, is_failure, is_final, is_open, last_decided, missed_deadline,
    with_run_outcomes,
};
pub use status::{differs_beyond_runs, redacted, remembering, shown_text, status, with_runs, without_passed_runs};
pub use workflow::{WarnedOf, WorkflowWarning, with_warnings, workflow_warnings};

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
