//! The real controller in virtual time, between a Kubernetes API and a Workflows API in memory, with a
//! fault placed at every effect boundary. One seed decides everything.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod coverage;
mod edge;
mod fault;
mod hunt;
mod kubernetes;
mod log;
mod operator;
mod oracle;
mod people;
mod process;
mod random;
mod replay;
mod scenario;
mod scenarios;
mod setup;
mod single_faults;
mod state;
mod world;
