//! The hands: watches, queue, polls; applies a plan, patches a status, holds the lease.

mod apply;
mod connect;
mod connection_report;
mod context;
mod definitions;
mod deletions;
mod events;
mod fair;
mod judge;
mod key;
mod lease;
mod link;
mod links;
mod merge;
mod missing;
mod paging;
mod pass;
mod poll;
mod prefix;
mod queue;
mod run;
mod seams;
mod session;
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
