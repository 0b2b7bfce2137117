//! Schedules that a LIST should hold and does not, and what it does not hold of those that it has.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{APPROVE_DISAPPEARANCE_AT, Reason, WorkflowConnection};
use crate::controller::connection::poll::{LAG, hash, look_again_if_new};
use crate::controller::context::Context;
use crate::controller::state::cache::{Ended, Known};
use crate::controller::state::connection_handle::Link;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Lane;
use crate::plan::{ConnectionSettings, disappearances_allowed, is_approved};
use crate::remote::ScheduleId;

/// What should be there and is not. Absence from a LIST proves nothing: a GET decides; but many at
/// once are no accident of one schedule, and then nothing is created again.
pub(crate) fn missing(
    ctx: &Context,
    link: &Link,
    connection: &WorkflowConnection,
    seen: &BTreeSet<ScheduleId>,
    begun: Duration,
) {
    let place = link.key.to_string();
    let mut known_ids = 0_usize;
    let gone: BTreeSet<Key> = {
        let store = ctx.store();
        store
            .schedules_of(&link.key)
            .filter_map(|(key, known)| {
                let status = known.resource.status.as_ref()?;
                let id = status.schedule_id.as_deref().filter(|_| status.connection.as_ref() == Some(&place))?;
                // What is used up may be gone, and stays so.
                let is_kept = status.remaining_executions != Some(0);
                let is_young = known.touched_at.is_some_and(|at| at.saturating_add(LAG * 4) > begun);
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
            state.excused.clone_from(&gone);
        }
        state.excused.retain(|key| gone.contains(key));
        let unexcused = gone.iter().filter(|key| !state.excused.contains(*key)).count();
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
        let Some(known) = ctx.store().schedule(key).cloned() else { continue };
        if is_held_back && known.says(Reason::MassDisappearance) {
            continue;
        }
        if known.ended == Ended::Refused {
            let is_first = known.judged.is_none();
            look_again_if_new(ctx, key, &known, hash(b"missing"));
            if is_first {
                ctx.enqueue(key, Lane::Background);
            }
        } else if !ctx.queue().is_busy(key) {
            ctx.enqueue(key, Lane::Background);
        }
    }
}

/// What may be gone without an accident: what is used up, of which the status has to say so, and what is
/// held from deletion and somebody has deleted, which has nothing more to do.
fn look_at_what_ended(ctx: &Context, link: &Link, seen: &BTreeSet<ScheduleId>) {
    ctx.enqueue_where(&link.key, |known| {
        let status = known.resource.status.as_ref()?;
        let id = ScheduleId::new(status.schedule_id.as_deref()?);
        let is_told = known.says(Reason::Exhausted) || known.ended == Ended::Refused;
        let is_untold = status.remaining_executions == Some(0) && !is_told;
        ((is_untold || known.says(Reason::DeletionHeld)) && !seen.contains(&id)).then_some(Lane::Background)
    });
}

/// Where entries do not hold all, GETs look at the rest, with a quarter of the rate at most.
pub(crate) fn sweep(ctx: &Context, link: &Link, configured: &ConnectionSettings) {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let most = (configured.rate / 4.0 * configured.poll_interval.as_secs_f64()).max(1.0) as usize;
    let from = link.state().sweep.clone();
    let next: Vec<Key> = {
        let store = ctx.store();
        let is_swept = |known: &Known| known.ended != Ended::Refused;
        let all: Vec<&Key> =
            store.schedules_of(&link.key).filter(|(_, known)| is_swept(known)).map(|(key, _)| key).collect();
        let start = from.map_or(0, |from| all.partition_point(|key| **key <= from));
        all.iter().cycle().skip(start).take(most.min(all.len())).map(|key| (*key).clone()).collect()
    };
    link.state().sweep = next.last().cloned();
    for key in next {
        if !ctx.queue().is_busy(&key) {
            ctx.enqueue(&key, Lane::Background);
        }
    }
}
