//! What the controller knows between two reconciles. No I/O.

pub mod backoff;
pub mod cache;
pub mod concurrency;
pub mod connection_handle;
pub mod connection_state;
pub mod deletion_permits;
pub mod fair_queue;
pub mod gone_ids;
pub mod key;
pub mod last_outcome;
pub mod list_requests;
pub mod malformed;
pub mod rate_limiter;
pub mod seams;
pub mod workqueue;
