//! Schedules that are missing in a LIST, and parts that are missing in its entries.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{APPROVE_DISAPPEARANCE_AT, Reason, WorkflowConnection};
use crate::controller::connection::poll::{LAG, hash, look_again_if_new};
use crate::controller::context::Context;
use crate::controller::state::cache::{CachedSchedule, LastOutcome};
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{ConnectionSettings, disappearances_allowed, is_approved};
use crate::remote::ScheduleId;

/// Handles schedules that are missing in a LIST. This proves nothing for one schedule: a GET decides. But if
/// many are missing at the same time, nothing is created again.
pub(crate) fn missing(
    ctx: &Context,
    link: &ConnectionHandle,
    connection: &WorkflowConnection,
    seen: &BTreeSet<ScheduleId>,
    begun: Duration,
) {
    let place = link.key.to_string();
    let mut known_ids = 0_usize;
    let gone: BTreeSet<Key> = {
        let cache = ctx.cache();
        cache
            .schedules_of(&link.key)
            .filter_map(|(key, known)| {
                let status = known.resource.status.as_ref()?;
                let id = status.schedule_id.as_deref().filter(|_| status.connection.as_ref() == Some(&place))?;
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
    {
        let mut state = link.state();
        if let Some(since) = state.mass_disappearance
            && is_approved(connection, APPROVE_DISAPPEARANCE_AT, since, ctx.seams.now())
        {
            state.mass_disappearance = None;
            state.approved_recreations.clone_from(&gone);
        }
        state.approved_recreations.retain(|key| gone.contains(key));
        let unexcused = gone.iter().filter(|key| !state.approved_recreations.contains(*key)).count();
        if unexcused == 0 {
            // They are back: the LIST lagged.
            state.mass_disappearance = None;
        } else if unexcused <= disappearances_allowed(known_ids) {
            // Few are no accident; but what was one waits for somebody's word.
        } else if state.mass_disappearance.is_none() {
            tracing::warn!(connection = %link.key, gone = unexcused, known = known_ids, "too many schedules vanished at once");
            state.mass_disappearance = Some(ctx.seams.now());
        }
    }
    look_at_what_ended(ctx, link, seen);
    let is_held_back = link.state().mass_disappearance.is_some();
    for key in &gone {
        let Some(known) = ctx.cache().schedule(key).cloned() else { continue };
        if is_held_back && known.says(Reason::MassDisappearance) {
            continue;
        }
        if known.last_outcome == LastOutcome::Stalled {
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

/// Schedules that may be missing without a problem: those whose status says that their runs are used up, and
/// those with a held deletion that somebody has deleted.
fn look_at_what_ended(ctx: &Context, link: &ConnectionHandle, seen: &BTreeSet<ScheduleId>) {
    ctx.enqueue_where(&link.key, |known| {
        let status = known.resource.status.as_ref()?;
        let id = ScheduleId::new(status.schedule_id.as_deref()?);
        let is_told = known.says(Reason::Exhausted) || known.last_outcome == LastOutcome::Stalled;
        let is_untold = status.remaining_executions == Some(0) && !is_told;
        ((is_untold || known.says(Reason::DeletionHeld)) && !seen.contains(&id)).then_some(Priority::Background)
    });
}

/// If entries are partial, GETs read the rest, with at most a quarter of the rate.
pub(crate) fn sweep(ctx: &Context, link: &ConnectionHandle, configured: &ConnectionSettings) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let most = (configured.rate / 4.0 * configured.poll_interval.as_secs_f64()).max(1.0) as usize;
    let from = link.state().sweep.clone();
    let next: Vec<Key> = {
        let cache = ctx.cache();
        let is_swept = |known: &CachedSchedule| known.last_outcome != LastOutcome::Stalled;
        let all: Vec<&Key> =
            cache.schedules_of(&link.key).filter(|(_, known)| is_swept(known)).map(|(key, _)| key).collect();
        let start = from.map_or(0, |from| all.partition_point(|key| **key <= from));
        all.iter().cycle().skip(start).take(most.min(all.len())).map(|key| (*key).clone()).collect()
    };
    link.state().sweep = next.last().cloned();
    for key in next {
        if !ctx.queue().is_busy(&key) {
            ctx.enqueue(&key, Priority::Background);
        }
    }
}
