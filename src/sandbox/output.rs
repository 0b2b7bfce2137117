//! A schedule as the API shows it.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::engine::{Policy, Recent, Schedule};
use crate::timing::{Spec, datetime};

/// The whole schedule.
#[derive(Serialize)]
pub(super) struct Output<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    spec: &'a Spec,
    policy: Policy,
    input: &'a Value,
    remaining_executions: Option<i64>,
    future_executions: Vec<Future>,
    recent_executions: Vec<Past<'a>>,
}

/// The part of a schedule that an index holds.
#[derive(Serialize)]
pub(super) struct Partial<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    spec: Spec,
    future_executions: Vec<Future>,
    recent_executions: Vec<Past<'a>>,
}

#[derive(Serialize)]
struct Head<'a> {
    schedule_id: &'a str,
    workflow_name: &'a str,
    deployment_name: Option<&'a str>,
    paused: bool,
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct Future {
    #[serde(serialize_with = "wire")]
    scheduled_at: Timestamp,
}

#[derive(Serialize)]
struct Past<'a> {
    #[serde(serialize_with = "wire")]
    scheduled_at: Timestamp,
    #[serde(serialize_with = "wire")]
    started_at: Timestamp,
    execution_id: &'a str,
}

/// A time in the format of the API.
pub(super) fn wire<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&datetime::to_wire(*at))
}

impl<'a> From<&'a Schedule> for Output<'a> {
    fn from(schedule: &'a Schedule) -> Self {
        Self {
            head: schedule.into(),
            spec: &schedule.definition.spec,
            policy: schedule.definition.policy,
            input: &schedule.definition.input,
            remaining_executions: schedule.remaining,
            future_executions: schedule.future().map(|scheduled_at| Future { scheduled_at }).collect(),
            recent_executions: schedule.recent.iter().map(Past::from).collect(),
        }
    }
}

/// How many calendars, intervals and skips an index holds (Temporal 1.32.0).
const INDEXED_TIMES: usize = 10;
/// How many runs, to come and past, an index holds (Temporal 1.32.0).
const INDEXED_RUNS: usize = 5;

impl<'a> From<&'a Schedule> for Partial<'a> {
    fn from(schedule: &'a Schedule) -> Self {
        let mut spec = schedule.definition.spec.clone();
        spec.calendars.truncate(INDEXED_TIMES);
        spec.intervals.truncate(INDEXED_TIMES);
        spec.skip.truncate(INDEXED_TIMES);
        let skipped = schedule.recent.len().saturating_sub(INDEXED_RUNS);
        Self {
            head: schedule.into(),
            spec,
            future_executions: schedule
                .future()
                .take(INDEXED_RUNS)
                .map(|scheduled_at| Future { scheduled_at })
                .collect(),
            recent_executions: schedule.recent.iter().skip(skipped).map(Past::from).collect(),
        }
    }
}

impl<'a> From<&'a Schedule> for Head<'a> {
    fn from(schedule: &'a Schedule) -> Self {
        Self {
            schedule_id: &schedule.id,
            workflow_name: &schedule.workflow_name,
            deployment_name: schedule.deployment_name.as_deref(),
            paused: schedule.paused,
            note: schedule.note.as_deref(),
        }
    }
}

impl<'a> From<&'a Recent> for Past<'a> {
    fn from(recent: &'a Recent) -> Self {
        Self { scheduled_at: recent.scheduled_at, started_at: recent.started_at, execution_id: &recent.execution_id }
    }
}
