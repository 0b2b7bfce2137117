//! Reconciles a connection: credentials, polls, status.

pub mod bulk_list;
pub mod compare;
pub mod credentials;
pub mod deferred_status;
pub mod follow_up_calls;
pub mod held_deletions;
pub mod missed_runs;
pub mod missing;
pub mod open_runs;
pub mod paging;
pub mod poll;
pub mod poll_state;
pub mod prefix;
pub mod reconcile;
pub mod run_outcomes;
pub mod run_tracker;
pub mod stale;
pub mod supervisor;
pub mod sweep;
pub mod task_state;
pub mod update_status;
pub mod workflow_checks;
