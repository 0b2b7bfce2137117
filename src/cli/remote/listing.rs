//! All schedules of a workspace.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::{anyhow, bail};
use tokio::time::Instant;

use super::client::Remote;
use crate::cli::count::count;
use crate::cli::printable::printable;
use crate::remote::wire::{LARGEST_PAGE, Schedule};
use crate::remote::{Kind, RemoteError, ScheduleId};

/// What was read.
pub(in crate::cli) struct Listing {
    /// Whole schedules, by id.
    pub(in crate::cli) schedules: Vec<Schedule>,
    /// How many could not be read.
    pub(in crate::cli) unreadable: usize,
}

/// How often a call is attempted.
const ATTEMPTS: u32 = 6;
/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A smaller page is not faster.
const SMALLEST_PAGE: usize = 25;
/// So many pages without an entry are followed.
const MOST_EMPTY_PAGES: u32 = 5;
/// No workspace has so many pages.
const MOST_PAGES: usize = 2000;

/// Reads all schedules that `is_wanted` by what a LIST shows of them. An entry of a LIST may be partial: it is read
/// again by its id.
///
/// # Errors
/// The remote refuses or cannot be reached.
pub(in crate::cli) async fn schedules(
    remote: &Remote,
    is_wanted: impl Fn(&Schedule) -> bool,
) -> anyhow::Result<Listing> {
    let mut progress = Progress::new();
    let (listed, mut unreadable) = list(remote, &mut progress).await?;
    let wanted: Vec<Schedule> = listed.into_values().filter(is_wanted).collect();
    let total = wanted.len();
    let pause = Duration::from_secs_f64(1.0 / remote.rate.max(1.0));
    let mut schedules = Vec::with_capacity(total);
    for (index, entry) in wanted.into_iter().enumerate() {
        if entry.is_whole() {
            schedules.push(entry);
            continue;
        }
        let id = entry.schedule_id;
        match attempt(async || remote.client.get(&id).await).await {
            Ok(Some(whole)) => schedules.push(whole),
            // A LIST can keep what is gone.
            Ok(None) => {}
            Err(error) if error.kind() == Kind::Wait => return Err(anyhow!(remote.said(&error))),
            Err(error) => {
                unreadable += 1;
                eprintln!("warning: {}", printable(&format!("{id} cannot be read: {}", remote.said(&error))));
            }
        }
        progress.say(&format!("read {} of {}", index + 1, count(total, "schedule")));
        tokio::time::sleep(pause).await;
    }
    progress.end();
    Ok(Listing { schedules, unreadable })
}

async fn list(remote: &Remote, progress: &mut Progress) -> anyhow::Result<(BTreeMap<ScheduleId, Schedule>, usize)> {
    let (mut found, mut unreadable) = (BTreeMap::new(), 0);
    let (mut token, mut size, mut empty): (Option<String>, usize, u32) = (None, LARGEST_PAGE, 0);
    for _ in 0..MOST_PAGES {
        let listed = attempt(async || remote.client.list(token.as_deref(), size).await).await;
        let page = match listed {
            Ok(page) => page,
            // A page may take longer than a call may.
            Err(error) if error.kind() == Kind::Retry && size > SMALLEST_PAGE => {
                size = (size / 4).max(SMALLEST_PAGE);
                continue;
            }
            Err(error) => bail!("the schedules cannot be listed: {}", remote.said(&error)),
        };
        empty = if page.entries.is_empty() { empty + 1 } else { 0 };
        for entry in &page.entries {
            match page.schedule(entry) {
                Ok(schedule) => drop(found.insert(schedule.schedule_id.clone(), schedule)),
                Err(what) => {
                    unreadable += 1;
                    eprintln!("warning: an entry of the list cannot be read: {}", printable(&what));
                }
            }
        }
        progress.say(&format!("listed {}", count(found.len(), "schedule")));
        match page.next_page_token {
            Some(next) if empty <= MOST_EMPTY_PAGES && token.as_ref() != Some(&next) => token = Some(next),
            Some(_) => bail!("the list of schedules does not end"),
            None => return Ok((found, unreadable)),
        }
    }
    bail!("the list of schedules has more than {MOST_PAGES} pages")
}

/// Repeats a read that may succeed later.
pub(in crate::cli) async fn attempt<T>(call: impl AsyncFn() -> Result<T, RemoteError>) -> Result<T, RemoteError> {
    let mut wait = Duration::from_secs(1);
    for _ in 1..ATTEMPTS {
        let error = match call().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let hint = match &error {
            RemoteError::RateLimited { retry_after } => *retry_after,
            RemoteError::Unavailable { .. } => None,
            _ => return Err(error),
        };
        tokio::time::sleep(hint.unwrap_or(wait).min(LONGEST_WAIT)).await;
        wait *= 2;
    }
    call().await
}

/// Says on standard error how far it is, if it takes long.
struct Progress {
    is_terminal: bool,
    said_at: Instant,
    is_shown: bool,
}

impl Progress {
    fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), said_at: Instant::now(), is_shown: false }
    }

    fn say(&mut self, text: &str) {
        let interval = if self.is_terminal { Duration::from_millis(500) } else { Duration::from_secs(10) };
        if self.said_at.elapsed() < interval {
            return;
        }
        self.said_at = Instant::now();
        self.is_shown = true;
        let (begin, end) = if self.is_terminal { ("\r", "\u{1b}[K") } else { ("", "\n") };
        eprint!("{begin}{text}{end}");
        drop(std::io::stderr().flush());
    }

    fn end(&self) {
        if self.is_terminal && self.is_shown {
            eprintln!();
        }
    }
}
