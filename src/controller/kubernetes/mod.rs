//! What is read from and written to Kubernetes.

pub mod crd_check;
pub mod event_series;
pub mod events;
pub mod failed_writes;
pub mod guarded;
pub mod input_sources;
pub mod leader_election;
pub mod lease_timing;
pub mod merge_patch;
pub mod raw;
pub mod time_limit;
pub mod write_error;
pub mod writer;
