//! Schedules that are missing in a LIST.
//!
//! A LIST is an index: it can lose entries until a GET (temporalio/ui#2656). So absence from a LIST proves nothing, and
//! only a GET with 404 counts. If few schedules are missing, each one is checked. If many are missing, only a sample
//! is checked: a GET for each schedule would cost more than the LIST saves.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;

use crate::api::{APPROVE_DISAPPEARANCE_AT, Closed, Reason, WorkflowConnection};
use crate::controller::connection::compare::{LAG, consider, hash, look_again_if_new};
use crate::controller::connection::deferred_status::DeferredStatuses;
use crate::controller::connection::poll_state::{PollState, Sample};
use crate::controller::context::Context;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::controller::watch::predicates;
use crate::plan::{disappearances_allowed, is_approved, is_closed_by_itself, vanished};
use crate::remote::{Client, ScheduleId, wire};

/// Up to this number, a GET checks each missing schedule. This number may always be missing.
const FEW: usize = 10;
/// If more are missing, one poll checks this number. The next poll checks others.
const SAMPLE: usize = 20;

/// What is not in the LIST.
struct Missing {
    /// What should be there.
    gone: BTreeSet<Key>,
    /// What may have ended, and the status does not say so yet.
    ended: Vec<Key>,
    /// How many should be there.
    known_ids: usize,
}

/// Checks schedules that are missing. If too many are gone, the cause is not a single schedule, and nothing is
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
    let before = handle.remote_facts().mass_disappearance_since;
    let missing = missing(ctx, handle, connection, seen, begun);
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
    look_at_what_is_held(ctx, handle, seen);
    look_at_what_ended(ctx, &missing.ended);
    // If the LIST is wrong, schedules that no GET has checked are assumed to exist.
    let are_unseen_gone = !is_sampled || found.is_some_and(|found| found > state.sample.absent.len());
    for key in &missing.gone {
        let is_gone = are_unseen_gone || state.sample.absent.contains(key) || state.approved.contains(key);
        if is_gone && !state.sample.present.contains(key) {
            look_at(ctx, key, since);
        }
    }
    for key in refused_and_gone(ctx, handle, seen).difference(&missing.gone) {
        look_at(ctx, key, since);
    }
}

/// Stalled resources whose status shows runs of a remote schedule that no longer exists. That schedule may
/// belong to somebody else, so these do not count as vanished.
fn refused_and_gone(ctx: &Context, handle: &ConnectionHandle, seen: &BTreeSet<ScheduleId>) -> BTreeSet<Key> {
    let is_gone = |known: &CachedSchedule| {
        let is_shown = known.resource.status.as_ref().is_some_and(|status| status.next_execution_time.is_some());
        let is_absent = known.id.as_ref().is_some_and(|id| !seen.contains(id));
        is_shown && is_absent && known.last_outcome.is_stalled() && known.resource.metadata.deletion_timestamp.is_none()
    };
    let cache = ctx.cache();
    cache.schedules_of(&handle.key).filter(|(_, known)| is_gone(known)).map(|(key, _)| key.clone()).collect()
}

fn missing(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    seen: &BTreeSet<ScheduleId>,
    begun: Duration,
) -> Missing {
    let (connection_key, now) = (handle.key.to_string(), ctx.seams.now());
    // While schedules wait for an approval, a later resume does not explain why they are gone.
    let is_waiting = handle.remote_facts().mass_disappearance_since.is_some();
    let resumes = connection.spec.paused != Some(true) && !is_waiting;
    let mut missing = Missing { gone: BTreeSet::new(), ended: Vec::new(), known_ids: 0 };
    for (key, known) in ctx.cache().schedules_of(&handle.key) {
        let Some(status) = &known.resource.status else { continue };
        let id = status.schedule_id.as_deref().filter(|_| status.connection.as_ref() == Some(&connection_key));
        let is_young = known.changed_at.is_some_and(|at| at.saturating_add(LAG * 4) > begun);
        let Some(id) = id else { continue };
        if is_young || known.resource.metadata.deletion_timestamp.is_some() {
            continue;
        }
        let is_missing = !seen.contains(&ScheduleId::new(id));
        let has_ended =
            status.remaining_executions == Some(0) || is_missing && is_closed_by_itself(&known.resource, resumes, now);
        missing.known_ids += usize::from(!has_ended);
        if is_missing && !has_ended {
            missing.gone.insert(key.clone());
        } else if is_missing && !is_told(known) {
            missing.ended.push(key.clone());
        }
    }
    missing
}

/// Whether the status already says that the schedule has ended, or the schedule is Stalled.
fn is_told(known: &CachedSchedule) -> bool {
    let memory = known.resource.status.as_ref().and_then(|status| status.memory.as_ref());
    let is_ended = memory.is_some_and(|memory| memory.closed == Some(Closed::Ended))
        && predicates::at_first_sight(&known.resource).is_none();
    is_ended || known.last_outcome.reason() == Some(Reason::Exhausted) || known.last_outcome.is_stalled()
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

/// Whether a missing schedule was already checked, or its recreation was approved.
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
    // Schedules of one namespace may have the same cause: the sample is spread over all namespaces.
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

/// Since when too many are gone, if they are. `found`: how many have vanished, as GETs show.
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
    // Few missing schedules are not a mass disappearance, but a mass disappearance lasts until it is approved.
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

/// The engine deletes schedules that have ended: their status has to say so. If there are many, a part is queued.
fn look_at_what_ended(ctx: &Context, ended: &[Key]) {
    let step = ended.len().div_ceil(SAMPLE).max(1);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let first = (ctx.seams.chance() * f64::from(u32::try_from(step).unwrap_or(u32::MAX))) as usize;
    for key in ended.iter().skip(first.min(step - 1)).step_by(step).filter(|key| !ctx.queue().is_busy(key)) {
        ctx.enqueue(key, Priority::Background);
    }
}

/// A held deletion needs no approval any more if somebody has deleted the remote schedule.
fn look_at_what_is_held(ctx: &Context, handle: &ConnectionHandle, seen: &BTreeSet<ScheduleId>) {
    ctx.enqueue_where(&handle.key, |known| {
        let status = known.resource.status.as_ref()?;
        let id = ScheduleId::new(status.schedule_id.as_deref()?);
        let is_held = status.memory.as_ref().is_some_and(|memory| memory.deletion_held == Some(true));
        (is_held && !seen.contains(&id)).then_some(Priority::Background)
    });
}
