//! What metrics say of single connections and schedules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{Condition, Reason, WorkflowConnection, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::connection_state::Readiness;
use crate::controller::state::key::Key;
use crate::plan::{count, run_facts, run_limits};
use crate::telemetry::{
    ConnectionSample, ConnectionValues, ObjectLabels, Objects, RunCounts, RunSample, ScheduleCount, ScheduleSample,
};

impl Objects for Context {
    fn connections(&self) -> Vec<ConnectionSample> {
        let (mut schedules_of, connections) = {
            let cache = self.cache();
            let mut schedules_of = BTreeMap::<Key, Vec<Arc<WorkflowSchedule>>>::new();
            for (_, known) in cache.schedules() {
                if let Some(connection) = &known.connection_ref {
                    schedules_of.entry(connection.clone()).or_default().push(known.resource.clone());
                }
            }
            let connections: BTreeMap<_, _> =
                cache.connections().map(|(key, connection)| (key.clone(), connection.clone())).collect();
            (schedules_of, connections)
        };
        for key in connections.keys() {
            schedules_of.entry(key.clone()).or_default();
        }
        let now = self.seams.elapsed();
        let samples = schedules_of.into_iter().map(|(key, schedules)| {
            let own = connections.get(&key).map(|connection| {
                let handle = self.handle(&key);
                values(connection, handle.as_deref(), now)
            });
            sample(&key, own, &schedules)
        });
        samples.collect()
    }

    fn schedules(&self) -> Vec<ScheduleSample> {
        let schedules: Vec<(Arc<WorkflowSchedule>, RunCounts, bool)> = {
            let cache = self.cache();
            let tracking = |known: &CachedSchedule| {
                let connection = known.connection_ref.as_ref().and_then(|key| cache.connection(key));
                connection.is_none_or(|connection| run_facts(connection).is_tracking())
            };
            cache.schedules().map(|(_, known)| (known.resource.clone(), known.run_counts, tracking(known))).collect()
        };
        schedules.iter().map(|(schedule, counts, tracking)| schedule_sample(schedule, *counts, *tracking)).collect()
    }
}

fn values(connection: &WorkflowConnection, handle: Option<&ConnectionHandle>, now: Duration) -> ConnectionValues {
    let status = connection.status.as_ref();
    // It is written to the status only every few minutes, but it outlives the process there.
    let stored = || status.and_then(|status| status.last_poll_time.as_deref()).and_then(seconds);
    let unclaimed = status.and_then(|status| status.unclaimed.as_ref()).map_or(0, |unclaimed| unclaimed.count);
    let of_connection = ConnectionValues {
        last_poll: stored(),
        kill_switch: connection.spec.paused == Some(true),
        unclaimed: float(unclaimed),
        ..ConnectionValues::default()
    };
    let Some(handle) = handle else { return of_connection };
    let state = handle.state();
    ConnectionValues {
        ready: *state.readiness() == Readiness::Ready,
        last_poll: handle.polled_at().map(since_epoch).or(of_connection.last_poll),
        poll_interval: state.settings().map(|settings| settings.poll_interval.as_secs_f64()),
        tokens: handle.rate_limiter.tokens_now(now),
        throttles: handle.rate_limiter.throttles(),
        held_deletions: float(handle.deletions().held().len()),
        mass_disappearance: handle.remote_facts().mass_disappearance_since.is_some(),
        ..of_connection
    }
}

fn sample(key: &Key, own: Option<ConnectionValues>, schedules: &[Arc<WorkflowSchedule>]) -> ConnectionSample {
    let counts = count(schedules.iter().map(AsRef::as_ref));
    let mut by_reason = BTreeMap::<(bool, &str), usize>::new();
    for schedule in schedules {
        // A schedule without a status is one that the operator has not reconciled yet.
        let condition = condition(schedule, "Ready");
        let reason = condition.map_or(Reason::Progressing.as_str(), |ready| ready.reason.as_str());
        *by_reason.entry((is_true(schedule, "Ready"), reason)).or_default() += 1;
    }
    let schedules = by_reason
        .into_iter()
        .map(|((ready, reason), count)| ScheduleCount { ready, reason: reason.to_owned(), count: float(count) })
        .collect();
    ConnectionSample {
        labels: labels(&key.namespace, &key.name),
        own,
        schedules,
        drifted: float(counts.drifted),
        failing: float(counts.failing),
        paused: float(counts.paused),
    }
}

fn schedule_sample(schedule: &WorkflowSchedule, counts: RunCounts, is_tracking: bool) -> ScheduleSample {
    let Key { namespace, name } = Key::of(&schedule.metadata);
    let status = schedule.status.as_ref();
    let last = status.and_then(|status| status.last_execution.as_ref());
    ScheduleSample {
        labels: labels(&namespace, &name),
        next_run: status.and_then(|status| status.next_execution_time.as_deref()).and_then(seconds),
        last_run: last.and_then(|run| seconds(run.started_at.as_ref().unwrap_or(&run.scheduled_at))),
        ready: is_true(schedule, "Ready"),
        drifted: is_true(schedule, "Drifted"),
        paused: status.and_then(|status| status.paused) == Some(true),
        runs: run_sample(schedule, counts, is_tracking),
    }
}

fn run_sample(schedule: &WorkflowSchedule, counts: RunCounts, is_tracking: bool) -> RunSample {
    let Some(status) = &schedule.status else { return RunSample { counts, ..RunSample::default() } };
    let limits = run_limits(&schedule.spec).unwrap_or_default();
    let last_success = status.last_successful_time.as_deref().and_then(seconds);
    let created = schedule.metadata.creation_timestamp.as_ref().map(|at| since_epoch(at.0));
    // Nobody waits for a run that cannot start, nor for one whose end nobody looks for.
    let ready = condition(schedule, "Ready").map(|condition| condition.reason.as_str());
    let may_run = ready.is_some_and(|reason| ![Reason::Ended, Reason::Exhausted].map(Reason::as_str).contains(&reason));
    let is_due = is_tracking && may_run && status.paused != Some(true);
    let within = limits.success_within.filter(|_| is_due);
    let resumed = status.last_resume_time.as_deref().and_then(seconds);
    let since = last_success.or(created).map(|at| at.max(resumed.unwrap_or(at)));
    let success_due = within.zip(since).map(|(within, at)| at + within.as_secs_f64());
    RunSample {
        counts,
        last_success,
        success_due,
        last_duration: status.recent_executions.iter().rev().find_map(|run| run.duration_seconds).map(float),
        consecutive_failures: status.consecutive_failures.map(float),
        is_overdue: limits.max_duration.map(|_| is_true(schedule, Reason::RunOverdue.as_str())),
        is_missed: is_tracking.then(|| is_true(schedule, Reason::RunsMissed.as_str())),
    }
}

fn condition<'a>(schedule: &'a WorkflowSchedule, type_: &str) -> Option<&'a Condition> {
    schedule.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == type_)
}

fn is_true(schedule: &WorkflowSchedule, type_: &str) -> bool {
    condition(schedule, type_).is_some_and(|condition| condition.status == "True")
}

fn labels(namespace: &str, name: &str) -> ObjectLabels {
    ObjectLabels { namespace: namespace.to_owned(), name: name.to_owned() }
}

fn seconds(text: &str) -> Option<f64> {
    text.parse().ok().map(since_epoch)
}

fn since_epoch(at: Timestamp) -> f64 {
    at.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64()
}

/// A gauge is a float. No number of objects is so large that it is rounded.
#[allow(clippy::cast_precision_loss, reason = "see above")]
fn float(count: impl TryInto<i64>) -> f64 {
    count.try_into().unwrap_or(i64::MAX) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{RunExpectations, WorkflowScheduleSpec, WorkflowScheduleStatus};

    #[test]
    fn a_success_is_due_only_where_a_run_can_start_and_its_end_is_looked_for() {
        let runs = RunExpectations { success_within: Some("1h".into()), ..RunExpectations::default() };
        let spec = WorkflowScheduleSpec { runs: Some(runs), ..WorkflowScheduleSpec::default() };
        let mut schedule = WorkflowSchedule::new("report", spec);
        let due = |schedule: &WorkflowSchedule, is_tracking: bool| {
            run_sample(schedule, RunCounts::default(), is_tracking).success_due
        };
        let ready = |reason: Reason| Condition {
            type_: "Ready".into(),
            status: "True".into(),
            reason: reason.as_str().into(),
            message: String::new(),
            observed_generation: None,
            last_transition_time: k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(Timestamp::UNIX_EPOCH),
        };
        for (paused, is_tracking, reason, expected) in [
            (false, true, Some(Reason::InSync), Some(3660.0)),
            (false, false, Some(Reason::InSync), None),
            (true, true, Some(Reason::InSync), None),
            (false, true, Some(Reason::Exhausted), None),
            (false, true, Some(Reason::Ended), None),
            (false, true, None, None),
        ] {
            schedule.status = Some(WorkflowScheduleStatus {
                last_successful_time: Some("1970-01-01T00:01:00Z".into()),
                paused: Some(paused),
                conditions: reason.map(ready).into_iter().collect(),
                ..WorkflowScheduleStatus::default()
            });
            assert_eq!(due(&schedule, is_tracking), expected, "paused {paused}, tracking {is_tracking}, {reason:?}");
        }
        let status = schedule.status.get_or_insert_default();
        (status.paused, status.last_resume_time) = (Some(false), Some("1970-01-01T02:00:00Z".into()));
        status.conditions = vec![ready(Reason::InSync)];
        assert_eq!(due(&schedule, true), Some(10_800.0), "nothing could run before");
    }
}
