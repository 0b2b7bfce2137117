//! Turns objects from lists and watches of the two kinds into work.

use std::sync::Arc;

use kube::core::ObjectMeta;
use serde_json::Value;

use crate::api::{Reason, WorkflowConnection, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::kubernetes::raw::Raw;
use crate::controller::kubernetes::writer::Managed;
use crate::controller::state::cache::{Answers, Cache, Change, is_edited, is_in};
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::{ConnectionRef, Priority};
use crate::controller::watch::predicates;
use crate::plan::{readable_for_claims, readable_for_deletion, settings};
use crate::remote::ScheduleId;

/// One of the two kinds, and what its changes mean.
pub(crate) trait Watched: Managed + 'static {
    /// An object exists: a listing or a watch has returned it.
    fn seen(self, ctx: &Context, is_listed: bool);
    /// An object exists, and cannot be read.
    fn unreadable(ctx: &Context, object: Raw);
    /// An object is deleted.
    fn gone(ctx: &Context, key: &Key);
    /// The keys of those that are known in a namespace, or in all, also of those that cannot be read.
    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key>;
    /// The answers that the watch has not shown yet.
    fn answers(cache: &mut Cache) -> &mut Answers;
    /// Why an object that cannot be read and is being deleted may go at once, if it may.
    fn may_go(ctx: &Context, key: &Key, raw: &Value) -> Option<&'static str>;
    /// What of an object that cannot be read is enough to delete it, if it is.
    fn to_delete(raw: &Value) -> Option<Self>;
}

fn has_conflict(ctx: &Context, key: &Key) -> bool {
    ctx.cache().schedule(key).is_some_and(|known| known.last_outcome.reason() == Some(Reason::Conflict))
}

/// Queues the other resources with this id: one of them may use it now.
fn wake_claimants(ctx: &Context, connection_ref: &Key, id: &ScheduleId) {
    let others: Vec<Key> = ctx.cache().claimants(connection_ref, id).cloned().collect();
    if others.len() < 2 && !others.iter().any(|key| has_conflict(ctx, key)) {
        return;
    }
    for other in others {
        ctx.enqueue(&other, Priority::Background);
    }
}

/// What a schedule means: a connection, and an id there.
type Place = (ConnectionRef, Option<ScheduleId>);

fn place(cache: &Cache, key: &Key) -> Option<Place> {
    cache.whole_or_part(key).map(|known| (known.connection_ref.clone(), known.id.clone()))
}

fn wake_claimants_of(ctx: &Context, place: Option<Place>) {
    if let Some((Some(connection_ref), Some(id))) = place {
        wake_claimants(ctx, &connection_ref, &id);
    }
}

/// A request that was made on the version `on` of a schedule has shown another one.
pub(crate) fn answered(ctx: &Context, on: &ObjectMeta, schedule: WorkflowSchedule) {
    put(ctx, &Arc::new(schedule), false, |cache, schedule| cache.answered_schedule(on, schedule));
}

/// A connection is now as the API server has answered a write that was made on the version `on`.
pub(crate) fn answered_connection(ctx: &Context, on: &ObjectMeta, connection: WorkflowConnection) {
    let affected = ctx.cache().answered_connection(on, Arc::new(connection));
    for schedule in affected {
        ctx.enqueue(&schedule, Priority::Background);
    }
}

fn put(
    ctx: &Context,
    resource: &Arc<WorkflowSchedule>,
    is_listed: bool,
    take: impl FnOnce(&mut Cache, Arc<WorkflowSchedule>) -> Change,
) {
    let key = Key::of(&resource.metadata);
    let (before, seen, after) = {
        let mut cache = ctx.cache();
        (place(&cache, &key), take(&mut cache, resource.clone()), place(&cache, &key))
    };
    let is_changed = matches!(&seen, Change::Changed(old) if is_edited(old, resource));
    if before != after || is_changed {
        wake_claimants_of(ctx, before);
    }
    let priority = match seen {
        Change::Stale => None,
        Change::New => predicates::at_first_sight(resource),
        Change::Changed(old) => {
            // What a listing shows may come out of a backup: what it was before says little.
            let anew = is_listed.then(|| predicates::at_first_sight(resource)).flatten();
            [predicates::at_change(&old, resource), anew].into_iter().flatten().min()
        }
    };
    if let Some(priority) = priority {
        ctx.enqueue(&key, priority);
    }
}

impl Watched for WorkflowSchedule {
    fn seen(self, ctx: &Context, is_listed: bool) {
        put(ctx, &Arc::new(self), is_listed, Cache::watched_schedule);
    }

    fn unreadable(ctx: &Context, object: Raw) {
        let key = Key::of(&object.metadata);
        let part = Arc::new(readable_for_claims(object.metadata, &object.object));
        let (before, after) = {
            let mut cache = ctx.cache();
            let before = place(&cache, &key);
            cache.unreadable_schedule(part);
            (before, place(&cache, &key))
        };
        ctx.queue().remove(&key);
        if let Some((Some(connection_ref), _)) = &before
            && let Some(handle) = ctx.handle(connection_ref)
        {
            handle.deletions().forget(&key);
        }
        if before != after {
            wake_claimants_of(ctx, before);
        }
    }

    fn gone(ctx: &Context, key: &Key) {
        let Some(known) = ctx.cache().remove_schedule(key) else { return };
        ctx.queue().remove(key);
        let Some(connection_ref) = known.connection_ref else { return };
        if let Some(id) = &known.id {
            wake_claimants(ctx, &connection_ref, id);
        }
        if let Some(handle) = ctx.handle(&connection_ref) {
            if let Some(id) = known.id {
                handle.gone().note(id, ctx.seams.elapsed());
            }
            handle.deletions().forget(key);
            if ctx
                .cache()
                .connection(&connection_ref)
                .is_some_and(|connection| connection.metadata.deletion_timestamp.is_some())
            {
                handle.wake.notify_one();
            }
        }
    }

    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key> {
        ctx.cache().schedule_keys().filter(|key| is_in(key, namespace)).cloned().collect()
    }

    fn answers(cache: &mut Cache) -> &mut Answers {
        &mut cache.schedule_answers
    }

    fn may_go(_ctx: &Context, _key: &Key, raw: &Value) -> Option<&'static str> {
        let is_orphan = raw["spec"]["deletionPolicy"] == "Orphan";
        is_orphan.then_some("the object cannot be read; the remote schedule is left as it is")
    }

    fn to_delete(raw: &Value) -> Option<Self> {
        readable_for_deletion(raw)
    }
}

impl Watched for WorkflowConnection {
    fn seen(self, ctx: &Context, _is_listed: bool) {
        let key = Key::of(&self.metadata);
        let connection = Arc::new(self);
        let Some((old, moved)) = ctx.cache().watched_connection(connection.clone()) else { return };
        for schedule in moved {
            ctx.enqueue(&schedule, Priority::Background);
        }
        let wake = predicates::of_connection(old.as_deref(), &connection);
        if old.is_none() {
            ctx.connections_changed.notify_one();
            if let Some(former) = ctx.handle(&key) {
                former.wake.notify_one();
            }
        }
        if let Some(priority) = wake.schedules {
            // At its first observation only those that are not known to be well need a reconcile.
            if old.is_none() {
                ctx.enqueue_where(&key, |known| predicates::at_first_sight(&known.resource));
            } else {
                ctx.enqueue_all(&key, priority);
            }
        }
        let Some(handle) = ctx.handle(&key) else { return };
        // The connection's own task may be waiting for an answer: a lower rate holds at once.
        if let Ok(configured) = settings(&connection.spec, &ctx.limits) {
            handle.rate_limiter.resize(configured.rate, configured.burst, ctx.seams.elapsed());
        }
        if wake.held_deletions {
            let held_deletions = handle.deletions().take_held();
            for key in held_deletions {
                ctx.enqueue(&key, Priority::Urgent);
            }
        }
        if wake.reconcile {
            handle.wake.notify_one();
        }
    }

    fn unreadable(ctx: &Context, object: Raw) {
        Self::gone(ctx, &Key::of(&object.metadata));
    }

    fn gone(ctx: &Context, key: &Key) {
        let orphans: Vec<Key> = ctx.cache().schedules_of(key).map(|(key, _)| key.clone()).collect();
        let moved = ctx.cache().remove_connection(key);
        if let Some(handle) = ctx.handle(key) {
            handle.wake.notify_one();
        }
        for orphan in orphans.into_iter().chain(moved) {
            ctx.enqueue(&orphan, Priority::Background);
        }
    }

    fn known(ctx: &Context, namespace: Option<&str>) -> Vec<Key> {
        ctx.cache().connections().map(|(key, _)| key).filter(|key| is_in(key, namespace)).cloned().collect()
    }

    fn answers(cache: &mut Cache) -> &mut Answers {
        &mut cache.connection_answers
    }

    fn may_go(ctx: &Context, key: &Key, _raw: &Value) -> Option<&'static str> {
        (!ctx.cache().is_used(key)).then_some("the object cannot be read; no schedule uses it")
    }

    fn to_delete(_raw: &Value) -> Option<Self> {
        None
    }
}
