//! Does the action of a plan. Every action is one effect, and its result is recorded. The next plan decides
//! what to do after it.

use std::sync::Arc;

use crate::api::{Memory, Trigger, TriggerState, WorkflowSchedule, WorkflowScheduleStatus};
use crate::controller::context::Context;
use crate::controller::kubernetes::events::reference;
use crate::controller::kubernetes::write_error::WriteError;
use crate::controller::schedule::attempt::{Attempt, ReconcileResult};
use crate::controller::schedule::deletion_limit::{self, Permission};
use crate::controller::schedule::evaluate::Snapshot;
use crate::controller::state::connection_handle::{CallError, ConnectionHandle, ListTrust};
use crate::controller::state::list_requests::ListRequest;
use crate::controller::state::workqueue::{Priority, RankedPriority};
use crate::controller::watch::watcher::{answered, answered_connection};
use crate::plan::{
    Action, Call, ConnectionView, Event, Learned, Observation, Observed, Plan, has_finalizer, id_in_question, redacted,
    remembering,
};
use crate::remote::{Client, Operation, RemoteError, ScheduleId, TransportError};

/// The result of an action.
pub(crate) enum Progress {
    /// It succeeded: what the plan expects after it is true now.
    Done,
    /// It failed or was not sent: the next plan continues from there.
    NotDone,
    /// The reconcile ends here.
    Finished(ReconcileResult),
}

/// Does the action. After success, it keeps the memory that the plan returned for this case.
pub(crate) async fn step(attempt: &mut Attempt<'_>, snapshot: &Snapshot, plan: Plan) -> Result<Progress, WriteError> {
    let Plan { action, reason: _, memory, events, learned } = plan;
    learn(snapshot, learned);
    let progress = match action {
        Action::Observe => look(attempt, snapshot).await,
        Action::AwaitList => await_list(attempt, snapshot),
        Action::ObserveRun(run) => look_at_run(attempt, snapshot, &run).await,
        Action::AddFinalizer => add_finalizer(attempt, snapshot).await?,
        Action::RemoveFinalizer => {
            attempt.ctx.writer.remove_finalizer(attempt.resource.as_ref()).await?;
            attempt.ctx.metrics.wrote("finalizer");
            Progress::Finished(ReconcileResult::Gone)
        }
        Action::StoreMemory(stored) => remember(attempt, &stored).await?,
        Action::StoreTrigger(trigger) => remember_trigger(attempt, *trigger).await?,
        Action::ClearTrigger => take_back_trigger(attempt).await?,
        Action::Call(call) => make(attempt, snapshot, call).await?,
        // The reconcile has ended before.
        Action::Finish(_) => Progress::NotDone,
    };
    match progress {
        Progress::Done | Progress::Finished(ReconcileResult::Gone) => {
            attempt.memory = memory;
            tell(attempt, events);
        }
        Progress::NotDone
        | Progress::Finished(
            ReconcileResult::Done(_)
            | ReconcileResult::Retry
            | ReconcileResult::AwaitsList
            | ReconcileResult::Interrupted,
        ) => {}
    }
    Ok(progress)
}

fn learn(snapshot: &Snapshot, learned: Option<Learned>) {
    let (Some(learned), Some(handle)) = (learned, &snapshot.handle) else { return };
    match learned {
        Learned::PatchKeepsPause(keeps) => handle.found_patch_keeps_pause(keeps),
        Learned::ListIsIncomplete => {
            tracing::warn!(connection = %handle.key, "list does not contain everything: GETs are used");
            handle.trust_lists(ListTrust::Never);
        }
    }
}

/// Sends events, without secrets.
pub(crate) fn tell(attempt: &Attempt<'_>, events: Vec<Event>) {
    for mut event in events {
        event.message = crate::plan::shown_text(&event.message, attempt.secrets());
        attempt.ctx.events.tell(reference(&attempt.resource), event);
    }
}

fn id(attempt: &Attempt<'_>, snapshot: &Snapshot) -> Option<ScheduleId> {
    id_in_question(&attempt.inputs(snapshot))
}

async fn look(attempt: &mut Attempt<'_>, snapshot: &Snapshot) -> Progress {
    let (Some(handle), Some(id)) = (&snapshot.handle, id(attempt, snapshot)) else {
        return Progress::Finished(ReconcileResult::Retry);
    };
    let got = handle.call(&attempt.ctx.seams, attempt.urgency, None, async |client| client.get(&id).await).await;
    match got {
        Ok(Some(schedule)) => {
            attempt.observation = Observation::Present(Box::new(Observed::from_wire(schedule)));
        }
        Ok(None) => attempt.observation = Observation::Absent,
        Err(error) => return failed(attempt, Operation::Get, error),
    }
    Progress::Done
}

/// Ends the reconcile: the task of the connection continues it with what the next LIST tells.
fn await_list(attempt: &Attempt<'_>, snapshot: &Snapshot) -> Progress {
    let (Some(handle), Some(id)) = (&snapshot.handle, id(attempt, snapshot)) else {
        return Progress::Finished(ReconcileResult::Retry);
    };
    let request = ListRequest::new(id, attempt.suspended(), attempt.ctx.seams.elapsed());
    handle.list_requests().ask(attempt.key.clone(), request);
    handle.list_requested.notify_one();
    Progress::Finished(ReconcileResult::AwaitsList)
}

async fn look_at_run(attempt: &mut Attempt<'_>, snapshot: &Snapshot, run: &str) -> Progress {
    let Some(handle) = &snapshot.handle else { return Progress::Finished(ReconcileResult::Retry) };
    match handle.call(&attempt.ctx.seams, attempt.urgency, None, async |client| client.run(run).await).await {
        Ok(run) => attempt.journal.note_run(run.map(|run| run.status).unwrap_or_default()),
        Err(error) => return failed(attempt, Operation::GetExecution, error),
    }
    Progress::Done
}

fn failed(attempt: &mut Attempt<'_>, operation: Operation, error: CallError) -> Progress {
    match error {
        CallError::Remote(error) => {
            attempt.journal.note_failed(operation, error);
            Progress::NotDone
        }
        CallError::Superseded if !attempt.ctx.leadership.may_write() => {
            Progress::Finished(ReconcileResult::Interrupted)
        }
        // It was certainly not sent, and that is to be stored.
        CallError::Superseded if operation == Operation::Trigger => {
            let why = "the connection was paused before it was sent".to_owned();
            attempt.journal.note_failed(operation, RemoteError::Transport(TransportError::NotSent(why)));
            Progress::NotDone
        }
        CallError::NoClient | CallError::Superseded => Progress::Finished(ReconcileResult::Retry),
    }
}

/// The finalizer of the connection is added first, because the connection must be deleted after its schedules.
async fn add_finalizer(attempt: &mut Attempt<'_>, snapshot: &Snapshot) -> Result<Progress, WriteError> {
    if let Some(handle) = &snapshot.handle {
        keep_connection(attempt.ctx, handle).await?;
    }
    let written = attempt.ctx.writer.add_finalizer(attempt.resource.as_ref()).await?;
    attempt.ctx.metrics.wrote("finalizer");
    take(attempt, written);
    Ok(Progress::Done)
}

/// Adds the finalizer to a connection, if it does not have it.
pub(crate) async fn keep_connection(ctx: &Context, handle: &ConnectionHandle) -> Result<(), WriteError> {
    let _turn = handle.finalizer_turn.lock().await;
    let Some(connection) = ctx.cache().connection(&handle.key).cloned() else { return Err(WriteError::Gone) };
    if has_finalizer(&connection.metadata) || connection.metadata.deletion_timestamp.is_some() {
        return Ok(());
    }
    let written = ctx.writer.add_finalizer(connection.as_ref()).await?;
    ctx.metrics.wrote("finalizer");
    answered_connection(ctx, &connection.metadata, written);
    Ok(())
}

/// The answer of Kubernetes to a write is the new resource.
fn take(attempt: &mut Attempt<'_>, written: WorkflowSchedule) {
    let written = Arc::new(written);
    attempt.ctx.cache().answered_schedule(&attempt.resource.metadata, written.clone());
    attempt.resource = written;
    attempt.is_current = true;
}

async fn remember(attempt: &mut Attempt<'_>, memory: &Memory) -> Result<Progress, WriteError> {
    write(attempt, &remembering(stored(attempt), memory)).await?;
    attempt.journal.note_stored(&attempt.memory, memory);
    Ok(Progress::Done)
}

async fn remember_trigger(attempt: &mut Attempt<'_>, trigger: Trigger) -> Result<Progress, WriteError> {
    let state = trigger.state;
    let before = stored(attempt);
    let earlier = before.trigger.clone();
    write(attempt, &WorkflowScheduleStatus { trigger: Some(trigger), ..before }).await?;
    attempt.journal.note_trigger_stored(state == TriggerState::Requested);
    if state == TriggerState::Requested {
        attempt.earlier_trigger = earlier;
    }
    if state == TriggerState::Accepted {
        // The run that it started belongs into the status.
        attempt.observation = Observation::None;
    }
    Ok(Progress::Done)
}

async fn take_back_trigger(attempt: &mut Attempt<'_>) -> Result<Progress, WriteError> {
    let status = WorkflowScheduleStatus { trigger: attempt.earlier_trigger.take(), ..stored(attempt) };
    write(attempt, &status).await?;
    attempt.journal.note_trigger_stored(false);
    Ok(Progress::Done)
}

fn stored(attempt: &Attempt<'_>) -> WorkflowScheduleStatus {
    attempt.resource.status.clone().unwrap_or_default()
}

async fn write(attempt: &mut Attempt<'_>, status: &WorkflowScheduleStatus) -> Result<(), WriteError> {
    let status = redacted(status.clone(), attempt.secrets());
    if let Some(written) = attempt.ctx.writer.schedule_status(attempt.resource.as_ref(), &status).await? {
        attempt.ctx.metrics.wrote("memory");
        take(attempt, written);
    }
    Ok(())
}

async fn make(attempt: &mut Attempt<'_>, snapshot: &Snapshot, call: Call) -> Result<Progress, WriteError> {
    let (Some(handle), Some(id)) = (&snapshot.handle, id(attempt, snapshot)) else {
        return Ok(Progress::Finished(ReconcileResult::Retry));
    };
    if !is_current(attempt).await? {
        return Ok(Progress::Finished(ReconcileResult::Retry));
    }
    let is_deletion = matches!(call, Call::Delete) && attempt.resource.metadata.deletion_timestamp.is_some();
    if is_deletion
        && deletion_limit::permission(attempt.ctx, handle, &attempt.key, &attempt.resource).await? == Permission::Held
    {
        return Ok(Progress::NotDone);
    }
    let still = || still_holds(attempt, snapshot, &call);
    let urgency = if is_deletion {
        RankedPriority { priority: Priority::Urgent, ..attempt.urgency }
    } else {
        attempt.urgency.of_change()
    };
    let made =
        handle.call(&attempt.ctx.seams, urgency, Some(&still), async |client| send(&client, &id, &call).await).await;
    let was_paused = matches!(&attempt.observation, Observation::Present(observed) if observed.paused);
    match made {
        Ok(()) => note(attempt, &call, was_paused),
        Err(error) => {
            if !matches!(call, Call::Trigger { .. }) {
                attempt.observation = Observation::None;
            }
            if let CallError::Remote(error) = error {
                attempt.journal.note_failure(&call, error);
                return Ok(Progress::NotDone);
            }
            return Ok(failed(attempt, call.operation(), error));
        }
    }
    Ok(Progress::Done)
}

/// While a call waits for its token, the resource or the connection may change.
fn still_holds(attempt: &Attempt<'_>, snapshot: &Snapshot, call: &Call) -> bool {
    let ConnectionView::Found { facts, .. } = &snapshot.view else { return false };
    let cache = attempt.ctx.cache();
    let version = |resource: &WorkflowSchedule| resource.metadata.resource_version.clone();
    let same_resource =
        cache.schedule(&attempt.key).is_some_and(|known| version(&known.resource) == version(&attempt.resource));
    let switch = attempt
        .known
        .connection_ref
        .as_ref()
        .and_then(|connection_ref| cache.connection(connection_ref))
        .map(|there| there.spec.paused == Some(true));
    let same_switch = switch == Some(facts.kill_switch.is_some());
    // A trigger does not depend on the spec.
    attempt.ctx.leadership.may_write() && same_switch && (same_resource || matches!(call, Call::Trigger { .. }))
}

/// The cache may be stale: before the first change of a reconcile the resource is read from the API server, to
/// check that it has not changed. A write of this reconcile, which contains the version, proves the same.
async fn is_current(attempt: &mut Attempt<'_>) -> Result<bool, WriteError> {
    if attempt.is_current {
        return Ok(true);
    }
    let Some(now) = attempt.ctx.writer.read(attempt.resource.as_ref()).await? else {
        return Err(WriteError::Gone);
    };
    attempt.is_current = now.metadata.uid == attempt.resource.metadata.uid
        && now.metadata.resource_version == attempt.resource.metadata.resource_version;
    if !attempt.is_current {
        // Like an object from the watch, it may need a more urgent reconcile.
        answered(attempt.ctx, &attempt.resource.metadata, now);
    }
    Ok(attempt.is_current)
}

async fn send(client: &Client, id: &ScheduleId, call: &Call) -> Result<(), RemoteError> {
    match call {
        Call::Create(body) => client.create(body).await,
        Call::Patch { body, trial: _ } => client.patch(id, body).await,
        Call::Delete => client.delete(id).await,
        Call::Pause { note } => client.pause(id, note.as_ref()).await,
        Call::Resume { note } => client.resume(id, note.as_ref()).await,
        Call::Trigger { overlap, before: _ } => client.trigger(id, *overlap).await,
    }
}

/// Records what was done. After a change the remote must be observed again; the acceptance of a trigger is
/// stored before that.
fn note(attempt: &mut Attempt<'_>, call: &Call, was_paused: bool) {
    attempt.journal.note(call, was_paused);
    if !matches!(call, Call::Trigger { .. }) {
        attempt.observation = Observation::None;
    }
    let now = attempt.ctx.seams.elapsed();
    if let Some(known) = attempt.ctx.cache().schedule_mut(&attempt.key) {
        known.changed_at = Some(now);
        known.compared = None;
    }
}
