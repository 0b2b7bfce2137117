//! Compares a schedule with its entry in a LIST: everything is equal, or a reconcile is needed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::api::WorkflowScheduleStatus;
use crate::controller::context::Context;
use crate::controller::schedule::connection_view::view;
use crate::controller::schedule::update_status::{self, RUN_TIMES_EVERY};
use crate::controller::state::cache::{CachedSchedule, LastOutcome};
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{
    ConnectionView, Inputs, Journal, Observation, Observed, Outcome, desired, differs_beyond_runs, plan, redacted,
    status, with_runs, without_passed_runs,
};
use crate::remote::wire;

/// The number of statuses that can be written per second between two polls.
const WRITES_A_SECOND: u64 = 50;

/// Changed statuses: first those with more changes than times of runs, then the oldest. At most as many as can
/// be written until the next poll, which finds the others again.
#[derive(Default)]
pub(crate) struct DeferredStatuses {
    most: usize,
    statuses: BTreeMap<Place, Box<DeferredStatus>>,
}

/// Whether only times of runs changed, the next run that is shown now, and the schedule.
type Place = (bool, Option<String>, Key);

/// A status to write.
struct DeferredStatus {
    /// The version of the resource that it was computed from.
    version: Option<String>,
    status: WorkflowScheduleStatus,
    /// The hash of the entry that it was computed from; `None` if it was not computed from an entry.
    hash: Option<u64>,
}

impl DeferredStatuses {
    pub(crate) fn new(interval: Duration) -> Self {
        let most = usize::try_from(interval.as_secs().saturating_mul(WRITES_A_SECOND)).unwrap_or(usize::MAX);
        Self { most, statuses: BTreeMap::new() }
    }

    /// Whether only times of runs changed.
    fn push_runs(&mut self, key: &Key, known: &CachedSchedule, status: WorkflowScheduleStatus, hash: Option<u64>) {
        let next = known.resource.status.as_ref().and_then(|status| status.next_execution_time.clone());
        let version = known.resource.metadata.resource_version.clone();
        self.push((true, next, key.clone()), DeferredStatus { version, status, hash });
    }

    fn push(&mut self, place: Place, news: DeferredStatus) {
        self.statuses.insert(place, Box::new(news));
        if self.statuses.len() > self.most {
            self.statuses.pop_last();
        }
    }
}

/// Compares. Nothing is written here; changed statuses are written later.
pub(crate) async fn judge(
    ctx: &Context,
    key: &Key,
    known: CachedSchedule,
    schedule: wire::Schedule,
    hash: u64,
    later: &mut DeferredStatuses,
) {
    let resource = &known.resource;
    let spec = &resource.spec;
    let input = ctx.sources.input(&key.namespace, spec.input.as_ref(), &spec.input_from, None).await;
    let secrets = input.as_ref().map(|input| input.secrets.clone()).unwrap_or_default();
    // A LIST that answers proves that nothing stands in the way.
    let view = match view(ctx, key, &known.via, resource).1 {
        ConnectionView::Found { facts, not_permitted, not_ready: _ } => {
            ConnectionView::Found { facts, not_permitted, not_ready: None }
        }
        missing @ ConnectionView::Missing { .. } => missing,
    };
    let prefix = match &view {
        ConnectionView::Found { facts, .. } => facts.prefix.as_str(),
        ConnectionView::Missing { .. } => "",
    };
    let desired = desired(spec, prefix, &key.namespace, &key.name, input);
    let memory = resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default();
    let (observation, journal) = (Observation::Listed(Box::new(Observed::from_wire(schedule))), Journal::default());
    let conflict = ctx.cache().conflict(key);
    let inputs = Inputs {
        now: ctx.seams.now(),
        resource,
        memory: &memory,
        connection: &view,
        desired: &desired,
        observation: &observation,
        journal: &journal,
        conflict: conflict.as_deref(),
    };
    let plan = plan(&inputs);
    let rest = match plan.action.outcome() {
        Some(rest @ Outcome::Ready { .. }) => rest,
        Some(Outcome::Unmanaged | Outcome::Released) => return is_well(ctx, key, hash),
        Some(Outcome::Stalled { .. } | Outcome::Waiting { .. }) | None => {
            return ctx.enqueue(key, priority(&inputs));
        }
    };
    let new = redacted(status(&inputs, rest, &plan.memory), &secrets);
    let Some(old) = &resource.status else {
        ctx.enqueue(key, Priority::Background);
        return;
    };
    let are_only_runs = !differs_beyond_runs(old, &new);
    if *old == new {
        is_well(ctx, key, hash);
    } else if !are_only_runs || is_due(ctx, &known) {
        // Nothing is written to the remote, so that no closer look is needed.
        let place = (are_only_runs, old.next_execution_time.clone(), key.clone());
        later.push(
            place,
            DeferredStatus { version: resource.metadata.resource_version.clone(), status: new, hash: Some(hash) },
        );
    }
}

/// A schedule that runs although it must be paused is urgent.
fn priority(inputs: &Inputs) -> Priority {
    let Observation::Listed(observed) = inputs.observation else { return Priority::Background };
    let is_switched = matches!(inputs.connection, ConnectionView::Found { facts, .. } if facts.kill_switch.is_some());
    let shall_stop = inputs.resource.spec.paused == Some(true) || is_switched;
    if shall_stop && !observed.paused { Priority::Urgent } else { Priority::Background }
}

/// A refused schedule also has runs: its old remote schedule continues.
pub(crate) fn show_runs(
    ctx: &Context,
    key: &Key,
    known: &CachedSchedule,
    schedule: wire::Schedule,
    later: &mut DeferredStatuses,
) {
    let Some(old) = &known.resource.status else { return };
    let new = with_runs(old, &Observed::from_wire(schedule), ctx.seams.now());
    if *old != new && is_due(ctx, known) {
        later.push_runs(key, known, new, Some(known.compared.unwrap_or_default()));
    }
}

/// Removes next runs that have passed, while the remote cannot be read.
pub(crate) fn passed_runs(ctx: &Context, link: &ConnectionHandle, interval: Duration) -> DeferredStatuses {
    let (now, mut later) = (ctx.seams.now(), DeferredStatuses::new(interval));
    for (key, known) in ctx.cache().schedules_of(&link.key) {
        let Some(old) = &known.resource.status else { continue };
        if !is_due(ctx, known) {
            continue;
        }
        let new = without_passed_runs(old.clone(), now);
        if *old != new {
            later.push_runs(key, known, new, None);
        }
    }
    later
}

fn is_due(ctx: &Context, known: &CachedSchedule) -> bool {
    known.runs_written_at.is_none_or(|at| ctx.seams.elapsed().saturating_sub(at) >= RUN_TIMES_EVERY)
}

/// The entry needs no reconcile until it changes.
fn is_well(ctx: &Context, key: &Key, hash: u64) {
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.compared = Some(hash);
        if known.last_outcome != LastOutcome::Stalled {
            known.last_outcome = LastOutcome::Ready;
        }
    }
}

/// Writes statuses one by one.
pub(crate) async fn write_later(ctx: &Context, later: DeferredStatuses) {
    for ((are_only_runs, _, key), news) in later.statuses {
        if are_only_runs {
            ctx.run_times_turn().await;
        } else {
            ctx.outage_turn().await;
        }
        if !ctx.is_stopping() && !ctx.queue().is_busy(&key) {
            write(ctx, &key, &news).await;
        }
    }
}

async fn write(ctx: &Context, key: &Key, news: &DeferredStatus) {
    let Some(known) = ctx.cache().schedule(key).cloned() else { return };
    // What has changed meanwhile is compared again at the next poll.
    if known.resource.metadata.resource_version != news.version {
        return;
    }
    match ctx.writer.schedule_status(known.resource.as_ref(), &news.status).await {
        Ok(Some(written)) => {
            ctx.metrics.wrote("run_times");
            update_status::report(ctx, key, &known.resource, &written);
            ctx.cache().answered_schedule(&known.resource.metadata, Arc::new(written));
        }
        Ok(None) => {}
        Err(error) => return tracing::debug!(%key, %error, "its status could not be written"),
    }
    if let Some(hash) = news.hash {
        is_well(ctx, key, hash);
    }
}
