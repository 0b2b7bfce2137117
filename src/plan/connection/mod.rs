//! Decides about a connection: its settings, its identity, its workspace, and its status. Pure functions.

pub mod identity;
pub mod settings;
pub mod status;
pub mod workspace;
