//! Which changes of a resource need a reconcile, and with which priority. Pure functions.

use crate::api::{
    APPROVE_DELETIONS_AT, RECONCILE_REQUESTED_AT, RESUME_REQUESTED_AT, TRIGGER_REQUESTED_AT, WorkflowConnection,
    WorkflowConnectionSpec, WorkflowSchedule, WorkflowScheduleStatus,
};
use crate::controller::state::cache::is_edited;
use crate::controller::state::workqueue::Priority;
use crate::plan::{annotation_value, has_finalizer};

/// Whether a schedule that was just listed needs a reconcile. A schedule whose status is Ready does not: the
/// next LIST of its connection compares it.
#[must_use]
pub fn at_first_sight(resource: &WorkflowSchedule) -> Option<Priority> {
    unfinished(resource).or_else(|| (!is_ready(resource)).then_some(Priority::Background))
}

/// Whether a schedule has an open request, whatever its conditions are.
#[must_use]
pub fn unfinished(resource: &WorkflowSchedule) -> Option<Priority> {
    if resource.metadata.deletion_timestamp.is_some() {
        return Some(Priority::Urgent);
    }
    let is_settled = resource.status.as_ref().is_some_and(|status| is_settled(resource, status));
    (!is_settled).then_some(Priority::Background)
}

/// Whether a changed schedule needs a reconcile. The operator's own writes change neither the generation, the
/// annotations, the finalizers nor the deletion, so they cause none.
#[must_use]
pub fn at_change(old: &WorkflowSchedule, new: &WorkflowSchedule) -> Option<Priority> {
    if new.metadata.deletion_timestamp.is_some() {
        let is_news = old.metadata.deletion_timestamp.is_none() || old.metadata.finalizers != new.metadata.finalizers;
        return (is_news || is_edited(old, new)).then_some(Priority::Urgent);
    }
    let asks = |name: &str| annotation(old, name) != annotation(new, name) && annotation(new, name).is_some();
    let is_edited = is_edited(old, new);
    let edit = is_edited.then(|| {
        if new.spec.paused == Some(true) && old.spec.paused != Some(true) {
            Priority::Urgent
        } else if is_handled(old) {
            Priority::Interactive
        } else {
            Priority::Background
        }
    });
    // Not where it was just added: the watch may be quicker than the answer to our own write.
    let lost_finalizer = has_finalizer(&old.metadata) && !has_finalizer(&new.metadata);
    [
        edit,
        asks(TRIGGER_REQUESTED_AT).then_some(Priority::Trigger),
        asks(RESUME_REQUESTED_AT).then_some(Priority::Interactive),
        asks(RECONCILE_REQUESTED_AT).then_some(Priority::Interactive),
        lost_finalizer.then_some(Priority::Background),
        (pinned(old).is_some() && pinned(old) != pinned(new)).then_some(Priority::Background),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// Its remote schedule exists, there is no open request, and nothing is in progress.
fn is_settled(resource: &WorkflowSchedule, status: &WorkflowScheduleStatus) -> bool {
    let handled = |name: &str, done: Option<&str>| annotation(resource, name).is_none_or(|token| Some(token) == done);
    let memory_is_quiet = status.memory.as_ref().is_none_or(|memory| {
        memory.lifecycle.is_none()
            && memory.pause_before_patch.is_none()
            && !memory.paused_by_connection
            && memory.unanswered_creations.is_none()
            && memory.unanswered_deletions.is_none()
            && memory.max_executions.as_ref().is_none_or(|count| count.intended.is_none())
    });
    status.schedule_id.is_some()
        && status.observed_generation == resource.metadata.generation
        && handled(RECONCILE_REQUESTED_AT, status.last_handled_reconcile_at.as_deref())
        && handled(RESUME_REQUESTED_AT, status.last_handled_resume_at.as_deref())
        && handled(TRIGGER_REQUESTED_AT, status.trigger.as_ref().map(|trigger| trigger.token.as_str()))
        && memory_is_quiet
}

/// Decides only what is looked at first after a start: the first LIST compares all.
fn is_ready(resource: &WorkflowSchedule) -> bool {
    let mut conditions = resource.status.iter().flat_map(|status| &status.conditions);
    conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Whether its generation was processed: an edit then has the priority of a person's edit, not of a first creation.
fn is_handled(resource: &WorkflowSchedule) -> bool {
    resource.status.as_ref().is_some_and(|status| status.observed_generation == resource.metadata.generation)
}

fn pinned(resource: &WorkflowSchedule) -> Option<&str> {
    resource.status.as_ref()?.schedule_id.as_deref()
}

fn annotation<'a>(resource: &'a WorkflowSchedule, name: &str) -> Option<&'a str> {
    resource.metadata.annotations.as_ref()?.get(name).map(|text| annotation_value(text))
}

/// The effect of an edit of a connection on its schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionWake {
    /// The connection itself has to be looked at again.
    pub reconcile: bool,
    /// All of its schedules need a reconcile, this urgently.
    pub schedules: Option<Priority>,
    /// Deletions were approved: schedules with held deletions need a reconcile.
    pub held_deletions: bool,
}

/// The effect of a change of a connection; `None` if it was not known before.
#[must_use]
pub fn of_connection(old: Option<&WorkflowConnection>, new: &WorkflowConnection) -> ConnectionWake {
    let Some(old) = old else {
        return ConnectionWake { reconcile: true, schedules: Some(Priority::Background), held_deletions: false };
    };
    let annotations = |connection: &WorkflowConnection| connection.metadata.annotations.clone().unwrap_or_default();
    let (before, after) = (annotations(old), annotations(new));
    let is_switched = (old.spec.paused, &old.spec.pause_note) != (new.spec.paused, &new.spec.pause_note);
    let is_edited = old.spec != new.spec;
    let concerns = |connection: &WorkflowConnection| schedules_concern(&connection.spec);
    let is_ending = old.metadata.deletion_timestamp != new.metadata.deletion_timestamp;
    let schedules = if is_switched {
        Some(Priority::Urgent)
    } else {
        (concerns(old) != concerns(new) || is_ending).then_some(Priority::Background)
    };
    ConnectionWake {
        reconcile: is_edited || is_ending || before != after,
        schedules,
        held_deletions: before.get(APPROVE_DELETIONS_AT) != after.get(APPROVE_DELETIONS_AT),
    }
}

/// The fields of a connection that its schedules depend on. It is destructured without `..`, so that a new
/// field must be considered here.
fn schedules_concern(spec: &WorkflowConnectionSpec) -> impl PartialEq + use<> {
    let WorkflowConnectionSpec {
        allowed_namespaces,
        allowed_schedule_ids,
        management,
        deletion_policy,
        server_url: _,
        api_key_secret_ref: _,
        ca_bundle: _,
        schedule_id_prefix: _,
        poll_interval: _,
        request_timeout: _,
        rate_limit: _,
        paused: _, // asked for apart: it is urgent
        pause_note: _,
        runs,
        workflow_checks: _,
    } = spec.clone();
    let tracking = runs.and_then(|runs| runs.tracking);
    (allowed_namespaces, allowed_schedule_ids, management, deletion_policy, tracking)
}

#[cfg(test)]
mod tests;
