//! Schedules that the engine closes by itself: those with nothing left to run a week after their last run, and one that
//! is resumed after a pause of more than a week (temporalio/temporal#4602, #9752). Neither is an accident.

use jiff::Timestamp;

use crate::api::{DeclaredPause, WorkflowSchedule};
use crate::plan::model::desired::written;
use crate::timing::Spec;

/// Whether a schedule has no times at all: it only runs when it is triggered.
pub(crate) const fn is_timeless(timing: &Spec) -> bool {
    timing.calendars.is_empty() && timing.intervals.is_empty()
}

/// Whether a schedule with times has no run left.
pub(crate) fn has_ended(timing: &Spec, now: Timestamp) -> bool {
    !is_timeless(timing) && timing.never_fires(now)
}

/// Whether the operator was to resume a paused schedule, and nothing says that it has. The engine may have deleted the
/// schedule then.
pub(crate) fn is_resume_owed(resource: &WorkflowSchedule) -> bool {
    let Some(status) = &resource.status else { return false };
    let Some(memory) = &status.memory else { return false };
    let declares_another =
        resource.spec.paused == Some(false) && memory.paused.is_some_and(|before| before != DeclaredPause::Running);
    let was_paused = status.paused == Some(true) && resource.spec.paused != Some(true);
    was_paused && (memory.paused_by_connection || declares_another)
}

/// Whether the engine closes a schedule, or has closed it, by itself. `resumes`: what was paused may just have been
/// resumed.
#[must_use]
pub fn is_closed_by_itself(resource: &WorkflowSchedule, resumes: bool, now: Timestamp) -> bool {
    let is_known = resource.status.as_ref().and_then(|status| status.memory.as_ref()?.closed).is_some();
    let fires = || {
        let timing = written(&resource.spec).ok().and_then(|written| written.canonical().ok());
        timing.is_none_or(|timing| !timing.never_fires(now))
    };
    is_known || resumes && is_resume_owed(resource) || !fires()
}
