//! LISTs for reconciles that wait for one. One LIST answers for many creations: which ids do not exist, and what the
//! schedules that were just created look like.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use crate::controller::connection::paging::{Next, PageSize, Paging};
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{CallError, ConnectionHandle, ListTrust};
use crate::controller::state::key::Key;
use crate::controller::state::list_requests::ListRequest;
use crate::controller::state::workqueue::{Priority, RankedPriority};
use crate::plan::{Observation, Observed};
use crate::remote::{Client, RemoteError, ScheduleId, wire};

/// The longest time until the requests are checked again.
const IDLE: Duration = Duration::from_secs(30);
/// While requests wait, the queue may become empty.
const CHECK_EVERY: Duration = Duration::from_millis(100);
/// A LIST that only reads back asks for this many more entries than were created: others create schedules too.
const MORE_ENTRIES: usize = 20;

/// The requests of one LIST, by id. Several resources may mean one id.
type Requests = BTreeMap<ScheduleId, Vec<(Key, ListRequest)>>;

/// What the task remembers between LISTs.
#[derive(Default)]
struct Lister {
    page_size: PageSize,
    /// How many pages the last complete LIST had.
    pages: u32,
}

/// Answers the requests of a connection.
pub(crate) async fn run(ctx: &Context, handle: &ConnectionHandle) {
    let mut lister = Lister::default();
    loop {
        let now = ctx.seams.elapsed();
        let is_idle = ctx.queue().background_load(&Some(handle.key.clone())) == 0;
        let due = handle.list_requests().due(lister.pages, is_idle, now);
        match due.map(|due| due.saturating_sub(now)) {
            Some(Duration::ZERO) => lister.answer(ctx, handle).await,
            wait => {
                let wait = wait.map_or(IDLE, |wait| wait.min(CHECK_EVERY));
                drop(tokio::time::timeout(wait, handle.list_requested.notified()).await);
            }
        }
    }
}

/// Gives all requests back without an answer: their reconciles use GETs.
pub(crate) fn release(ctx: &Context, handle: &ConnectionHandle) {
    let requests = handle.list_requests().take();
    give_back(ctx, requests);
}

fn give_back(ctx: &Context, requests: impl IntoIterator<Item = (Key, ListRequest)>) {
    for (key, request) in requests {
        tell(ctx, &key, request, Observation::None, ctx.seams.elapsed());
    }
}

/// Continues a reconcile.
fn tell(ctx: &Context, key: &Key, request: ListRequest, observation: Observation, at: Duration) {
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.list_answer = Some(Box::new(request.answer(observation, at)));
    }
    ctx.enqueue(key, Priority::Background);
}

#[derive(Deserialize)]
struct Head {
    schedule_id: ScheduleId,
}

impl Lister {
    async fn answer(&mut self, ctx: &Context, handle: &ConnectionHandle) {
        let begun = ctx.seams.elapsed();
        let mut open = Requests::new();
        for (key, request) in handle.list_requests().take() {
            open.entry(request.id.clone()).or_default().push((key, request));
        }
        let is_complete = match self.list(ctx, handle, &mut open, begun).await {
            Ok(is_complete) => is_complete,
            Err(error) => {
                let (reason, detail) = error.problem();
                tracing::warn!(connection = %handle.key, reason = reason.as_str(), detail, "schedules not listed");
                return give_back(ctx, open.into_values().flatten());
            }
        };
        for (key, request) in open.into_values().flatten() {
            if request.is_created() {
                let in_vain = handle.list_requests().ask_again(key, request, ctx.seams.elapsed());
                give_back(ctx, in_vain);
            } else if is_complete && is_untouched(ctx, handle, &key, &request.id) {
                tell(ctx, &key, request, Observation::Unlisted, begun);
            } else {
                give_back(ctx, [(key, request)]);
            }
        }
    }

    /// Reads pages, newest entries first, until all is answered or the LIST is complete.
    async fn list(
        &mut self,
        ctx: &Context,
        handle: &ConnectionHandle,
        open: &mut Requests,
        begun: Duration,
    ) -> Result<bool, CallError> {
        let is_whole = open.values().flatten().any(|(_, request)| !request.is_created());
        // What an earlier LIST has not shown has moved down since, by as many as were created.
        let is_repeated = open.values().flatten().any(|(_, request)| request.was_overlooked());
        let most = if is_whole || is_repeated { wire::LARGEST_PAGE } else { open.len() + MORE_ENTRIES };
        let mut paging = Paging::new(&mut self.page_size);
        let urgency = RankedPriority::from(Priority::Background).of_change();
        let mut pages = 0;
        loop {
            let (token, size) = (paging.token.clone(), paging.size().min(most));
            let call = async |client: Client| client.list(token.as_deref(), size).await;
            let page = match handle.call(&ctx.seams, urgency, None, call).await {
                Ok(page) => page,
                Err(CallError::Remote(error)) if paging.failed(&error) => continue,
                Err(error) => return Err(error),
            };
            pages += 1;
            for (index, entry) in page.entries.iter().enumerate() {
                if index % 32 == 31 {
                    tokio::task::yield_now().await;
                }
                read_entry(ctx, handle, &page, entry, open, begun);
            }
            if open.is_empty() && !is_whole {
                return Ok(false);
            }
            match paging.page(page.entries.is_empty(), page.next_page_token) {
                Next::Page if !is_whole => return Ok(false),
                Next::Page => {}
                Next::Complete => {
                    self.pages = pages;
                    return Ok(true);
                }
                Next::Endless(what) => {
                    let error = RemoteError::Malformed { status: StatusCode::OK, what: what.into() };
                    return Err(CallError::Remote(error));
                }
            }
        }
    }
}

fn read_entry(
    ctx: &Context,
    handle: &ConnectionHandle,
    page: &wire::Page,
    entry: &[u8],
    open: &mut Requests,
    begun: Duration,
) {
    let Ok(Head { schedule_id }) = serde_json::from_slice(entry) else { return };
    let Some(requests) = open.remove(&schedule_id) else { return };
    let schedule = page.schedule(entry).ok().filter(wire::Schedule::is_whole);
    if schedule.is_none() {
        // A partial entry cannot be read back, and a GET tells what is wrong with one that cannot be read.
        handle.trust_lists(ListTrust::Never);
    }
    for (key, request) in requests {
        let observed = schedule.clone().map(|schedule| Box::new(Observed::from_wire(schedule)));
        tell(ctx, &key, request, observed.map_or(Observation::None, Observation::Listed), begun);
    }
}

/// Whether nothing can exist under an id that a LIST does not show yet: this process has never looked at or changed
/// its schedule, neither for this resource nor for one before it.
fn is_untouched(ctx: &Context, handle: &ConnectionHandle, key: &Key, id: &ScheduleId) -> bool {
    let now = ctx.seams.elapsed();
    let is_new = ctx.cache().schedule(key).is_some_and(|known| known.changed_at.is_none() && known.looked.is_none());
    is_new && !handle.gone().contains(id, now)
}
