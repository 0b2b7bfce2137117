//! Schedules that are missing in a LIST, and parts that are missing in its entries.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::{APPROVE_DISAPPEARANCE_AT, Reason, WorkflowConnection};
use crate::controller::connection::compare::{LAG, hash, look_again_if_new};
use crate::controller::connection::poll_state::PollState;
use crate::controller::context::Context;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{ConnectionSettings, disappearances_allowed, is_approved};
use crate::remote::ScheduleId;

/// What should be there and is not. Absence from a LIST proves nothing: a GET decides; but many at
/// once are no accident of one schedule, and then nothing is created again.
pub(crate) fn find(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    state: &mut PollState,
    seen: &BTreeSet<ScheduleId>,
    begun: Duration,
) {
    let connection_key = handle.key.to_string();
    let mut known_ids = 0_usize;
    let gone: BTreeSet<Key> = {
        let cache = ctx.cache();
        cache
            .schedules_of(&handle.key)
            .filter_map(|(key, known)| {
                let status = known.resource.status.as_ref()?;
                let id =
                    status.schedule_id.as_deref().filter(|_| status.connection.as_ref() == Some(&connection_key))?;
                // What is used up may be gone, and stays so.
                let is_kept = status.remaining_executions != Some(0);
                let is_young = known.changed_at.is_some_and(|at| at.saturating_add(LAG * 4) > begun);
                if !is_kept || is_young || known.resource.metadata.deletion_timestamp.is_some() {
                    return None;
                }
                known_ids += 1;
                (!seen.contains(&ScheduleId::new(id))).then(|| key.clone())
            })
            .collect()
    };
    let before = handle.remote_facts().mass_disappearance_since;
    let since = mass_disappearance(ctx, handle, connection, state, &gone, known_ids);
    if since != before {
        handle.found_mass_disappearance(since);
    }
    look_at_what_ended(ctx, handle, seen);
    let refused = refused_and_gone(ctx, handle, seen);
    for key in gone.union(&refused) {
        let Some(known) = ctx.cache().schedule(key).cloned() else { continue };
        if since.is_some() && known.last_outcome.reason() == Some(Reason::MassDisappearance) {
            continue;
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
}

/// What was refused because of a schedule that was there, whose runs the status shows, and that is gone. It may
/// not be the resource's own, so that its loss is no accident.
fn refused_and_gone(ctx: &Context, handle: &ConnectionHandle, seen: &BTreeSet<ScheduleId>) -> BTreeSet<Key> {
    let is_gone = |known: &CachedSchedule| {
        let is_shown = known.resource.status.as_ref().is_some_and(|status| status.next_execution_time.is_some());
        let is_absent = known.id.as_ref().is_some_and(|id| !seen.contains(id));
        is_shown && is_absent && known.last_outcome.is_stalled() && known.resource.metadata.deletion_timestamp.is_none()
    };
    let cache = ctx.cache();
    cache.schedules_of(&handle.key).filter(|(_, known)| is_gone(known)).map(|(key, _)| key.clone()).collect()
}

/// Since when too many are gone, if they are. `known_ids` is how many should be there.
fn mass_disappearance(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    state: &mut PollState,
    gone: &BTreeSet<Key>,
    known_ids: usize,
) -> Option<Timestamp> {
    let now = ctx.seams.now();
    let mut since = handle.remote_facts().mass_disappearance_since;
    if since.is_some_and(|since| is_approved(connection, APPROVE_DISAPPEARANCE_AT, since, now)) {
        since = None;
        state.approved_recreations.clone_from(gone);
    }
    state.approved_recreations.retain(|key| gone.contains(key));
    let unexcused = gone.difference(&state.approved_recreations).count();
    if unexcused == 0 {
        // They are back: the LIST lagged.
        return None;
    }
    // Few are no accident; but what was one waits for somebody's word.
    if unexcused > disappearances_allowed(known_ids) && since.is_none() {
        tracing::warn!(connection = %handle.key, gone = unexcused, known = known_ids, "too many schedules vanished at once");
        return Some(now);
    }
    since
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

/// Where entries do not hold all, GETs look at the rest, with a quarter of the rate at most.
pub(crate) fn sweep(ctx: &Context, handle: &ConnectionHandle, state: &mut PollState, configured: &ConnectionSettings) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let most = (configured.rate / 4.0 * configured.poll_interval.as_secs_f64()).max(1.0) as usize;
    let from = state.sweep_position.as_ref();
    let next: Vec<Key> = {
        let cache = ctx.cache();
        let is_swept = |known: &CachedSchedule| !known.last_outcome.is_stalled();
        let all: Vec<&Key> =
            cache.schedules_of(&handle.key).filter(|(_, known)| is_swept(known)).map(|(key, _)| key).collect();
        let start = from.map_or(0, |from| all.partition_point(|key| *key <= from));
        all.iter().cycle().skip(start).take(most.min(all.len())).map(|key| (*key).clone()).collect()
    };
    state.sweep_position = next.last().cloned();
    for key in next {
        if !ctx.queue().is_busy(&key) {
            ctx.enqueue(&key, Priority::Background);
        }
    }
}
