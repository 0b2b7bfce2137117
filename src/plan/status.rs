//! Computes the status of a schedule at the end of a reconcile.

use jiff::Timestamp;

use crate::api::{
    self, Condition, Drift, Execution, Lifecycle, Memory, RECONCILE_REQUESTED_AT, Reason, TriggerState,
    WorkflowScheduleStatus,
};
use crate::plan::condition::{Since, to_second, without_middle};
use crate::plan::decision::action::Outcome;
use crate::plan::decision::inputs::{ConnectionView, Inputs};
use crate::plan::model::diff::{Difference, Field};
use crate::plan::model::failure_note::{FAILURE_HEAD, is_failure_note};
use crate::plan::model::observed::{Observation, Observed};
use crate::plan::rules::desired_pause::resume_request;
use crate::plan::rules::trigger;
use crate::plan::runs;
use crate::remote::wire::{ExecutionStatus, Remaining};

/// The maximum number of times and of runs in a status.
const MOST_RUNS: usize = 10;
/// The maximum number of differences in a status.
const MOST_DRIFT: usize = 20;

/// The status of a resource whose reconcile ends with `rest`, with `memory`.
#[must_use]
pub fn status(inputs: &Inputs, rest: &Outcome, memory: &Memory) -> WorkflowScheduleStatus {
    let mut status = remembering(inputs.status().cloned().unwrap_or_default(), memory);
    let workflow = status.workflow_name.clone();
    match inputs.observation {
        Observation::Present(observed) => show(&mut status, observed, false, inputs.now),
        Observation::Listed(observed) => show(&mut status, observed, true, inputs.now),
        Observation::Absent => forget_runs(&mut status, rest),
        Observation::None | Observation::Unlisted => forget_passed(&mut status, inputs.now),
    }
    if inputs.journal.has_resumed() && resume_request(inputs).is_some() {
        // The request is carried out once, however the reconcile ends.
        status.last_handled_resume_at = inputs.annotation(api::RESUME_REQUESTED_AT).map(str::to_owned);
    }
    if let Some(expired) = trigger::expired(inputs) {
        status.trigger = Some(expired);
    }
    if let (Some((message, _)), Some(trigger)) = (trigger::result(inputs), &mut status.trigger)
        && trigger.state == TriggerState::Accepted
    {
        trigger.message = Some(message);
    }
    if memory.target.is_some() {
        pin(&mut status, inputs, rest);
    }
    match rest {
        Outcome::Stalled { reason: Reason::Drifted | Reason::TargetMismatch, .. } => {
            // The remote schedule runs another workflow: the status must keep the name of ours.
            status.workflow_name = workflow.or(status.workflow_name);
            carried_through(&mut status, inputs);
        }
        // There is no remote schedule, so no later partial entry may count as equal to the last observed state.
        Outcome::Waiting { reason: Reason::Drifted, .. } if *inputs.observation == Observation::Absent => {
            status.workflow_name = None;
            carried_through(&mut status, inputs);
        }
        // The generation was processed. A change that the remote did not keep is reported as drift.
        Outcome::Ready { .. } | Outcome::Stalled { .. } | Outcome::Waiting { reason: Reason::Drifted, .. } => {
            carried_through(&mut status, inputs);
        }
        // An unmanaged resource counts as processed: a GitOps tool must not wait for it.
        Outcome::Unmanaged => {
            status.observed_generation = Some(inputs.generation());
            // Nothing would update them.
            forget_runs(&mut status, rest);
            status.warnings = Vec::new();
        }
        Outcome::Waiting { .. } | Outcome::Released => {}
    }
    if inputs.journal.has_changed_schedule() || is_new_generation(&status, inputs, rest) {
        status.last_change_time = Some(to_second(inputs.now).to_string());
    }
    if status.observed_generation != inputs.status().and_then(|status| status.observed_generation) {
        // They are about what was declared before. The next poll looks at what is declared now.
        status.warnings = Vec::new();
    }
    status.drift = drift_of(rest).iter().take(MOST_DRIFT).map(shown).collect();
    status.conditions = conditions(inputs, rest);
    judge_runs(&mut status, inputs);
    status
}

/// Whether an edit is carried through now. The status that noted its PATCH may have been lost.
fn is_new_generation(status: &WorkflowScheduleStatus, inputs: &Inputs, rest: &Outcome) -> bool {
    let is_carried_through = status.observed_generation == Some(inputs.generation());
    let is_managed = match rest {
        Outcome::Ready { reason, .. } => *reason != Reason::Observing,
        Outcome::Stalled { .. } | Outcome::Waiting { .. } | Outcome::Unmanaged | Outcome::Released => false,
    };
    is_managed && is_carried_through && inputs.observed_generation() != inputs.generation()
}

/// The same status with `memory`.
#[must_use]
pub fn remembering(mut status: WorkflowScheduleStatus, memory: &Memory) -> WorkflowScheduleStatus {
    if status.memory.take().and_then(|before| before.target) != memory.target {
        // The name is that of the old workflow; the next GET returns the new one.
        status.workflow_name = None;
    }
    status.memory = Some(memory.clone()).filter(|memory| *memory != Memory::default());
    status
}

/// The same status with the runs and the pause that a LIST shows; nothing else changes.
#[must_use]
pub fn with_runs(old: &WorkflowScheduleStatus, observed: &Observed, now: Timestamp) -> WorkflowScheduleStatus {
    let mut shown = old.clone();
    show(&mut shown, observed, true, now);
    WorkflowScheduleStatus {
        next_execution_time: shown.next_execution_time,
        next_executions: shown.next_executions,
        recent_executions: shown.recent_executions,
        last_execution: shown.last_execution,
        last_successful_time: shown.last_successful_time,
        consecutive_failures: shown.consecutive_failures,
        remaining_executions: shown.remaining_executions,
        paused: shown.paused,
        pause_note: shown.pause_note,
        ..old.clone()
    }
}

fn show(status: &mut WorkflowScheduleStatus, observed: &Observed, is_listed: bool, now: Timestamp) {
    let future: Vec<Timestamp> = observed.future.iter().copied().filter(|at| *at > now).take(MOST_RUNS).collect();
    let will_run = !observed.paused && !observed.is_exhausted(status.remaining_executions);
    status.workflow_name = observed.workflow_name.clone().or_else(|| status.workflow_name.take());
    status.next_execution_time = future.first().filter(|_| will_run).map(ToString::to_string);
    // An entry of a LIST may contain fewer runs: if these agree with the status, the status is kept.
    let known: Vec<Timestamp> =
        status.next_executions.iter().filter_map(|text| text.parse().ok()).filter(|at| *at > now).collect();
    let is_confirmed = !observed.is_whole() && !future.is_empty() && known.starts_with(&future);
    status.next_executions = (if is_confirmed { &known } else { &future }).iter().map(ToString::to_string).collect();
    let before = status.clone();
    let surplus = observed.recent.len().saturating_sub(MOST_RUNS);
    status.recent_executions = observed
        .recent
        .iter()
        .skip(surplus)
        .map(|run| Execution {
            scheduled_at: run.scheduled_at.to_string(),
            started_at: run.started_at.map(|at| at.to_string()),
            execution_id: run.execution_id.clone(),
            ..Execution::default()
        })
        .collect();
    if is_listed || !observed.is_whole() {
        runs::merge_listed(&before.recent_executions, &mut status.recent_executions, MOST_RUNS);
    }
    runs::carry_over(&before, status);
    if let Some(Remaining(remaining)) = observed.remaining {
        status.remaining_executions = remaining;
    }
    if status.paused == Some(true) && !observed.paused {
        status.last_resume_time = Some(to_second(now).to_string());
    }
    status.paused = Some(observed.paused);
    status.pause_note = observed.note.clone().filter(|_| observed.paused);
}

fn forget_runs(status: &mut WorkflowScheduleStatus, rest: &Outcome) {
    status.next_execution_time = None;
    status.next_executions = Vec::new();
    if matches!(rest, Outcome::Ready { reason: Reason::Exhausted, .. }) {
        status.remaining_executions = Some(0);
    }
}

/// The same status without next runs that have passed.
#[must_use]
pub fn without_passed_runs(mut status: WorkflowScheduleStatus, now: Timestamp) -> WorkflowScheduleStatus {
    forget_passed(&mut status, now);
    status
}

/// A time that has passed and cannot be refreshed is removed rather than shown.
fn forget_passed(status: &mut WorkflowScheduleStatus, now: Timestamp) {
    let is_to_come = |text: &String| text.parse::<Timestamp>().is_ok_and(|at| at > now);
    status.next_executions.retain(is_to_come);
    if status.next_execution_time.as_ref().is_some_and(|at| !is_to_come(at)) {
        status.next_execution_time = status.next_executions.first().cloned();
    }
}

/// Stores the connection and the id after the remote schedule exists. An observed schedule is not claimed.
fn pin(status: &mut WorkflowScheduleStatus, inputs: &Inputs, rest: &Outcome) {
    let (ConnectionView::Found { facts, .. }, Ok(desired)) = (inputs.connection, inputs.desired) else { return };
    if matches!(rest, Outcome::Ready { reason: Reason::Observing, .. } | Outcome::Unmanaged | Outcome::Released) {
        return;
    }
    status.connection.get_or_insert_with(|| facts.key.clone());
    status.schedule_id.get_or_insert_with(|| desired.id.as_str().to_owned());
}

fn carried_through(status: &mut WorkflowScheduleStatus, inputs: &Inputs) {
    status.observed_generation = Some(inputs.generation());
    if let Some(asked) = inputs.annotation(RECONCILE_REQUESTED_AT) {
        status.last_handled_reconcile_at = Some(asked.to_owned());
    }
    if resume_request(inputs).is_some() {
        status.last_handled_resume_at = inputs.annotation(api::RESUME_REQUESTED_AT).map(str::to_owned);
    }
}

fn drift_of(rest: &Outcome) -> &[Difference] {
    match rest {
        Outcome::Ready { drift, .. } | Outcome::Stalled { drift, .. } | Outcome::Waiting { drift, .. } => drift,
        Outcome::Unmanaged | Outcome::Released => &[],
    }
}

fn shown(difference: &Difference) -> Drift {
    Drift {
        field: difference.field.path().to_owned(),
        desired: difference.desired.clone(),
        observed: difference.observed.clone(),
    }
}

/// `Ready` always; the others while they are true.
fn conditions(inputs: &Inputs, rest: &Outcome) -> Vec<Condition> {
    let (ready, reason, message) = match rest {
        Outcome::Ready { reason, message, .. } => ("True", *reason, message.clone()),
        Outcome::Stalled { reason, message, .. } | Outcome::Waiting { reason, message, .. } => {
            ("False", *reason, message.clone())
        }
        // An unmanaged resource has no conditions; a GitOps tool treats it as healthy.
        Outcome::Unmanaged | Outcome::Released => return Vec::new(),
    };
    let mut conditions = vec![condition(inputs, "Ready", ready, reason, &message)];
    match rest {
        Outcome::Stalled { .. } => conditions.push(condition(inputs, "Stalled", "True", reason, &message)),
        Outcome::Waiting { .. } => conditions.push(condition(inputs, "Reconciling", "True", reason, &message)),
        Outcome::Ready { .. } | Outcome::Unmanaged | Outcome::Released => {}
    }
    let drift = drift_of(rest);
    if !drift.is_empty() {
        let fields: Vec<&str> = drift.iter().map(|difference| difference.field.path()).collect();
        let message = format!("the remote differs in {}", fields.join(", "));
        conditions.push(condition(inputs, "Drifted", "True", Reason::Drifted, &message));
    }
    conditions
}

/// What follows from the runs. Only a GET proves that a run was missed.
fn judge_runs(status: &mut WorkflowScheduleStatus, inputs: &Inputs) {
    if status.conditions.is_empty() || *inputs.observation == Observation::Absent {
        status.missed_execution_time = None;
        return;
    }
    runs::end_missed(status);
    if matches!(inputs.connection, ConnectionView::Found { facts, .. } if !facts.runs.is_tracking()) {
        // Nothing would update them.
        runs::forget_outcomes(status);
    }
    if let (Observation::Present(_), ConnectionView::Found { facts, .. }, Ok(desired)) =
        (inputs.observation, inputs.connection, inputs.desired)
        && status.missed_execution_time.is_none()
    {
        let created = inputs.resource.metadata.creation_timestamp.as_ref().map(|at| at.0);
        let declared = (&desired.content.timing, desired.content.policy, &desired.runs);
        status.missed_execution_time =
            runs::missed(status, created, declared, &facts.runs, inputs.now).map(|due| due.to_string());
    }
    let before = inputs.status().map_or(&[][..], |status| &status.conditions);
    let since = Since { before, generation: Some(inputs.generation()), now: inputs.now };
    let mut about_runs = runs::conditions(status, &inputs.resource.spec, since);
    let is_said = about_runs.iter().any(|condition| condition.reason == Reason::RunsFailing.as_str());
    let has_failed = matches!(inputs.journal.last_run(), Some(ExecutionStatus::Failed | ExecutionStatus::TimedOut));
    if has_failed && !is_said {
        about_runs.push(condition(inputs, "RunsFailing", "True", Reason::RunsFailing, "the last run failed"));
    }
    status.conditions.extend(about_runs);
}

fn condition(inputs: &Inputs, type_: &str, value: &str, reason: Reason, message: &str) -> Condition {
    let before = inputs.status().map_or(&[][..], |status| &status.conditions);
    let since = Since { before, generation: Some(inputs.generation()), now: inputs.now };
    since.condition(type_, value, reason, message)
}

/// Whether two statuses differ in more than the times of runs, which are written with low priority.
#[must_use]
pub fn differs_beyond_runs(old: &WorkflowScheduleStatus, new: &WorkflowScheduleStatus) -> bool {
    let bare = |status: &WorkflowScheduleStatus| WorkflowScheduleStatus {
        next_execution_time: None,
        next_executions: Vec::new(),
        recent_executions: Vec::new(),
        last_execution: None,
        last_successful_time: None,
        consecutive_failures: None,
        remaining_executions: None,
        ..status.clone()
    };
    bare(old) != bare(new)
}

/// A text that may be shown: without secrets, and cut to the limit.
#[must_use]
pub fn shown_text(text: &str, secrets: &[String]) -> String {
    without_middle(crate::plan::model::input::redact(text, secrets))
}

/// The beginning of a note is kept if it is from the engine or the operator, because the operator reads it
/// again.
fn redacted_note(note: &str, secrets: &[String]) -> String {
    if note.starts_with("paused by Workflow") {
        return note.to_owned();
    }
    let (head, rest) = note.split_at(if is_failure_note(note) { FAILURE_HEAD } else { 0 });
    format!("{head}{}", crate::plan::model::input::redact(rest, secrets))
}

/// Removes the secrets of a resource from all texts of a status.
#[must_use]
pub fn redacted(mut status: WorkflowScheduleStatus, secrets: &[String]) -> WorkflowScheduleStatus {
    for condition in &mut status.conditions {
        condition.message = shown_text(&condition.message, secrets);
    }
    let memory = status.memory.as_mut();
    let (before_patch, lifecycle) =
        memory.map_or((None, None), |memory| (memory.pause_before_patch.as_mut(), memory.lifecycle.as_deref_mut()));
    let old = lifecycle.and_then(|lifecycle| match lifecycle {
        Lifecycle::DeletingOld(old) => Some(old),
        Lifecycle::CreatingNew(replacement) => Some(&mut replacement.old),
        Lifecycle::Creating(_) => None,
    });
    let notes = [
        status.pause_note.as_mut(),
        before_patch.and_then(|pause| pause.note.as_mut()),
        old.and_then(|old| old.note.as_mut()),
    ];
    for note in notes.into_iter().flatten() {
        *note = redacted_note(note, secrets);
    }
    for drift in status.drift.iter_mut().filter(|drift| drift.field == Field::PauseNote.path()) {
        drift.desired = redacted_note(&drift.desired, secrets);
        drift.observed = redacted_note(&drift.observed, secrets);
    }
    if let Some(message) = status.trigger.as_mut().and_then(|trigger| trigger.message.as_mut()) {
        *message = shown_text(message, secrets);
    }
    status
}
