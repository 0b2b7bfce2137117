//! Whether a run was due and has not started. What cannot be known is not said: a false alarm is worse than none.

use jiff::{SignedDuration, Timestamp};

use crate::api::{Execution, ExecutionState, Reason, WorkflowSchedule, WorkflowScheduleStatus};
use crate::plan::decision::inputs::RunFacts;
use crate::plan::model::content::Policy;
use crate::plan::model::desired::{RunLimits, policy_of, run_limits, written};
use crate::plan::runs::history::{began, is_final, is_open, time};
use crate::timing::Spec;

/// A run that takes longer than this many times the longest one that completed does not take its usual time …
const UNUSUAL: i32 = 2;
/// … and neither does one that takes longer than this, if none has completed and nothing is declared. The engine ends a
/// run after an hour, unless its workflow says otherwise.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

/// What a schedule declares about its runs.
struct Declared<'a> {
    timing: &'a Spec,
    /// See [`waits_for_other_runs`].
    waits: bool,
    start_within: SignedDuration,
    max_duration: Option<SignedDuration>,
}

/// The first time after the last run at which a run was due, if it should have started by now and has not. `status`
/// shows what a GET has just returned, because a LIST may be stale.
pub(crate) fn missed(
    status: &WorkflowScheduleStatus,
    created: Option<Timestamp>,
    (timing, policy, limits): (&Spec, Policy, &RunLimits),
    facts: &RunFacts,
    now: Timestamp,
) -> Option<Timestamp> {
    let declared = Declared::new(timing, policy, limits, facts);
    let due = declared.first_due(status, created, facts, Some(now)).filter(|_| declared.agrees(status, now))?;
    (declared.deadline(due)? < now).then_some(due)
}

/// When a GET has to look at a schedule because a run may be missed by then. A run that is going for longer than usual
/// may make that look vain.
#[must_use]
pub fn missed_deadline(schedule: &WorkflowSchedule, facts: &RunFacts) -> Option<Timestamp> {
    let status = schedule.status.as_ref()?;
    if status.observed_generation != schedule.metadata.generation || schedule.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let created = schedule.metadata.creation_timestamp.as_ref().map(|at| at.0);
    let timing = written(&schedule.spec).ok()?.canonical().ok()?;
    let limits = run_limits(&schedule.spec).ok()?;
    let declared = Declared::new(&timing, policy_of(&schedule.spec).ok()?, &limits, facts);
    let deadline = declared.deadline(declared.first_due(status, created, facts, None)?)?;
    Some(declared.busy_until(status).map_or(deadline, |busy| deadline.max(busy)))
}

/// Forgets a missed run once a run has started since.
pub(crate) fn end_missed(status: &mut WorkflowScheduleStatus) {
    let missed = status.missed_execution_time.take();
    status.missed_execution_time = missed.filter(|missed| !is_over(missed, status));
}

fn is_over(missed: &str, status: &WorkflowScheduleStatus) -> bool {
    let last = status.recent_executions.last().map(|run| run.scheduled_at.as_str());
    match (time(missed), last.and_then(time)) {
        (Some(missed), Some(last)) => last >= missed,
        (Some(_) | None, _) => false,
    }
}

impl<'a> Declared<'a> {
    fn new(timing: &'a Spec, policy: Policy, limits: &RunLimits, facts: &RunFacts) -> Self {
        let start_within = limits.start_within.unwrap_or(facts.start_within);
        Self { timing, waits: waits_for_other_runs(policy), start_within, max_duration: limits.max_duration }
    }

    /// Whether the remote has the same times: its next run is one of ours. Time zones change, and its data about them may
    /// be other than ours.
    fn agrees(&self, status: &WorkflowScheduleStatus, now: Timestamp) -> bool {
        let Some(next) = status.next_executions.first().and_then(|text| time(text)) else {
            return self.timing.never_fires(now);
        };
        let jitter = self.timing.jitter.unwrap_or_default().saturating_add(SignedDuration::from_secs(1));
        let ours = next.checked_sub(jitter).ok().and_then(|from| self.timing.runs_after(from, "").next());
        ours.is_some_and(|ours| ours.nominal <= next)
    }

    fn deadline(&self, due: Timestamp) -> Option<Timestamp> {
        let jitter = self.timing.jitter.unwrap_or_default();
        due.checked_add(jitter).ok()?.checked_add(self.start_within).ok()
    }

    /// `now`: a run that is going now, and takes an unusual time, hides nothing.
    fn first_due(
        &self,
        status: &WorkflowScheduleStatus,
        created: Option<Timestamp>,
        facts: &RunFacts,
        now: Option<Timestamp>,
    ) -> Option<Timestamp> {
        let since = expected_since(status, created, facts)?;
        let last = status.recent_executions.last();
        let mut since = last.and_then(|run| time(&run.scheduled_at)).map_or(since, |at| at.max(since));
        if self.waits {
            // A trigger may start a run beside others, so an older one may have gone on for longer.
            let usual = self.usual_duration(status);
            for run in status.recent_executions.iter().filter(|run| Some(*run) == last || may_hide(run, now)) {
                since = since.max(free_since(run, usual, now)?);
            }
        }
        self.timing.runs_after(since, "").next().map(|run| run.nominal)
    }

    /// How long a run may take without hiding others. Runs that were stopped say nothing of that.
    fn usual_duration(&self, status: &WorkflowScheduleStatus) -> SignedDuration {
        let completed = status.recent_executions.iter().filter(|run| run.state == Some(ExecutionState::Completed));
        let longest = completed.filter_map(|run| run.duration_seconds).max();
        let usual = longest.map(|longest| SignedDuration::from_secs(longest).saturating_mul(UNUSUAL));
        usual.or(self.max_duration).unwrap_or(USUAL)
    }

    /// Until when a run that is still going does not take an unusual time.
    fn busy_until(&self, status: &WorkflowScheduleStatus) -> Option<Timestamp> {
        let usual = self.usual_duration(status);
        let going = status.recent_executions.iter().filter(|run| run.state == Some(ExecutionState::Running));
        going.filter_map(|run| began(run)?.checked_add(usual).ok()).max().filter(|_| self.waits)
    }
}

/// Whether a run is left out, or waits, while another is going.
pub(super) const fn waits_for_other_runs(policy: Policy) -> bool {
    matches!(policy.overlap, 1..=3)
}

/// Whether an older run may have kept others from starting. One that nobody looks for any more does not do so for ever.
fn may_hide(run: &Execution, now: Option<Timestamp>) -> bool {
    match run.state {
        _ if run.execution_id.is_none() => false,
        Some(ExecutionState::Unknown) => now.is_some_and(|now| is_open(run, now)),
        Some(state) if is_final(state) => run.ended_at.is_some(),
        Some(_) | None => true,
    }
}

/// Since when a run leaves room for the next one; `None` if that is not known.
fn free_since(run: &Execution, usual: SignedDuration, now: Option<Timestamp>) -> Option<Timestamp> {
    let is_unusual = |now: Timestamp| began(run).is_some_and(|began| now.duration_since(began) > usual);
    match run.state {
        Some(state) if is_final(state) => run.ended_at.as_deref().and_then(time),
        Some(ExecutionState::Running) if now.is_none_or(is_unusual) => time(&run.scheduled_at),
        Some(_) | None => None,
    }
}

/// Since when each due time must have a run: the schedule is as declared, not paused, and in reach.
fn expected_since(status: &WorkflowScheduleStatus, created: Option<Timestamp>, facts: &RunFacts) -> Option<Timestamp> {
    let ready = status.conditions.iter().find(|condition| condition.type_ == "Ready")?;
    let is_in_sync = ready.status == "True" && ready.reason == Reason::InSync.as_str();
    let may_run = status.paused == Some(false) && status.remaining_executions != Some(0);
    if !is_in_sync || !may_run || status.missed_execution_time.is_some() || !facts.is_tracking() {
        return None;
    }
    let times = [status.last_change_time.as_deref(), status.last_resume_time.as_deref()];
    let known = times.into_iter().flatten().filter_map(time);
    let latest = known.chain(created).chain([ready.last_transition_time.0, facts.in_reach_since?]).max()?;
    Some(latest)
}
