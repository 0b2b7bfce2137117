//! Watches the two kinds, and turns what changes into work.

mod guarded;
pub mod malformed;
pub mod predicates;
pub mod session;
pub mod watcher;
