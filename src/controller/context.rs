//! What every part of the controller shares.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::api::Reason;
use crate::controller::kubernetes::events::Events;
use crate::controller::kubernetes::failed_writes::FailedWrites;
use crate::controller::kubernetes::input_sources::Sources;
use crate::controller::kubernetes::leader_election::Leadership;
use crate::controller::kubernetes::writer::Writer;
use crate::controller::state::cache::{Cache, CachedSchedule};
use crate::controller::state::connection_handle::SharedConnection;
use crate::controller::state::key::{Key, ObjectKey};
use crate::controller::state::malformed::Malformed;
use crate::controller::state::seams::Seams;
use crate::controller::state::workqueue::{Priority, WorkQueue};
use crate::plan::{Event, ServerLimits};
use crate::remote::Bucket;
use crate::telemetry::Metrics;

/// How many statuses with only new times of runs are written per second, in total.
const RUN_TIMES_A_SECOND: f64 = 20.0;
/// How many statuses are written per second after an outage, in total.
const OUTAGES_A_SECOND: f64 = 50.0;

/// What every part of the controller shares. Locks are held only briefly, never across an `await`.
pub struct Context {
    /// Time, randomness and sockets.
    pub seams: Seams,
    /// Writes to Kubernetes.
    pub writer: Writer,
    /// Reads `ConfigMaps` and Secrets.
    pub sources: Sources,
    /// Publishes events.
    pub events: Events,
    /// Which writes to Kubernetes fail.
    pub failed_writes: FailedWrites,
    /// Whether this process may write.
    pub leadership: Arc<Leadership>,
    /// The servers that the command line allows.
    pub limits: ServerLimits,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// The objects that cannot be read.
    pub malformed: Malformed,
    /// Notifies that work may be able to start.
    pub wake: Notify,
    /// Notifies that connections were added or deleted.
    pub connections_changed: Notify,
    /// Cancelled when the process must stop.
    pub stopping: CancellationToken,
    cache: Mutex<Cache>,
    queue: Mutex<WorkQueue>,
    handles: Mutex<BTreeMap<Key, SharedConnection>>,
    run_times: Mutex<Bucket>,
    outages: Mutex<Bucket>,
}

impl Context {
    /// An empty context.
    #[must_use]
    #[allow(clippy::too_many_arguments, reason = "each is a part of its own")]
    pub fn new(
        seams: Seams,
        writer: Writer,
        sources: Sources,
        events: Events,
        leadership: Arc<Leadership>,
        limits: ServerLimits,
        metrics: Arc<Metrics>,
        default_connection: Option<Key>,
    ) -> Self {
        let now = seams.elapsed();
        Self {
            seams,
            writer,
            sources,
            events,
            failed_writes: FailedWrites::default(),
            leadership,
            limits,
            metrics,
            wake: Notify::new(),
            connections_changed: Notify::new(),
            cache: Mutex::new(Cache::new(default_connection)),
            queue: Mutex::default(),
            handles: Mutex::default(),
            run_times: Mutex::new(Bucket::new(RUN_TIMES_A_SECOND, RUN_TIMES_A_SECOND, now)),
            outages: Mutex::new(Bucket::new(OUTAGES_A_SECOND, OUTAGES_A_SECOND, now)),
            stopping: CancellationToken::new(),
            malformed: Malformed::default(),
        }
    }

    /// The resources.
    pub fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The work.
    pub fn queue(&self) -> MutexGuard<'_, WorkQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handles of the connections.
    pub fn handles(&self) -> MutexGuard<'_, BTreeMap<Key, SharedConnection>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The handle of a connection.
    #[must_use]
    pub fn handle(&self, key: &Key) -> Option<SharedConnection> {
        self.handles().get(key).cloned()
    }

    /// Puts a schedule into the work queue.
    pub fn enqueue(&self, key: &Key, priority: Priority) {
        let connection_ref = self.cache().schedule(key).and_then(|known| known.connection_ref.clone());
        self.queue().push(key, &connection_ref, priority, 0, self.seams.elapsed());
        self.wake.notify_one();
    }

    /// Puts a schedule into the work queue after a delay, with this priority.
    pub fn enqueue_in(&self, key: &Key, priority: Priority, wait: Duration) {
        let connection_ref = self.cache().schedule(key).and_then(|known| known.connection_ref.clone());
        let at = self.seams.elapsed().saturating_add(wait);
        self.queue().push_later(key, &connection_ref, priority, at);
        self.wake.notify_one();
    }

    /// Puts all schedules of a connection into the work queue: the one with the earliest next run first.
    pub fn enqueue_all(&self, connection: &Key, priority: Priority) {
        let ranked: Vec<(Key, i64)> = {
            let cache = self.cache();
            let soonest = |known: &CachedSchedule| {
                let next = known.resource.status.as_ref().and_then(|status| status.next_execution_time.as_deref());
                next.and_then(|text| text.parse::<jiff::Timestamp>().ok()).map_or(i64::MAX, jiff::Timestamp::as_second)
            };
            cache.schedules_of(connection).map(|(key, known)| (key.clone(), soonest(known))).collect()
        };
        let now = self.seams.elapsed();
        let mut queue = self.queue();
        for (key, rank) in ranked {
            queue.push(&key, &Some(connection.clone()), priority, rank, now);
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Reports a write that was not stored where no condition can say so: by an event, and in the log.
    pub(crate) fn report_unwritten(&self, about: ObjectReference, message: String) {
        let namespace = about.namespace.clone().unwrap_or_default();
        let name = about.name.clone().unwrap_or_default();
        let object: ObjectKey = (about.kind.clone().unwrap_or_default(), Key { namespace, name });
        if !self.failed_writes.is_news(&object, &message, self.seams.elapsed()) {
            return;
        }
        let (kind, Key { namespace, name }) = object;
        tracing::warn!(kind, namespace, name, error = message, "object not written");
        let reason = Reason::KubernetesError.as_str();
        self.events.tell(about, Event { warning: true, reason, message });
    }

    /// Whether the process is stopping: no new action is started.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Whether the times of runs may be written now.
    #[must_use]
    pub fn run_times_now(&self) -> bool {
        self.run_times.lock().unwrap_or_else(PoisonError::into_inner).take(self.seams.elapsed()).is_ok()
    }

    /// Puts those schedules of a connection into the work queue for which `priority` returns a priority.
    pub fn enqueue_where(&self, connection: &Key, priority: impl Fn(&CachedSchedule) -> Option<Priority>) {
        let found: Vec<(Key, Priority)> = {
            let cache = self.cache();
            let by_priority = cache.schedules_of(connection).map(|(key, known)| (key.clone(), priority(known)));
            by_priority.filter_map(|(key, priority)| priority.map(|priority| (key, priority))).collect()
        };
        for (key, priority) in found {
            self.enqueue(&key, priority);
        }
    }

    /// Waits for a turn to write the times of runs.
    pub async fn run_times_turn(&self) {
        self.turn(&self.run_times).await;
    }

    /// Waits for a turn to write news of an outage.
    pub async fn outage_turn(&self) {
        self.turn(&self.outages).await;
    }

    async fn turn(&self, bucket: &Mutex<Bucket>) {
        loop {
            let taken = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.seams.elapsed());
            match taken {
                Ok(()) => return,
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
    }
}
