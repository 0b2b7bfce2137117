//! Limits that delay or stop a call.

pub mod annotation_request;
pub mod closed;
pub mod contention;
pub mod fire_guard;
pub mod mass_deletion;
pub mod unknown_outcome;
