//! What is said of a schedule. Pure: `now` is an argument.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::api::{Condition, Drift, Execution, ExecutionState, WorkflowSchedule, WorkflowScheduleStatus};
use crate::cli::wfs::events::Event;
use crate::cli::wfs::gitops;
use crate::cli::wfs::timing::{Moment, timing, zone_of};
use crate::controller::Key;
use crate::timing::words::words;

/// A schedule, for a person or a machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct View {
    pub(super) namespace: String,
    pub(super) name: String,
    /// Whether it is Ready; absent if the operator has not seen it or does not manage it.
    pub(super) ready: Option<bool>,
    /// Whether only a person can help.
    pub(super) stalled: bool,
    /// The reason of `Ready`, or why there is none.
    pub(super) state: String,
    pub(super) message: String,
    /// Whether the operator has not finished the current spec.
    pub(super) outdated: bool,
    /// The declared timing.
    pub(super) words: String,
    pub(super) workflow: Option<String>,
    pub(super) deployment: Option<String>,
    pub(super) connection: Option<String>,
    pub(super) schedule_id: Option<String>,
    pub(super) paused: Option<bool>,
    pub(super) pause_note: Option<String>,
    pub(super) remaining_executions: Option<i64>,
    /// Those that will start if nothing changes; of a paused schedule those that would.
    pub(super) next_runs: Vec<Moment>,
    /// Newest first.
    pub(super) last_runs: Vec<Run>,
    pub(super) last_success: Option<Moment>,
    pub(super) consecutive_failures: Option<i64>,
    pub(super) trigger: Option<Trigger>,
    /// What is likely to keep the runs from working.
    pub(super) warnings: Vec<String>,
    /// Conditions besides Ready.
    pub(super) conditions: Vec<Remark>,
    pub(super) drift: Vec<Drift>,
    pub(super) applied_by: Option<String>,
    pub(super) events: Vec<Event>,
}

/// A run that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) scheduled_at: Option<Moment>,
    pub(super) started_at: Option<String>,
    pub(super) execution_id: Option<String>,
    /// How it ended, or that it is running; absent until that is known.
    pub(super) state: Option<ExecutionState>,
    pub(super) duration_seconds: Option<i64>,
    /// Why it failed.
    pub(super) message: Option<String>,
}

/// The last requested trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Trigger {
    pub(super) token: String,
    pub(super) state: String,
    pub(super) message: Option<String>,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Remark {
    #[serde(rename = "type")]
    pub(super) type_: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) since: Timestamp,
}

impl View {
    pub(super) fn of(schedule: &WorkflowSchedule, now: Timestamp) -> Self {
        let Key { namespace, name } = Key::of(&schedule.metadata);
        let spec = &schedule.spec;
        let status = schedule.status.clone().unwrap_or_default();
        let zone = zone_of(spec);
        let is_true = |type_: &str| condition(&status, type_).is_some_and(|condition| condition.status == "True");
        let ready = condition(&status, "Ready");
        let (state, message) = match ready {
            Some(ready) => (ready.reason.clone(), ready.message.clone()),
            None if status.observed_generation.is_some_and(|seen| seen >= 0) => {
                ("Off".into(), "the operator does not manage it (management: Off)".into())
            }
            None => (
                "Unseen".into(),
                "the operator has not seen it yet: is it running, and does it watch this namespace?".into(),
            ),
        };
        Self {
            namespace,
            name,
            ready: ready.map(|ready| ready.status == "True"),
            stalled: is_true("Stalled"),
            state,
            message,
            outdated: status.observed_generation != schedule.metadata.generation,
            words: timing(spec).map_or_else(|error| format!("invalid: {error}"), |timing| words(&timing)),
            workflow: status.workflow_name.clone().or_else(|| spec.workflow_identifier.clone()),
            deployment: spec.deployment_name.clone(),
            connection: status.connection.clone(),
            schedule_id: status.schedule_id.clone(),
            paused: status.paused,
            pause_note: status.pause_note.clone(),
            remaining_executions: status.remaining_executions,
            next_runs: next_runs(&status, &zone, now),
            last_runs: last_runs(&status, &zone),
            last_success: status.last_successful_time.as_deref().and_then(|at| Moment::parse(at, &zone)),
            consecutive_failures: status.consecutive_failures,
            warnings: status.warnings.clone(),
            trigger: status.trigger.as_ref().map(|trigger| Trigger {
                token: trigger.token.clone(),
                state: format!("{:?}", trigger.state),
                message: trigger.message.clone(),
            }),
            conditions: status.conditions.iter().filter(|condition| is_remark(condition)).map(remark).collect(),
            drift: status.drift.clone(),
            applied_by: gitops::applier(&schedule.metadata).map(|applier| applier.what),
            events: Vec::new(),
        }
    }
}

fn condition<'a>(status: &'a WorkflowScheduleStatus, type_: &str) -> Option<&'a Condition> {
    status.conditions.iter().find(|condition| condition.type_ == type_)
}

/// Stalled and Reconciling repeat what Ready says.
fn is_remark(condition: &Condition) -> bool {
    condition.status == "True" && !matches!(condition.type_.as_str(), "Ready" | "Stalled" | "Reconciling")
}

fn remark(condition: &Condition) -> Remark {
    Remark {
        type_: condition.type_.clone(),
        reason: condition.reason.clone(),
        message: condition.message.clone(),
        since: condition.last_transition_time.0,
    }
}

fn next_runs(status: &WorkflowScheduleStatus, zone: &TimeZone, now: Timestamp) -> Vec<Moment> {
    let runs = status.next_executions.iter().filter_map(|text| Moment::parse(text, zone));
    runs.filter(|run| run.utc > now).collect()
}

fn last_runs(status: &WorkflowScheduleStatus, zone: &TimeZone) -> Vec<Run> {
    let recent = status.recent_executions.iter().rev();
    // A new remote schedule has no history, but the status keeps the last run.
    let kept = status.last_execution.iter().filter(|_| status.recent_executions.is_empty());
    recent.chain(kept).map(|run| run_of(run, zone)).collect()
}

fn run_of(run: &Execution, zone: &TimeZone) -> Run {
    Run {
        scheduled_at: Moment::parse(&run.scheduled_at, zone),
        started_at: run.started_at.clone(),
        execution_id: run.execution_id.clone(),
        state: run.state,
        duration_seconds: run.duration_seconds,
        message: run.message.clone(),
    }
}
