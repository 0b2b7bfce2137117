//! Judges a schedule by its entry in a LIST: all is well, or a pass has to look.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::key::Key;
use super::queue::Lane;
use super::settle::RUN_TIMES_EVERY;
use super::store::{Ended, Known};
use super::view::view;
use crate::api::WorkflowScheduleStatus;
use crate::plan::{
    ConnectionView, Journal, Observed, Rest, Sight, Situation, desired, differs_beyond_runs, plan, redacted, status,
};
use crate::remote::wire;

/// So many times of runs can be written between two polls, a second.
const WRITES_A_SECOND: u64 = 20;

/// Statuses whose times of runs are news, stalest first; as many as can be written until the next
/// poll, which finds the others again.
#[derive(Default)]
pub(super) struct Later {
    most: usize,
    statuses: BTreeMap<(Option<String>, Key), Box<News>>,
}

/// A status, and the hash of the entry that it was made from.
type News = (WorkflowScheduleStatus, u64);

impl Later {
    pub(super) fn new(interval: Duration) -> Self {
        let most = usize::try_from(interval.as_secs().saturating_mul(WRITES_A_SECOND)).unwrap_or(usize::MAX);
        Self { most, statuses: BTreeMap::new() }
    }

    fn push(&mut self, shown: Option<String>, key: Key, status: WorkflowScheduleStatus, hash: u64) {
        self.statuses.insert((shown, key), Box::new((status, hash)));
        if self.statuses.len() > self.most {
            self.statuses.pop_last();
        }
    }
}

/// Judges. Nothing is written here but for the times of runs, and those later.
pub(super) async fn judge(
    ctx: &Context,
    key: &Key,
    known: Known,
    schedule: wire::Schedule,
    hash: u64,
    later: &mut Later,
) {
    let resource = &known.resource;
    let spec = &resource.spec;
    let input = ctx.sources.input(&key.namespace, spec.input.as_ref(), &spec.input_from, false).await;
    let secrets = input.as_ref().map(|input| input.secrets.clone()).unwrap_or_default();
    let (_, view) = view(ctx, key, &known.via, resource);
    let prefix = match &view {
        ConnectionView::Found { facts, .. } => facts.prefix.as_str(),
        ConnectionView::Missing { .. } => "",
    };
    let desired = desired(spec, prefix, &key.namespace, &key.name, input);
    let memory = resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default();
    let (sight, journal) = (Sight::Listed(Box::new(Observed::from_wire(schedule))), Journal::default());
    let conflict = ctx.store().conflict(key);
    let situation = Situation {
        now: ctx.seams.now(),
        resource,
        memory: &memory,
        connection: &view,
        desired: &desired,
        sight: &sight,
        journal: &journal,
        conflict: conflict.as_deref(),
    };
    let plan = plan(&situation);
    let Some(rest @ Rest::Ready { .. }) = plan.step.rest() else {
        ctx.enqueue(key, Lane::Background);
        return;
    };
    let new = redacted(status(&situation, rest, &plan.memory), &secrets);
    let Some(old) = &resource.status else {
        ctx.enqueue(key, Lane::Background);
        return;
    };
    if *old == new {
        is_well(ctx, key, hash);
    } else if differs_beyond_runs(old, &new) {
        ctx.enqueue(key, Lane::Background);
    } else if is_due(ctx, &known) {
        later.push(old.next_execution_time.clone(), key.clone(), new, hash);
    }
}

fn is_due(ctx: &Context, known: &Known) -> bool {
    known.runs_written_at.is_none_or(|at| ctx.seams.elapsed().saturating_sub(at) >= RUN_TIMES_EVERY)
}

/// The entry needs no look until it changes.
fn is_well(ctx: &Context, key: &Key, hash: u64) {
    if let Some(known) = ctx.store().schedule_mut(key) {
        known.judged = Some(hash);
        known.ended = Ended::Ready;
    }
}

/// Writes the times of runs one by one, stalest first.
pub(super) async fn write_later(ctx: &Context, later: Later) {
    for ((_, key), status) in later.statuses {
        ctx.run_times_turn().await;
        if !ctx.is_stopping() && !ctx.queue().is_busy(&key) {
            write(ctx, &key, &status.0, status.1).await;
        }
    }
}

async fn write(ctx: &Context, key: &Key, status: &WorkflowScheduleStatus, hash: u64) {
    let Some(known) = ctx.store().schedule(key).cloned() else { return };
    // What has changed meanwhile is judged again at the next poll.
    let is_same = known.resource.status.as_ref().is_some_and(|old| !differs_beyond_runs(old, status));
    if !is_same || !is_due(ctx, &known) {
        return;
    }
    match ctx.writer.schedule_status(known.resource.as_ref(), status).await {
        Ok(Some(written)) => {
            ctx.metrics.wrote("run_times");
            let now = ctx.seams.elapsed();
            let mut store = ctx.store();
            store.put_schedule(Arc::new(written));
            if let Some(known) = store.schedule_mut(key) {
                known.runs_written_at = Some(now);
            }
            drop(store);
            is_well(ctx, key, hash);
        }
        Ok(None) => is_well(ctx, key, hash),
        Err(error) => tracing::debug!(%key, %error, "the times of its runs could not be written"),
    }
}
