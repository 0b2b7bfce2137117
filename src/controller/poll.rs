//! One look at all schedules of a connection: a LIST, a cheap hint of what has changed.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::context::Context;
use super::judge::{self, Later};
use super::key::Key;
use super::link::{CallError, Link};
use super::queue::Lane;
use super::store::{Ended, Known};
use crate::api::{APPROVE_DISAPPEARANCE_AT, Reason, WorkflowConnection, WorkflowConnectionStatus};
use crate::plan::{ConnectionSettings, PrefixVerdict, disappearances_allowed, is_approved, is_under_prefix, prefix};
use crate::remote::{RemoteError, ScheduleId, wire};

/// A LIST lags behind what was changed by seconds: what is younger is not judged by it.
const LAG: Duration = Duration::from_secs(15);
/// No workspace has as many pages: a server that never ends a LIST must not be followed for ever.
const MOST_PAGES: usize = 1000;

/// What a poll has found.
#[derive(Default)]
pub(super) struct Polled {
    /// Why the connection cannot be used, though it answers.
    pub(super) trouble: Option<(Reason, String)>,
    /// The prefix is known to be this cluster's.
    pub(super) prefix_is_ours: bool,
    /// Ids under the prefix that nobody claimed in two polls.
    pub(super) unclaimed: Vec<String>,
    /// Times of runs to be written at leisure.
    pub(super) later: Later,
}

/// What a LIST has brought so far.
#[derive(Default)]
struct Listed {
    seen: BTreeSet<ScheduleId>,
    later: Later,
    is_partial: bool,
}

/// Polls.
///
/// # Errors
/// The LIST failed, and nothing is known.
pub(super) async fn poll(
    ctx: &Context,
    link: &Link,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
) -> Result<Polled, CallError> {
    let begun = ctx.seams.elapsed();
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    let mut listed = Listed { later: Later::new(configured.poll_interval), ..Listed::default() };
    list(ctx, link, claimed.is_some(), begun, &mut listed).await?;
    if claimed.is_none()
        && let Some(trouble) = claim_prefix(ctx, link, connection, &listed.seen).await
    {
        return Ok(Polled { trouble: Some(trouble), ..Polled::default() });
    }
    missing(ctx, link, connection, &listed.seen, begun);
    if listed.is_partial {
        sweep(ctx, link, configured);
    }
    let unclaimed = unclaimed(ctx, link, connection, &listed.seen);
    Ok(Polled { trouble: None, prefix_is_ours: true, unclaimed, later: listed.later })
}

async fn list(
    ctx: &Context,
    link: &Link,
    is_judging: bool,
    begun: Duration,
    listed: &mut Listed,
) -> Result<(), CallError> {
    let mut token: Option<String> = None;
    let mut has_begun_anew = false;
    for _ in 0..MOST_PAGES {
        let page = link.call(&ctx.seams, Lane::Interactive, None, async |client| client.list(token.as_deref()).await);
        let page = match page.await {
            Ok(page) => page,
            // A token grows stale where the list changes: the list is begun anew, once.
            Err(CallError::Remote(error)) if token.is_some() && !has_begun_anew && is_stale_token(&error) => {
                has_begun_anew = true;
                token = None;
                continue;
            }
            Err(error) => return Err(error),
        };
        if page.schedules.is_empty() {
            break;
        }
        for (index, entry) in page.schedules.iter().enumerate() {
            if index % 32 == 31 {
                // A page is long, and an edit must not wait for it.
                tokio::task::yield_now().await;
            }
            take_in(ctx, link, entry, is_judging, begun, listed).await;
        }
        token = page.next_page_token.filter(|token| !token.trim().is_empty());
        if token.is_none() {
            break;
        }
    }
    Ok(())
}

const fn is_stale_token(error: &RemoteError) -> bool {
    match error {
        RemoteError::NotFound(_)
        | RemoteError::Conflict(_)
        | RemoteError::Refused { .. }
        | RemoteError::Malformed { .. } => true,
        RemoteError::Unauthorized
        | RemoteError::Forbidden(_)
        | RemoteError::EncodingRequired
        | RemoteError::RateLimited { .. }
        | RemoteError::Unavailable { .. }
        | RemoteError::Transport(_) => false,
    }
}

#[derive(Deserialize)]
struct Head {
    schedule_id: ScheduleId,
}

/// Looks at one entry. One that cannot be read harms no other, and says nothing of its schedule.
async fn take_in(ctx: &Context, link: &Link, entry: &RawValue, is_judging: bool, begun: Duration, listed: &mut Listed) {
    let Ok(Head { schedule_id }) = serde_json::from_str(entry.get()) else { return };
    let keys: Vec<Key> = ctx.store().claimants(&link.key, &schedule_id).cloned().collect();
    listed.seen.insert(schedule_id);
    if keys.is_empty() || !is_judging {
        return;
    }
    let hash = hash(entry.get());
    for key in keys {
        let is_waiting = ctx.queue().is_busy(&key);
        let Some(known) = ctx.store().schedule(&key).cloned() else { continue };
        let is_young = known.touched_at.is_some_and(|at| at.saturating_add(LAG) > begun);
        // A deletion has its own reasons to wait.
        let is_going = known.resource.metadata.deletion_timestamp.is_some();
        let has_sources = !known.resource.spec.input_from.is_empty();
        if is_waiting || is_young || is_going || (known.judged == Some(hash) && !has_sources) {
            continue;
        }
        let Ok(schedule) = serde_json::from_str::<wire::Schedule>(entry.get()) else {
            // A whole look will say what is wrong with it.
            ctx.enqueue(&key, Lane::Background);
            continue;
        };
        listed.is_partial |= !schedule.is_whole();
        if known.ended == Ended::Refused {
            look_again_if_changed(ctx, &key, &known, &schedule);
            judge::show_runs(ctx, &key, &known, schedule, &mut listed.later);
            continue;
        }
        let judged = judge::judge(ctx, &key, known, schedule, hash, &mut listed.later);
        if AssertUnwindSafe(judged).catch_unwind().await.is_err() {
            ctx.metrics.panicked();
            tracing::error!(%key, "judging its entry panicked: this is a defect of the operator");
            ctx.enqueue(&key, Lane::Background);
        }
    }
}

/// What was refused waits for a change, and a change of the remote is one. The times of runs are not.
fn look_again_if_changed(ctx: &Context, key: &Key, known: &Known, schedule: &wire::Schedule) {
    let saw_pause = known.resource.status.as_ref().and_then(|status| status.paused) == Some(true);
    if saw_pause && !schedule.paused {
        // A declared pause stays enforced whatever else was refused.
        return ctx.enqueue(key, Lane::Urgent);
    }
    let bare = wire::Schedule {
        future_executions: Vec::new(),
        recent_executions: Vec::new(),
        remaining_executions: None,
        ..schedule.clone()
    };
    look_again_if_new(ctx, key, known, hash(&format!("{bare:?}")));
}

/// The first sight after a refusal is what was refused.
fn look_again_if_new(ctx: &Context, key: &Key, known: &Known, hash: u64) {
    if known.judged == Some(hash) {
        return;
    }
    if let Some(known) = ctx.store().schedule_mut(key) {
        known.judged = Some(hash);
    }
    if known.judged.is_some() {
        ctx.enqueue(key, Lane::Background);
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Makes sure that no other cluster writes under the prefix. It is recorded before the first POST:
/// after a crash our own schedules must not look like another's.
async fn claim_prefix(
    ctx: &Context,
    link: &Link,
    connection: &WorkflowConnection,
    seen: &BTreeSet<ScheduleId>,
) -> Option<(Reason, String)> {
    let own = &connection.spec.schedule_id_prefix;
    let place = link.key.to_string();
    let foreign: Vec<&ScheduleId> = {
        let store = ctx.store();
        let is_pinned = |id: &ScheduleId| {
            store.claimants(&link.key, id).filter_map(|key| store.schedule(key)).any(|known| {
                let status = known.resource.status.as_ref();
                status.is_some_and(|status| {
                    status.schedule_id.as_deref() == Some(id.as_str()) && status.connection.as_ref() == Some(&place)
                })
            })
        };
        seen.iter().filter(|id| is_under_prefix(id, own) && !is_pinned(id)).collect()
    };
    match prefix(connection, foreign.len(), foreign.first().map(|id| id.as_str())) {
        PrefixVerdict::Claimed => None,
        PrefixVerdict::InUse(message) => Some((Reason::PrefixInUse, message)),
        PrefixVerdict::Claim => {
            let now = ctx.store().connection(&link.key).cloned()?;
            // Whose key it is belongs to the same promise: another's workspace must never look like ours.
            let identity = link.state().identity.clone();
            let status = WorkflowConnectionStatus {
                claimed_prefix: Some(own.clone()),
                identity: identity.or_else(|| now.status.as_ref().and_then(|status| status.identity.clone())),
                ..now.status.clone().unwrap_or_default()
            };
            match ctx.writer.connection_status(now.as_ref(), &status).await {
                Ok(Some(written)) => {
                    ctx.metrics.wrote("connection");
                    ctx.store().put_connection(Arc::new(written));
                    None
                }
                Ok(None) => None,
                Err(error) => {
                    Some((Reason::ConnectionNotReady, format!("the claim of the prefix could not be stored: {error}")))
                }
            }
        }
    }
}

/// What should be there and is not. Absence from a LIST proves nothing: a GET decides; but many at
/// once are no accident of one schedule, and then nothing is created again.
fn missing(ctx: &Context, link: &Link, connection: &WorkflowConnection, seen: &BTreeSet<ScheduleId>, begun: Duration) {
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
    let is_held_back = link.state().mass_disappearance.is_some();
    for key in &gone {
        let Some(known) = ctx.store().schedule(key).cloned() else { continue };
        if is_held_back && known.says(Reason::MassDisappearance) {
            continue;
        }
        if known.ended == Ended::Refused {
            let is_first = known.judged.is_none();
            look_again_if_new(ctx, key, &known, hash("missing"));
            if is_first {
                ctx.enqueue(key, Lane::Background);
            }
        } else if !ctx.queue().is_busy(key) {
            ctx.enqueue(key, Lane::Background);
        }
    }
}

/// Where entries do not hold all, GETs look at the rest, with a quarter of the rate at most.
fn sweep(ctx: &Context, link: &Link, configured: &ConnectionSettings) {
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

/// Ids under our prefix that no resource means, in this poll and the one before.
fn unclaimed(ctx: &Context, link: &Link, connection: &WorkflowConnection, seen: &BTreeSet<ScheduleId>) -> Vec<String> {
    let now: BTreeSet<String> = {
        let store = ctx.store();
        seen.iter()
            .filter(|id| is_under_prefix(id, &connection.spec.schedule_id_prefix))
            .filter(|id| store.claimants(&link.key, id).next().is_none())
            .map(|id| id.as_str().to_owned())
            .collect()
    };
    let mut state = link.state();
    let twice = now.intersection(&state.unclaimed).cloned().collect();
    state.unclaimed = now;
    twice
}
