//! Metrics in the Prometheus text format. No label holds anything that a person wrote but names of
//! objects.

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
    passes: Family<PassLabels, Counter>,
    writes: Family<WriteLabels, Counter>,
    waiting: Family<LaneLabels, Gauge>,
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
struct PassLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WriteLabels {
    what: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneLabels {
    lane: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    connection: String,
}

/// How a pass over a resource ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconcileOutcome {
    /// All is well.
    Ready,
    /// A person has to change something.
    Refused,
    /// It goes on by itself.
    Waiting,
    /// Nothing to do: it is left alone, or gone.
    Off,
    /// Kubernetes did not take a write.
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
            passes: Family::default(),
            writes: Family::default(),
            waiting: Family::default(),
            panics: Counter::default(),
            went_back: Counter::default(),
            malformed: Gauge::default(),
            held_deletions: Family::default(),
            leader: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("remote_calls", "Calls to the Workflows API", metrics.calls.clone());
        registry.register("passes", "Passes over a resource, by how they ended", metrics.passes.clone());
        registry.register("kubernetes_writes", "Writes to Kubernetes", metrics.writes.clone());
        registry.register("queue_depth", "Resources that wait for a pass", metrics.waiting.clone());
        registry.register("panics", "Passes that panicked", metrics.panics.clone());
        let help = "Times that the resource versions of the control plane went back";
        registry.register("resource_versions_went_back", help, metrics.went_back.clone());
        registry.register("malformed_resources", "Resources that cannot be read", metrics.malformed.clone());
        registry.register("held_deletions", "Deletions that wait for approval", metrics.held_deletions.clone());
        registry.register("leader", "Whether this replica leads", metrics.leader.clone());
        metrics
    }
}

impl Metrics {
    /// A pass has ended.
    pub fn reconciled(&self, outcome: ReconcileOutcome) {
        self.passes.get_or_create(&PassLabels { outcome: outcome.name() }).inc();
    }

    /// Something was written to Kubernetes.
    pub fn wrote(&self, what: &'static str) {
        self.writes.get_or_create(&WriteLabels { what }).inc();
    }

    /// So many resources wait in a lane.
    pub fn waiting(&self, lane: &'static str, count: usize) {
        self.waiting.get_or_create(&LaneLabels { lane }).set(gauge(count));
    }

    /// A pass panicked.
    pub fn panicked(&self) {
        self.panics.inc();
    }

    /// The control plane was restored, or failed over to an older member.
    pub fn went_back(&self) {
        self.went_back.inc();
    }

    /// So many resources cannot be read.
    pub fn malformed(&self, count: usize) {
        self.malformed.set(gauge(count));
    }

    /// So many deletions of a connection wait for approval.
    pub fn held_deletions(&self, connection: String, count: usize) {
        self.held_deletions.get_or_create(&ConnectionLabels { connection }).set(gauge(count));
    }

    /// A connection is gone, and what was counted of it with it.
    pub fn connection_gone(&self, connection: String) {
        self.held_deletions.remove(&ConnectionLabels { connection });
    }

    /// Whether this replica leads.
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
