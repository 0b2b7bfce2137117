//! The resources of `workflows.mistral.ai/v1alpha1`: the specs that people write, and the statuses that the
//! operator writes. No I/O, no clock.

mod connection;
mod connection_status;
mod crd;
mod memory;
mod reason;
mod schedule;
mod schedule_status;
mod schema;
mod timing;

pub use connection::*;
pub use connection_status::*;
pub use crd::{crds, generate_crds};
pub use memory::*;
pub use reason::Reason;
pub use schedule::*;
pub use schedule_status::*;
pub use timing::{Calendar, Interval, Range};

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// The connection of its namespace that a schedule uses if it names none.
pub const DEFAULT_CONNECTION: &str = "default";

/// The API group.
pub const GROUP: &str = "workflows.mistral.ai";
/// A schedule has it from before its first POST until the remote schedule is deleted; a connection has it while
/// schedules use it.
pub const FINALIZER: &str = "workflows.mistral.ai/finalizer";
/// Any new value requests a full reconcile.
pub const RECONCILE_REQUESTED_AT: &str = "workflows.mistral.ai/reconcile-requested-at";
/// An RFC 3339 time requests one run.
pub const TRIGGER_REQUESTED_AT: &str = "workflows.mistral.ai/trigger-requested-at";
/// The overlap policy of requested runs, in place of `policy.overlap`.
pub const TRIGGER_OVERLAP: &str = "workflows.mistral.ai/trigger-overlap";
/// An RFC 3339 time requests one resume.
pub const RESUME_REQUESTED_AT: &str = "workflows.mistral.ai/resume-requested-at";
/// On a connection: its prefix, to confirm that existing ids with it belong to this cluster.
pub const CLAIM_PREFIX: &str = "workflows.mistral.ai/claim-prefix";
/// On a connection: any new value accepts the identity of the current API key.
pub const ACCEPT_IDENTITY: &str = "workflows.mistral.ai/accept-identity";
/// On a connection: deletions requested until this RFC 3339 time are approved.
pub const APPROVE_DELETIONS_AT: &str = "workflows.mistral.ai/approve-deletions-at";
/// On a connection: schedules that were found missing until this RFC 3339 time may be created again.
pub const APPROVE_DISAPPEARANCE_AT: &str = "workflows.mistral.ai/approve-disappearance-at";
