//! Statuses with low priority: they are written between two polls, at a limited rate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::api::WorkflowScheduleStatus;
use crate::controller::context::Context;
use crate::controller::schedule::update_status::{self, RUN_TIMES_EVERY};
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::last_outcome::LastOutcome;
use crate::plan::{differs_beyond_runs, without_passed_runs};

/// The number of statuses that can be written per second between two polls.
const WRITES_A_SECOND: u64 = 50;

/// Statuses to write: first those in which more than the times of runs changed, then the oldest. Not more than fit
/// before the next poll, which finds the others again.
#[derive(Default)]
pub(crate) struct DeferredStatuses {
    most: usize,
    statuses: BTreeMap<WriteOrder, Box<DeferredStatus>>,
}

/// The order in which statuses are written.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct WriteOrder {
    has_only_runs: bool,
    /// As the status shows it now, RFC 3339.
    next_run: Option<String>,
    key: Key,
}

impl WriteOrder {
    fn of(has_only_runs: bool, key: &Key, known: &CachedSchedule) -> Self {
        let next_run = known.resource.status.as_ref().and_then(|status| status.next_execution_time.clone());
        Self { has_only_runs, next_run, key: key.clone() }
    }
}

/// A status to write.
struct DeferredStatus {
    /// Of the resource that it was made for.
    version: Option<String>,
    status: WorkflowScheduleStatus,
    /// `None` where the remote was not looked at.
    comparison: Option<Comparison>,
}

impl DeferredStatus {
    fn is_of(&self, known: &CachedSchedule) -> bool {
        self.version == known.resource.metadata.resource_version
    }
}

/// An entry of a LIST that needs no closer look until it changes.
#[derive(Clone, Copy)]
pub(crate) struct Comparison {
    /// Of the entry.
    pub(crate) hash: u64,
    /// The result of the comparison.
    pub(crate) outcome: LastOutcome,
}

impl DeferredStatuses {
    /// As many as can be written in `interval`.
    pub(crate) fn new(interval: Duration) -> Self {
        let most = usize::try_from(interval.as_secs().saturating_mul(WRITES_A_SECOND)).unwrap_or(usize::MAX);
        Self { most, statuses: BTreeMap::new() }
    }

    /// A status in which only times of runs are new.
    pub(crate) fn push_runs(
        &mut self,
        key: &Key,
        known: &CachedSchedule,
        status: WorkflowScheduleStatus,
        comparison: Option<Comparison>,
    ) {
        self.push(true, key, known, status, comparison);
    }

    /// A status.
    pub(crate) fn push(
        &mut self,
        has_only_runs: bool,
        key: &Key,
        known: &CachedSchedule,
        status: WorkflowScheduleStatus,
        comparison: Option<Comparison>,
    ) {
        let version = known.resource.metadata.resource_version.clone();
        let order = WriteOrder::of(has_only_runs, key, known);
        self.statuses.insert(order, Box::new(DeferredStatus { version, status, comparison }));
        if self.statuses.len() > self.most {
            self.statuses.pop_last();
        }
    }

    /// Takes the status of this schedule out, and how its entry compared; `None` if it was made from another version.
    pub(crate) fn take(
        &mut self,
        key: &Key,
        known: &CachedSchedule,
    ) -> Option<(WorkflowScheduleStatus, Option<Comparison>)> {
        let taken = [false, true].iter().find_map(|only| self.statuses.remove(&WriteOrder::of(*only, key, known)));
        taken.filter(|deferred| deferred.is_of(known)).map(|deferred| (deferred.status, deferred.comparison))
    }

    /// The status of this schedule, if there is one that was made from this version of it.
    pub(crate) fn status(&self, key: &Key, known: &CachedSchedule) -> Option<&WorkflowScheduleStatus> {
        let found = [false, true].iter().find_map(|only| self.statuses.get(&WriteOrder::of(*only, key, known)));
        found.filter(|deferred| deferred.is_of(known)).map(|deferred| &deferred.status)
    }

    /// A status that was made from the one that is there, or else from the stored one. Where only the times of runs
    /// are new, and they were written a moment ago, the next poll finds them again.
    pub(crate) fn amend(&mut self, ctx: &Context, key: &Key, known: &CachedSchedule, status: WorkflowScheduleStatus) {
        let stored = known.resource.status.as_ref();
        let are_only_runs = stored.is_some_and(|stored| !differs_beyond_runs(stored, &status));
        match self.take(key, known) {
            Some((_, comparison)) => self.push(are_only_runs, key, known, status, comparison),
            None if !are_only_runs || is_due(ctx, known) => self.push(are_only_runs, key, known, status, None),
            None => {}
        }
    }

    /// Whether there is a status of this schedule.
    fn holds(&self, key: &Key, known: &CachedSchedule) -> bool {
        [true, false].iter().any(|only| self.statuses.contains_key(&WriteOrder::of(*only, key, known)))
    }
}

/// Adds the statuses that show a next run which has passed by more than `grace`, and of which a LIST says nothing
/// new: a passed time is removed.
pub(crate) fn add_passed_runs(
    ctx: &Context,
    handle: &ConnectionHandle,
    deferred: &mut DeferredStatuses,
    grace: SignedDuration,
) {
    let now = ctx.seams.now();
    for (key, known) in ctx.cache().schedules_of(&handle.key) {
        let Some(old) = &known.resource.status else { continue };
        let next = old.next_execution_time.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
        let has_passed = next.is_some_and(|at| now.duration_since(at) > grace);
        if has_passed && is_due(ctx, known) && !deferred.holds(key, known) {
            deferred.push_runs(key, known, without_passed_runs(old.clone(), now), None);
        }
    }
}

/// Removes run times that have passed from the statuses while the remote cannot be read.
pub(crate) fn passed_runs(ctx: &Context, handle: &ConnectionHandle, interval: Duration) -> DeferredStatuses {
    let (now, mut deferred) = (ctx.seams.now(), DeferredStatuses::new(interval));
    for (key, known) in ctx.cache().schedules_of(&handle.key) {
        let Some(old) = &known.resource.status else { continue };
        if !is_due(ctx, known) {
            continue;
        }
        let new = without_passed_runs(old.clone(), now);
        if *old != new {
            deferred.push_runs(key, known, new, None);
        }
    }
    deferred
}

/// Whether the times of a schedule's runs may be written again.
pub(crate) fn is_due(ctx: &Context, known: &CachedSchedule) -> bool {
    known.runs_written_at.is_none_or(|at| ctx.seams.elapsed().saturating_sub(at) >= RUN_TIMES_EVERY)
}

/// Notes that an entry needs no look until it changes.
pub(crate) fn record(ctx: &Context, key: &Key, comparison: Comparison) {
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.compared = Some(comparison.hash);
        if !known.last_outcome.is_stalled() {
            known.last_outcome = comparison.outcome;
        }
    }
}

/// Writes statuses one by one.
pub(crate) async fn write_all(ctx: &Context, deferred: DeferredStatuses) {
    for (order, news) in deferred.statuses {
        if order.has_only_runs {
            ctx.run_times_turn().await;
        } else {
            ctx.outage_turn().await;
        }
        if !ctx.is_stopping() && !ctx.queue().is_busy(&order.key) {
            write(ctx, &order.key, &news).await;
        }
    }
}

async fn write(ctx: &Context, key: &Key, news: &DeferredStatus) {
    let Some(known) = ctx.cache().schedule(key).cloned() else { return };
    // What has changed meanwhile is compared again at the next poll.
    if !news.is_of(&known) {
        return;
    }
    match ctx.writer.schedule_status(known.resource.as_ref(), &news.status).await {
        Ok(Some(written)) => {
            ctx.metrics.wrote("run_times");
            ctx.failed_writes.forget(&update_status::object(&known.resource));
            update_status::report(ctx, key, &known.resource, &written, false);
            ctx.cache().answered_schedule(&known.resource.metadata, Arc::new(written));
        }
        Ok(None) => {}
        // Until the next poll.
        Err(error) => return update_status::report_unwritten(ctx, &known.resource, &news.status, &error),
    }
    if let Some(comparison) = news.comparison {
        record(ctx, key, comparison);
    }
}
