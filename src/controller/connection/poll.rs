//! Lists all schedules of a connection, and compares each with its resource.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use crate::api::WorkflowConnection;
use crate::controller::connection::compare::{LAG, consider, hash};
use crate::controller::connection::deferred_status::{self, DeferredStatuses};
use crate::controller::connection::missed_runs;
use crate::controller::connection::missing;
use crate::controller::connection::paging::{Next, Paging};
use crate::controller::connection::poll_state::PollState;
use crate::controller::connection::prefix;
use crate::controller::connection::stale;
use crate::controller::connection::sweep;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{CallError, ConnectionHandle, ListTrust};
use crate::controller::state::connection_state::Problem;
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::{ConnectionSettings, is_under_prefix};
use crate::remote::{Client, RemoteError, ScheduleId, wire};

/// What a poll has found.
#[derive(Default)]
pub(crate) struct Polled {
    /// Why the connection cannot be used, though it answers.
    pub(crate) problem: Option<Problem>,
    /// The prefix is known to be this cluster's.
    pub(crate) prefix_is_ours: bool,
    /// Ids with the prefix that no resource claimed in two polls.
    pub(crate) unclaimed: Vec<String>,
    /// Statuses to write with low priority; `None` once they are being written.
    pub(crate) deferred: Option<DeferredStatuses>,
}

/// The results of a LIST so far.
#[derive(Default)]
struct Listed {
    /// Ids of resources, and ids with the prefix of the connection.
    seen: BTreeSet<ScheduleId>,
    prefix: String,
    /// How many ids in `seen` no resource has.
    strangers: usize,
    deferred: DeferredStatuses,
    /// Whether an entry that was read was partial; `None` if none was read.
    is_partial: Option<bool>,
    /// Hashes of stale entries.
    stale: BTreeMap<Key, u64>,
}

/// Polls the remote.
///
/// # Errors
/// The LIST failed, and its result cannot be used.
pub(crate) async fn poll(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
    state: &mut PollState,
) -> Result<Polled, CallError> {
    let begun = ctx.seams.elapsed();
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    let prefix = connection.spec.schedule_id_prefix.clone();
    let mut listed = Listed { deferred: DeferredStatuses::new(configured.poll_interval), prefix, ..Listed::default() };
    list(ctx, handle, Paging::new(&mut state.page_size), claimed.is_some(), begun, &mut listed).await?;
    if claimed.is_none()
        && let Some(problem) = prefix::claim_prefix(ctx, handle, connection, &listed.seen).await
    {
        return Ok(Polled { problem: Some(problem), ..Polled::default() });
    }
    missed_runs::note_reach(ctx, handle, state, configured);
    missing::find(ctx, handle, connection, state, &listed.seen, begun, &mut listed.deferred).await;
    state.is_partial = listed.is_partial.unwrap_or(state.is_partial);
    stale::look(ctx, &listed.stale, configured);
    if state.is_partial {
        sweep::parts(ctx, handle, state, configured);
    } else {
        sweep::whole(ctx, handle, state, configured);
    }
    missed_runs::look(ctx, handle, connection, configured, &listed.deferred).await;
    deferred_status::add_passed_runs(ctx, handle, &mut listed.deferred, stale::GRACE);
    let unclaimed = prefix::unclaimed(ctx, handle, connection, state, &listed.seen);
    if !unclaimed.is_empty() {
        // What nobody knows may also exist where no LIST shows it.
        handle.trust_lists(ListTrust::Never);
    }
    Ok(Polled { problem: None, prefix_is_ours: true, unclaimed, deferred: Some(listed.deferred) })
}

async fn list(
    ctx: &Context,
    handle: &ConnectionHandle,
    mut paging: Paging<'_>,
    is_comparing: bool,
    begun: Duration,
    listed: &mut Listed,
) -> Result<(), CallError> {
    loop {
        let (token, size) = (paging.token.clone(), paging.size());
        let call = async |client: Client| client.list(token.as_deref(), size).await;
        let page = match handle.call(&ctx.seams, Priority::Interactive, None, call).await {
            Ok(page) => page,
            Err(CallError::Remote(error)) if paging.failed(&error) => continue,
            Err(error) => return Err(error),
        };
        for (index, entry) in page.entries.iter().enumerate() {
            if index % 32 == 31 {
                // A page has many entries: an edit must not wait until all are compared.
                tokio::task::yield_now().await;
            }
            read_entry(ctx, handle, (&page, entry), is_comparing, begun, listed).await;
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

/// Compares one entry. An entry that cannot be parsed does not affect the others.
async fn read_entry(
    ctx: &Context,
    handle: &ConnectionHandle,
    (page, entry): (&wire::Page, &[u8]),
    is_comparing: bool,
    begun: Duration,
    listed: &mut Listed,
) {
    let Ok(Head { schedule_id }) = serde_json::from_slice(entry) else { return };
    if schedule_id.as_str().len() > ScheduleId::LONGEST_AT_ENGINE {
        return;
    }
    let keys: Vec<Key> = ctx.cache().claimants_through(&handle.key, &schedule_id).cloned().collect();
    if keys.is_empty() {
        // Nothing is stored about schedules of others.
        if is_under_prefix(&schedule_id, &listed.prefix) && listed.strangers < MOST_UNCLAIMED {
            listed.strangers += usize::from(listed.seen.insert(schedule_id));
        }
        return;
    }
    listed.seen.insert(schedule_id);
    if !is_comparing {
        return;
    }
    let hash = hash(entry);
    for key in keys {
        let is_waiting = ctx.queue().is_busy(&key);
        let Some(known) = ctx.cache().schedule(&key).cloned() else { continue };
        let is_young = known.changed_at.is_some_and(|at| at.saturating_add(LAG) > begun);
        // A deletion has its own reasons to wait.
        let is_going = known.resource.metadata.deletion_timestamp.is_some();
        if is_waiting || is_young || is_going {
            continue;
        }
        let has_sources = !known.resource.spec.input_from.is_empty();
        if known.compared == Some(hash) && !has_sources {
            if stale::is_stale(known.listed_run, ctx.seams.now()) {
                listed.stale.insert(key, hash);
            }
            continue;
        }
        let Ok(schedule) = page.schedule(entry) else {
            // The reconcile reports what is wrong with it.
            ctx.enqueue(&key, Priority::Background);
            continue;
        };
        listed.is_partial = Some(listed.is_partial == Some(true) || !schedule.is_whole());
        let next = schedule.future_executions.iter().map(|run| run.scheduled_at).min();
        if let Some(known) = ctx.cache().schedule_mut(&key) {
            known.listed_run = next;
        }
        if stale::is_stale(next, ctx.seams.now()) {
            listed.stale.insert(key, hash);
        } else {
            consider(ctx, &key, known, schedule, hash, &mut listed.deferred).await;
        }
    }
}
