//! End to end: the real binary, a real API server, and the sandbox as the remote.
//!
//! A test has a world of its own (a namespace, a sandbox, an operator) and reads as a specification
//! of what a user sees: the resource, what the remote holds, and which calls were made.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod admission;
mod adoption;
mod answers;
mod chaos;
mod connections;
mod fields;
mod harness;
mod hostile;
mod inputs;
mod install;
mod lifecycle;
mod running;
mod safety;
mod settling;
mod specs;
mod variants;
mod view;
