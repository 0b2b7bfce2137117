//! A client of the remote: by an API key of the environment, or through a connection of a cluster.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use secrecy::SecretString;
use url::Url;

use crate::api::{WorkflowConnection, WorkflowConnectionSpec};
use crate::cli::cluster::{self, ClusterArgs};
use crate::controller::Key;
use crate::plan::{ConnectionSettings, ServerLimits, is_loopback, settings};
use crate::remote::{BodyBudget, Client, HttpOptions, NoMeter, RemoteError, TransportError, api_key, http_transport};

/// How the remote is reached.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct RemoteArgs {
    /// Use the server and the API key of this connection of the cluster. This needs `get` for the connection and
    /// for its Secret.
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = connection_key)]
    connection: Option<Key>,
    /// The address of the API, without a connection. Default: <https://api.mistral.ai>
    #[arg(long, value_name = "URL", env = SERVER)]
    server: Option<String>,
    /// The environment variable with the API key, without a connection.
    #[arg(long, value_name = "NAME", default_value = "MISTRAL_API_KEY")]
    api_key_env: String,
    /// Allow http without TLS to other hosts than this machine.
    #[arg(long)]
    allow_insecure_http: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

fn connection_key(text: &str) -> Result<Key, String> {
    Key::parse(text).ok_or_else(|| "must be NAMESPACE/NAME".to_owned())
}

/// The variable in place of `--server`.
const SERVER: &str = "MISTRAL_SERVER_URL";

/// The remote, and the connection through which it is reached.
pub(in crate::cli) struct Remote {
    pub(in crate::cli) client: Client,
    pub(in crate::cli) connection: Option<WorkflowConnection>,
    /// Calls per second.
    pub(in crate::cli) rate: f64,
    /// The address.
    server: Url,
    origin: Origin,
}

/// Where the address and the key come from, as a person finds them.
#[derive(Clone, Debug)]
struct Origin {
    connection: Option<Key>,
    server: String,
    key: String,
}

impl Origin {
    /// A message that begins with a field of a connection, about what a person can change.
    fn of_setting(&self, message: &str) -> String {
        match (&self.connection, message.split_once(": ")) {
            (Some(connection), _) => format!("WorkflowConnection {connection}: spec.{message}"),
            (None, Some((_, message))) => format!("{}: {message}", self.server),
            (None, None) => message.to_owned(),
        }
    }
}

impl Remote {
    /// What is said of a call that failed, and what a person can do.
    pub(in crate::cli) fn said(&self, error: &RemoteError) -> String {
        let Origin { server, key, .. } = &self.origin;
        match error {
            RemoteError::Unauthorized => format!("{error}: check {key}"),
            RemoteError::Transport(TransportError::TooLong(_)) => {
                format!("the answer is too long: is {} ({server}) the address of the API?", self.server)
            }
            RemoteError::Transport(cause @ (TransportError::NotSent(_) | TransportError::NoAnswer(_))) => {
                format!("{} ({server}) cannot be reached: {cause}", self.server)
            }
            RemoteError::Unavailable { status, .. } => format!("{} failed ({status}): try again later", self.server),
            RemoteError::NotFound(_) | RemoteError::Malformed { .. } => {
                format!("{error}: is {} ({server}) the address of the API?", self.server)
            }
            RemoteError::Forbidden(_)
            | RemoteError::Conflict(_)
            | RemoteError::Ambiguous(_)
            | RemoteError::AlreadyExists { .. }
            | RemoteError::Refused { .. }
            | RemoteError::EncodingRequired
            | RemoteError::RateLimited { .. } => error.to_string(),
        }
    }
}

impl RemoteArgs {
    /// Whether a connection is named.
    pub(in crate::cli) const fn has_connection(&self) -> bool {
        self.connection.is_some()
    }

    /// A client of the remote.
    ///
    /// # Errors
    /// There is no key, or the connection cannot be read.
    pub(in crate::cli) async fn open(&self) -> anyhow::Result<Remote> {
        cluster::install_tls();
        match &self.connection {
            Some(key) => self.through(key).await,
            None => self.by_key(),
        }
    }

    fn by_key(&self) -> anyhow::Result<Remote> {
        let variable = &self.api_key_env;
        let text = std::env::var(variable).map_err(|_| {
            anyhow!(
                "{variable} is not set: put the API key into it, name another variable with --api-key-env, or use a connection of the cluster with --connection NAMESPACE/NAME"
            )
        })?;
        let secret = api_key(text.as_bytes()).map_err(|fault| anyhow!("{variable} {fault}"))?;
        let spec = WorkflowConnectionSpec { server_url: self.server.clone(), ..WorkflowConnectionSpec::default() };
        let origin = Origin { connection: None, server: self.server_option().to_owned(), key: variable.clone() };
        self.remote(&spec, secret, None, origin)
    }

    async fn through(&self, key: &Key) -> anyhow::Result<Remote> {
        if self.server.is_some() && self.server_option() != SERVER {
            bail!("--server cannot be used with --connection: the connection has an address of its own");
        }
        let config = cluster::config(&self.cluster).await?;
        let kubernetes = kube::Client::try_from(config).context("the client of the cluster cannot be created")?;
        let connections: Api<WorkflowConnection> = Api::namespaced(kubernetes.clone(), &key.namespace);
        let connection = connections.get(&key.name).await.with_context(|| format!("WorkflowConnection {key}"))?;
        let spec = connection.spec.clone();
        let reference = &spec.api_key_secret_ref;
        let origin = Origin {
            connection: Some(key.clone()),
            server: format!("spec.serverUrl of WorkflowConnection {key}"),
            key: format!("key {} of Secret {}/{}", reference.key, key.namespace, reference.name),
        };
        let secret = secret(kubernetes, &key.namespace, &spec).await?;
        self.remote(&spec, secret, Some(connection), origin)
    }

    /// Where the address was given.
    fn server_option(&self) -> &'static str {
        let is_of_variable = self.server.is_some() && std::env::var(SERVER).ok() == self.server;
        if is_of_variable { SERVER } else { "--server" }
    }

    fn remote(
        &self,
        spec: &WorkflowConnectionSpec,
        key: SecretString,
        connection: Option<WorkflowConnection>,
        origin: Origin,
    ) -> anyhow::Result<Remote> {
        let is_http = |url: &Url| url.scheme() == "http" && !is_loopback(url);
        let url = spec.server_url.as_deref().and_then(|text| Url::parse(text).ok());
        if !self.allow_insecure_http && url.as_ref().is_some_and(is_http) {
            let message = "serverUrl: plain http would send the key in the clear: use https, or --allow-insecure-http";
            bail!(origin.of_setting(message));
        }
        let limits = ServerLimits { allow_insecure_http: true, allowed_hosts: Vec::new() };
        let ConnectionSettings { server, ca_bundle, request_timeout, rate, .. } =
            settings(spec, &limits).map_err(|message| anyhow!(origin.of_setting(&message)))?;
        let options = HttpOptions {
            ca_bundle,
            idle_connections: 1,
            connect_timeout: Duration::from_secs(5),
            is_direct: is_loopback(&server),
        };
        let transport =
            http_transport(&options, BodyBudget::new(BodyBudget::PROCESS)).map_err(|message| anyhow!(message))?;
        let clock = Arc::new(Timestamp::now);
        let client = Client::new(server.clone(), key, request_timeout, transport, clock, Arc::new(NoMeter));
        Ok(Remote { client, connection, rate, server, origin })
    }
}

async fn secret(client: kube::Client, namespace: &str, spec: &WorkflowConnectionSpec) -> anyhow::Result<SecretString> {
    let reference = &spec.api_key_secret_ref;
    let place = format!("Secret {namespace}/{}", reference.name);
    let secrets: Api<Secret> = Api::namespaced(client, namespace);
    let data = secrets.get(&reference.name).await.with_context(|| place.clone())?.data.unwrap_or_default();
    let bytes = data.get(&reference.key).with_context(|| format!("{place} has no key {}", reference.key))?;
    api_key(&bytes.0).map_err(|fault| anyhow!("key {} of {place} {fault}", reference.key))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn args(server: &str) -> RemoteArgs {
        RemoteArgs {
            connection: None,
            server: Some(server.to_owned()),
            api_key_env: "KEY".into(),
            allow_insecure_http: false,
            cluster: ClusterArgs::default(),
        }
    }

    fn remote(server: &str, connection: Option<&str>) -> anyhow::Result<Remote> {
        let connection = connection.and_then(Key::parse);
        let place = if connection.is_some() { "spec.serverUrl" } else { "--server" };
        let origin = Origin { connection, server: place.into(), key: "KEY".into() };
        let spec = WorkflowConnectionSpec { server_url: Some(server.into()), ..WorkflowConnectionSpec::default() };
        cluster::install_tls();
        args(server).remote(&spec, SecretString::from("secret".to_owned()), None, origin)
    }

    fn refusal(server: &str, connection: Option<&str>) -> String {
        remote(server, connection).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn an_address_is_refused_where_it_was_given() {
        assert_eq!(refusal("ftp://example", None), "--server: ftp is not http or https");
        let of_connection = refusal("ftp://example", Some("team-a/default"));
        assert_eq!(of_connection, "WorkflowConnection team-a/default: spec.serverUrl: ftp is not http or https");
        let http = refusal("http://example", None);
        assert!(http.starts_with("--server: plain http") && http.ends_with("or --allow-insecure-http"), "{http}");
        assert!(remote("http://127.0.0.1:1", None).is_ok());
    }

    #[test]
    fn a_failed_call_names_what_a_person_can_change() {
        let remote = remote("https://api.example", None).unwrap();
        let unavailable = RemoteError::Unavailable { status: StatusCode::BAD_GATEWAY, code: None };
        let away = RemoteError::Transport(TransportError::NotSent("no route".into()));
        for (error, said) in [
            (RemoteError::Unauthorized, "check KEY"),
            (away, "https://api.example/ (--server) cannot be reached"),
            (RemoteError::NotFound("no route".into()), "is https://api.example/ (--server) the address of the API?"),
            (unavailable, "try again later"),
        ] {
            let shown = remote.said(&error);
            assert!(shown.contains(said) && !shown.contains("operator"), "{shown}");
        }
    }
}
