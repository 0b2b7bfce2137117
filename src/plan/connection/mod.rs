//! Reconciles a connection: credentials, polls, status.

pub mod identity;
pub mod settings;
pub mod status;
pub mod workspace;
