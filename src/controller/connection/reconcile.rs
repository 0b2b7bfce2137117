//! A connection's own task: its key, its polls, and what its status says.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{self, Reason, WorkflowConnection};
use crate::controller::connection::credentials;
use crate::controller::connection::deferred_status;
use crate::controller::connection::follow_up_calls::FollowUpCalls;
use crate::controller::connection::poll;
use crate::controller::connection::poll_state::PollState;
use crate::controller::connection::run_outcomes;
use crate::controller::connection::task_state::{TaskState, connection_object};
use crate::controller::connection::update_status;
use crate::controller::connection::workflow_checks;
use crate::controller::context::Context;
use crate::controller::kubernetes::write_error::{Part, WriteError};
use crate::controller::schedule::apply;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::connection_state::Readiness;
use crate::controller::state::workqueue::Priority;
use crate::controller::watch::predicates;
use crate::plan::{ConnectionSettings, connection_annotation, has_finalizer, settings};

/// Without a valid key, the Secret is read this often.
const SECRET_EVERY: Duration = Duration::from_secs(15);
/// Settings that cannot be used are looked at again this often, though an edit wakes the task anyway.
const INVALID_EVERY: Duration = Duration::from_mins(5);
/// After this number of failed polls the schedules report an outage.
const POLLS_OF_AN_OUTAGE: u32 = 3;

/// The task of a connection: reconciles it until it is deleted.
pub(crate) async fn run(ctx: Arc<Context>, handle: Arc<ConnectionHandle>) {
    let status = ctx.cache().connection(&handle.key).and_then(|connection| connection.status.clone());
    let mut task = TaskState { poll: PollState::remembered(status.as_ref()), ..TaskState::default() };
    // The readiness after the last reconcile.
    let mut heard = handle.state().readiness().clone();
    loop {
        let Some(connection) = ctx.cache().connection(&handle.key).cloned() else { return };
        if connection.metadata.uid != handle.uid {
            return;
        }
        let before = handle.state().readiness().clone();
        let wait = reconcile(&ctx, &handle, &connection, &mut task).await;
        let after = {
            let mut state = handle.state();
            state.conclude(task.failed_polls >= POLLS_OF_AN_OUTAGE);
            state.readiness().clone()
        };
        // Between two reconciles the call of one schedule may have been answered with 401: the others must be queued.
        if concerns_schedules(&before, &after) || concerns_schedules(&heard, &after) {
            enqueue_schedules(&ctx, &handle, &after);
        }
        heard.clone_from(&after);
        update_status::report(&ctx, &handle, &mut task).await;
        ctx.wake.notify_one();
        wait_for_next(&ctx, &handle, &mut task, &after, wait).await;
    }
}

/// Waits until the next reconcile is due or asked for, and writes deferred statuses meanwhile: what is left
/// of them then is found again by the next poll.
async fn wait_for_next(
    ctx: &Context,
    handle: &ConnectionHandle,
    task: &mut TaskState,
    readiness: &Readiness,
    wait: Duration,
) {
    // Elapsed or woken: either way another reconcile is due.
    let over = async { drop(tokio::time::timeout(wait, handle.wake.notified()).await) };
    tokio::pin!(over);
    tokio::select! {
        () = &mut over => return,
        () = write_deferred(ctx, handle, task, readiness, wait) => {}
    }
    over.await;
}

/// Whether the schedules must be queued after a reconcile of their connection. If it works at its first
/// reconcile, they need not: those that need a reconcile are already in the queue.
fn concerns_schedules(before: &Readiness, after: &Readiness) -> bool {
    match (before, after) {
        (Readiness::Unknown(_), Readiness::Unknown(_) | Readiness::Ready) => false,
        (Readiness::Unknown(_), Readiness::NotReady(_)) => true,
        (Readiness::Ready | Readiness::NotReady(_), _) => before.reason() != after.reason(),
    }
}

/// Queues the schedules that wait for the connection. Once it works, its first LIST has compared
/// all of them except those with an open request.
fn enqueue_schedules(ctx: &Context, handle: &ConnectionHandle, readiness: &Readiness) {
    match readiness {
        Readiness::Ready => ctx.enqueue_where(&handle.key, |known| predicates::unfinished(&known.resource)),
        Readiness::Unknown(_) | Readiness::NotReady(_) => ctx.enqueue_all(&handle.key, Priority::Background),
    }
}

/// Writes statuses with low priority: those from the poll, with what is found out about runs now, or, while the remote
/// cannot be read, those from which passed run times are removed.
async fn write_deferred(
    ctx: &Context,
    handle: &ConnectionHandle,
    task: &mut TaskState,
    readiness: &Readiness,
    wait: Duration,
) {
    let deferred = match readiness {
        Readiness::NotReady(_) => deferred_status::passed_runs(ctx, handle, wait),
        Readiness::Unknown(_) | Readiness::Ready => {
            let Some(mut deferred) = task.last.as_mut().and_then(|polled| polled.deferred.take()) else { return };
            let configured = handle.state().settings().cloned();
            if let Some(configured) = configured {
                let mut calls = FollowUpCalls::new(ctx, handle, &configured, 0.25);
                let runs = (&mut task.poll.runs, configured.tracking);
                run_outcomes::look(ctx, handle, &mut calls, runs, &mut deferred).await;
                let workflows = &mut task.poll.workflows;
                workflow_checks::look(ctx, handle, workflows, &configured, &mut deferred).await;
            }
            deferred
        }
    };
    deferred_status::write_all(ctx, deferred).await;
}

/// Reconciles once: gives how long until the next time.
async fn reconcile(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    task: &mut TaskState,
) -> Duration {
    if let Err(error) = keep_finalizer(ctx, handle, connection).await {
        tracing::warn!(connection = %handle.key, %error, "finalizer not written: it is tried again");
        if ctx.failed_writes.is_certain(&connection_object(&handle.key), Part::Finalizer, &error) {
            task.failed_write = Some(error.to_string());
        }
    } else {
        ctx.failed_writes.written(&connection_object(&handle.key), Part::Finalizer);
        task.failed_write = None;
    }
    let configured = match settings(&connection.spec, &ctx.limits) {
        Ok(configured) => configured,
        Err(message) => {
            handle.state().set_problem((Reason::Invalid, message));
            return INVALID_EVERY;
        }
    };
    if let Some(problem) = credentials::load_api_key(ctx, handle, connection, &configured).await {
        handle.state().set_problem(problem);
        return SECRET_EVERY;
    }
    if let Some(problem) = credentials::verify_identity(ctx, handle, connection).await {
        let wait = if problem.0 == Reason::RemoteUnavailable { after_failure(task, &configured) } else { SECRET_EVERY };
        handle.state().set_problem(problem);
        return wait;
    }
    let asked = connection_annotation(connection, api::RECONCILE_REQUESTED_AT).map(str::to_owned);
    let is_asked = asked.is_some() && asked != task.reconciled_at;
    let now = ctx.seams.elapsed();
    let had_problem = handle.state().readiness().problem().is_some();
    if task.next_poll.is_none_or(|at| at <= now) || is_asked || had_problem {
        task.reconciled_at = asked;
        poll(ctx, handle, connection, &configured, task).await;
    }
    if handle.state().readiness().reason() == Some(Reason::Unauthorized) {
        return SECRET_EVERY;
    }
    let next = task.next_poll.unwrap_or(now);
    next.saturating_sub(ctx.seams.elapsed()).max(Duration::from_millis(50))
}

async fn poll(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
    task: &mut TaskState,
) {
    match poll::poll(ctx, handle, connection, configured, &mut task.poll).await {
        Ok(mut polled) => {
            task.failed_polls = 0;
            handle.polled(ctx.seams.now());
            match polled.problem.take() {
                Some(problem) => handle.state().set_problem(problem),
                None => handle.state().set_ready(),
            }
            task.last = Some(polled);
            task.next_poll = Some(ctx.seams.elapsed().saturating_add(jittered(ctx, configured.poll_interval)));
        }
        Err(error) => {
            let (reason, message) = error.problem();
            tracing::warn!(connection = %handle.key, reason = reason.as_str(), detail = message, "schedules not listed");
            let wait = after_failure(task, configured);
            let has_worked = handle.polled_at().is_some();
            // One failed poll is no outage: failed calls of schedules are reported by these schedules.
            let is_certain = matches!(reason, Reason::Unauthorized | Reason::Forbidden | Reason::SecretNotFound);
            let is_outage = !has_worked || is_certain || task.failed_polls >= POLLS_OF_AN_OUTAGE;
            let is_limited = reason == Reason::RateLimited && has_worked;
            if is_outage && !is_limited {
                handle.state().set_problem((reason, message));
            }
            task.next_poll = Some(ctx.seams.elapsed().saturating_add(jittered(ctx, wait)));
        }
    }
}

/// How long to wait after a failure. A connection that has never worked is tried again sooner.
fn after_failure(task: &mut TaskState, configured: &ConnectionSettings) -> Duration {
    task.failed_polls = task.failed_polls.saturating_add(1);
    if task.last.is_some() {
        return configured.poll_interval;
    }
    Duration::from_secs(1).saturating_mul(1 << task.failed_polls.saturating_sub(1).min(6)).min(configured.poll_interval)
}

/// Spreads the polls of many connections: up to a tenth earlier or later.
fn jittered(ctx: &Context, interval: Duration) -> Duration {
    interval.mul_f64(0.9 + 0.2 * ctx.seams.chance())
}

/// Adds the finalizer to a connection that is in use, and removes it from one that is being deleted and that no
/// schedule uses any more.
async fn keep_finalizer(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
) -> Result<(), WriteError> {
    let is_going = connection.metadata.deletion_timestamp.is_some();
    if has_finalizer(&connection.metadata) != is_going {
        return Ok(());
    }
    let is_used = ctx.cache().is_used(&handle.key);
    if is_used && !is_going {
        // A connection that was made anew, or whose finalizer a person took away.
        return apply::keep_connection(ctx, handle).await;
    }
    if is_used || !is_going {
        return Ok(());
    }
    match ctx.writer.remove_finalizer(connection).await {
        Ok(()) => ctx.metrics.wrote("finalizer"),
        Err(WriteError::Gone) => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
