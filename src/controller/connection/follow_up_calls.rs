//! The calls after one poll, about runs and workflows: a part of the rate, for a limited time, and none after one that
//! says that all calls must wait.

use std::time::Duration;

use http::StatusCode;

use crate::controller::connection::paging::{Next, PageSize, Paging};
use crate::controller::connection::run_tracker::ListsRead;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{CallError, ConnectionHandle};
use crate::plan::ConnectionSettings;
use crate::remote::{Client, Kind, RemoteError, Run, RunFilter};

/// How many pages of one list are read in a poll. What is left is read in the next one.
const MOST_PAGES: usize = 20;
/// After this time no call begins: the statuses that the poll has found wait to be written.
const LONGEST: Duration = Duration::from_secs(10);

/// The calls that may still be made after a poll.
pub(crate) struct FollowUpCalls<'a> {
    ctx: &'a Context,
    handle: &'a ConnectionHandle,
    left: usize,
    /// When the last call may begin, since the start of the process.
    until: Duration,
    /// How long the last call may take.
    longest: Duration,
    is_stopped: bool,
}

impl<'a> FollowUpCalls<'a> {
    /// At most this share of the rate, and an eighth of the time between two polls, and as long again for the last call.
    pub(crate) fn new(
        ctx: &'a Context,
        handle: &'a ConnectionHandle,
        configured: &ConnectionSettings,
        share: f64,
    ) -> Self {
        let longest = LONGEST.min(configured.poll_interval / 8);
        let until = ctx.seams.elapsed().saturating_add(longest);
        Self { ctx, handle, left: configured.calls_a_poll(share), until, longest, is_stopped: false }
    }

    /// Reads the pages of a list.
    pub(crate) async fn list(
        &mut self,
        filter: RunFilter,
        size: &mut PageSize,
        mut take: impl FnMut(&Run),
    ) -> ListsRead {
        let mut paging = Paging::new(size);
        let (mut pages, mut failed) = (0, None);
        while pages < MOST_PAGES {
            let (token, size) = (paging.token.clone(), paging.size());
            let page = match self.call(async |client| client.runs(filter, token.as_deref(), size).await).await {
                None if self.is_stopped => return ListsRead::Stopped,
                None => return failed.map_or(ListsRead::Part, ListsRead::failed),
                Some(Err(error)) if paging.failed(&error) => {
                    failed = Some(error);
                    continue;
                }
                Some(Err(error)) => return ListsRead::failed(error),
                Some(Ok(page)) => page,
            };
            (pages, failed) = (pages + 1, None);
            page.runs.iter().for_each(&mut take);
            match paging.page(page.is_empty, page.next_page_token) {
                Next::Page => {}
                Next::Complete => return ListsRead::Whole,
                Next::Endless(what) => {
                    return ListsRead::failed(RemoteError::Malformed { status: StatusCode::OK, what: what.into() });
                }
            }
        }
        ListsRead::Part
    }

    /// Makes one call; `None` if none may be made any more.
    pub(crate) async fn call<T>(
        &mut self,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Option<Result<T, RemoteError>> {
        if self.is_stopped || self.ctx.seams.elapsed() >= self.until {
            return None;
        }
        self.left = self.left.checked_sub(1)?;
        let longest = self.until.saturating_sub(self.ctx.seams.elapsed()).saturating_add(self.longest);
        let call = self.handle.call_follow_up(&self.ctx.seams, make);
        let Ok(result) = tokio::time::timeout(longest, call).await else {
            // It waits for its turn, or for its answer.
            self.is_stopped = true;
            return None;
        };
        match result {
            Ok(answer) => Some(Ok(answer)),
            Err(CallError::Remote(error)) => {
                self.is_stopped = error.kind() == Kind::Wait;
                Some(Err(error))
            }
            Err(CallError::NoClient | CallError::Superseded) => {
                self.is_stopped = true;
                None
            }
        }
    }
}
