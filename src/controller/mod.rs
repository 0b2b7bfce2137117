//! The hands: watches, queue, polls; applies a plan, patches a status, holds the lease.

mod apply;
mod context;
mod definitions;
mod deletions;
mod events;
mod judge;
mod key;
mod lease;
mod link;
mod links;
mod merge;
mod pass;
mod poll;
mod queue;
mod run;
mod seams;
mod settle;
mod sources;
mod store;
mod tend;
mod view;
mod wake;
mod watch;
mod work;
mod write;

pub use key::Key;
pub use run::{Election, Options, RunError, run};
pub use seams::{Clock, Seams, SystemClock, Transports};
