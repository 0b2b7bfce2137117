//! Metrics in the Prometheus text format. Labels contain no user data except names of objects.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::remote::{Meter, Operation};

/// All metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    reconciles: Family<ReconcileLabels, Counter>,
    writes: Family<WriteLabels, Counter>,
    failed_writes: Family<FailedWriteLabels, Counter>,
    waiting: Family<PriorityLabels, Gauge>,
    slow_reconciles: Gauge,
    panics: Counter,
    went_back: Counter,
    malformed: Gauge,
    held_deletions: Family<ConnectionLabels, Gauge>,
    leader: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReconcileLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WriteLabels {
    what: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailedWriteLabels {
    what: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PriorityLabels {
    priority: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    connection: String,
}

/// How a reconcile of a resource ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconcileOutcome {
    /// The resource is Ready.
    Ready,
    /// A person must change something.
    Refused,
    /// The operator continues without help.
    Waiting,
    /// Nothing to do: the resource is not managed, or it is deleted.
    Off,
    /// Kubernetes did not accept a write.
    Failed,
}

impl ReconcileOutcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Refused => "refused",
            Self::Waiting => "waiting",
            Self::Off => "off",
            Self::Failed => "failed",
        }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("workflow_schedule_operator"),
            calls: Family::default(),
            reconciles: Family::default(),
            writes: Family::default(),
            failed_writes: Family::default(),
            waiting: Family::default(),
            slow_reconciles: Gauge::default(),
            panics: Counter::default(),
            went_back: Counter::default(),
            malformed: Gauge::default(),
            held_deletions: Family::default(),
            leader: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "remote_calls",
            "Calls to the Workflows API, by operation and outcome",
            metrics.calls.clone(),
        );
        registry.register("reconciles", "Reconciles of a resource, by outcome", metrics.reconciles.clone());
        registry.register("kubernetes_writes", "Writes to Kubernetes, by kind of write", metrics.writes.clone());
        registry.register(
            "kubernetes_write_failures",
            "Writes that Kubernetes did not store, by what was written and why not",
            metrics.failed_writes.clone(),
        );
        registry.register("queue_depth", "Resources that wait for a reconcile, by priority", metrics.waiting.clone());
        registry.register(
            "slow_reconciles",
            "Reconciles of a resource that run for more than 10 minutes",
            metrics.slow_reconciles.clone(),
        );
        registry.register(
            "panics",
            "Reconciles that panicked: each is a defect of the operator",
            metrics.panics.clone(),
        );
        let help = "How often the resource versions of the control plane went back: it was restored or failed over to an older member";
        registry.register("resource_versions_went_back", help, metrics.went_back.clone());
        registry.register("malformed_resources", "Resources that the operator cannot read", metrics.malformed.clone());
        registry.register(
            "held_deletions",
            "Deletions that wait for approval, by connection",
            metrics.held_deletions.clone(),
        );
        registry.register("leader", "1 if this replica is the leader, else 0", metrics.leader.clone());
        metrics
    }
}

impl Metrics {
    /// Counts a reconcile.
    pub fn reconciled(&self, outcome: ReconcileOutcome) {
        self.reconciles.get_or_create(&ReconcileLabels { outcome: outcome.name() }).inc();
    }

    /// Counts a write to Kubernetes.
    pub fn wrote(&self, what: &'static str) {
        self.writes.get_or_create(&WriteLabels { what }).inc();
    }

    /// Counts a write that Kubernetes has not stored.
    pub fn write_failed(&self, what: &'static str, outcome: &'static str) {
        self.failed_writes.get_or_create(&FailedWriteLabels { what, outcome }).inc();
    }

    /// Sets the number of resources that wait with this priority.
    pub fn waiting(&self, priority: &'static str, count: usize) {
        self.waiting.get_or_create(&PriorityLabels { priority }).set(gauge(count));
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

    /// Sets the number of deletions of a connection that wait for approval.
    pub fn held_deletions(&self, connection: String, count: usize) {
        self.held_deletions.get_or_create(&ConnectionLabels { connection }).set(gauge(count));
    }

    /// A connection is gone, and what was counted of it with it.
    pub fn connection_gone(&self, connection: String) {
        self.held_deletions.remove(&ConnectionLabels { connection });
    }

    /// Sets whether this replica is the leader.
    pub fn leads(&self, leads: bool) {
        self.leader.set(i64::from(leads));
    }

    /// All metrics as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Meter for Metrics {
    fn called(&self, operation: Operation, outcome: &'static str) {
        self.calls.get_or_create(&CallLabels { operation: operation.name(), outcome }).inc();
    }
}
