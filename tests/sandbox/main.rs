//! The behaviour of the sandbox, rule by rule, in virtual time and without a socket; and its HTTP server.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod api;
mod catchup;
mod edge;
mod faults;
mod firing;
mod hostile;
mod lifecycle;
mod listing;
mod overlap;
mod patching;
mod requests;
mod retention;
mod runs;
mod switches;
mod vectors;
