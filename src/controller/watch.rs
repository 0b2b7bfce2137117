//! Watches the two kinds, and turns what happens to them into work. An object that cannot be read is
//! set aside and harms no other.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::core::{DeserializeGuard, ObjectMeta};
use kube::runtime::WatchStreamExt;
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, Resource};

use super::context::Context;
use super::key::Key;
use super::queue::Lane;
use super::seams::Seams;
use super::store::Seen;
use super::wake;
use super::write::{Managed, slim};
use crate::api::{Reason, WorkflowConnection, WorkflowSchedule};
use crate::remote::ScheduleId;

/// One of the two kinds, and what its changes mean.
pub(super) trait Watched: Managed + 'static {
    /// An object is there.
    fn seen(self, ctx: &Context);
    /// An object is gone.
    fn gone(ctx: &Context, key: &Key);
    /// The keys of those that are known in a namespace, or in all.
    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key>;
}

/// Follows one kind in one namespace, or in all. `listed` is told once the first listing is whole.
pub(super) async fn follow<K: Watched>(
    ctx: &Context,
    client: Client,
    namespace: Option<String>,
    listed: impl FnOnce(),
) {
    let api: Api<DeserializeGuard<K>> = match &namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let events = watcher(api, watcher::Config::default()).backoff(WatchBackoff::new(ctx.seams.clone()));
    let mut events = std::pin::pin!(events);
    let mut listed = Some(listed);
    let mut listing: BTreeSet<Key> = BTreeSet::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listing.clear(),
            Ok(Event::InitApply(object)) => {
                listing.insert(Key::of(object.meta()));
                take_in(ctx, object).await;
            }
            Ok(Event::InitDone) => {
                for key in K::known(ctx, namespace.as_deref()) {
                    if !listing.contains(&key) {
                        K::gone(ctx, &key);
                    }
                }
                listing.clear();
                if let Some(listed) = listed.take() {
                    listed();
                }
            }
            Ok(Event::Apply(object)) => take_in(ctx, object).await,
            Ok(Event::Delete(object)) => {
                let key = Key::of(object.meta());
                ctx.mended(&K::kind(&()), &key);
                K::gone(ctx, &key);
            }
            Err(error) => tracing::warn!(kind = %K::kind(&()), %error, "the watch failed and begins anew"),
        }
    }
}

async fn take_in<K: Watched>(ctx: &Context, object: DeserializeGuard<K>) {
    match object.0 {
        Ok(object) => {
            ctx.mended(&K::kind(&()), &Key::of(object.meta()));
            slim(object).seen(ctx);
        }
        Err(invalid) => malformed::<K>(ctx, &invalid.metadata, &invalid.error).await,
    }
}

/// An object that the schema lets through and we cannot read: an older or newer definition, a hand at
/// work in etcd. It is said once, and nothing is done with it.
async fn malformed<K: Watched>(ctx: &Context, metadata: &ObjectMeta, error: &str) {
    let key = Key::of(metadata);
    let kind = K::kind(&());
    if !ctx.is_malformed(&kind, &key, metadata.generation) {
        return;
    }
    // kube's guard keeps no path: the field is worth another look.
    let why = ctx.writer.why_malformed::<K>(&key).await;
    let error = why.as_deref().unwrap_or(error);
    tracing::warn!(%kind, namespace = key.namespace, name = key.name, error, "it cannot be read and is left alone");
    K::gone(ctx, &key);
    if let Err(error) = ctx.writer.malformed::<K>(metadata, error, ctx.seams.now()).await {
        tracing::debug!(%kind, %key, %error, "its status could not be written");
    }
}

/// Whoever waited for an id may have it now.
fn wake_claimants(ctx: &Context, via: &Key, id: &ScheduleId) {
    let others: Vec<Key> = ctx.store().claimants(via, id).cloned().collect();
    if others.len() < 2
        && !others.iter().any(|key| ctx.store().schedule(key).is_some_and(|known| known.says(Reason::Conflict)))
    {
        return;
    }
    for other in others {
        ctx.enqueue(&other, Lane::Background);
    }
}

impl Watched for WorkflowSchedule {
    fn seen(self, ctx: &Context) {
        let key = Key::of(&self.metadata);
        let resource = Arc::new(self);
        let before = ctx.store().schedule(&key).map(|known| (known.via.clone(), known.id.clone()));
        let seen = ctx.store().put_schedule(resource.clone());
        let after = ctx.store().schedule(&key).map(|known| (known.via.clone(), known.id.clone()));
        let is_edited = matches!(&seen, Seen::Changed(old) if old.metadata.generation != resource.metadata.generation);
        if (before != after || is_edited)
            && let Some((Some(via), Some(id))) = before
        {
            wake_claimants(ctx, &via, &id);
        }
        let lane = match seen {
            Seen::Stale => None,
            Seen::New => wake::at_first_sight(&resource),
            Seen::Changed(old) => wake::at_change(&old, &resource),
        };
        if let Some(lane) = lane {
            ctx.enqueue(&key, lane);
        }
    }

    fn gone(ctx: &Context, key: &Key) {
        let Some(known) = ctx.store().remove_schedule(key) else { return };
        ctx.queue().remove(key);
        let Some(via) = known.via else { return };
        if let Some(id) = known.id {
            wake_claimants(ctx, &via, &id);
        }
        if let Some(link) = ctx.link(&via) {
            let mut state = link.state();
            state.held.remove(key);
            state.let_through.remove(key);
            state.excused.remove(key);
            drop(state);
            if ctx.store().connection(&via).is_some_and(|connection| connection.metadata.deletion_timestamp.is_some()) {
                link.nudge.notify_one();
            }
        }
    }

    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key> {
        let is_in = |key: &&Key| namespace.is_none_or(|namespace| key.namespace == namespace);
        ctx.store().schedules().map(|(key, _)| key).filter(is_in).cloned().collect()
    }
}

impl Watched for WorkflowConnection {
    fn seen(self, ctx: &Context) {
        let key = Key::of(&self.metadata);
        let connection = Arc::new(self);
        let Some((old, moved)) = ctx.store().put_connection(connection.clone()) else { return };
        for schedule in moved {
            ctx.enqueue(&schedule, Lane::Background);
        }
        let wake = wake::of_connection(old.as_deref(), &connection);
        if old.is_none() {
            ctx.connections_changed.notify_one();
            if let Some(former) = ctx.link(&key) {
                former.nudge.notify_one();
            }
        }
        if let Some(lane) = wake.schedules {
            // At its first sight only those that are not known to be well need a pass.
            if old.is_none() {
                ctx.enqueue_where(&key, |known| wake::at_first_sight(&known.resource));
            } else {
                ctx.enqueue_all(&key, lane);
            }
        }
        let Some(link) = ctx.link(&key) else { return };
        if wake.held {
            let held: Vec<Key> = std::mem::take(&mut link.state().held).into_iter().collect();
            for key in held {
                ctx.enqueue(&key, Lane::Urgent);
            }
        }
        if wake.tend {
            link.nudge.notify_one();
        }
    }

    fn gone(ctx: &Context, key: &Key) {
        let orphans: Vec<Key> = ctx.store().schedules_of(key).map(|(key, _)| key.clone()).collect();
        let moved = ctx.store().remove_connection(key);
        if let Some(link) = ctx.link(key) {
            link.nudge.notify_one();
        }
        for orphan in orphans.into_iter().chain(moved) {
            ctx.enqueue(&orphan, Lane::Background);
        }
    }

    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key> {
        let is_in = |key: &&Key| namespace.is_none_or(|namespace| key.namespace == namespace);
        ctx.store().connections().map(|(key, _)| key).filter(is_in).cloned().collect()
    }
}

/// How long a failed watch waits: 1 s doubling to 30 s, with jitter of our own chance.
struct WatchBackoff {
    seams: Seams,
    failures: u32,
}

impl WatchBackoff {
    const fn new(seams: Seams) -> Self {
        Self { seams, failures: 0 }
    }
}

impl Iterator for WatchBackoff {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.failures = self.failures.saturating_add(1);
        let longest = Duration::from_secs(1 << self.failures.min(5)).min(Duration::from_secs(30));
        Some(longest.mul_f64(0.5 + 0.5 * self.seams.chance()))
    }
}

impl Backoff for WatchBackoff {
    fn reset(&mut self) {
        self.failures = 0;
    }
}
