//! Compares a schedule with its entry in a LIST: either nothing is to do, or a reconcile is queued.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;

use crate::controller::connection::deferred_status::{Comparison, DeferredStatuses, is_due, record};
use crate::controller::context::Context;
use crate::controller::schedule::evaluate::{Evaluation, Snapshot, Subject, evaluate};
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::key::Key;
use crate::controller::state::last_outcome::LastOutcome;
use crate::controller::state::workqueue::Priority;
use crate::plan::{
    ConnectionView, Inputs, Journal, Observation, Observed, Outcome, differs_beyond_runs, redacted, with_runs,
};
use crate::remote::wire;

/// A LIST lags some seconds behind a change: a schedule that was changed within this time is not compared.
pub(crate) const LAG: Duration = Duration::from_secs(15);

/// Compares a schedule with its remote state. A Stalled one is only checked for changes, and its runs are updated.
pub(crate) async fn consider(
    ctx: &Context,
    key: &Key,
    known: CachedSchedule,
    schedule: wire::Schedule,
    hash: u64,
    deferred: &mut DeferredStatuses,
) {
    if known.last_outcome.is_stalled() {
        look_again_if_changed(ctx, key, &known, &schedule);
        return show_runs(ctx, key, &known, schedule, deferred).await;
    }
    let compared = compare(ctx, key, known, schedule, hash, deferred);
    if AssertUnwindSafe(compared).catch_unwind().await.is_err() {
        ctx.metrics.panicked();
        let Key { namespace, name } = key;
        tracing::error!(namespace, name, "comparison panicked: this is a defect of the operator");
        ctx.enqueue(key, Priority::Background);
    }
}

/// Writes nothing: a changed status is added to `deferred`.
async fn compare(
    ctx: &Context,
    key: &Key,
    known: CachedSchedule,
    schedule: wire::Schedule,
    hash: u64,
    deferred: &mut DeferredStatuses,
) {
    let resource = &known.resource;
    let spec = &resource.spec;
    let input = ctx.sources.input(&key.namespace, spec.input.as_ref(), &spec.input_from, None).await;
    let secrets = input.as_ref().map(|input| input.secrets.clone()).unwrap_or_default();
    let fingerprint = input.as_ref().ok().map(|input| input.fingerprint.clone()).filter(|_| schedule.is_whole());
    let memory = resource.status.as_ref().and_then(|status| status.memory.clone()).unwrap_or_default();
    let (observation, journal) = (Observation::Listed(Box::new(Observed::from_wire(schedule))), Journal::default());
    let snapshot = Snapshot::read(ctx, key, &known.connection_ref, resource, input).of_working_connection();
    let subject = Subject { resource, memory: &memory, observation: &observation, journal: &journal };
    let Evaluation { plan: _, outcome } = evaluate(&snapshot, subject, &secrets);
    let (reason, new) = match outcome {
        Some((Outcome::Ready { reason, .. }, status)) => (reason, status),
        Some((Outcome::Unmanaged | Outcome::Released, _)) => {
            return record(ctx, key, Comparison { hash, outcome: LastOutcome::Unmanaged });
        }
        Some((Outcome::Stalled { .. } | Outcome::Waiting { .. }, _)) | None => {
            note_equal_input(ctx, key, None);
            return ctx.enqueue(key, priority(&snapshot.inputs(subject)));
        }
    };
    if fingerprint.is_some() {
        note_equal_input(ctx, key, fingerprint);
    }
    let Some(old) = &resource.status else {
        ctx.enqueue(key, Priority::Background);
        return;
    };
    // A call that may still arrive is forgotten after a while, though the entry stays the same: the next poll looks again.
    let waits_for_late = new.memory.as_ref().is_some_and(|memory| memory.unanswered_creations.is_some());
    let comparison = (!waits_for_late).then_some(Comparison { hash, outcome: LastOutcome::Ready(reason) });
    let are_only_runs = !differs_beyond_runs(old, &new);
    if *old == new {
        if let Some(comparison) = comparison {
            record(ctx, key, comparison);
        }
    } else if !are_only_runs || is_due(ctx, &known) {
        // The plan needs no call that changes the remote, so no GET is needed.
        deferred.push(are_only_runs, key, &known, new, comparison);
    }
}

/// Notes the input, by its fingerprint, that the remote has too.
fn note_equal_input(ctx: &Context, key: &Key, fingerprint: Option<String>) {
    if let Some(known) = ctx.cache().schedule_mut(key) {
        known.equal_input = fingerprint;
    }
}

/// A schedule that runs although it must be paused is urgent.
fn priority(inputs: &Inputs) -> Priority {
    let Observation::Listed(observed) = inputs.observation else { return Priority::Background };
    let is_switched = matches!(inputs.connection, ConnectionView::Found { facts, .. } if facts.kill_switch.is_some());
    let shall_stop = inputs.resource.spec.paused == Some(true) || is_switched;
    if shall_stop && !observed.paused { Priority::Urgent } else { Priority::Background }
}

/// A refused schedule also has runs, and may be paused: its old remote schedule continues.
async fn show_runs(
    ctx: &Context,
    key: &Key,
    known: &CachedSchedule,
    schedule: wire::Schedule,
    deferred: &mut DeferredStatuses,
) {
    let Some(old) = &known.resource.status else { return };
    let new = with_runs(old, &Observed::from_wire(schedule), ctx.seams.now());
    if *old == new {
        return;
    }
    let spec = &known.resource.spec;
    let input = ctx.sources.input(&key.namespace, spec.input.as_ref(), &spec.input_from, None).await;
    let secrets = input.map(|input| input.secrets).unwrap_or_default();
    let new = redacted(new, &secrets);
    let are_only_runs = !differs_beyond_runs(old, &new);
    if *old != new && (!are_only_runs || is_due(ctx, known)) {
        let comparison = Comparison { hash: known.compared.unwrap_or_default(), outcome: known.last_outcome };
        deferred.push(are_only_runs, key, known, new, Some(comparison));
    }
}

/// A Stalled schedule is reconciled again if its remote schedule changes in more than the times of runs.
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

/// The first observation after a refusal is only stored: it shows the state that was refused.
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

/// A hash, for instance of an entry of a LIST.
pub(crate) fn hash(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
