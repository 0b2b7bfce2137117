//! Watches the two kinds, and turns what changes into work.

pub mod malformed;
pub mod predicates;
pub mod session;
pub mod watcher;
