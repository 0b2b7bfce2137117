//! How a connection gets its client: the API key from the Secret, and the identity of the key.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::api::{self, Reason, WorkflowConnection};
use crate::controller::connection::reconcile::described;
use crate::controller::context::Context;
use crate::controller::kubernetes::input_sources::Found;
use crate::controller::state::cache::CachedSchedule;
use crate::controller::state::connection_handle::{CONCURRENCY, CallError, ConnectionHandle};
use crate::controller::state::workqueue::Priority;
use crate::plan::{ConnectionSettings, IdentityVerdict, SourceKind, connection_annotation, identity};
use crate::remote::{Client, HttpOptions, RemoteError};

/// The time limit for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads the Secret, and creates a client if the key or the settings are new. This client is only a candidate:
/// it is used for no other call before the identity of its key is known. Returns the problem, if there is one.
pub(crate) async fn key(
    ctx: &Context,
    link: &ConnectionHandle,
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
        Ok(client) => link.state().set_candidate(client, version, configured, ctx.seams.elapsed()),
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

/// Asks for the identity of the key, once for each key and after each refusal. Returns the problem, if there is
/// one.
pub(crate) async fn whose(
    ctx: &Context,
    link: &ConnectionHandle,
    connection: &WorkflowConnection,
) -> Option<(Reason, String)> {
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
            let is_another_key = link.state().promote_candidate(known);
            if is_another_key {
                // It may do what the old one might not.
                let refused = |known: &CachedSchedule| known.says(Reason::Forbidden).then_some(Priority::Background);
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
