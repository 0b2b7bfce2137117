//! The controller: watches, work queue, polls; it applies plans, writes statuses, and holds the lease.

mod connection;
mod context;
mod kubernetes;
mod manager;
mod samples;
mod schedule;
mod state;
mod watch;

pub(crate) use kubernetes::guarded::Guarded;
pub use kubernetes::input_sources::SecretLabel;
pub use kubernetes::lease_timing::LeaseTiming;
pub use manager::{Election, Options, RunError, run};
pub use state::key::Key;
pub use state::seams::{Clock, Seams, SystemClock, Transports};
pub use state::workqueue::Priority;
