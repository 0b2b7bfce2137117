//! Creates the client of a connection: reads the key from the Secret, and checks its workspace.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::api::{self, Identity, Reason, WorkflowConnection, WorkflowConnectionStatus};
use crate::controller::context::Context;
use crate::controller::kubernetes::input_sources::Found;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::concurrency::MOST_SOCKETS;
use crate::controller::state::connection_handle::{CallError, ConnectionHandle};
use crate::controller::state::connection_state::Problem;
use crate::controller::state::workqueue::Priority;
use crate::controller::watch::watcher::answered_connection;
use crate::plan::{ConnectionSettings, IdentityVerdict, SourceKind, connection_annotation, identity, is_loopback};
use crate::remote::{Client, HttpOptions, RemoteError, api_key};

/// The time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the Secret, and makes a client where the key or the settings are new. It is only a candidate:
/// it makes no other call before its identity is verified. Returns the problem, if there is one.
pub(crate) async fn load_api_key(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    configured: &ConnectionSettings,
) -> Option<Problem> {
    let reference = &connection.spec.api_key_secret_ref;
    let place = format!("Secret {}/{}", handle.key.namespace, reference.name);
    let found = ctx.sources.read_now(SourceKind::Secret, &handle.key.namespace, &reference.name).await;
    let (mut data, version) = match found {
        Found::Data(data, version) => (data, version),
        // The key in use goes on being good while Kubernetes does not answer.
        Found::Failed(_) if handle.state().client().is_some() => return None,
        Found::Missing => return Some(no_key(&format!("there is no {place}: create it"))),
        Found::Denied(remedy) => return Some(no_key(&format!("the operator may not read {place}: {remedy}"))),
        Found::Failed(why) => return Some(no_key(&format!("{place} cannot be read now: {why}"))),
    };
    let Some(bytes) = data.remove(&reference.key) else {
        return Some(no_key(&format!("{place} has no key {}", reference.key)));
    };
    let version = format!("{version}/{}", reference.key);
    if handle.state().is_made_from(&version, configured) {
        return None;
    }
    let key = match api_key(&bytes) {
        Ok(key) => key,
        Err(fault) => {
            let message = format!("apiKeySecretRef: key {} of {place} {fault}", reference.key);
            return Some((Reason::SecretInvalid, message));
        }
    };
    match client(ctx, configured, key) {
        Ok(client) => handle.set_candidate(client, version, configured, ctx.seams.elapsed()),
        Err(message) => return Some((Reason::Invalid, message)),
    }
    None
}

fn no_key(message: &str) -> Problem {
    (Reason::SecretNotFound, format!("apiKeySecretRef: {message}"))
}

fn client(ctx: &Context, configured: &ConnectionSettings, key: SecretString) -> Result<Client, String> {
    let options = HttpOptions {
        ca_bundle: configured.ca_bundle.clone(),
        idle_connections: MOST_SOCKETS,
        connect_timeout: CONNECT_TIMEOUT,
        // Plain http is for loopback addresses: a proxy would see the key.
        is_direct: is_loopback(&configured.server),
    };
    let transport = (ctx.seams.transports)(&options)?;
    let clock = ctx.seams.clock.clone();
    let now = Arc::new(move || clock.now());
    Ok(Client::new(configured.server.clone(), key, configured.request_timeout, transport, now, ctx.metrics.clone()))
}

/// Verifies the identity of the key, once for each key and after each refusal. Returns the problem, if there is one.
pub(crate) async fn verify_identity(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
) -> Option<Problem> {
    let is_accepted = connection_annotation(connection, api::ACCEPT_IDENTITY).is_some();
    match handle.state().verdict() {
        Some(Ok(())) => return None,
        Some(Err(message)) if !is_accepted => return Some((Reason::IdentityChanged, message.to_owned())),
        Some(Err(_)) | None => {}
    }
    let seen = match handle.call_as_candidate(&ctx.seams, async |client| client.whoami().await).await {
        Ok(seen) => seen,
        Err(CallError::Remote(RemoteError::Forbidden(detail))) => {
            return Some((
                Reason::Unauthorized,
                format!("the API key has no permission to read its own identity (403): {detail}"),
            ));
        }
        Err(error) => return Some(error.problem()),
    };
    let known = handle.state().identity().cloned();
    match identity(connection, known.as_ref(), seen.as_ref()) {
        IdentityVerdict::Known(known) => {
            use_key(ctx, handle, known);
            None
        }
        IdentityVerdict::Accepted(accepted) => {
            let problem = store_accepted(ctx, handle, connection, &accepted).await;
            if problem.is_none() {
                use_key(ctx, handle, Some(accepted));
            }
            problem
        }
        IdentityVerdict::Changed(message) => {
            handle.state().refuse(message.clone());
            Some((Reason::IdentityChanged, message))
        }
        IdentityVerdict::Unknown(message) => Some((Reason::IdentityUnknown, message)),
    }
}

/// Calls go out with this key from now on.
fn use_key(ctx: &Context, handle: &ConnectionHandle, identity: Option<Identity>) {
    let is_another_key = handle.state().verify(identity);
    if is_another_key {
        // The new key may have permissions that the old one did not have.
        let is_forbidden = |known: &CachedSchedule| known.last_outcome.reason() == Some(Reason::Forbidden);
        ctx.enqueue_where(&handle.key, |known| is_forbidden(known).then_some(Priority::Background));
    }
}

/// Stores the workspace that was accepted. Otherwise, after a crash, the schedules that were created there would
/// be looked for in the old one.
async fn store_accepted(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    accepted: &Identity,
) -> Option<Problem> {
    let status =
        WorkflowConnectionStatus { identity: Some(accepted.clone()), ..connection.status.clone().unwrap_or_default() };
    match ctx.writer.connection_status(connection, &status).await {
        Ok(Some(written)) => {
            ctx.metrics.wrote("connection");
            answered_connection(ctx, &connection.metadata, written);
            None
        }
        Ok(None) => None,
        Err(error) => {
            let message = format!("the accepted identity could not be stored, and is not used yet: {error}");
            tracing::warn!(connection = %handle.key, %error, "accepted identity not stored");
            Some((error.reason(), message))
        }
    }
}
