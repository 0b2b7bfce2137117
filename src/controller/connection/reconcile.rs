//! The task of a connection: its API key, the identity of the key, its polls, and its status.

use std::sync::Arc;
use std::time::Duration;

use crate::api::{self, Reason, WorkflowConnection};
use crate::controller::connection::compare::{self, DeferredStatuses};
use crate::controller::connection::credentials;
use crate::controller::connection::paging::PageSize;
use crate::controller::connection::poll::{self, Polled};
use crate::controller::connection::update_status;
use crate::controller::context::Context;
use crate::controller::kubernetes::writer::WriteError;
use crate::controller::schedule::apply;
use crate::controller::state::cache::has_finalizer;
use crate::controller::state::connection_handle::{CallError, ConnectionHandle};
use crate::controller::state::workqueue::Priority;
use crate::controller::watch::predicates;
use crate::plan::{ConnectionSettings, connection_annotation, settings};
use crate::remote::RemoteError;

/// Without a valid key, the Secret is read this often.
const SECRET_EVERY: Duration = Duration::from_secs(15);
/// After this many failed polls the schedules report an outage.
const POLLS_OF_AN_OUTAGE: u32 = 3;

/// The state of the task of a connection between two rounds.
#[derive(Default)]
struct Rounds {
    /// When the next poll is due; `None` for at once.
    next_poll: Option<Duration>,
    failed_polls: u32,
    reconciled: Option<String>,
    last: Option<Polled>,
    page_size: PageSize,
}

/// Reconciles a connection until it is deleted.
pub(crate) async fn reconcile(ctx: Arc<Context>, link: Arc<ConnectionHandle>) {
    let mut rounds = Rounds::default();
    loop {
        let Some(connection) = ctx.cache().connection(&link.key).cloned() else { return };
        if connection.metadata.uid != link.uid {
            return;
        }
        let before = link.state().trouble.clone();
        let wait = round(&ctx, &link, &connection, &mut rounds).await;
        if is_told(&link, before.as_ref(), rounds.failed_polls) {
            tell_schedules(&ctx, &link);
        }
        if let Err(error) = update_status::report(&ctx, &link, rounds.last.as_ref()).await {
            tracing::debug!(connection = %link.key, %error, "the connection's status could not be written");
        }
        ctx.wake.notify_one();
        let later = later(&ctx, &link, &mut rounds, wait);
        idle(&ctx, &link, wait, later).await;
    }
}

/// Waits for the next round, and writes the times of runs in the meantime. Those that are not written then are
/// found again by the next poll.
async fn idle(ctx: &Context, link: &ConnectionHandle, wait: Duration, later: DeferredStatuses) {
    // Elapsed or nudged: either way another round is due.
    let over = async { drop(tokio::time::timeout(wait, link.wake.notified()).await) };
    tokio::pin!(over);
    tokio::select! {
        () = &mut over => return,
        () = compare::write_later(ctx, later) => {}
    }
    over.await;
}

/// Requests a reconcile of the schedules that wait for the connection. If it works now, the LIST has compared
/// all schedules except those with an open request.
fn tell_schedules(ctx: &Context, link: &ConnectionHandle) {
    let works = link.state().trouble.is_none();
    if works {
        ctx.enqueue_where(&link.key, |known| predicates::unfinished(&known.resource));
    } else {
        ctx.enqueue_all(&link.key, Priority::Background);
    }
}

/// The statuses to write with low priority until the next round: the results of the poll, or, while the remote
/// cannot be read, statuses without next runs that have passed.
fn later(ctx: &Context, link: &ConnectionHandle, rounds: &mut Rounds, wait: Duration) -> DeferredStatuses {
    let is_outage = {
        let state = link.state();
        state.settled && state.trouble.is_some()
    };
    if is_outage {
        return compare::passed_runs(ctx, link, wait);
    }
    rounds.last.as_mut().map(|polled| std::mem::take(&mut polled.later)).unwrap_or_default()
}

/// Whether the schedules must be reconciled after the round. Not after the first round of a working connection:
/// schedules that need a reconcile have already requested one.
fn is_told(link: &ConnectionHandle, before: Option<&(Reason, String)>, failed_polls: u32) -> bool {
    let mut state = link.state();
    let reason = |trouble: Option<&(Reason, String)>| trouble.map(|(reason, _)| *reason);
    let now = reason(state.trouble.as_ref());
    let was_settled = state.settled;
    // One call that fails after a start is no outage yet.
    state.settled |= now != Some(Reason::RemoteUnavailable) || failed_polls >= POLLS_OF_AN_OUTAGE;
    if was_settled { reason(before) != now } else { state.settled && now.is_some() }
}

/// One round. Returns the time until the next.
async fn round(
    ctx: &Context,
    link: &ConnectionHandle,
    connection: &WorkflowConnection,
    rounds: &mut Rounds,
) -> Duration {
    release(ctx, link, connection).await;
    let configured = match settings(&connection.spec, &ctx.limits) {
        Ok(configured) => configured,
        Err(message) => {
            link.state().trouble = Some((Reason::Invalid, message));
            return Duration::from_mins(5);
        }
    };
    if let Some(trouble) = credentials::key(ctx, link, connection, &configured).await {
        link.state().trouble = Some(trouble);
        return SECRET_EVERY;
    }
    if let Some(trouble) = credentials::whose(ctx, link, connection).await {
        let again =
            if trouble.0 == Reason::RemoteUnavailable { first_again(rounds, &configured) } else { SECRET_EVERY };
        link.state().trouble = Some(trouble);
        return again;
    }
    let asked = connection_annotation(connection, api::RECONCILE_REQUESTED_AT).map(str::to_owned);
    let is_asked = asked.is_some() && asked != rounds.reconciled;
    let now = ctx.seams.elapsed();
    let had_trouble = link.state().trouble.is_some();
    if rounds.next_poll.is_none_or(|at| at <= now) || is_asked || had_trouble {
        rounds.reconciled = asked;
        poll(ctx, link, connection, &configured, rounds).await;
    }
    if link.state().trouble.as_ref().is_some_and(|(reason, _)| *reason == Reason::Unauthorized) {
        return SECRET_EVERY;
    }
    let next = rounds.next_poll.unwrap_or(now);
    next.saturating_sub(ctx.seams.elapsed()).max(Duration::from_millis(50))
}

async fn poll(
    ctx: &Context,
    link: &ConnectionHandle,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
    rounds: &mut Rounds,
) {
    match poll::poll(ctx, link, connection, configured, &mut rounds.page_size).await {
        Ok(polled) => {
            rounds.failed_polls = 0;
            let mut state = link.state();
            state.polled_at = Some(ctx.seams.now());
            state.trouble.clone_from(&polled.trouble);
            drop(state);
            rounds.last = Some(polled);
            rounds.next_poll = Some(ctx.seams.elapsed().saturating_add(jittered(ctx, configured.poll_interval)));
        }
        Err(error) => {
            let (reason, message) = described(&error);
            tracing::warn!(connection = %link.key, reason = reason.as_str(), detail = message, "the remote could not be listed");
            let wait = first_again(rounds, configured);
            let has_worked = link.state().polled_at.is_some();
            // One poll that fails says little: calls that fail speak for themselves.
            let is_certain = matches!(reason, Reason::Unauthorized | Reason::Forbidden | Reason::SecretNotFound);
            let is_outage = !has_worked || is_certain || rounds.failed_polls >= POLLS_OF_AN_OUTAGE;
            let is_limited = reason == Reason::RateLimited && has_worked;
            if is_outage && !is_limited {
                link.state().trouble = Some((reason, message));
            }
            rounds.next_poll = Some(ctx.seams.elapsed().saturating_add(jittered(ctx, wait)));
        }
    }
}

/// A connection that has never worked is tried again sooner.
fn first_again(rounds: &mut Rounds, configured: &ConnectionSettings) -> Duration {
    rounds.failed_polls = rounds.failed_polls.saturating_add(1);
    if rounds.last.is_some() {
        return configured.poll_interval;
    }
    Duration::from_secs(1)
        .saturating_mul(1 << rounds.failed_polls.saturating_sub(1).min(6))
        .min(configured.poll_interval)
}

/// Spreads the polls of many connections: up to a tenth earlier or later.
fn jittered(ctx: &Context, interval: Duration) -> Duration {
    interval.mul_f64(0.9 + 0.2 * ctx.seams.chance())
}

/// The reason and message of the condition after a call of the connection failed.
pub(crate) fn described(error: &CallError) -> (Reason, String) {
    match error {
        CallError::NoClient => (Reason::SecretNotFound, "there is no API key".into()),
        CallError::Superseded => (Reason::ConnectionNotReady, "another replica leads".into()),
        CallError::Remote(error) => {
            let reason = match error {
                RemoteError::Unauthorized => Reason::Unauthorized,
                RemoteError::Forbidden(_) => Reason::Forbidden,
                RemoteError::RateLimited { .. } => Reason::RateLimited,
                RemoteError::Unavailable { .. } | RemoteError::Transport(_) => Reason::RemoteUnavailable,
                RemoteError::NotFound(_)
                | RemoteError::Conflict(_)
                | RemoteError::Refused { .. }
                | RemoteError::EncodingRequired
                | RemoteError::Malformed { .. } => Reason::RemoteError,
            };
            (reason, error.to_string())
        }
    }
}

/// A connection in use keeps its finalizer. A connection that is being deleted and is not in use any more loses
/// it.
async fn release(ctx: &Context, link: &ConnectionHandle, connection: &WorkflowConnection) {
    let is_going = connection.metadata.deletion_timestamp.is_some();
    if has_finalizer(connection) != is_going {
        return;
    }
    let is_used = ctx.cache().is_used(&link.key);
    if is_used && !is_going {
        // A connection that was made anew, or whose finalizer a hand took away.
        if let Err(error) = apply::keep_connection(ctx, link).await {
            tracing::warn!(connection = %link.key, %error, "the finalizer could not be added: it is tried again at the next look");
        }
    }
    if is_used || !is_going {
        return;
    }
    match ctx.writer.remove_finalizer(connection).await {
        Ok(_) => ctx.metrics.wrote("finalizer"),
        Err(WriteError::Gone) => {}
        Err(error) => {
            tracing::warn!(connection = %link.key, %error, "the finalizer could not be removed: it is tried again at the next look");
        }
    }
}
