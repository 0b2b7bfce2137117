//! What the sandbox does, rule by rule, in virtual time and without a socket; its HTTP edge at the end.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod api;
mod catchup;
mod edge;
mod faults;
mod firing;
mod lifecycle;
mod listing;
mod overlap;
mod patching;
mod requests;
mod switches;
mod vectors;
