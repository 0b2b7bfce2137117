//! The resources `workflows.mistral.ai/v1alpha1`: what people write and what the operator answers.
//! No I/O, no clock.

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
pub use crd::crds;
pub use memory::*;
pub use reason::Reason;
pub use schedule::*;
pub use schedule_status::*;
pub use timing::{Calendar, Interval, Range};

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// The API group.
pub const GROUP: &str = "workflows.mistral.ai";
/// On a schedule from before its first POST until the remote schedule is gone; on a connection
/// while schedules use it.
pub const FINALIZER: &str = "workflows.mistral.ai/finalizer";
/// Any new value asks for a full pass.
pub const RECONCILE_REQUESTED_AT: &str = "workflows.mistral.ai/reconcile-requested-at";
/// An RFC 3339 time asks for one run.
pub const TRIGGER_REQUESTED_AT: &str = "workflows.mistral.ai/trigger-requested-at";
/// An RFC 3339 time asks for one resume.
pub const RESUME_REQUESTED_AT: &str = "workflows.mistral.ai/resume-requested-at";
/// On a connection: its prefix, to take over ids that are there already.
pub const CLAIM_PREFIX: &str = "workflows.mistral.ai/claim-prefix";
/// On a connection: any new value accepts the identity behind the key.
pub const ACCEPT_IDENTITY: &str = "workflows.mistral.ai/accept-identity";
/// On a connection: a time up to which held deletions are approved.
pub const APPROVE_DELETIONS_AT: &str = "workflows.mistral.ai/approve-deletions-at";
/// On a connection: a time up to which vanished schedules may be created again.
pub const APPROVE_DISAPPEARANCE_AT: &str = "workflows.mistral.ai/approve-disappearance-at";
