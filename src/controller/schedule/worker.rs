//! Takes work from the queue and makes passes, as many at once as the queue allows. A pass that panics
//! is one pass that failed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};

use crate::controller::context::Context;
use crate::controller::schedule::attempt::{Ended, pass};
use crate::controller::schedule::update_status;
use crate::controller::state::cache;
use crate::controller::state::workqueue::{Lane, Via, Work};

/// With nothing to do, the queue is looked at this often all the same.
const IDLE: Duration = Duration::from_secs(30);

/// Passes under way.
#[derive(Default)]
struct Passes {
    set: JoinSet<Ended>,
    work_of: HashMap<Id, Work>,
}

/// Works until the process stops and the last pass has ended.
pub(crate) async fn run(ctx: Arc<Context>) {
    let mut passes = Passes::default();
    loop {
        if !ctx.is_stopping() {
            start(&ctx, &mut passes);
        } else if passes.set.is_empty() {
            return;
        }
        tokio::select! {
            Some(ended) = passes.set.join_next_with_id() => finish(&ctx, &mut passes, ended),
            () = ctx.wake.notified() => {}
            () = ctx.stopping.cancelled(), if !ctx.is_stopping() => {}
            () = tokio::time::sleep(next_look(&ctx)) => {}
        }
    }
}

fn start(ctx: &Arc<Context>, passes: &mut Passes) {
    loop {
        let now = ctx.seams.elapsed();
        let Some(work) = ctx.queue().pop(now, |via, lane| may_start(ctx, via, lane, now)) else { break };
        let (shared, taken) = (ctx.clone(), work.clone());
        let handle = passes.set.spawn(async move { pass(&shared, &taken).await });
        passes.work_of.insert(handle.id(), work);
    }
    for (lane, depth) in Lane::ALL.into_iter().zip(ctx.queue().depths()) {
        ctx.metrics.waiting(lane.name(), depth);
    }
}

/// Work waits for the first look at its connection, and background work for a token.
fn may_start(ctx: &Context, via: &Via, lane: Lane, now: Duration) -> bool {
    let Some(via) = via else { return true };
    match ctx.link(via) {
        Some(link) => link.may_start(lane, now),
        // Without a connection a pass only says so.
        None => ctx.store().connection(via).is_none(),
    }
}

fn finish(ctx: &Context, passes: &mut Passes, ended: Result<(Id, Ended), JoinError>) {
    let (id, ended) = match ended {
        Ok((id, ended)) => (id, ended),
        Err(error) => {
            if error.is_panic() {
                ctx.metrics.panicked();
                let whose = passes.work_of.get(&error.id()).map(|work| work.key.to_string());
                tracing::error!(schedule = whose, "a pass panicked: this is a defect of the operator");
            }
            (error.id(), Ended::Again)
        }
    };
    let Some(work) = passes.work_of.remove(&id) else { return };
    ctx.metrics.passed(update_status::outcome(ended));
    ctx.queue().done(&work.key);
    if ended != Ended::Rested(cache::Ended::Refused)
        && let Some(known) = ctx.store().schedule_mut(&work.key)
    {
        known.judged = None;
    }
    match ended {
        Ended::Again => {
            let failures = ctx.store().schedule_mut(&work.key).map(|known| {
                known.failures = known.failures.saturating_add(1);
                known.failures
            });
            if let Some(failures) = failures {
                ctx.enqueue_in(&work.key, work.urgency.lane, update_status::backoff(ctx, failures));
            }
        }
        Ended::Rested(_) | Ended::Gone | Ended::Interrupted => {}
    }
}

/// When something may be able to start that cannot now.
fn next_look(ctx: &Context) -> Duration {
    let now = ctx.seams.elapsed();
    let (due, waits) = {
        let queue = ctx.queue();
        (queue.next_due(), queue.depths().iter().any(|depth| *depth > 0))
    };
    let due = due.map(|at| at.saturating_sub(now));
    let links: Vec<_> = if waits { ctx.links().values().cloned().collect() } else { Vec::new() };
    let token = links.iter().filter_map(|link| link.token_in(now)).min();
    [due, token].into_iter().flatten().min().unwrap_or(IDLE).clamp(Duration::from_millis(1), IDLE)
}
