//! Follows the two kinds in list-watch sessions: a listing, and the watch that goes on from its version.
//!
//! A control plane may be restored from a backup, or fail over to an older member, while the operator runs. Its
//! versions go back then, and a watch from a version that it has not reached yet is silent: the API server
//! sends neither the events up to there nor a bookmark. kube's `watcher` always goes on from the last version
//! and shows no bookmarks, so the sessions are ours:
//!
//! - After a watch that fails, or is silent for longer than the interval of bookmarks, comes a listing. Only
//!   a watch that reached its timeout is continued from its last version.
//! - Within a session versions only grow. An event or bookmark with a smaller version ends the session.
//! - An event that is older than an answer to our own write does not end the session: the watch lags (see `cache`).
//!   But if the write was lost in the restore, its event never comes: if the watch does not show an answer
//!   between one bookmark and the next, the session ends too.
//!
//! A listing always replaces what the cache holds.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::StreamExt;
use kube::api::{ListParams, WatchEvent, WatchParams};
use kube::{Api, Client, Resource};

use crate::controller::context::Context;
use crate::controller::kubernetes::guarded::Guarded;
use crate::controller::state::cache::is_older;
use crate::controller::state::key::Key;
use crate::controller::watch::malformed::{self, take_in};
use crate::controller::watch::watcher::Watched;
use crate::telemetry::Health;

/// Entries of one page. All of a page are in memory at once, as text and as objects.
const PAGE: u32 = 100;
/// How long a watch lives. The API server ends it then.
const WATCH_SECONDS: u32 = 290;
/// How long a watch may be silent. An API server sends a bookmark about every minute.
const SILENCE: Duration = Duration::from_secs(150);
/// A session that ends earlier has failed, and the next one waits.
const SHORT: Duration = Duration::from_secs(30);

/// Follows one kind in one namespace, or in all. `listed` is notified after the first listing is complete.
pub(crate) async fn follow<K: Watched>(
    ctx: &Context,
    client: Client,
    namespace: Option<String>,
    health: &Health,
    listed: impl FnOnce(),
) {
    let api: Api<Guarded<K>> = match &namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let name = format!("the watch of {} in {}", K::kind(&()), namespace.as_deref().unwrap_or("all namespaces"));
    let mut session = Session { ctx, api, namespace, health, name, version: None, unseen: BTreeSet::new() };
    let mut listed = Some(listed);
    let mut failures = 0;
    loop {
        let begun = ctx.seams.elapsed();
        let ended = session.run(&mut listed).await;
        let kind = K::kind(&());
        let is_short = ctx.seams.elapsed().saturating_sub(begun) < SHORT;
        failures = if is_short { failures + 1 } else { 0 };
        match ended {
            Ok(why) => tracing::debug!(%kind, ?why, "watch ended: listing again"),
            Err(error) => tracing::warn!(%kind, %error, "watch failed: listing again"),
        }
        if is_short {
            tokio::time::sleep(wait_after(failures, ctx.seams.chance())).await;
        }
    }
}

/// Why a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SessionEnd {
    /// Its time was over.
    Whole,
    /// The connection broke off.
    Broken,
    /// The API server said nothing.
    Silent,
    /// Versions went back.
    WentBack,
    /// An answer was never shown.
    AnswerNotShown,
}

struct Session<'a, K> {
    ctx: &'a Context,
    api: Api<Guarded<K>>,
    namespace: Option<String>,
    health: &'a Health,
    /// As health knows it.
    name: String,
    /// The last that was seen.
    version: Option<String>,
    /// The answers that were not shown by the last bookmark.
    unseen: BTreeSet<(Key, String)>,
}

impl<K: Watched> Session<'_, K> {
    async fn run(&mut self, listed: &mut Option<impl FnOnce()>) -> Result<SessionEnd, kube::Error> {
        self.list().await?;
        if let Some(listed) = listed.take() {
            listed();
        }
        loop {
            match self.watch().await? {
                SessionEnd::Whole => {}
                ended @ (SessionEnd::Broken
                | SessionEnd::Silent
                | SessionEnd::WentBack
                | SessionEnd::AnswerNotShown) => return Ok(ended),
            }
        }
    }

    async fn list(&mut self) -> Result<(), kube::Error> {
        K::answers(&mut self.ctx.cache()).forget(self.namespace.as_deref());
        self.unseen.clear();
        let mut listing: BTreeSet<Key> = BTreeSet::new();
        let mut page = ListParams::default().limit(PAGE);
        loop {
            self.health.beat(&self.name);
            let found = self.api.list(&page).await?;
            self.goes_on(found.metadata.resource_version.as_deref());
            for object in found.items {
                listing.insert(Key::of(object.meta()));
                take_in(self.ctx, object, true);
            }
            page.continue_token = found.metadata.continue_.filter(|token| !token.is_empty());
            if page.continue_token.is_none() {
                break;
            }
        }
        for key in K::known(self.ctx, self.namespace.as_deref()) {
            if !listing.contains(&key) {
                self.gone(&key);
            }
        }
        for key in malformed::known::<K>(self.ctx, self.namespace.as_deref()) {
            if !listing.contains(&key) {
                malformed::gone::<K>(self.ctx, &key);
            }
        }
        Ok(())
    }

    fn gone(&self, key: &Key) {
        K::gone(self.ctx, key);
        self.ctx.failed_writes.forget(&(K::kind(&()).into_owned(), key.clone()));
    }

    async fn watch(&mut self) -> Result<SessionEnd, kube::Error> {
        let begun = self.ctx.seams.elapsed();
        let parameters = WatchParams::default().timeout(WATCH_SECONDS);
        let events = self.api.watch(&parameters, self.version.as_deref().unwrap_or("0")).await?;
        let mut events = std::pin::pin!(events);
        loop {
            self.health.beat(&self.name);
            let event = match tokio::time::timeout(SILENCE, events.next()).await {
                Ok(Some(event)) => event?,
                Ok(None) => {
                    let lived = self.ctx.seams.elapsed().saturating_sub(begun);
                    let is_whole = lived >= Duration::from_secs(WATCH_SECONDS.into());
                    return Ok(if is_whole { SessionEnd::Whole } else { SessionEnd::Broken });
                }
                Err(_) => return Ok(SessionEnd::Silent),
            };
            if let Some(ended) = self.take(event)? {
                return Ok(ended);
            }
        }
    }

    fn take(&mut self, event: WatchEvent<Guarded<K>>) -> Result<Option<SessionEnd>, kube::Error> {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                if !self.goes_on(object.meta().resource_version.as_deref()) {
                    return Ok(Some(SessionEnd::WentBack));
                }
                take_in(self.ctx, object, false);
            }
            WatchEvent::Deleted(object) => {
                if !self.goes_on(object.meta().resource_version.as_deref()) {
                    return Ok(Some(SessionEnd::WentBack));
                }
                let key = Key::of(object.meta());
                malformed::mended::<K>(self.ctx, &key);
                self.gone(&key);
            }
            WatchEvent::Bookmark(bookmark) => {
                if !self.goes_on(Some(&bookmark.metadata.resource_version)) {
                    return Ok(Some(SessionEnd::WentBack));
                }
                let unseen = K::answers(&mut self.ctx.cache()).of(self.namespace.as_deref());
                let is_lost = !self.unseen.is_disjoint(&unseen);
                self.unseen = unseen;
                return Ok(is_lost.then_some(SessionEnd::AnswerNotShown));
            }
            WatchEvent::Error(status) => return Err(kube::Error::Api(status)),
        }
        Ok(None)
    }

    /// Records the reached version. Returns whether it is not older than the one before.
    fn goes_on(&mut self, version: Option<&str>) -> bool {
        let is_back = self.version.as_deref().is_some_and(|last| is_older(version, last));
        if is_back {
            let (kind, namespace) = (K::kind(&()), self.namespace.as_deref());
            self.ctx.metrics.went_back();
            tracing::warn!(
                %kind, namespace, from = self.version, to = version,
                "resource versions went back: the control plane was restored or failed over to an older member"
            );
        }
        self.version = version.map(str::to_owned).or(self.version.take());
        !is_back
    }
}

/// 1 s doubling to 30 s, with jitter.
fn wait_after(failures: u32, chance: f64) -> Duration {
    let longest = Duration::from_secs(1 << failures.min(5)).min(Duration::from_secs(30));
    longest.mul_f64(0.5 + 0.5 * chance)
}
