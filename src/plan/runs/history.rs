//! How the runs of a schedule ended, in its status.

use jiff::{SignedDuration, Timestamp};

use crate::api::{Execution, ExecutionState, WorkflowScheduleStatus};
use crate::plan::condition::to_second;
use crate::remote::Run;
use crate::remote::wire::ExecutionStatus;

/// How long after its start the end of a run is looked for, if the API does not know the run. A worker registers a
/// run only when it takes it.
const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What was found out about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunOutcome {
    /// Its state.
    pub state: ExecutionState,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it failed, without secrets.
    pub message: Option<String>,
}

impl RunOutcome {
    /// What the API says of a run.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        let state = match run.status {
            ExecutionStatus::Running => ExecutionState::Running,
            ExecutionStatus::Completed => ExecutionState::Completed,
            ExecutionStatus::Failed => ExecutionState::Failed,
            ExecutionStatus::Canceled => ExecutionState::Canceled,
            ExecutionStatus::Terminated => ExecutionState::Terminated,
            ExecutionStatus::ContinuedAsNew => ExecutionState::ContinuedAsNew,
            ExecutionStatus::TimedOut => ExecutionState::TimedOut,
            ExecutionStatus::Unknown => ExecutionState::Unknown,
        };
        let ended_at = run.end_time.filter(|_| is_final(state));
        Self { state, started_at: run.start_time, ended_at, message: None }
    }

    /// The API does not know the run.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { state: ExecutionState::Unknown, started_at: None, ended_at: None, message: None }
    }
}

/// Whether a run in this state has ended.
#[must_use]
pub const fn is_final(state: ExecutionState) -> bool {
    match state {
        ExecutionState::Completed
        | ExecutionState::Failed
        | ExecutionState::TimedOut
        | ExecutionState::Canceled
        | ExecutionState::Terminated => true,
        ExecutionState::Running | ExecutionState::ContinuedAsNew | ExecutionState::Unknown => false,
    }
}

/// Whether a run in this state has failed. What a person or a later run has stopped has not.
#[must_use]
pub const fn is_failure(state: ExecutionState) -> bool {
    match state {
        ExecutionState::Failed | ExecutionState::TimedOut => true,
        ExecutionState::Completed
        | ExecutionState::Canceled
        | ExecutionState::Terminated
        | ExecutionState::Running
        | ExecutionState::ContinuedAsNew
        | ExecutionState::Unknown => false,
    }
}

/// Whether the end of a run is still to be found out.
#[must_use]
pub fn is_open(run: &Execution, now: Timestamp) -> bool {
    match run.state {
        _ if run.execution_id.is_none() => false,
        None | Some(ExecutionState::Running | ExecutionState::ContinuedAsNew) => true,
        Some(ExecutionState::Unknown) => began(run).is_some_and(|began| now.duration_since(began) < LOOKED_FOR),
        Some(
            ExecutionState::Completed
            | ExecutionState::Failed
            | ExecutionState::TimedOut
            | ExecutionState::Canceled
            | ExecutionState::Terminated,
        ) => false,
    }
}

/// When a run started, or else when it was due.
#[must_use]
pub fn began(run: &Execution) -> Option<Timestamp> {
    run.started_at.as_deref().and_then(time).or_else(|| time(&run.scheduled_at))
}

pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// The last run that has completed or failed.
#[must_use]
pub fn last_decided(status: &WorkflowScheduleStatus) -> Option<&Execution> {
    status.recent_executions.iter().rev().find(|run| is_decided(run))
}

fn is_decided(run: &Execution) -> bool {
    run.state.is_some_and(|state| state == ExecutionState::Completed || is_failure(state))
}

/// An entry of a LIST may contain fewer runs, or be older than the status: what is known is kept, and runs that the
/// status has dropped are not taken in again.
pub(crate) fn merge_listed(old: &[Execution], new: &mut Vec<Execution>, most: usize) {
    let (Some(oldest), Some(newest)) = (old.first(), old.last()) else { return };
    let Some(listed) = new.last() else { return };
    let is_shared = new.iter().any(|run| old.iter().any(|known| is_same(known, run)));
    let is_before = |run: &Execution, other: &Execution| time(&run.scheduled_at) < time(&other.scheduled_at);
    if is_before(listed, oldest) || (is_shared && is_before(listed, newest)) {
        *new = old.to_vec();
        return;
    }
    new.retain(|run| !is_before(run, oldest));
    let joint = new.first().and_then(|first| old.iter().position(|run| is_same(run, first)));
    let room = most.saturating_sub(new.len());
    let older = &old[..joint.unwrap_or(0)];
    new.splice(..0, older[older.len().saturating_sub(room)..].iter().cloned());
}

/// Keeps what is known of runs when their list was read again.
pub(crate) fn carry_over(old: &WorkflowScheduleStatus, new: &mut WorkflowScheduleStatus) {
    for run in &mut new.recent_executions {
        if let Some(known) = old.recent_executions.iter().find(|known| is_same(known, run)) {
            run.state = known.state;
            run.ended_at.clone_from(&known.ended_at);
            run.duration_seconds = known.duration_seconds;
            run.message.clone_from(&known.message);
        }
    }
    summarize(old, new);
}

/// The same status with what was found out about its runs.
pub(super) fn with_outcomes(
    old: &WorkflowScheduleStatus,
    found: impl Fn(&str) -> Option<RunOutcome>,
) -> WorkflowScheduleStatus {
    let mut new = old.clone();
    for run in new.recent_executions.iter_mut().filter(|run| !run.state.is_some_and(is_final)) {
        if let Some(outcome) = run.execution_id.as_deref().and_then(&found) {
            apply(run, outcome);
        }
    }
    summarize(old, &mut new);
    new
}

/// Forgets how runs ended and which were missed, because that is not looked up any more.
pub(crate) fn forget_outcomes(status: &mut WorkflowScheduleStatus) {
    for run in status.recent_executions.iter_mut().chain(status.last_execution.as_mut()) {
        (run.state, run.ended_at, run.duration_seconds, run.message) = (None, None, None, None);
    }
    status.consecutive_failures = None;
    status.missed_execution_time = None;
}

fn apply(run: &mut Execution, outcome: RunOutcome) {
    let RunOutcome { state, started_at, ended_at, message } = outcome;
    let started_at = run.started_at.as_deref().and_then(time).or(started_at);
    run.state = Some(state);
    run.ended_at = ended_at.map(|at| to_second(at).to_string());
    run.duration_seconds = ended_at.zip(started_at).map(|(end, start)| end.duration_since(start).as_secs().max(0));
    run.message = message;
}

fn is_same(one: &Execution, other: &Execution) -> bool {
    one.execution_id.is_some() && one.execution_id == other.execution_id
}

/// What follows from the single runs.
fn summarize(old: &WorkflowScheduleStatus, new: &mut WorkflowScheduleStatus) {
    let successes = new.recent_executions.iter().filter(|run| run.state == Some(ExecutionState::Completed));
    let last_success = successes.filter_map(|run| run.ended_at.as_deref().and_then(time)).max();
    let known = old.last_successful_time.as_deref().and_then(time);
    new.last_successful_time = known.max(last_success).map(|at| to_second(at).to_string());
    new.consecutive_failures = consecutive_failures(old, &new.recent_executions);
    keep_last_message(&mut new.recent_executions);
    // A new schedule with the same id has no history, but the status keeps the last run.
    match (new.recent_executions.last(), &mut new.last_execution) {
        (Some(last), _) => new.last_execution = Some(last.clone()),
        // Nobody looks for its end any more.
        (None, Some(last)) if !last.state.is_some_and(is_final) => last.state = None,
        (None, Some(_) | None) => {}
    }
}

/// The reason of a failure is of interest until the next one.
fn keep_last_message(runs: &mut [Execution]) {
    let mut failures = runs.iter_mut().rev().filter(|run| run.state.is_some_and(is_failure));
    failures.next();
    failures.for_each(|run| run.message = None);
}

/// How many runs failed in a row, up to the last one whose end is known; `None` if that is not known of any. Runs that
/// are not shown any more count only if none in between can have completed.
fn consecutive_failures(old: &WorkflowScheduleStatus, new: &[Execution]) -> Option<i64> {
    let joint = new.first().and_then(|first| old.recent_executions.iter().position(|run| is_same(run, first)));
    let gone = joint.map_or(&[][..], |joint| &old.recent_executions[..joint]);
    let mut newest_first = gone.iter().chain(new).rev().skip_while(|run| !is_decided(run)).peekable();
    if newest_first.peek().is_none() {
        return old.consecutive_failures.filter(|_| joint.is_some());
    }
    let may_have_completed =
        |run: &&Execution| matches!(run.state, Some(ExecutionState::Completed | ExecutionState::Unknown));
    let mut is_interrupted = false;
    let in_a_row = newest_first.take_while(|run| {
        is_interrupted = may_have_completed(run);
        !is_interrupted
    });
    let seen = failures(in_a_row);
    let mut up_to_last_failure = old.recent_executions.iter().rev().skip_while(|run| !is_decided(run));
    let was_interrupted = up_to_last_failure.any(|run| may_have_completed(&run));
    let before = if is_interrupted || was_interrupted || joint.is_none() {
        0
    } else {
        old.consecutive_failures.unwrap_or(0) - failures(old.recent_executions.iter())
    };
    Some(seen + before.max(0))
}

fn failures<'a>(runs: impl Iterator<Item = &'a Execution>) -> i64 {
    i64::try_from(runs.filter(|run| run.state.is_some_and(is_failure)).count()).unwrap_or(i64::MAX)
}
