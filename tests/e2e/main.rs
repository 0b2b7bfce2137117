//! End to end: the real binary, a real API server, and the sandbox as the remote.
//!
//! Each test has its own setup (`World`: a namespace, a sandbox, an operator) and reads as a specification of
//! what a user sees: the resource, the remote schedule, and the calls.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod admission;
mod adoption;
mod answers;
mod applying;
mod chaos;
mod chart;
mod connections;
mod export;
mod fields;
mod gitops;
mod harness;
mod hostile;
mod inputs;
mod install;
mod lifecycle;
mod malformed;
mod metrics;
mod plugin;
mod proxy;
mod running;
mod runs;
mod safety;
mod settling;
mod specs;
mod variants;
mod view;
mod workflow_checks;
