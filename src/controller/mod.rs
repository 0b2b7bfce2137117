//! The controller: watches, work queue, polls; it applies plans, writes statuses, and holds the lease.

mod connection;
mod context;
mod kubernetes;
mod manager;
mod schedule;
mod state;
mod watch;

pub use kubernetes::input_sources::SecretLabel;
pub use manager::{Election, Options, RunError, run};
pub use state::key::Key;
pub use state::seams::{Clock, Seams, SystemClock, Transports};
