//! Metrics for Prometheus. Labels contain no user data except names of objects. docs/metrics.md is generated from
//! what is registered here (`make docs`).

mod format;
mod labels;
mod objects;
#[cfg(target_os = "linux")]
mod process;
mod runs;

use std::io;
use std::sync::Weak;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::remote::{Meter, Operation, RemoteError};
use crate::telemetry::build;

pub use format::Format;
use format::LineWriter;
pub(super) use format::preferences;
pub use labels::ReconcileOutcome;
use labels::{BuildLabels, CallLabels, FailedWriteLabels, PriorityLabels, ReconcileLabels, WriteLabels};
use objects::ObjectCollector;
pub use objects::{ConnectionSample, ConnectionValues, ObjectLabels, Objects, ScheduleCount, ScheduleSample};
pub use runs::{RunCounts, RunSample};

/// What every metric of the operator begins with.
const PREFIX: &str = "workflow_schedule_operator";

/// The bounds of a request or a reconcile, in seconds.
const REQUEST_BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// The bounds of a wait in the queue, in seconds: a low rate limit makes it long.
const WAIT_BUCKETS: [f64; 10] = [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0];

/// The kinds of writes to Kubernetes.
const WRITES: [&str; 5] = ["status", "memory", "run_times", "finalizer", "connection"];
/// What may fail to be written, and how.
const FAILED_WRITES: [(&str, &str); 9] = [
    ("status", "refused"),
    ("status", "failed"),
    ("status", "pruned"),
    ("finalizer", "refused"),
    ("finalizer", "failed"),
    ("event", "refused"),
    ("event", "failed"),
    ("event", "dropped"),
    ("lease", "failed"),
];

/// A histogram for each set of labels.
type Histograms<L> = Family<L, Histogram, fn() -> Histogram>;

/// All metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    objects: ObjectCollector,
    calls: Family<CallLabels, Counter>,
    call_durations: Histograms<CallLabels>,
    reconciles: Family<ReconcileLabels, Counter>,
    reconcile_durations: Histograms<ReconcileLabels>,
    writes: Family<WriteLabels, Counter>,
    write_durations: Histograms<WriteLabels>,
    failed_writes: Family<FailedWriteLabels, Counter>,
    waiting: Family<PriorityLabels, Gauge>,
    waits: Histograms<PriorityLabels>,
    slow_reconciles: Gauge,
    panics: Counter,
    went_back: Counter,
    malformed: Gauge,
    leader: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Metrics {
    /// All metrics at zero, with series of single schedules or without.
    #[must_use]
    pub fn new(has_schedules: bool) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            objects: ObjectCollector::new(has_schedules),
            calls: Family::default(),
            call_durations: Family::new_with_constructor(|| Histogram::new(REQUEST_BUCKETS)),
            reconciles: Family::default(),
            reconcile_durations: Family::new_with_constructor(|| Histogram::new(REQUEST_BUCKETS)),
            writes: Family::default(),
            write_durations: Family::new_with_constructor(|| Histogram::new(REQUEST_BUCKETS)),
            failed_writes: Family::default(),
            waiting: Family::default(),
            waits: Family::new_with_constructor(|| Histogram::new(WAIT_BUCKETS)),
            slow_reconciles: Gauge::default(),
            panics: Counter::default(),
            went_back: Counter::default(),
            malformed: Gauge::default(),
            leader: Gauge::default(),
        };
        metrics.register();
        metrics.begin_at_zero();
        metrics
    }

    fn register(&mut self) {
        let registry = self.registry.sub_registry_with_prefix(PREFIX);
        let build = Info::new(BuildLabels { version: build::VERSION, commit: build::COMMIT });
        registry.register("build", "The build that runs", build);
        registry.register("leader", "Whether this replica is the leader (1) or not (0)", self.leader.clone());
        registry.register("reconciles", "Reconciles of a resource, by outcome", self.reconciles.clone());
        let help = "How long a reconcile of a resource took, waits for the rate limit included";
        registry.register("reconcile_duration_seconds", help, self.reconcile_durations.clone());
        let help = "Reconciles of a resource that run for more than 10 minutes";
        registry.register("slow_reconciles", help, self.slow_reconciles.clone());
        let help = "Reconciles that panicked: each is a defect of the operator";
        registry.register("panics", help, self.panics.clone());
        let help = "Resources that wait for a reconcile, by priority";
        registry.register("queue_depth", help, self.waiting.clone());
        let help = "How long a resource waited for its reconcile, by priority";
        registry.register("queue_wait_seconds", help, self.waits.clone());
        let help = "Calls to the Workflows API, by operation and outcome";
        registry.register("remote_calls", help, self.calls.clone());
        let help = "How long a call to the Workflows API took, by operation and outcome";
        registry.register("remote_call_duration_seconds", help, self.call_durations.clone());
        registry.register("kubernetes_writes", "Writes to Kubernetes, by kind of write", self.writes.clone());
        let help = "How long a write to Kubernetes took, stored or not, by what was written";
        registry.register("kubernetes_write_duration_seconds", help, self.write_durations.clone());
        let help = "Writes that Kubernetes did not store, by what was written and why not";
        registry.register("kubernetes_write_failures", help, self.failed_writes.clone());
        let help = "Resources that the operator cannot read";
        registry.register("malformed_resources", help, self.malformed.clone());
        let help = "How often the resource versions of the control plane went back: it was restored or failed over to an older member";
        registry.register("resource_versions_went_back", help, self.went_back.clone());
        registry.register_collector(Box::new(self.objects.clone()));
        #[cfg(target_os = "linux")]
        self.registry.register_collector(Box::new(process::ProcessCollector));
    }

    /// A series that begins when something happens hides its first event from `increase` and `rate`.
    fn begin_at_zero(&self) {
        for operation in Operation::ALL {
            let operation = operation.name();
            for outcome in [OK].into_iter().chain(RemoteError::LABELS) {
                drop(self.calls.get_or_create(&CallLabels { operation, outcome }));
            }
            // With the buckets of all outcomes there would be more than a thousand series.
            drop(self.call_durations.get_or_create(&CallLabels { operation, outcome: OK }));
        }
        for outcome in ReconcileOutcome::ALL.map(ReconcileOutcome::name) {
            drop(self.reconciles.get_or_create(&ReconcileLabels { outcome }));
            drop(self.reconcile_durations.get_or_create(&ReconcileLabels { outcome }));
        }
        for what in WRITES {
            drop(self.writes.get_or_create(&WriteLabels { what }));
        }
        for what in ["status", "finalizer"] {
            drop(self.write_durations.get_or_create(&WriteLabels { what }));
        }
        for (what, outcome) in FAILED_WRITES {
            drop(self.failed_writes.get_or_create(&FailedWriteLabels { what, outcome }));
        }
    }

    /// The work queue has these priorities.
    pub fn has_priorities(&self, priorities: &[&'static str]) {
        for priority in priorities {
            drop(self.waiting.get_or_create(&PriorityLabels { priority }));
            drop(self.waits.get_or_create(&PriorityLabels { priority }));
        }
    }

    /// From now on, the metrics of these objects are shown.
    pub fn show(&self, objects: Weak<dyn Objects>) {
        self.objects.show(objects);
    }

    /// Counts a reconcile.
    pub fn reconciled(&self, outcome: ReconcileOutcome, took: Duration) {
        let labels = ReconcileLabels { outcome: outcome.name() };
        self.reconciles.get_or_create(&labels).inc();
        self.reconcile_durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a write to Kubernetes.
    pub fn wrote(&self, what: &'static str) {
        self.writes.get_or_create(&WriteLabels { what }).inc();
    }

    /// Measures a write to Kubernetes.
    pub fn write_took(&self, what: &'static str, took: Duration) {
        self.write_durations.get_or_create(&WriteLabels { what }).observe(took.as_secs_f64());
    }

    /// Counts a write that Kubernetes has not stored.
    pub fn write_failed(&self, what: &'static str, outcome: &'static str) {
        self.failed_writes.get_or_create(&FailedWriteLabels { what, outcome }).inc();
    }

    /// Sets the number of resources that wait with this priority.
    pub fn waiting(&self, priority: &'static str, count: usize) {
        self.waiting.get_or_create(&PriorityLabels { priority }).set(gauge(count));
    }

    /// Measures how long a resource has waited for its reconcile.
    pub fn waited(&self, priority: &'static str, waited: Duration) {
        self.waits.get_or_create(&PriorityLabels { priority }).observe(waited.as_secs_f64());
    }

    /// Sets the number of reconciles that run for too long.
    pub fn slow_reconciles(&self, count: usize) {
        self.slow_reconciles.set(gauge(count));
    }

    /// Counts a panic in a reconcile.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// Counts that the control plane was restored, or failed over to an older member.
    pub fn went_back(&self) {
        self.went_back.inc();
    }

    /// Sets the number of resources that cannot be read.
    pub fn malformed(&self, count: usize) {
        self.malformed.set(gauge(count));
    }

    /// Sets whether this replica is the leader.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// All metrics.
    #[must_use]
    pub fn text(&self, format: Format) -> String {
        let mut text = Vec::new();
        self.write(format, &mut text);
        // What is written are whole lines of text.
        String::from_utf8(text).unwrap_or_default()
    }

    /// All metrics, compressed with gzip: ten thousand schedules are ten megabytes of text.
    #[must_use]
    pub fn gzip(&self, format: Format) -> Vec<u8> {
        let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
        self.write(format, &mut compressed);
        // Writing to a Vec cannot fail.
        compressed.finish().unwrap_or_default()
    }

    fn write(&self, format: Format, out: impl io::Write) {
        // What is written to cannot fail, nor can the metrics.
        let _ = encode(&mut LineWriter::new(format, out), &self.registry);
    }
}

/// The outcome of a call that succeeded.
const OK: &str = "ok";

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Meter for Metrics {
    fn called(&self, operation: Operation, error: Option<&RemoteError>, took: Duration) {
        let labels = CallLabels { operation: operation.name(), outcome: error.map_or(OK, RemoteError::label) };
        self.calls.get_or_create(&labels).inc();
        self.call_durations.get_or_create(&labels).observe(took.as_secs_f64());
    }
}

#[cfg(test)]
mod tests;
