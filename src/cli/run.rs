//! `run`: the operator.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::ArgAction;
use kube::Client;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::cluster;
use crate::controller::{self, Election, Key, LeaseTiming, Options, Seams, SecretLabel};
use crate::plan::ServerLimits;
use crate::telemetry::{self, Health, LogFormat, Metrics, build};

/// The options of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The connection for schedules without `connectionRef` in a namespace that has no connection named
    /// `default`.
    #[arg(long, env = "WSO_DEFAULT_CONNECTION", value_name = "NAMESPACE/NAME", value_parser = key)]
    default_connection: Option<Key>,
    /// Watch only this namespace. Can be repeated; in the environment variable, separate namespaces with
    /// commas. Default: all namespaces.
    #[arg(long = "watch-namespace", env = "WSO_WATCH_NAMESPACE", value_name = "NAMESPACE", value_delimiter = ',')]
    watch_namespaces: Vec<String>,
    /// The address for /metrics, /healthz and /readyz. `[::]:PORT` is IPv6 and IPv4.
    #[arg(long, env = "WSO_LISTEN", value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Use a Lease for leader election, so that only one of several replicas is active.
    #[arg(long, env = "WSO_LEADER_ELECT")]
    leader_elect: bool,
    /// The namespace of the Lease. Default: the namespace that the operator runs in.
    #[arg(long, env = "WSO_LEADER_ELECTION_NAMESPACE", value_name = "NAMESPACE")]
    leader_election_namespace: Option<String>,
    /// The name of the Lease. Operators with the same Lease are replicas of each other.
    #[arg(long, env = "WSO_LEADER_ELECTION_NAME", value_name = "NAME", default_value = "workflow-schedule-operator")]
    leader_election_name: String,
    /// How long a replica must not have renewed the Lease before another one takes it. Longer than the renew deadline
    /// and the 10 s of the longest call. The same for all replicas.
    #[arg(long, env = "WSO_LEASE_DURATION", value_name = "DURATION", default_value = "45s", value_parser = duration)]
    lease_duration: Duration,
    /// How long after its last renewal the leader still changes something.
    #[arg(long, env = "WSO_RENEW_DEADLINE", value_name = "DURATION", default_value = "25s", value_parser = duration)]
    renew_deadline: Duration,
    /// How often the leader renews the Lease, and how often other replicas look at it.
    #[arg(long, env = "WSO_RETRY_PERIOD", value_name = "DURATION", default_value = "5s", value_parser = duration)]
    retry_period: Duration,
    /// Allow http without TLS to all hosts. API keys are then sent unencrypted.
    #[arg(long, env = "WSO_ALLOW_INSECURE_HTTP")]
    allow_insecure_http: bool,
    /// Allow connections only to this host. Can be repeated; in the environment variable, separate hosts with
    /// commas. Default: all hosts.
    #[arg(long, env = "WSO_ALLOWED_SERVER_HOSTS", value_name = "HOST", value_delimiter = ',')]
    allowed_server_hosts: Vec<String>,
    /// Use only Secrets with this label. Default: all Secrets that a resource names.
    #[arg(long, env = "WSO_SECRET_LABEL", value_name = "KEY=VALUE", value_parser = secret_label)]
    secret_label: Option<SecretLabel>,
    /// Export metrics of single schedules: their next and last run, and whether they are ready, drifted and paused.
    #[arg(long, env = "WSO_SCHEDULE_METRICS", default_value_t = true, action = ArgAction::Set)]
    schedule_metrics: bool,
    /// The format of the logs.
    #[arg(long, env = "WSO_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: LogFormat,
}

fn key(text: &str) -> Result<Key, String> {
    Key::parse(text).ok_or_else(|| "must be NAMESPACE/NAME".to_owned())
}

fn secret_label(text: &str) -> Result<SecretLabel, String> {
    SecretLabel::parse(text).ok_or_else(|| "must be KEY=VALUE".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let span = crate::timing::duration::parse(text).map_err(|error| error.to_string())?;
    span.try_into().map_err(|_| "must not be negative".to_owned())
}

/// Runs the operator until SIGTERM or SIGINT.
pub(super) fn run(args: Args) -> ExitCode {
    telemetry::init(args.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the async runtime cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(operate(args));
    // A DNS lookup that hangs must not stop the process from ending.
    runtime.shutdown_background();
    match ended {
        Ok(()) => {
            tracing::info!("operator stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "operator failed");
            ExitCode::FAILURE
        }
    }
}

async fn operate(args: Args) -> anyhow::Result<()> {
    cluster::install_tls();
    let config = cluster::config_of_operator().await?;
    let election = election(&args, &config.default_namespace)?;
    let client = Client::try_from(config).context("the client of the cluster cannot be created")?;
    let (metrics, health) = (Arc::new(Metrics::new(args.schedule_metrics)), Arc::new(Health::default()));
    let listener = listen(args.listen).await.with_context(|| format!("--listen {} cannot be used", args.listen))?;
    tracing::info!(listen = %listener.local_addr()?, version = build::VERSION, commit = build::COMMIT, "operator started");
    let options = Options {
        default_connection: args.default_connection,
        watch_namespaces: args.watch_namespaces,
        limits: ServerLimits {
            allow_insecure_http: args.allow_insecure_http,
            allowed_hosts: args.allowed_server_hosts.iter().map(|host| host.to_lowercase()).collect(),
        },
        secret_label: args.secret_label,
        election,
        instance: instance(),
    };
    let served = telemetry::serve(listener, metrics.clone(), health.clone(), std::future::pending());
    tokio::select! {
        ended = controller::run(client, Seams::real(), options, metrics, health, stop_signal()) => Ok(ended?),
        () = served => Ok(()),
    }
}

/// `[::]` accepts IPv4 too. A node whose kernel has no IPv6 knows only `0.0.0.0`.
async fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error)
            if error.raw_os_error() == Some(NO_ADDRESS_FAMILY) && address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) =>
        {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, address.port())).await
        }
        bound => bound,
    }
}

/// EAFNOSUPPORT of Linux: `std` has no name for it.
const NO_ADDRESS_FAMILY: i32 = 97;

fn election(args: &Args, own_namespace: &str) -> anyhow::Result<Option<Election>> {
    if !args.leader_elect {
        return Ok(None);
    }
    let namespace = args.leader_election_namespace.clone().unwrap_or_else(|| own_namespace.to_owned());
    if namespace.is_empty() {
        bail!("--leader-elect needs --leader-election-namespace if the operator does not run in a cluster");
    }
    let timing = LeaseTiming::new(args.lease_duration, args.renew_deadline, args.retry_period)
        .map_err(|why| anyhow!("--lease-duration, --renew-deadline, --retry-period: {why}"))?;
    Ok(Some(Election { namespace, name: args.leader_election_name.clone(), timing }))
}

/// A unique name of this process: a restarted container must not treat the lease of its predecessor as its own.
fn instance() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "workflow-schedule-operator".into());
    format!("{host}-{:x}", fastrand::u32(..))
}

async fn stop_signal() {
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        // Without handlers the signals end the process at once, which is safe at any time.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("operator stopping");
}
