//! What a list or a watch shows of the two kinds becomes work. An object that cannot be read is set aside
//! and harms no other.

use std::sync::Arc;

use kube::core::{DeserializeGuard, ObjectMeta};

use super::context::Context;
use super::key::Key;
use super::queue::Lane;
use super::store::{Answers, Seen, Store, is_edited, is_in};
use super::wake;
use super::write::{Managed, slim};
use crate::api::{Reason, WorkflowConnection, WorkflowSchedule};
use crate::remote::ScheduleId;

/// One of the two kinds, and what its changes mean.
pub(super) trait Watched: Managed + 'static {
    /// An object is there: a listing has shown it, or a watch.
    fn seen(self, ctx: &Context, is_listed: bool);
    /// An object is gone.
    fn gone(ctx: &Context, key: &Key);
    /// The keys of those that are known in a namespace, or in all.
    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key>;
    /// The answers that the watch has not shown yet.
    fn answers(store: &mut Store) -> &mut Answers;
}

/// An object is there.
pub(super) async fn take_in<K: Watched>(ctx: &Context, object: DeserializeGuard<K>, is_listed: bool) {
    match object.0 {
        Ok(object) => {
            ctx.mended(&K::kind(&()), &Key::of(object.meta()));
            slim(object).seen(ctx, is_listed);
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

/// A request that was made on the version `on` of a schedule has shown another one.
pub(super) fn answered(ctx: &Context, on: &ObjectMeta, schedule: WorkflowSchedule) {
    put(ctx, &Arc::new(schedule), false, |store, schedule| store.answered_schedule(on, schedule));
}

fn put(
    ctx: &Context,
    resource: &Arc<WorkflowSchedule>,
    is_listed: bool,
    take: impl FnOnce(&mut Store, Arc<WorkflowSchedule>) -> Seen,
) {
    let key = Key::of(&resource.metadata);
    let place = |store: &Store| store.schedule(&key).map(|known| (known.via.clone(), known.id.clone()));
    let (before, seen, after) = {
        let mut store = ctx.store();
        (place(&store), take(&mut store, resource.clone()), place(&store))
    };
    let is_changed = matches!(&seen, Seen::Changed(old) if is_edited(old, resource));
    if (before != after || is_changed)
        && let Some((Some(via), Some(id))) = before
    {
        wake_claimants(ctx, &via, &id);
    }
    let lane = match seen {
        Seen::Stale => None,
        Seen::New => wake::at_first_sight(resource),
        Seen::Changed(old) => {
            // What a listing shows may come out of a backup: what it was before says little.
            let anew = is_listed.then(|| wake::at_first_sight(resource)).flatten();
            [wake::at_change(&old, resource), anew].into_iter().flatten().min()
        }
    };
    if let Some(lane) = lane {
        ctx.enqueue(&key, lane);
    }
}

impl Watched for WorkflowSchedule {
    fn seen(self, ctx: &Context, is_listed: bool) {
        put(ctx, &Arc::new(self), is_listed, Store::watched_schedule);
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
        ctx.store().schedules().map(|(key, _)| key).filter(|key| is_in(key, namespace)).cloned().collect()
    }

    fn answers(store: &mut Store) -> &mut Answers {
        &mut store.schedule_answers
    }
}

impl Watched for WorkflowConnection {
    fn seen(self, ctx: &Context, _is_listed: bool) {
        let key = Key::of(&self.metadata);
        let connection = Arc::new(self);
        let Some((old, moved)) = ctx.store().watched_connection(connection.clone()) else { return };
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
        ctx.store().connections().map(|(key, _)| key).filter(|key| is_in(key, namespace)).cloned().collect()
    }

    fn answers(store: &mut Store) -> &mut Answers {
        &mut store.connection_answers
    }
}
