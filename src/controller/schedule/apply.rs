//! Does one step of a plan. Every step is one effect, and what is learnt from it is noted; what
//! follows from it is the next plan's to say.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::Resource;

use crate::api::{Memory, Trigger, TriggerState, WorkflowConnection, WorkflowSchedule, WorkflowScheduleStatus};
use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::schedule::attempt::{Ended, Pass, Place};
use crate::controller::schedule::deletion_limit::{self, Permission};
use crate::controller::state::connection_handle::{CallError, Link};
use crate::controller::state::workqueue::{Lane, Urgency};
use crate::controller::watch::watcher::answered;
use crate::plan::{
    Call, ConnectionView, Event, Learnt, Observed, Plan, Sight, Step, id_in_question, redacted, remembering,
};
use crate::remote::{Client, Operation, RemoteError, ScheduleId, TransportError};

/// What a step came to.
pub(crate) enum Progress {
    /// It is done: what the plan says of the time after holds.
    Done,
    /// It failed, or was held back: the plan goes on from that.
    NotDone,
    /// The pass ends here.
    Ended(Ended),
}

/// Does the step, and on success takes over what the plan says is known from then on.
pub(crate) async fn step(pass: &mut Pass<'_>, place: &Place, plan: Plan) -> Result<Progress, WriteError> {
    let Plan { step, because: _, memory, events, learnt } = plan;
    learn(place, learnt);
    let progress = match step {
        Step::Look => look(pass, place).await,
        Step::LookAtRun(run) => look_at_run(pass, place, &run).await,
        Step::AddFinalizer => add_finalizer(pass, place).await?,
        Step::RemoveFinalizer => {
            pass.ctx.writer.remove_finalizer(pass.resource.as_ref()).await?;
            pass.ctx.metrics.wrote("finalizer");
            Progress::Ended(Ended::Gone)
        }
        Step::Remember(stored) => remember(pass, &stored).await?,
        Step::RememberTrigger(trigger) => remember_trigger(pass, Some(*trigger)).await?,
        Step::ForgetTrigger => remember_trigger(pass, None).await?,
        Step::Call(call) => make(pass, place, call).await?,
        // The pass has ended before.
        Step::Rest(_) => Progress::NotDone,
    };
    match progress {
        Progress::Done | Progress::Ended(Ended::Gone) => {
            pass.memory = memory;
            tell(pass, events);
        }
        Progress::NotDone | Progress::Ended(Ended::Rested(_) | Ended::Again | Ended::Interrupted) => {}
    }
    Ok(progress)
}

fn learn(place: &Place, learnt: Option<Learnt>) {
    if let (Some(Learnt::PatchKeepsPause(keeps)), Some(link)) = (learnt, &place.link) {
        let mut state = link.state();
        if state.patch_keeps_pause != Some(keeps) {
            state.patch_keeps_pause = Some(keeps);
            link.nudge.notify_one();
        }
    }
}

/// Hands events in, without secrets.
pub(crate) fn tell(pass: &Pass<'_>, events: Vec<Event>) {
    for mut event in events {
        event.message = crate::plan::shown_text(&event.message, pass.secrets());
        pass.ctx.events.tell(reference(&pass.resource), event);
    }
}

/// What an event is about.
pub(crate) fn reference(resource: &WorkflowSchedule) -> ObjectReference {
    resource.object_ref(&())
}

fn id(pass: &Pass<'_>, place: &Place) -> Option<ScheduleId> {
    id_in_question(&pass.situation(place))
}

async fn look(pass: &mut Pass<'_>, place: &Place) -> Progress {
    let (Some(link), Some(id)) = (&place.link, id(pass, place)) else { return Progress::Ended(Ended::Again) };
    let got = link.call(&pass.ctx.seams, pass.urgency, None, async |client| client.get(&id).await).await;
    match got {
        Ok(Some(schedule)) => {
            pass.sight = Sight::Present(Box::new(Observed::from_wire(schedule)));
        }
        Ok(None) => pass.sight = Sight::Absent,
        Err(error) => return failed(pass, Operation::Get, error),
    }
    Progress::Done
}

async fn look_at_run(pass: &mut Pass<'_>, place: &Place, run: &str) -> Progress {
    let Some(link) = &place.link else { return Progress::Ended(Ended::Again) };
    match link.call(&pass.ctx.seams, pass.urgency, None, async |client| client.execution(run).await).await {
        Ok(outcome) => pass.journal.last_run = Some(outcome),
        Err(error) => return failed(pass, Operation::GetExecution, error),
    }
    Progress::Done
}

fn failed(pass: &mut Pass<'_>, operation: Operation, error: CallError) -> Progress {
    match error {
        CallError::Remote(error) => {
            pass.journal.failed = Some((operation, error));
            Progress::NotDone
        }
        CallError::Overtaken if !pass.ctx.leadership.may_write() => Progress::Ended(Ended::Interrupted),
        // It was certainly not sent, and that is to be stored.
        CallError::Overtaken if operation == Operation::Trigger => {
            let why = "the connection was paused before it was sent".to_owned();
            pass.journal.failed = Some((operation, RemoteError::Transport(TransportError::NotSent(why))));
            Progress::NotDone
        }
        CallError::NoClient | CallError::Overtaken => Progress::Ended(Ended::Again),
    }
}

/// The connection's own finalizer comes first: it must outlive its schedules.
async fn add_finalizer(pass: &mut Pass<'_>, place: &Place) -> Result<Progress, WriteError> {
    if let Some(link) = &place.link {
        keep_connection(pass.ctx, link).await?;
    }
    let written = pass.ctx.writer.add_finalizer(pass.resource.as_ref()).await?;
    pass.ctx.metrics.wrote("finalizer");
    take(pass, written);
    Ok(Progress::Done)
}

/// Puts the finalizer on a connection, unless it is there.
pub(crate) async fn keep_connection(ctx: &Context, link: &Link) -> Result<(), WriteError> {
    let _turn = link.finalizer_turn.lock().await;
    let Some(connection) = ctx.store().connection(&link.key).cloned() else { return Err(WriteError::Gone) };
    if crate::controller::state::cache::has_finalizer(connection.as_ref())
        || connection.metadata.deletion_timestamp.is_some()
    {
        return Ok(());
    }
    let written = ctx.writer.add_finalizer(connection.as_ref()).await?;
    ctx.metrics.wrote("finalizer");
    ctx.store().answered_connection(&connection.metadata, Arc::new(written));
    Ok(())
}

/// What Kubernetes has answered a write with is what the resource is now.
fn take(pass: &mut Pass<'_>, written: WorkflowSchedule) {
    let written = Arc::new(written);
    pass.ctx.store().answered_schedule(&pass.resource.metadata, written.clone());
    pass.resource = written;
    pass.is_current = true;
}

async fn remember(pass: &mut Pass<'_>, memory: &Memory) -> Result<Progress, WriteError> {
    let intended = |memory: &Memory| memory.max_executions.as_ref().and_then(|count| count.intended.clone());
    let is_new_count = intended(memory).is_some() && intended(memory) != intended(&pass.memory);
    write(pass, &remembering(stored(pass), memory)).await?;
    if is_new_count {
        pass.journal.count_is_ours = true;
    }
    Ok(Progress::Done)
}

async fn remember_trigger(pass: &mut Pass<'_>, trigger: Option<Trigger>) -> Result<Progress, WriteError> {
    let state = trigger.as_ref().map(|trigger| trigger.state);
    let status = WorkflowScheduleStatus { trigger, ..stored(pass) };
    write(pass, &status).await?;
    pass.journal.trigger_is_ours = state == Some(TriggerState::Requested);
    if state == Some(TriggerState::Accepted) {
        // The run that it started belongs into the status.
        pass.sight = Sight::Unseen;
    }
    Ok(Progress::Done)
}

fn stored(pass: &Pass<'_>) -> WorkflowScheduleStatus {
    pass.resource.status.clone().unwrap_or_default()
}

async fn write(pass: &mut Pass<'_>, status: &WorkflowScheduleStatus) -> Result<(), WriteError> {
    let status = redacted(status.clone(), pass.secrets());
    if let Some(written) = pass.ctx.writer.schedule_status(pass.resource.as_ref(), &status).await? {
        pass.ctx.metrics.wrote("memory");
        take(pass, written);
    }
    Ok(())
}

async fn make(pass: &mut Pass<'_>, place: &Place, call: Call) -> Result<Progress, WriteError> {
    let (Some(link), Some(id)) = (&place.link, id(pass, place)) else { return Ok(Progress::Ended(Ended::Again)) };
    if !is_current(pass).await? {
        return Ok(Progress::Ended(Ended::Again));
    }
    let is_deletion = matches!(call, Call::Delete) && pass.resource.metadata.deletion_timestamp.is_some();
    if is_deletion && deletion_limit::permission(pass.ctx, link, &pass.key, &pass.resource).await? == Permission::Held {
        return Ok(Progress::NotDone);
    }
    let still = || still_holds(pass, place, &call);
    let urgency = if is_deletion { Urgency { lane: Lane::Urgent, ..pass.urgency } } else { pass.urgency };
    let made = link.call(&pass.ctx.seams, urgency, Some(&still), async |client| send(&client, &id, &call).await).await;
    let was_paused = matches!(&pass.sight, Sight::Present(observed) if observed.paused);
    match made {
        Ok(()) => note(pass, &call, was_paused),
        Err(error) => {
            if !matches!(call, Call::Trigger) {
                pass.sight = Sight::Unseen;
            }
            if let CallError::Remote(error) = error {
                pass.journal.note_failure(&call, error);
                return Ok(Progress::NotDone);
            }
            return Ok(failed(pass, call.operation(), error));
        }
    }
    Ok(Progress::Done)
}

/// While a call waits for its token, the resource or the connection may change.
fn still_holds(pass: &Pass<'_>, place: &Place, call: &Call) -> bool {
    let ConnectionView::Found { facts, .. } = &place.view else { return false };
    let store = pass.ctx.store();
    let version = |resource: &WorkflowSchedule| resource.metadata.resource_version.clone();
    let same_resource =
        store.schedule(&pass.key).is_some_and(|known| version(&known.resource) == version(&pass.resource));
    let switch =
        pass.known.via.as_ref().and_then(|via| store.connection(via)).map(|there| there.spec.paused == Some(true));
    let same_switch = switch == Some(facts.kill_switch.is_some());
    // A trigger does not depend on the spec.
    pass.ctx.leadership.may_write() && same_switch && (same_resource || matches!(call, Call::Trigger))
}

/// A cache may lag: before the first change of a pass the API server is asked whether the resource is
/// still as we know it. A write of this pass, which carries the version, has proved the same.
async fn is_current(pass: &mut Pass<'_>) -> Result<bool, WriteError> {
    if pass.is_current {
        return Ok(true);
    }
    let Some(now) = pass.ctx.writer.read::<WorkflowSchedule>(&pass.key).await? else { return Err(WriteError::Gone) };
    pass.is_current = now.metadata.uid == pass.resource.metadata.uid
        && now.metadata.resource_version == pass.resource.metadata.resource_version;
    if !pass.is_current {
        // Like what the watch brings, it may ask for a more urgent pass.
        answered(pass.ctx, &pass.resource.metadata, now);
    }
    Ok(pass.is_current)
}

async fn send(client: &Client, id: &ScheduleId, call: &Call) -> Result<(), RemoteError> {
    match call {
        Call::Create(body) => client.create(body).await,
        Call::Patch { body, trial: _ } => client.patch(id, body).await,
        Call::Delete => client.delete(id).await,
        Call::Pause { note } => client.pause(id, note.as_ref()).await,
        Call::Resume { note } => client.resume(id, note.as_ref()).await,
        Call::Trigger => client.trigger(id).await,
    }
}

/// Notes what has been done. After a change the remote has to be looked at again; a trigger's
/// acceptance is stored before that.
fn note(pass: &mut Pass<'_>, call: &Call, was_paused: bool) {
    pass.journal.note(call, was_paused);
    if !matches!(call, Call::Trigger) {
        pass.sight = Sight::Unseen;
    }
    let now = pass.ctx.seams.elapsed();
    if let Some(known) = pass.ctx.store().schedule_mut(&pass.key) {
        known.touched_at = Some(now);
        known.judged = None;
    }
}

/// One of our kinds can be told of.
pub(crate) fn connection_reference(connection: &WorkflowConnection) -> ObjectReference {
    connection.object_ref(&())
}
