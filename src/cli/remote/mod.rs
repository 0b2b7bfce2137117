//! The remote, for subcommands that read it.

mod client;
mod listing;

pub(super) use client::{Remote, RemoteArgs};
pub(super) use listing::{Listing, attempt, schedules};
