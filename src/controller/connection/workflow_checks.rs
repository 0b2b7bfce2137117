//! Warns of inputs that no worker will take, and of workflows without an active worker: a run hangs then, though its
//! schedule is accepted. One call for each workflow and hour.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::WorkflowChecks;
use crate::controller::connection::deferred_status::DeferredStatuses;
use crate::controller::connection::follow_up_calls::FollowUpCalls;
use crate::controller::context::Context;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::plan::{ConnectionSettings, with_warnings, workflow_warnings};
use crate::remote::{Client, Registrations};

/// How often the registrations of a workflow are read …
const EVERY: Duration = Duration::from_hours(1);
/// … and how often at most, after edits.
const AFTER_EDITS: Duration = Duration::from_mins(1);

/// When the registrations of each workflow were last read, since the start of the process.
#[derive(Debug, Default)]
pub(crate) struct RegistrationTimes(BTreeMap<String, Duration>);

impl RegistrationTimes {
    /// Whether they are to be read again. `is_edited`: an input was not compared with them yet.
    fn is_due(&self, workflow: &str, is_edited: bool, now: Duration) -> bool {
        let wait = if is_edited { AFTER_EDITS } else { EVERY };
        self.0.get(workflow).is_none_or(|read| now.saturating_sub(*read) >= wait)
    }
}

/// Reads what is due, with at most a hundredth of the rate, and adds the statuses whose warnings change to `deferred`.
pub(crate) async fn look(
    ctx: &Context,
    handle: &ConnectionHandle,
    times: &mut RegistrationTimes,
    configured: &ConnectionSettings,
    deferred: &mut DeferredStatuses,
) {
    if configured.workflow_checks == WorkflowChecks::Off {
        times.0.clear();
        return withdraw(ctx, handle, deferred);
    }
    let mut calls = FollowUpCalls::new(ctx, handle, configured, 0.01);
    for workflow in due(ctx, handle, times) {
        let now = ctx.seams.elapsed();
        let answer = calls.call(async |client: Client| client.registrations(&workflow).await).await;
        let Some(answer) = answer else { return };
        let keys = schedules_of(ctx, handle, &workflow);
        times.0.insert(workflow.clone(), now);
        match answer {
            Ok(registrations) => warn(ctx, &workflow, keys, &registrations, deferred).await,
            // Nothing is known, so nothing is said: what was said stays.
            Err(error) => {
                tracing::debug!(connection = %handle.key, workflow, %error, "registrations not read");
                for key in &keys {
                    note(ctx, key, true);
                }
            }
        }
    }
}

/// The workflows whose registrations are due. Those with an input that was not compared yet come first, then those that
/// were not read for longest.
fn due(ctx: &Context, handle: &ConnectionHandle, times: &mut RegistrationTimes) -> Vec<String> {
    let now = ctx.seams.elapsed();
    let cache = ctx.cache();
    let mut used: BTreeMap<&str, bool> = BTreeMap::new();
    for (_, known) in cache.schedules_of(&handle.key) {
        if let Some(workflow) = workflow_of(known) {
            *used.entry(workflow).or_default() |= known.workflow_checked != known.resource.metadata.generation;
        }
    }
    times.0.retain(|workflow, _| used.contains_key(workflow.as_str()));
    let mut due: Vec<_> = used.into_iter().filter(|(workflow, edited)| times.is_due(workflow, *edited, now)).collect();
    due.sort_by_key(|(workflow, is_edited)| (!is_edited, times.0.get(*workflow).copied()));
    due.into_iter().map(|(workflow, _)| workflow.to_owned()).collect()
}

fn schedules_of(ctx: &Context, handle: &ConnectionHandle, workflow: &str) -> Vec<Key> {
    let cache = ctx.cache();
    let all = cache.schedules_of(&handle.key).filter(|(_, known)| workflow_of(known) == Some(workflow));
    all.map(|(key, _)| key.clone()).collect()
}

/// The workflow of a schedule that is managed and carried through.
fn workflow_of(known: &CachedSchedule) -> Option<&str> {
    let (metadata, status) = (&known.resource.metadata, known.resource.status.as_ref()?);
    let is_current = status.observed_generation == metadata.generation && metadata.deletion_timestamp.is_none();
    status.workflow_name.as_deref().filter(|_| is_current && !status.conditions.is_empty())
}

async fn warn(
    ctx: &Context,
    workflow: &str,
    keys: Vec<Key>,
    registrations: &Registrations,
    deferred: &mut DeferredStatuses,
) {
    for key in &keys {
        // An edit must not wait until all are compared.
        tokio::task::yield_now().await;
        let Some(known) = ctx.cache().schedule(key).cloned() else { continue };
        if workflow_of(&known) != Some(workflow) {
            continue;
        }
        let spec = &known.resource.spec;
        let input = ctx.sources.input(&key.namespace, spec.input.as_ref(), &spec.input_from, None).await;
        let (Ok(input), Some(stored)) = (input, &known.resource.status) else {
            // Ready says what is wrong with it.
            note(ctx, key, true);
            continue;
        };
        let deployment = spec.deployment_name.as_deref();
        let warnings =
            workflow_warnings(workflow, deployment, (&input.value, !input.secrets.is_empty()), registrations);
        let base = deferred.status(key, &known).unwrap_or(stored);
        let new = with_warnings(base, &warnings, &input.secrets);
        // It is compared again until it is written.
        let is_written = new.warnings == stored.warnings;
        note(ctx, key, is_written);
        if new != *base {
            deferred.amend(ctx, key, &known, new);
        }
    }
}

/// Notes whether the input was compared with the registrations, and the result is in the status.
fn note(ctx: &Context, key: &Key, is_done: bool) {
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.workflow_checked = known.resource.metadata.generation.filter(|_| is_done);
    }
}

/// Takes back what was said, where nothing is read any more.
fn withdraw(ctx: &Context, handle: &ConnectionHandle, deferred: &mut DeferredStatuses) {
    let warned: Vec<(Key, CachedSchedule)> = {
        let cache = ctx.cache();
        let has_warnings =
            |known: &CachedSchedule| known.resource.status.as_ref().is_some_and(|status| !status.warnings.is_empty());
        let warned = cache.schedules_of(&handle.key).filter(|(_, known)| has_warnings(known));
        warned.map(|(key, known)| (key.clone(), known.clone())).collect()
    };
    for (key, known) in warned {
        let base = deferred.status(&key, &known).or(known.resource.status.as_ref()).cloned().unwrap_or_default();
        deferred.amend(ctx, &key, &known, with_warnings(&base, &[], &[]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registrations_are_read_once_an_hour_and_soon_after_an_edit() {
        let minutes = Duration::from_mins;
        let times = RegistrationTimes([("report".to_owned(), minutes(10))].into());
        assert!(times.is_due("other", false, minutes(10)), "they were never read");
        assert!(!times.is_due("report", false, minutes(69)));
        assert!(times.is_due("report", false, minutes(70)));
        assert!(!times.is_due("report", true, minutes(10)));
        assert!(times.is_due("report", true, minutes(11)));
    }
}
