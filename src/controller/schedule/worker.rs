//! Takes work from the queue and reconciles, as many at the same time as the queue allows. A reconcile that
//! panics counts as failed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};

use crate::controller::context::Context;
use crate::controller::schedule::attempt::ReconcileResult;
use crate::controller::schedule::reconcile::reconcile;
use crate::controller::schedule::update_status;
use crate::controller::state::key::Key;
use crate::controller::state::last_outcome::LastOutcome;
use crate::controller::state::workqueue::{ConnectionRef, Priority, WorkItem};
use crate::telemetry::Health;

/// The longest time until the queue is checked again.
const IDLE: Duration = Duration::from_secs(30);
/// A reconcile that runs for longer is reported. It may wait for a low rate limit, so the process goes on.
const SLOW: Duration = Duration::from_mins(10);
/// The name of the loop.
const LOOP: &str = "the work loop";

/// A reconcile that a late renewal of the lease interrupted is repeated after this time.
const INTERRUPTED_WAIT: Duration = Duration::from_secs(1);

/// Reconciles in progress.
#[derive(Default)]
struct Reconciles {
    set: JoinSet<ReconcileResult>,
    work_of: HashMap<Id, Running>,
}

/// A reconcile in progress.
struct Running {
    work: WorkItem,
    since: Duration,
    is_reported: bool,
}

/// Works until the process stops and the last reconcile has ended.
pub(crate) async fn run(ctx: Arc<Context>, health: &Health) {
    let mut reconciles = Reconciles::default();
    loop {
        health.beat(LOOP);
        report_slow(&ctx, &mut reconciles);
        if !ctx.is_stopping() {
            start(&ctx, &mut reconciles);
        } else if reconciles.set.is_empty() {
            health.rest(LOOP);
            return;
        }
        tokio::select! {
            Some(ended) = reconciles.set.join_next_with_id() => finish(&ctx, &mut reconciles, ended),
            () = ctx.wake.notified() => {}
            () = ctx.stopping.cancelled(), if !ctx.is_stopping() => {}
            () = tokio::time::sleep(next_look(&ctx)) => {}
        }
    }
}

fn start(ctx: &Arc<Context>, reconciles: &mut Reconciles) {
    loop {
        let now = ctx.seams.elapsed();
        let Some(work) = ctx.queue().pop(now, |connection_ref, priority| may_start(ctx, connection_ref, priority, now))
        else {
            break;
        };
        ctx.metrics.waited(work.urgency.priority.name(), work.waited);
        let (shared, taken) = (ctx.clone(), work.clone());
        let handle = reconciles.set.spawn(async move { reconcile(&shared, &taken).await });
        reconciles.work_of.insert(handle.id(), Running { work, since: now, is_reported: false });
    }
    for (priority, depth) in Priority::ALL.into_iter().zip(ctx.queue().depths()) {
        ctx.metrics.waiting(priority.name(), depth);
    }
}

fn report_slow(ctx: &Context, reconciles: &mut Reconciles) {
    let now = ctx.seams.elapsed();
    let slow = reconciles.work_of.values_mut().filter(|running| now.saturating_sub(running.since) >= SLOW);
    let mut count = 0;
    for running in slow {
        count += 1;
        if !std::mem::replace(&mut running.is_reported, true) {
            let Key { namespace, name } = &running.work.key;
            tracing::warn!(namespace, name, "reconcile takes longer than 10 minutes");
        }
    }
    ctx.metrics.slow_reconciles(count);
}

/// Work waits until its connection was checked once; background work also waits for a token.
fn may_start(ctx: &Context, connection_ref: &ConnectionRef, priority: Priority, now: Duration) -> bool {
    let Some(connection_ref) = connection_ref else { return true };
    match ctx.handle(connection_ref) {
        Some(handle) => handle.may_start(priority, now),
        // Without a connection a reconcile only says so.
        None => ctx.cache().connection(connection_ref).is_none(),
    }
}

fn finish(ctx: &Context, reconciles: &mut Reconciles, ended: Result<(Id, ReconcileResult), JoinError>) {
    let (id, ended) = match ended {
        Ok((id, ended)) => (id, ended),
        Err(error) => {
            if error.is_panic() {
                ctx.metrics.panicked();
                let key = reconciles.work_of.get(&error.id()).map(|running| &running.work.key);
                let (namespace, name) = (key.map(|key| &key.namespace), key.map(|key| &key.name));
                tracing::error!(namespace, name, "reconcile panicked: this is a defect of the operator");
            }
            (error.id(), ReconcileResult::Retry)
        }
    };
    let Some(Running { work, since, .. }) = reconciles.work_of.remove(&id) else { return };
    ctx.metrics.reconciled(update_status::outcome(ended), ctx.seams.elapsed().saturating_sub(since));
    ctx.queue().done(&work.key);
    if !matches!(ended, ReconcileResult::Done(LastOutcome::Stalled(_)))
        && let Some(known) = ctx.cache().schedule_mut(&work.key)
    {
        known.compared = None;
    }
    match ended {
        ReconcileResult::Retry => {
            let failures = ctx.cache().schedule_mut(&work.key).map(|known| {
                known.failures = known.failures.saturating_add(1);
                known.failures
            });
            if let Some(failures) = failures {
                ctx.enqueue_in(&work.key, work.urgency.priority, update_status::backoff(ctx, failures));
            }
        }
        // The lease was renewed late: the process still leads, and nothing else queues this work again.
        ReconcileResult::Interrupted if !ctx.is_stopping() => {
            ctx.enqueue_in(&work.key, work.urgency.priority, INTERRUPTED_WAIT);
        }
        ReconcileResult::Done(_)
        | ReconcileResult::Gone
        | ReconcileResult::AwaitsList
        | ReconcileResult::Interrupted => {}
    }
}

/// When more work may be able to start.
fn next_look(ctx: &Context) -> Duration {
    let now = ctx.seams.elapsed();
    let (due, waits) = {
        let queue = ctx.queue();
        (queue.next_due(), queue.depths().iter().any(|depth| *depth > 0))
    };
    let due = due.map(|at| at.saturating_sub(now));
    let handles: Vec<_> = if waits { ctx.handles().values().cloned().collect() } else { Vec::new() };
    let token = handles.iter().filter_map(|handle| handle.rate_limiter.token_in(now)).min();
    [due, token].into_iter().flatten().min().unwrap_or(IDLE).clamp(Duration::from_millis(1), IDLE)
}
