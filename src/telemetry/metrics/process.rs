//! Metrics of the process, under the names that all clients of Prometheus use.
//! <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>

use std::fmt;

use procfs::WithCurrentSystemInfo as _;
use procfs::process::{LimitValue, Process};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// Encodes what the kernel says of this process. What it does not say is left out.
#[derive(Debug)]
pub(super) struct ProcessCollector;

/// A gauge: its name, its help, and its value.
type Gauge = (&'static str, &'static str, Option<f64>);

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Ok(process) = Process::myself() else { return Ok(()) };
        if let Ok(stat) = process.stat() {
            let help = "Processor time that the process has used, in user and system mode.";
            let mut family = encoder.encode_descriptor("process_cpu_seconds", help, None, MetricType::Counter)?;
            let seconds = number(stat.utime + stat.stime) / number(procfs::ticks_per_second());
            family.encode_counter::<NoLabelSet, f64, f64>(&seconds, None)?;
        }
        for (name, help, value) in gauges(&process) {
            if let Some(value) = value {
                encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)?;
            }
        }
        Ok(())
    }
}

fn gauges(process: &Process) -> [Gauge; 6] {
    let stat = process.stat().ok();
    let started = stat.as_ref().and_then(|stat| {
        let since_boot = number(stat.starttime) / number(procfs::ticks_per_second());
        procfs::boot_time_secs().ok().map(|boot| number(boot) + since_boot)
    });
    let max_fds = process.limits().ok().and_then(|limits| match limits.max_open_files.soft_limit {
        LimitValue::Value(most) => Some(number(most)),
        LimitValue::Unlimited => None,
    });
    [
        ("process_start_time_seconds", "When the process started.", started),
        (
            "process_resident_memory_bytes",
            "Memory of the process that is in RAM.",
            stat.as_ref().map(|stat| number(stat.rss_bytes().get())),
        ),
        (
            "process_virtual_memory_bytes",
            "Virtual memory of the process.",
            stat.as_ref().map(|stat| number(stat.vsize)),
        ),
        (
            "process_open_fds",
            "File descriptors that are open.",
            process.fd_count().ok().map(|count| number(count as u64)),
        ),
        ("process_max_fds", "File descriptors that may be open.", max_fds),
        (
            "process_threads",
            "Threads of the process.",
            stat.as_ref().and_then(|stat| u64::try_from(stat.num_threads).ok()).map(number),
        ),
    ]
}

#[allow(clippy::cast_precision_loss, reason = "a gauge of Prometheus is a float")]
const fn number(count: u64) -> f64 {
    count as f64
}
