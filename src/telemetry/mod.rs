//! Logs, metrics and health.

mod health;
mod logs;
mod metrics;
mod serve;

pub use health::Health;
pub use logs::{LogFormat, init};
pub use metrics::{Metrics, ReconcileOutcome};
pub use serve::serve;
