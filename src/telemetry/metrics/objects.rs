//! Metrics of single connections and schedules. They are read from what the controller knows at the time of a
//! scrape, so a series ends with its object.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::runs::{self, RunSample};

/// What is known of all objects now.
pub trait Objects: Send + Sync {
    /// Each connection, and each that only a schedule names.
    fn connections(&self) -> Vec<ConnectionSample>;
    /// Each schedule.
    fn schedules(&self) -> Vec<ScheduleSample>;
}

/// The namespace and the name of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ObjectLabels {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReadinessLabels {
    namespace: String,
    name: String,
    ready: &'static str,
    reason: String,
}

/// A connection at the time of a scrape.
#[derive(Clone, Debug)]
pub struct ConnectionSample {
    /// Which one.
    pub labels: ObjectLabels,
    /// What is known of the connection itself; `None` if it does not exist.
    pub own: Option<ConnectionValues>,
    /// Its schedules, by whether they are Ready and the reason.
    pub schedules: Vec<ScheduleCount>,
    /// Its schedules that are Drifted.
    pub drifted: f64,
    /// Its schedules whose last run failed.
    pub failing: f64,
    /// Its schedules that are paused.
    pub paused: f64,
}

/// What is known of a connection itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConnectionValues {
    /// Whether it can be used.
    pub ready: bool,
    /// When it was last polled with success, in seconds since 1970.
    pub last_poll: Option<f64>,
    /// How often it is polled, in seconds.
    pub poll_interval: Option<f64>,
    /// How many calls its rate limit allows at once now.
    pub tokens: f64,
    /// How often the API has answered 429.
    pub throttles: u64,
    /// Whether its kill switch is on.
    pub kill_switch: bool,
    /// How many deletions wait for approval.
    pub held_deletions: f64,
    /// How many ids with its prefix no resource claims.
    pub unclaimed: f64,
    /// Whether too many schedules vanished at once.
    pub mass_disappearance: bool,
}

/// How many schedules have this reason.
#[derive(Clone, Debug)]
pub struct ScheduleCount {
    /// Whether they are Ready.
    pub ready: bool,
    /// The reason of the condition Ready.
    pub reason: String,
    /// How many.
    pub count: f64,
}

/// A schedule at the time of a scrape.
#[derive(Clone, Debug)]
pub struct ScheduleSample {
    /// Which one.
    pub labels: ObjectLabels,
    /// Its next run, in seconds since 1970; `None` while it has none.
    pub next_run: Option<f64>,
    /// Its last run.
    pub last_run: Option<f64>,
    /// Whether it is Ready.
    pub ready: bool,
    /// Whether it is Drifted.
    pub drifted: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// What is known of its runs.
    pub runs: RunSample,
}

/// A gauge of each object of a kind: its name, its help, and its value.
type Gauge<T> = (&'static str, &'static str, fn(&T) -> Option<f64>);

const CONNECTION_GAUGES: &[Gauge<ConnectionSample>] = &[
    ("connection_ready", "Whether the connection can be used (1) or not (0).", |it| own(it, |own| flag(own.ready))),
    (
        "connection_last_poll_timestamp_seconds",
        "When the schedules of the connection were last listed with success.",
        |it| it.own.and_then(|own| own.last_poll),
    ),
    ("connection_poll_interval_seconds", "How often the connection is polled.", |it| {
        it.own.and_then(|own| own.poll_interval)
    }),
    (
        "connection_rate_limit_tokens",
        "How many calls the rate limit of the connection allows at once now; less than 1 means that calls wait.",
        |it| own(it, |own| own.tokens),
    ),
    ("connection_kill_switch", "Whether the kill switch of the connection is on (1) or off (0).", |it| {
        own(it, |own| flag(own.kill_switch))
    }),
    ("connection_held_deletions", "Deletions of schedules that wait for the approval of a person.", |it| {
        own(it, |own| own.held_deletions)
    }),
    (
        "connection_unclaimed_schedules",
        "Remote schedules with the prefix of the connection that no resource claims.",
        |it| own(it, |own| own.unclaimed),
    ),
    (
        "connection_mass_disappearance",
        "Whether too many schedules vanished from the remote at once (1), so that none is created again.",
        |it| own(it, |own| flag(own.mass_disappearance)),
    ),
    ("connection_drifted_schedules", "Schedules of the connection that differ at the remote.", |it| Some(it.drifted)),
    ("connection_failing_schedules", "Schedules of the connection whose last run failed.", |it| Some(it.failing)),
    ("connection_paused_schedules", "Schedules of the connection that are paused.", |it| Some(it.paused)),
];

const SCHEDULE_GAUGES: &[Gauge<ScheduleSample>] = &[
    ("schedule_ready", "Whether the schedule is Ready (1) or not (0).", |it| Some(flag(it.ready))),
    ("schedule_drifted", "Whether the schedule differs at the remote (1) or not (0).", |it| Some(flag(it.drifted))),
    ("schedule_paused", "Whether the schedule is paused at the remote (1) or not (0).", |it| Some(flag(it.paused))),
    (
        "schedule_next_run_timestamp_seconds",
        "When the schedule runs next; absent while it is paused or has no run left.",
        |it| it.next_run,
    ),
    ("schedule_last_run_timestamp_seconds", "When the schedule ran last; absent before its first run.", |it| {
        it.last_run
    }),
    (
        "schedule_last_success_timestamp_seconds",
        "When a run of the schedule last completed; absent before the first one.",
        |it| it.runs.last_success,
    ),
    (
        "schedule_success_due_timestamp_seconds",
        "By when the next run must complete; absent without runs.successWithin, while paused, and without a run left.",
        |it| it.runs.success_due,
    ),
    (
        "schedule_last_run_duration_seconds",
        "How long the last run that has ended took; absent before the first one.",
        |it| it.runs.last_duration,
    ),
    (
        "schedule_consecutive_failures",
        "How many runs in a row failed or timed out, up to the last one whose end is known; absent until one is.",
        |it| it.runs.consecutive_failures,
    ),
    (
        "schedule_run_overdue",
        "Whether a run takes longer than runs.maxDuration (1) or not (0); absent without it.",
        |it| it.runs.is_overdue.map(flag),
    ),
    (
        "schedule_run_missed",
        "Whether a run was due and has not started (1) or not (0): the condition RunsMissed. Absent if runs are not followed.",
        |it| it.runs.is_missed.map(flag),
    ),
];

fn own(sample: &ConnectionSample, value: impl FnOnce(ConnectionValues) -> f64) -> Option<f64> {
    sample.own.map(value)
}

const fn flag(is: bool) -> f64 {
    if is { 1.0 } else { 0.0 }
}

/// Encodes the metrics of the objects that are known at the time of a scrape.
#[derive(Clone, Default)]
pub(super) struct ObjectCollector {
    objects: Arc<Mutex<Option<Weak<dyn Objects>>>>,
    has_schedules: bool,
}

impl ObjectCollector {
    /// With series of single schedules, or without.
    pub(super) fn new(has_schedules: bool) -> Self {
        Self { objects: Arc::default(), has_schedules }
    }

    /// From now on these objects are shown.
    pub(super) fn show(&self, objects: Weak<dyn Objects>) {
        *self.objects.lock().unwrap_or_else(PoisonError::into_inner) = Some(objects);
    }

    fn shown(&self) -> Option<Arc<dyn Objects>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.upgrade()
    }
}

impl fmt::Debug for ObjectCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectCollector").finish_non_exhaustive()
    }
}

impl Collector for ObjectCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let shown = self.shown();
        let connections = shown.as_ref().map(|objects| objects.connections()).unwrap_or_default();
        gauges(&mut encoder, CONNECTION_GAUGES, &connections, |it| &it.labels)?;
        throttles(&mut encoder, &connections)?;
        readiness(&mut encoder, &connections)?;
        if self.has_schedules {
            let schedules = shown.map(|objects| objects.schedules()).unwrap_or_default();
            gauges(&mut encoder, SCHEDULE_GAUGES, &schedules, |it| &it.labels)?;
            let counts =
                schedules.iter().map(|it| (it.labels.namespace.as_str(), it.labels.name.as_str(), it.runs.counts));
            runs::encode(&mut encoder, counts)?;
        }
        Ok(())
    }
}

fn gauges<T>(
    encoder: &mut DescriptorEncoder,
    gauges: &[Gauge<T>],
    samples: &[T],
    labels: impl Fn(&T) -> &ObjectLabels,
) -> fmt::Result {
    for (name, help, value) in gauges {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for sample in samples {
            if let Some(value) = value(sample) {
                family.encode_family(labels(sample))?.encode_gauge(&value)?;
            }
        }
    }
    Ok(())
}

fn throttles(encoder: &mut DescriptorEncoder, samples: &[ConnectionSample]) -> fmt::Result {
    let help = "How often the API has told the connection to slow down (429).";
    let mut family = encoder.encode_descriptor("connection_throttles", help, None, MetricType::Counter)?;
    for sample in samples {
        if let Some(own) = sample.own {
            family.encode_family(&sample.labels)?.encode_counter::<NoLabelSet, u64, f64>(&own.throttles, None)?;
        }
    }
    Ok(())
}

fn readiness(encoder: &mut DescriptorEncoder, samples: &[ConnectionSample]) -> fmt::Result {
    let help = "Schedules of the connection, by whether they are Ready and by the reason; docs/conditions.md explains each reason.";
    let mut family = encoder.encode_descriptor("connection_schedules", help, None, MetricType::Gauge)?;
    for sample in samples {
        for ScheduleCount { ready, reason, count } in &sample.schedules {
            let labels = ReadinessLabels {
                namespace: sample.labels.namespace.clone(),
                name: sample.labels.name.clone(),
                ready: if *ready { "true" } else { "false" },
                reason: reason.clone(),
            };
            family.encode_family(&labels)?.encode_gauge(count)?;
        }
    }
    Ok(())
}
