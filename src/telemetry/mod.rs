//! Logs and metrics.

mod logs;
mod metrics;

pub use logs::{LogFormat, init};
pub use metrics::{Metrics, Pass};
