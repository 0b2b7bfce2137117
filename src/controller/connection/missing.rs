//! Schedules that are missing in a LIST.
//!
//! A LIST is an index: it can lose entries until a GET (temporalio/ui#2656). So absence from a LIST proves nothing, and
//! only a GET with 404 counts. A few missing schedules are looked at one by one. Of many a sample is: a schedule each
//! would cost more than the LIST saves.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use crate::api::{APPROVE_DISAPPEARANCE_AT, Reason, WorkflowConnection};
use crate::controller::connection::compare::{LAG, consider, hash, look_again_if_new};
use crate::controller::connection::deferred_status::DeferredStatuses;
use crate::controller::connection::poll_state::{PollState, Sample};
use crate::controller::context::Context;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{disappearances_allowed, is_approved, vanished};
use crate::remote::{Client, ScheduleId, wire};

/// So many are looked at one by one: as many may always be missing.
const FEW: usize = 10;
/// So many of more are looked at in one poll. The next poll looks at others.
const SAMPLE: usize = 20;

/// What should be there and is not in the LIST.
struct Missing {
    gone: BTreeSet<Key>,
    /// How many should be there.
    known_ids: usize,
}

/// Looks at schedules that are missing. If too many are gone, that is no accident of one schedule, and nothing is
/// created again.
pub(crate) async fn find(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    state: &mut PollState,
    seen: &BTreeSet<ScheduleId>,
    begun: Duration,
    deferred: &mut DeferredStatuses,
) {
    let missing = missing(ctx, handle, seen, begun);
    let before = handle.remote_facts().mass_disappearance_since;
    let since = before.filter(|since| !is_approved(connection, APPROVE_DISAPPEARANCE_AT, *since, ctx.seams.now()));
    note_approvals(state, &missing.gone, before.is_some() && since.is_none());
    let is_sampled = since.is_some() || missing.gone.len() > FEW;
    if is_sampled {
        look_at_some(ctx, handle, state, &missing.gone, deferred).await;
    } else {
        state.sample = Sample::default();
    }
    let unseen = missing.gone.iter().filter(|key| !is_known(state, key)).count();
    let found = vanished(state.sample.present.len(), state.sample.absent.len(), unseen);
    let since = mass_disappearance(ctx, handle, since, found, &missing, state);
    if since != before {
        handle.found_mass_disappearance(since);
    }
    look_at_what_ended(ctx, handle, seen);
    // Where the LIST is wrong, those that nobody has looked at are there, as far as anybody knows.
    let are_unseen_gone = !is_sampled || found.is_some_and(|found| found > state.sample.absent.len());
    for key in &missing.gone {
        let is_gone = are_unseen_gone || state.sample.absent.contains(key) || state.approved.contains(key);
        if is_gone && !state.sample.present.contains(key) {
            look_at(ctx, key, since);
        }
    }
}

fn missing(ctx: &Context, handle: &ConnectionHandle, seen: &BTreeSet<ScheduleId>, begun: Duration) -> Missing {
    let connection_key = handle.key.to_string();
    let mut known_ids = 0_usize;
    let cache = ctx.cache();
    let is_gone = |(key, known): (&Key, &CachedSchedule)| {
        let status = known.resource.status.as_ref()?;
        let id = status.schedule_id.as_deref().filter(|_| status.connection.as_ref() == Some(&connection_key))?;
        // What is used up may be gone, and stays so.
        let is_kept = status.remaining_executions != Some(0);
        let is_young = known.changed_at.is_some_and(|at| at.saturating_add(LAG * 4) > begun);
        if !is_kept || is_young || known.resource.metadata.deletion_timestamp.is_some() {
            return None;
        }
        known_ids += 1;
        (!seen.contains(&ScheduleId::new(id))).then(|| key.clone())
    };
    let gone = cache.schedules_of(&handle.key).filter_map(is_gone).collect();
    Missing { gone, known_ids }
}

/// An approval is for those that are gone when it is given. After a restart nobody knows which they were, but how many.
fn note_approvals(state: &mut PollState, gone: &BTreeSet<Key>, is_new: bool) {
    let before = std::mem::take(&mut state.approved_before);
    state.approved.extend(gone.iter().take(before).cloned());
    if is_new {
        state.approved.clone_from(gone);
        state.sample = Sample::default();
    }
    state.approved.retain(|key| gone.contains(key));
}

/// Whether it is known what became of a missing schedule, or nobody asks.
fn is_known(state: &PollState, key: &Key) -> bool {
    state.sample.present.contains(key) || state.sample.absent.contains(key) || state.approved.contains(key)
}

/// Looks at some of the missing schedules: at others than before, and once all were looked at, again at those that
/// were there.
async fn look_at_some(
    ctx: &Context,
    handle: &ConnectionHandle,
    state: &mut PollState,
    gone: &BTreeSet<Key>,
    deferred: &mut DeferredStatuses,
) {
    state.sample.present.retain(|key| gone.contains(key));
    let says_so = |key: &&Key| {
        ctx.cache().schedule(key).and_then(|known| known.last_outcome.reason()) == Some(Reason::MassDisappearance)
    };
    let told: Vec<Key> = gone.iter().filter(|key| !is_known(state, key)).filter(says_so).cloned().collect();
    state.sample.absent.extend(told);
    if gone.iter().all(|key| is_known(state, key)) {
        state.sample.present.clear();
    }
    let unknown: Vec<&Key> = gone.iter().filter(|key| !is_known(state, key)).collect();
    // Those of one namespace may have one fate: they are taken from everywhere.
    let some = unknown.iter().step_by(unknown.len().div_ceil(SAMPLE).max(1)).map(|key| (*key).clone());
    let answers = join_all(some.map(|key| get(ctx, handle, key))).await;
    for (key, known, schedule) in answers.into_iter().flatten() {
        match schedule {
            None => drop(state.sample.absent.insert(key)),
            Some(schedule) => {
                let hash = hash(format!("{schedule:?}").as_bytes());
                consider(ctx, &key, known, schedule, hash, deferred).await;
                state.sample.present.insert(key);
            }
        }
    }
}

/// What a GET says of a schedule; `None` if it has no answer.
async fn get(
    ctx: &Context,
    handle: &ConnectionHandle,
    key: Key,
) -> Option<(Key, CachedSchedule, Option<wire::Schedule>)> {
    let known = ctx.cache().schedule(&key).cloned()?;
    let id = ScheduleId::new(known.resource.status.as_ref()?.schedule_id.as_deref()?);
    let call = async |client: Client| client.get(&id).await;
    let answer = handle.call(&ctx.seams, Priority::Interactive, None, call).await.ok()?;
    Some((key, known, answer))
}

/// Since when too many are gone, if they are. `found` have vanished, as far as GETs say.
fn mass_disappearance(
    ctx: &Context,
    handle: &ConnectionHandle,
    since: Option<Timestamp>,
    found: Option<usize>,
    missing: &Missing,
    state: &PollState,
) -> Option<Timestamp> {
    let is_open = |key: &&Key| !state.approved.contains(key) && !state.sample.present.contains(key);
    if missing.gone.iter().filter(is_open).count() == 0 {
        // They are back, or were never gone.
        return None;
    }
    let gone = found.filter(|gone| *gone > disappearances_allowed(missing.known_ids));
    // Few are no accident; but what was one waits for somebody's word.
    if let (None, Some(gone)) = (since, gone) {
        tracing::warn!(connection = %handle.key, gone, known = missing.known_ids, "too many schedules vanished at once");
        return Some(ctx.seams.now());
    }
    since
}

/// Asks for a look at a schedule that is gone.
fn look_at(ctx: &Context, key: &Key, since: Option<Timestamp>) {
    let Some(known) = ctx.cache().schedule(key).cloned() else { return };
    if since.is_some() && known.last_outcome.reason() == Some(Reason::MassDisappearance) {
        return;
    }
    if known.last_outcome.is_stalled() {
        let is_first = known.compared.is_none();
        look_again_if_new(ctx, key, &known, hash(b"missing"));
        if is_first {
            ctx.enqueue(key, Priority::Background);
        }
    } else if !ctx.queue().is_busy(key) {
        ctx.enqueue(key, Priority::Background);
    }
}

/// What may be gone without an accident: what is used up, of which the status has to say so, and what is
/// held from deletion and somebody has deleted, which has nothing more to do.
fn look_at_what_ended(ctx: &Context, handle: &ConnectionHandle, seen: &BTreeSet<ScheduleId>) {
    ctx.enqueue_where(&handle.key, |known| {
        let status = known.resource.status.as_ref()?;
        let id = ScheduleId::new(status.schedule_id.as_deref()?);
        let is_told = known.last_outcome.reason() == Some(Reason::Exhausted) || known.last_outcome.is_stalled();
        let is_untold = status.remaining_executions == Some(0) && !is_told;
        let is_held = status.memory.as_ref().is_some_and(|memory| memory.deletion_held == Some(true));
        ((is_untold || is_held) && !seen.contains(&id)).then_some(Priority::Background)
    });
}
