//! One poll of all schedules of a connection: a LIST, which shows cheaply what may have changed.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use http::StatusCode;
use serde::Deserialize;

use crate::api::{Reason, WorkflowConnection};
use crate::controller::connection::compare::{self, DeferredStatuses};
use crate::controller::connection::missing;
use crate::controller::connection::paging::{Next, PageSize, Paging};
use crate::controller::connection::prefix;
use crate::controller::context::Context;
use crate::controller::state::cache::{CachedSchedule, LastOutcome};
use crate::controller::state::connection_handle::{CallError, ConnectionHandle};
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{ConnectionSettings, is_under_prefix};
use crate::remote::{Client, RemoteError, ScheduleId, wire};

/// A LIST may be some seconds old: schedules that changed more recently are not compared with it.
pub(crate) const LAG: Duration = Duration::from_secs(15);

/// The result of a poll.
#[derive(Default)]
pub(crate) struct Polled {
    /// Why the connection cannot be used, although it answers.
    pub(crate) trouble: Option<(Reason, String)>,
    /// The prefix belongs to this cluster.
    pub(crate) prefix_is_ours: bool,
    /// Ids with the prefix that no resource claimed in two polls.
    pub(crate) unclaimed: Vec<String>,
    /// Times of runs, to be written with low priority.
    pub(crate) later: DeferredStatuses,
}

/// The results of a LIST so far.
#[derive(Default)]
struct Listed {
    /// Ids of resources, and ids with the prefix of the connection.
    seen: BTreeSet<ScheduleId>,
    prefix: String,
    /// How many ids in `seen` no resource has.
    strangers: usize,
    later: DeferredStatuses,
    is_partial: bool,
}

/// Polls the remote.
///
/// # Errors
/// The LIST failed, and its result cannot be used.
pub(crate) async fn poll(
    ctx: &Context,
    link: &ConnectionHandle,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
    page_size: &mut PageSize,
) -> Result<Polled, CallError> {
    let begun = ctx.seams.elapsed();
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    let prefix = connection.spec.schedule_id_prefix.clone();
    let mut listed = Listed { later: DeferredStatuses::new(configured.poll_interval), prefix, ..Listed::default() };
    list(ctx, link, Paging::new(page_size), claimed.is_some(), begun, &mut listed).await?;
    if claimed.is_none()
        && let Some(trouble) = prefix::claim_prefix(ctx, link, connection, &listed.seen).await
    {
        return Ok(Polled { trouble: Some(trouble), ..Polled::default() });
    }
    missing::missing(ctx, link, connection, &listed.seen, begun);
    if listed.is_partial {
        missing::sweep(ctx, link, configured);
    }
    let unclaimed = prefix::unclaimed(ctx, link, connection, &listed.seen);
    Ok(Polled { trouble: None, prefix_is_ours: true, unclaimed, later: listed.later })
}

async fn list(
    ctx: &Context,
    link: &ConnectionHandle,
    mut paging: Paging<'_>,
    is_judging: bool,
    begun: Duration,
    listed: &mut Listed,
) -> Result<(), CallError> {
    loop {
        let (token, size) = (paging.token.clone(), paging.size());
        let call = async |client: Client| client.list(token.as_deref(), size).await;
        let page = match link.call(&ctx.seams, Priority::Interactive, None, call).await {
            Ok(page) => page,
            Err(CallError::Remote(error)) if paging.failed(&error) => continue,
            Err(error) => return Err(error),
        };
        for (index, entry) in page.entries.iter().enumerate() {
            if index % 32 == 31 {
                // A page is long, and an edit must not wait for it.
                tokio::task::yield_now().await;
            }
            take_in(ctx, link, entry, is_judging, begun, listed).await;
        }
        match paging.page(page.entries.is_empty(), page.next_page_token) {
            Next::Page => {}
            Next::Complete => return Ok(()),
            Next::Endless(what) => {
                let error = RemoteError::Malformed { status: StatusCode::OK, what: what.into() };
                return Err(CallError::Remote(error));
            }
        }
    }
}

#[derive(Deserialize)]
struct Head {
    schedule_id: ScheduleId,
}

/// The maximum number of stored ids that no resource claims; a server may return any number.
const MOST_UNCLAIMED: usize = 10_000;

/// Handles one entry. An entry that cannot be read does not affect the others, and says nothing about its
/// schedule.
async fn take_in(
    ctx: &Context,
    link: &ConnectionHandle,
    entry: &[u8],
    is_judging: bool,
    begun: Duration,
    listed: &mut Listed,
) {
    let Ok(Head { schedule_id }) = serde_json::from_slice(entry) else { return };
    if schedule_id.as_str().len() > ScheduleId::LONGEST_AT_ENGINE {
        return;
    }
    let keys: Vec<Key> = ctx.cache().claimants(&link.key, &schedule_id).cloned().collect();
    if keys.is_empty() {
        // Of what is another's nothing is kept.
        if is_under_prefix(&schedule_id, &listed.prefix) && listed.strangers < MOST_UNCLAIMED {
            listed.strangers += usize::from(listed.seen.insert(schedule_id));
        }
        return;
    }
    listed.seen.insert(schedule_id);
    if !is_judging {
        return;
    }
    let hash = hash(entry);
    for key in keys {
        let is_waiting = ctx.queue().is_busy(&key);
        let Some(known) = ctx.cache().schedule(&key).cloned() else { continue };
        let is_young = known.changed_at.is_some_and(|at| at.saturating_add(LAG) > begun);
        // A deletion has its own reasons to wait.
        let is_going = known.resource.metadata.deletion_timestamp.is_some();
        let has_sources = !known.resource.spec.input_from.is_empty();
        if is_waiting || is_young || is_going || (known.compared == Some(hash) && !has_sources) {
            continue;
        }
        let Ok(schedule) = wire::Schedule::read(entry) else {
            // A whole look will say what is wrong with it.
            ctx.enqueue(&key, Priority::Background);
            continue;
        };
        listed.is_partial |= !schedule.is_whole();
        if known.last_outcome == LastOutcome::Stalled {
            look_again_if_changed(ctx, &key, &known, &schedule);
            compare::show_runs(ctx, &key, &known, schedule, &mut listed.later);
            continue;
        }
        let compared = compare::judge(ctx, &key, known, schedule, hash, &mut listed.later);
        if AssertUnwindSafe(compared).catch_unwind().await.is_err() {
            ctx.metrics.panicked();
            tracing::error!(%key, "judging its entry panicked: this is a defect of the operator");
            ctx.enqueue(&key, Priority::Background);
        }
    }
}

/// A refused schedule waits for a change. A change of the remote schedule counts, but not of the times of runs.
fn look_again_if_changed(ctx: &Context, key: &Key, known: &CachedSchedule, schedule: &wire::Schedule) {
    let saw_pause = known.resource.status.as_ref().and_then(|status| status.paused) == Some(true);
    if saw_pause && !schedule.paused {
        // A declared pause stays enforced whatever else was refused.
        return ctx.enqueue(key, Priority::Urgent);
    }
    let bare = wire::Schedule {
        future_executions: Vec::new(),
        recent_executions: Vec::new(),
        remaining_executions: None,
        ..schedule.clone()
    };
    look_again_if_new(ctx, key, known, hash(format!("{bare:?}").as_bytes()));
}

/// The first observation after a refusal is the state that was refused.
pub(crate) fn look_again_if_new(ctx: &Context, key: &Key, known: &CachedSchedule, hash: u64) {
    if known.compared == Some(hash) {
        return;
    }
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.compared = Some(hash);
    }
    if known.compared.is_some() {
        ctx.enqueue(key, Priority::Background);
    }
}

/// The hash of an entry or a text.
pub(crate) fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
