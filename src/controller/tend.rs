//! A connection's own task: its key, whose it is, its polls, and what its status says.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::apply::connection_reference;
use super::context::Context;
use super::judge::{self, Later};
use super::key::Key;
use super::link::{CONCURRENCY, CallError, Link};
use super::poll::{self, Polled};
use super::queue::Lane;
use super::sources::Found;
use super::store::{Known, has_finalizer};
use super::wake;
use super::write::WriteError;
use crate::api::{self, Condition, Reason, WorkflowConnection};
use crate::plan::{
    ConnectionNow, ConnectionSettings, Event, IdentityVerdict, SourceKind, connection_annotation, connection_status,
    count, identity, settings,
};
use crate::remote::{Client, HttpOptions, RemoteError};

/// Where there is no good key, the Secret is looked at this often.
const SECRET_EVERY: Duration = Duration::from_secs(15);
/// An outage reaches the resources after so many failed polls.
const POLLS_OF_AN_OUTAGE: u32 = 3;
/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What a connection's task remembers between its rounds.
#[derive(Default)]
struct Rounds {
    /// When the next poll is due; `None` is at once.
    next_poll: Option<Duration>,
    failed_polls: u32,
    reconciled: Option<String>,
    last: Option<Polled>,
}

/// Tends a connection until it is gone.
pub(super) async fn tend(ctx: Arc<Context>, link: Arc<Link>) {
    let mut rounds = Rounds::default();
    loop {
        let Some(connection) = ctx.store().connection(&link.key).cloned() else { return };
        if connection.metadata.uid != link.uid {
            return;
        }
        let before = link.state().trouble.clone();
        let wait = round(&ctx, &link, &connection, &mut rounds).await;
        if is_told(&link, before.as_ref(), rounds.failed_polls) {
            tell_schedules(&ctx, &link);
        }
        if let Err(error) = report(&ctx, &link, &rounds).await {
            tracing::debug!(connection = %link.key, %error, "the connection's status could not be written");
        }
        ctx.wake.notify_one();
        idle(&ctx, &link, wait, rounds.last.as_mut().map(|polled| std::mem::take(&mut polled.later))).await;
    }
}

/// Waits for the next round, and writes the times of runs meanwhile: what is left of them then is found
/// again by the next poll.
async fn idle(ctx: &Context, link: &Link, wait: Duration, later: Option<Later>) {
    // Elapsed or nudged: either way another round is due.
    let over = async { drop(tokio::time::timeout(wait, link.nudge.notified()).await) };
    tokio::pin!(over);
    tokio::select! {
        () = &mut over => return,
        () = judge::write_later(ctx, later.unwrap_or_default()) => {}
    }
    over.await;
}

/// Those that wait for the connection look again. Once it works, the LIST that has shown it has judged
/// all but those of which something is asked.
fn tell_schedules(ctx: &Context, link: &Link) {
    let works = link.state().trouble.is_none();
    if works {
        ctx.enqueue_where(&link.key, |known| wake::unfinished(&known.resource));
    } else {
        ctx.enqueue_all(&link.key, Lane::Background);
    }
}

/// Whether the schedules have to hear of what the round has brought. The first look at a connection that
/// works is none of it: those that need a pass have asked for one.
fn is_told(link: &Link, before: Option<&(Reason, String)>, failed_polls: u32) -> bool {
    let mut state = link.state();
    let reason = |trouble: Option<&(Reason, String)>| trouble.map(|(reason, _)| *reason);
    let now = reason(state.trouble.as_ref());
    let was_settled = state.settled;
    // One call that fails after a start is no outage yet.
    state.settled |= now != Some(Reason::RemoteUnavailable) || failed_polls >= POLLS_OF_AN_OUTAGE;
    if was_settled { reason(before) != now } else { state.settled && now.is_some() }
}

/// One round: gives how long until the next.
async fn round(ctx: &Context, link: &Link, connection: &WorkflowConnection, rounds: &mut Rounds) -> Duration {
    release(ctx, link, connection).await;
    let configured = match settings(&connection.spec, &ctx.limits) {
        Ok(configured) => configured,
        Err(message) => {
            link.state().trouble = Some((Reason::Invalid, message));
            return Duration::from_mins(5);
        }
    };
    if let Some(trouble) = key(ctx, link, connection, &configured).await {
        link.state().trouble = Some(trouble);
        return SECRET_EVERY;
    }
    if let Some(trouble) = whose(ctx, link, connection).await {
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
    link: &Link,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
    rounds: &mut Rounds,
) {
    match poll::poll(ctx, link, connection, configured).await {
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

/// Polls of many connections must not meet: a tenth sooner or later.
fn jittered(ctx: &Context, interval: Duration) -> Duration {
    interval.mul_f64(0.9 + 0.2 * ctx.seams.chance())
}

fn described(error: &CallError) -> (Reason, String) {
    match error {
        CallError::NoClient => (Reason::SecretNotFound, "there is no API key".into()),
        CallError::Overtaken => (Reason::ConnectionNotReady, "another replica leads".into()),
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

/// Reads the Secret, and makes a client where the key or the settings are new. It is only a candidate:
/// nothing is called through it before it is known whose key it is. What is wrong, if anything is.
async fn key(
    ctx: &Context,
    link: &Link,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
) -> Option<(Reason, String)> {
    let reference = &connection.spec.api_key_secret_ref;
    let place = format!("Secret {}/{}", link.key.namespace, reference.name);
    let found = ctx.sources.read_now(SourceKind::Secret, &link.key.namespace, &reference.name).await;
    let (mut data, version) = match found {
        Found::Data(data, version) => (data, version),
        // The key in use goes on being good while Kubernetes does not answer.
        Found::Failed(_) if link.state().client.is_some() => return None,
        Found::Missing => return Some(no_key(&format!("there is no {place}: create it"))),
        Found::Denied => {
            return Some(no_key(&format!("the operator may not read {place}: grant its ServiceAccount `get`")));
        }
        Found::Failed(why) => return Some(no_key(&format!("{place} cannot be read now: {why}"))),
    };
    let Some(bytes) = data.remove(&reference.key) else {
        return Some(no_key(&format!("{place} has no key {}", reference.key)));
    };
    let version = format!("{version}/{}", reference.key);
    if link.state().is_made_from(&version, configured) {
        return None;
    }
    let key = match String::from_utf8(bytes) {
        Ok(key) if !key.trim().is_empty() => SecretString::from(key.trim().to_owned()),
        Ok(_) | Err(_) => return Some(no_key(&format!("key {} of {place} is empty or no text", reference.key))),
    };
    match client(ctx, configured, key) {
        Ok(client) => link.state().nominate(client, version, configured, ctx.seams.elapsed()),
        Err(message) => return Some((Reason::Invalid, message)),
    }
    None
}

fn no_key(message: &str) -> (Reason, String) {
    (Reason::SecretNotFound, format!("apiKeySecretRef: {message}"))
}

fn client(ctx: &Context, configured: &ConnectionSettings, key: SecretString) -> Result<Client, String> {
    let options = HttpOptions {
        ca_bundle: configured.ca_bundle.clone(),
        idle_connections: CONCURRENCY,
        connect_timeout: CONNECT_TIMEOUT,
    };
    let transport = (ctx.seams.transports)(&options)?;
    let clock = ctx.seams.clock.clone();
    let now = Arc::new(move || clock.now());
    Ok(Client::new(configured.server.clone(), key, configured.request_timeout, transport, now, ctx.metrics.clone()))
}

/// Asks whose key it is, once for each key and after each refusal. What is wrong, if anything is.
async fn whose(ctx: &Context, link: &Link, connection: &WorkflowConnection) -> Option<(Reason, String)> {
    let is_accepted = connection_annotation(connection, api::ACCEPT_IDENTITY).is_some();
    let stands = {
        let state = link.state();
        let changed = state.trouble.clone().filter(|(reason, _)| *reason == Reason::IdentityChanged);
        (state.identity_is_checked && !(changed.is_some() && is_accepted)).then_some(changed)
    };
    if let Some(verdict) = stands {
        return verdict;
    }
    let seen = match link.call_as_candidate(&ctx.seams, async |client| client.whoami().await).await {
        Ok(seen) => seen,
        Err(CallError::Remote(RemoteError::Forbidden(detail))) => {
            return Some((Reason::Unauthorized, format!("the API key may not even ask whose it is (403): {detail}")));
        }
        Err(error) => return Some(described(&error)),
    };
    let known = link.state().identity.clone();
    match identity(connection, known.as_ref(), seen.as_ref()) {
        IdentityVerdict::Known(known) => {
            let is_another_key = link.state().elect(known);
            if is_another_key {
                // It may do what the old one might not.
                let refused = |known: &Known| known.says(Reason::Forbidden).then_some(Lane::Background);
                ctx.enqueue_where(&link.key, refused);
            }
            None
        }
        IdentityVerdict::Changed(message) => {
            link.state().identity_is_checked = true;
            Some((Reason::IdentityChanged, message))
        }
    }
}

/// A connection that is used stays; one that is going and that nothing lives on any more may go.
async fn release(ctx: &Context, link: &Link, connection: &WorkflowConnection) {
    let is_going = connection.metadata.deletion_timestamp.is_some();
    if has_finalizer(connection) != is_going {
        return;
    }
    let is_used = ctx.store().is_used(&link.key);
    if is_used && !is_going {
        // A connection that was made anew, or whose finalizer a hand took away.
        if let Err(error) = super::apply::keep_connection(ctx, link).await {
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

/// Writes the connection's status, if it says anything new.
async fn report(ctx: &Context, link: &Link, rounds: &Rounds) -> Result<(), WriteError> {
    let Some(connection) = ctx.store().connection(&link.key).cloned() else { return Ok(()) };
    let known = now_known(ctx, link, &connection, rounds);
    ctx.metrics.held_deletions(link.key.to_string(), known.held_deletions);
    let status = connection_status(&connection, &known, ctx.seams.now());
    let Some(written) = ctx.writer.connection_status(connection.as_ref(), &status).await? else { return Ok(()) };
    ctx.metrics.wrote("connection");
    tell(ctx, &connection, &written);
    ctx.store().put_connection(Arc::new(written));
    Ok(())
}

fn now_known(ctx: &Context, link: &Link, connection: &WorkflowConnection, rounds: &Rounds) -> ConnectionNow {
    let counts = {
        let store = ctx.store();
        count(store.schedules_of(&link.key).map(|(_, known)| known.resource.as_ref()))
    };
    let is_slowed = link.is_slowed(ctx.seams.elapsed());
    let state = link.state();
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    ConnectionNow {
        health: state.trouble.clone().map_or(Ok(()), Err),
        server: state.settings.as_ref().map(|settings| settings.server.to_string()),
        identity: state.identity.clone(),
        prefix_is_claimed: claimed.is_some() || rounds.last.as_ref().is_some_and(|polled| polled.prefix_is_ours),
        counts,
        unclaimed: rounds.last.as_ref().map(|polled| polled.unclaimed.clone()),
        held_deletions: state.held.len(),
        rate_limited: is_slowed,
        patch_keeps_pause: state.patch_keeps_pause,
        mass_disappearance: state.mass_disappearance,
        polled_at: state.polled_at,
    }
}

/// A change of state becomes an event and a line in the log.
fn tell(ctx: &Context, old: &WorkflowConnection, new: &WorkflowConnection) {
    let ready = |connection: &WorkflowConnection| -> Option<Condition> {
        connection.status.as_ref()?.conditions.iter().find(|one| one.type_ == "Ready").cloned()
    };
    let Some(after) = ready(new) else { return };
    if ready(old).is_some_and(|before| (before.status, before.reason) == (after.status.clone(), after.reason.clone())) {
        return;
    }
    let key = Key::of(&new.metadata);
    tracing::info!(connection = %key, ready = after.status, reason = after.reason, detail = after.message, "is now");
    let Some(reason) = Reason::ALL.iter().find(|known| known.as_str() == after.reason) else { return };
    let event = Event { warning: after.status == "False", reason: reason.as_str(), message: after.message };
    ctx.events.tell(connection_reference(new), event);
}
