//! The hands: watches, queue, polls; applies a plan, patches a status, holds the lease.

mod connection;
mod context;
mod kubernetes;
mod manager;
mod schedule;
mod state;
mod watch;

pub use manager::{Election, Options, RunError, run};
pub use state::key::Key;
pub use state::seams::{Clock, Seams, SystemClock, Transports};
