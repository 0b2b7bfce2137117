//! A client of the remote: by an API key of the environment, or through a connection of a cluster.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use secrecy::SecretString;

use crate::api::{WorkflowConnection, WorkflowConnectionSpec};
use crate::cli::cluster::{self, ClusterArgs};
use crate::controller::Key;
use crate::plan::{ConnectionSettings, ServerLimits, is_loopback, settings};
use crate::remote::{BodyBudget, Client, HttpOptions, NoMeter, api_key, http_transport};

/// How the remote is reached.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::cli) struct RemoteArgs {
    /// Use the server and the API key of this connection of the cluster. This needs `get` for the connection and
    /// for its Secret.
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = connection_key)]
    connection: Option<Key>,
    /// The address of the API, without a connection. Default: <https://api.mistral.ai>
    #[arg(long, value_name = "URL", env = "MISTRAL_SERVER_URL", conflicts_with = "connection")]
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

/// The remote, and the connection through which it is reached.
pub(in crate::cli) struct Remote {
    pub(in crate::cli) client: Client,
    pub(in crate::cli) connection: Option<WorkflowConnection>,
    /// Calls per second.
    pub(in crate::cli) rate: f64,
}

impl RemoteArgs {
    /// A client of the remote.
    ///
    /// # Errors
    /// There is no key, or the connection cannot be read.
    pub(in crate::cli) async fn open(&self) -> anyhow::Result<Remote> {
        cluster::install_tls();
        let Some(key) = &self.connection else {
            let spec = WorkflowConnectionSpec { server_url: self.server.clone(), ..WorkflowConnectionSpec::default() };
            let text = std::env::var(&self.api_key_env).map_err(|_| {
                anyhow!("{} is not set: put the API key into it, or name a --connection of a cluster", self.api_key_env)
            })?;
            let secret = api_key(text.as_bytes()).map_err(|fault| anyhow!("{} {fault}", self.api_key_env))?;
            return self.remote(&spec, secret, None);
        };
        let config = cluster::config(&self.cluster).await?;
        let kubernetes = kube::Client::try_from(config).context("the client of the cluster cannot be created")?;
        let connections: Api<WorkflowConnection> = Api::namespaced(kubernetes.clone(), &key.namespace);
        let connection = connections.get(&key.name).await.with_context(|| format!("WorkflowConnection {key}"))?;
        let secret = secret(kubernetes, &key.namespace, &connection.spec).await?;
        self.remote(&connection.spec.clone(), secret, Some(connection))
    }

    fn remote(
        &self,
        spec: &WorkflowConnectionSpec,
        key: SecretString,
        connection: Option<WorkflowConnection>,
    ) -> anyhow::Result<Remote> {
        let limits = ServerLimits { allow_insecure_http: self.allow_insecure_http, allowed_hosts: Vec::new() };
        let ConnectionSettings { server, ca_bundle, request_timeout, rate, .. } =
            settings(spec, &limits).map_err(|message| anyhow!(message))?;
        let options = HttpOptions {
            ca_bundle,
            idle_connections: 1,
            connect_timeout: Duration::from_secs(5),
            is_direct: is_loopback(&server),
        };
        let transport =
            http_transport(&options, BodyBudget::new(BodyBudget::PROCESS)).map_err(|message| anyhow!(message))?;
        let client = Client::new(server, key, request_timeout, transport, Arc::new(Timestamp::now), Arc::new(NoMeter));
        Ok(Remote { client, connection, rate })
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
