//! Objects that cannot be read: the definition is older or newer than the operator, or somebody changed the object
//! in etcd. They are reported beside the watch, which waits for nothing.
//!
//! Nothing is done with such an object, except for its deletion: that must be possible. What it holds stays its own.

use std::time::Duration;

use kube::Resource as _;

use crate::api::{FINALIZER, Reason, WorkflowConnection, WorkflowSchedule};
use crate::controller::context::Context;
use crate::controller::kubernetes::events::reference_of;
use crate::controller::kubernetes::guarded::Guarded;
use crate::controller::kubernetes::raw::Raw;
use crate::controller::kubernetes::write_error::{Part, WriteError};
use crate::controller::kubernetes::writer::slim;
use crate::controller::state::backoff::wait_after;
use crate::controller::state::key::{Key, ObjectKey};
use crate::controller::watch::watcher::Watched;
use crate::plan::{Event, orphan_hint};

/// A deletion that waits for others is looked at this often.
const AGAIN: Duration = Duration::from_secs(15);

/// An object exists: a listing or a watch has shown it.
pub(crate) fn take_in<K: Watched>(ctx: &Context, object: Guarded<K>, is_listed: bool) {
    match object.0 {
        Ok(object) => {
            mended::<K>(ctx, &Key::of(object.meta()));
            slim(object).seen(ctx, is_listed);
        }
        Err(unreadable) => found::<K>(ctx, unreadable, is_listed),
    }
}

/// A list or a watch has shown an object that cannot be read.
fn found<K: Watched>(ctx: &Context, unreadable: Raw, is_listed: bool) {
    let metadata = &unreadable.metadata;
    let key = Key::of(metadata);
    let kind = K::kind(&());
    // What the watch shows of a deletion is the only news of it: an answer to a write may have been lost.
    let is_looked_at_again = is_listed || metadata.deletion_timestamp.is_some();
    if ctx.malformed.add((kind.to_string(), key.clone()), metadata, is_looked_at_again) {
        tracing::warn!(%kind, namespace = key.namespace, name = key.name, "object cannot be read: nothing is done with it");
        K::unreadable(ctx, unreadable);
    }
    ctx.metrics.malformed(ctx.malformed.count());
}

/// An object can be read (again), or is deleted.
pub(crate) fn mended<K: Watched>(ctx: &Context, key: &Key) {
    let object = (K::kind(&()).into_owned(), key.clone());
    if ctx.malformed.remove(&object) {
        ctx.failed_writes.forget(&object);
        ctx.metrics.malformed(ctx.malformed.count());
    }
}

/// An object that could not be read does not exist any more.
pub(crate) fn gone<K: Watched>(ctx: &Context, key: &Key) {
    mended::<K>(ctx, key);
    K::gone(ctx, key);
}

/// Those that cannot be read, of a kind.
pub(crate) fn known<K: Watched>(ctx: &Context, namespace: Option<&str>) -> Vec<Key> {
    ctx.malformed.of(&K::kind(&()), namespace)
}

/// Reports what cannot be read, until the process ends.
pub(crate) async fn run(ctx: &Context) {
    loop {
        let now = ctx.seams.elapsed();
        match ctx.malformed.next() {
            Some((due, object)) if due <= now => look(ctx, &object).await,
            next => {
                let wait = next.map_or(Duration::MAX, |(due, _)| due.saturating_sub(now));
                tokio::select! {
                    () = ctx.malformed.changed.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
        }
    }
}

async fn look(ctx: &Context, object: &ObjectKey) {
    let failures = ctx.malformed.take(object);
    let is_schedule = object.0 == WorkflowSchedule::kind(&());
    let looked = if is_schedule {
        attend::<WorkflowSchedule>(ctx, &object.1).await
    } else {
        attend::<WorkflowConnection>(ctx, &object.1).await
    };
    let (wait, failures) = match looked {
        Ok(wait) => (wait, 0),
        Err(error) => {
            let failures = failures.saturating_add(1);
            let (kind, Key { namespace, name }) = object;
            tracing::warn!(kind, namespace, name, %error, "unreadable object not reported: it is tried again");
            (Some(wait_after(failures, ctx.seams.chance())), failures)
        }
    };
    let due = wait.map(|wait| ctx.seams.elapsed().saturating_add(wait));
    ctx.malformed.looked_at(object, due, failures);
}

/// Says in the status that an object cannot be read, or lets it be deleted. Returns when to look again.
async fn attend<K: Watched>(ctx: &Context, key: &Key) -> Result<Option<Duration>, WriteError> {
    let Some(raw) = ctx.writer.raw::<K>(key).await? else {
        // The watch shows its deletion too, and then it is forgotten.
        mended::<K>(ctx, key);
        return Ok(None);
    };
    // The watch's error has no path, so it is parsed again. If it can be parsed now, the watch returns it.
    let Some(error) = raw.why_unreadable::<K>() else { return Ok(None) };
    let is_terminating = raw.metadata.deletion_timestamp.is_some();
    let is_held = is_terminating && raw.metadata.finalizers.iter().flatten().any(|one| one == FINALIZER);
    if is_terminating && !is_held {
        return Ok(None);
    }
    if is_held && let Some(why) = K::may_go(ctx, key, &raw.object) {
        ctx.writer
            .remove_finalizer_of::<K>(&raw.metadata)
            .await
            .or_else(|error| unwritten::<K>(ctx, &raw, Part::Finalizer, why, error))?;
        ctx.metrics.wrote("finalizer");
        ctx.events
            .tell(reference_of::<K>(&raw.metadata), Event { warning: false, reason: "Orphaned", message: why.into() });
        return Ok(None);
    }
    if is_held && let Some(object) = K::to_delete(&raw.object) {
        slim(object).seen(ctx, true);
        return Ok(None);
    }
    let message = explain::<K>(&raw, &error, is_held);
    if !is_said(&raw, &message) {
        let written = ctx.writer.malformed::<K>(&raw.metadata, &message, ctx.seams.now()).await;
        written.or_else(|error| unwritten::<K>(ctx, &raw, Part::Status, &message, error))?;
    }
    Ok(is_held.then_some(AGAIN))
}

fn explain<K: Watched>(raw: &Raw, error: &str, is_held: bool) -> String {
    let alone = format!("the object cannot be read: {error}; it is not reconciled until this is fixed");
    let is_schedule = K::kind(&()) == WorkflowSchedule::kind(&());
    let key = Key::of(&raw.metadata);
    match (is_held, is_schedule) {
        (false, _) => alone,
        (true, true) => format!("{alone}, not even its deletion. {}", orphan_hint(&key.namespace, &key.name)),
        (true, false) => format!("{alone}; its finalizer is removed once no schedule uses it"),
    }
}

/// Whether the status says so already: a listing brings all objects again.
fn is_said(raw: &Raw, message: &str) -> bool {
    let generation = serde_json::json!(raw.metadata.generation);
    let conditions = raw.object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| {
        condition["type"] == "Ready" && condition["message"] == message && condition["observedGeneration"] == generation
    })
}

/// Where no condition can be written, an event says so.
fn unwritten<K: Watched>(
    ctx: &Context,
    raw: &Raw,
    part: Part,
    message: &str,
    error: WriteError,
) -> Result<(), WriteError> {
    let object = (K::kind(&()).into_owned(), Key::of(&raw.metadata));
    if ctx.failed_writes.is_certain(&object, part, &error) {
        let said = format!("{error}. It would say: {}: {message}", Reason::Malformed);
        ctx.report_unwritten(reference_of::<K>(&raw.metadata), crate::plan::shown_text(&said, &[]));
    }
    Err(error)
}
