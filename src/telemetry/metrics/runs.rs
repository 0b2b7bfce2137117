//! Metrics of the runs of single schedules.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// How many runs have ended, and how, since the process knows the schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// Runs that completed.
    pub completed: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Runs that reached their time limit.
    pub timed_out: u64,
    /// Runs that were canceled.
    pub canceled: u64,
    /// Runs that were terminated.
    pub terminated: u64,
    /// How often a run was missed.
    pub missed: u64,
}

/// What is known of the runs of a schedule at the time of a scrape. Times are in seconds since 1970.
#[derive(Clone, Copy, Debug, Default)]
pub struct RunSample {
    /// How many have ended.
    pub counts: RunCounts,
    /// When one last completed.
    pub last_success: Option<f64>,
    /// By when the next one must complete.
    pub success_due: Option<f64>,
    /// How long the last one that has ended took, in seconds.
    pub last_duration: Option<f64>,
    /// How many failed in a row.
    pub consecutive_failures: Option<f64>,
    /// Whether one takes longer than declared; `None` if nothing is declared.
    pub is_overdue: Option<bool>,
    /// Whether one was due and has not started; `None` if that is not looked for.
    pub is_missed: Option<bool>,
}

/// Encodes the counters of schedules, each with its namespace and its name.
pub(super) fn encode<'a>(
    encoder: &mut DescriptorEncoder,
    schedules: impl Iterator<Item = (&'a str, &'a str, RunCounts)> + Clone,
) -> fmt::Result {
    let help = "Runs of the schedule that have ended, by outcome.";
    let mut family = encoder.encode_descriptor("schedule_runs", help, None, MetricType::Counter)?;
    for (namespace, name, counts) in schedules.clone() {
        let RunCounts { completed, failed, timed_out, canceled, terminated, missed: _ } = counts;
        for (outcome, count) in [
            ("completed", completed),
            ("failed", failed),
            ("timed_out", timed_out),
            ("canceled", canceled),
            ("terminated", terminated),
        ] {
            let labels = [("namespace", namespace), ("name", name), ("outcome", outcome)];
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, f64>(&count, None)?;
        }
    }
    let help = "How often a run of the schedule was due and not started: the first one since its last run.";
    let mut family = encoder.encode_descriptor("schedule_missed_runs", help, None, MetricType::Counter)?;
    for (namespace, name, counts) in schedules {
        let labels = [("namespace", namespace), ("name", name)];
        family.encode_family(&labels)?.encode_counter::<NoLabelSet, u64, f64>(&counts.missed, None)?;
    }
    Ok(())
}
