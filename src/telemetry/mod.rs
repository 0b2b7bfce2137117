//! Logs, metrics and health.

pub mod build;
mod health;
mod logs;
mod metrics;
mod serve;

pub use health::Health;
pub use logs::{LogFormat, init};
pub use metrics::{
    ConnectionSample, ConnectionValues, Format, Metrics, ObjectLabels, Objects, ReconcileOutcome, RunCounts, RunSample,
    ScheduleCount, ScheduleSample,
};
pub use serve::serve;
