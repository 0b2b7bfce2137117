//! Settings of a connection from its spec and status: its address, the allowed namespaces, and whether it may
//! be used. Also decides on its prefix.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::{Host, Url};

use crate::api::{
    self, AllowedFrom, AllowedNamespaces, RateLimit, RunTracking, Tracking, WorkflowChecks, WorkflowConnection,
    WorkflowConnectionSpec,
};
use crate::plan::condition::to_second;
use crate::plan::decision::inputs::{ConnectionFacts, KillSwitch, Lookup, RunFacts};
use crate::plan::limits::annotation_request::annotation_value;
use crate::remote::CaBundle;
use crate::timing::duration;

/// The vendor's own address.
pub(crate) const DEFAULT_SERVER: &str = "https://api.mistral.ai";

/// The servers that the command line of the operator allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerLimits {
    /// http without TLS to all hosts, not only to loopback.
    pub allow_insecure_http: bool,
    /// The allowed hosts; empty means all.
    pub allowed_hosts: Vec<String>,
}

/// The settings of a connection, with defaults.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionSettings {
    /// The address.
    pub server: Url,
    /// Certificates to trust, in addition to those of the system.
    pub ca_bundle: Option<CaBundle>,
    /// The time between two polls.
    pub poll_interval: Duration,
    /// The time limit of a call.
    pub request_timeout: Duration,
    /// Calls per second.
    pub rate: f64,
    /// Calls that may be made at once after a time without calls.
    pub burst: f64,
    /// How runs are followed.
    pub tracking: Tracking,
    /// Whether the registrations of the workflows are read.
    pub workflow_checks: WorkflowChecks,
}

impl ConnectionSettings {
    /// How many calls are this share of the rate between two polls; at least one.
    #[must_use]
    pub fn calls_a_poll(&self, share: f64) -> usize {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
        let calls = (self.rate * share * self.poll_interval.as_secs_f64()).max(1.0) as usize;
        calls
    }
}

const SHORTEST_POLL: Duration = Duration::from_secs(10);
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(100);
/// The longest time that a call of the remote may take.
pub const LONGEST_CALL: Duration = Duration::from_secs(10);

/// Reads a connection's settings.
///
/// # Errors
/// The invalid field, and why it is invalid.
pub fn settings(spec: &WorkflowConnectionSpec, limits: &ServerLimits) -> Result<ConnectionSettings, String> {
    let RateLimit { requests_per_second, burst } = spec.rate_limit.clone().unwrap_or_default();
    let count = |value: Option<i64>, default: i32| value.and_then(|value| i32::try_from(value).ok()).unwrap_or(default);
    let poll_interval = span("pollInterval", spec.poll_interval.as_deref(), 60)?;
    if poll_interval < SHORTEST_POLL {
        return Err("pollInterval: at least 10s".into());
    }
    // A call must end before the lease can pass to another replica: see the lease's numbers.
    let request_timeout = span("requestTimeout", spec.request_timeout.as_deref(), 10)?;
    if request_timeout < SHORTEST_TIMEOUT || request_timeout > LONGEST_CALL {
        return Err("requestTimeout: between 100ms and 10s".into());
    }
    let ca_bundle = spec.ca_bundle.as_deref().map(CaBundle::parse).transpose();
    let ca_bundle = ca_bundle.map_err(|error| format!("caBundle: {error}"))?;
    Ok(ConnectionSettings {
        server: server(spec.server_url.as_deref(), limits)?,
        ca_bundle,
        poll_interval,
        request_timeout,
        rate: f64::from(count(requests_per_second, 8)).max(1.0),
        burst: f64::from(count(burst, 16)).max(1.0),
        tracking: runs(spec)?.tracking,
        workflow_checks: spec.workflow_checks.unwrap_or_default(),
    })
}

/// The default of `runs.startWithin`.
const START_WITHIN: SignedDuration = SignedDuration::from_mins(5);

fn runs(spec: &WorkflowConnectionSpec) -> Result<RunFacts, String> {
    let RunTracking { tracking, start_within } = spec.runs.clone().unwrap_or_default();
    let start_within = start_within.as_deref().map_or(Ok(START_WITHIN), duration::parse);
    Ok(RunFacts {
        tracking: tracking.unwrap_or_default(),
        start_within: start_within.map_err(|error| format!("runs.startWithin: {error}"))?,
        in_reach_since: None,
    })
}

fn span(field: &str, text: Option<&str>, default: u64) -> Result<Duration, String> {
    let Some(text) = text else { return Ok(Duration::from_secs(default)) };
    let parsed = duration::parse(text).map_err(|error| format!("{field}: {error}"))?;
    Duration::try_from(parsed).map_err(|_| format!("{field}: must not be negative"))
}

/// Whether a URL is about this machine itself, so that no other machine must see what is sent.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn server(text: Option<&str>, limits: &ServerLimits) -> Result<Url, String> {
    let text = text.unwrap_or(DEFAULT_SERVER);
    let url = Url::parse(text).map_err(|error| format!("serverUrl: {error}"))?;
    let host = url.host().ok_or("serverUrl: has no host")?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) || limits.allow_insecure_http => {}
        "http" => {
            return Err("serverUrl: plain http would send the key in the clear; use https, or start the operator with --allow-insecure-http".into());
        }
        other => return Err(format!("serverUrl: {other} is not http or https")),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("serverUrl: must not contain a user, a query or a fragment".into());
    }
    let name = host.to_string();
    if !limits.allowed_hosts.is_empty() && !limits.allowed_hosts.contains(&name) {
        return Err(format!("serverUrl: host {name} is not among the operator's --allowed-server-hosts"));
    }
    Ok(url)
}

/// Whether schedules of `namespace` may use the connection.
#[must_use]
pub fn allows(connection: &WorkflowConnection, namespace: &str) -> bool {
    if connection.metadata.namespace.as_deref() == Some(namespace) {
        return true;
    }
    let AllowedNamespaces { from, names } = connection.spec.allowed_namespaces.clone().unwrap_or_default();
    match from.unwrap_or(AllowedFrom::Same) {
        AllowedFrom::Same => false,
        AllowedFrom::All => true,
        AllowedFrom::Names => names.iter().any(|name| name == namespace),
    }
}

/// The facts that a schedule needs about its connection. The parts that only the running operator knows are
/// the last two, and the prefixes of other connections, which are added where they matter.
#[must_use]
pub fn facts(connection: &WorkflowConnection, mass_disappearance: bool, deletion_held: bool) -> ConnectionFacts {
    let namespace = connection.metadata.namespace.clone().unwrap_or_default();
    let name = connection.metadata.name.clone().unwrap_or_default();
    let spec = &connection.spec;
    ConnectionFacts {
        key: format!("{namespace}/{name}"),
        namespace,
        prefix: spec.schedule_id_prefix.clone(),
        other_prefixes: Vec::new(),
        allowed_schedule_ids: spec.allowed_schedule_ids.clone(),
        management: spec.management,
        deletion_policy: spec.deletion_policy,
        kill_switch: (spec.paused == Some(true)).then(|| KillSwitch { note: spec.pause_note.clone() }),
        terminating: connection.metadata.deletion_timestamp.is_some(),
        patch_keeps_pause: connection.status.as_ref().and_then(|status| status.patch_keeps_pause),
        mass_disappearance,
        deletion_held,
        runs: run_facts(connection),
        lookup: Lookup::Get,
    }
}

/// How the runs of a connection are followed. Since when it is in reach only the running operator knows.
#[must_use]
pub fn run_facts(connection: &WorkflowConnection) -> RunFacts {
    let off = RunFacts { tracking: Tracking::Off, start_within: START_WITHIN, in_reach_since: None };
    // The connection says what is invalid.
    runs(&connection.spec).unwrap_or(off)
}

/// The value of an annotation of the operator.
#[must_use]
pub fn connection_annotation<'a>(connection: &'a WorkflowConnection, name: &str) -> Option<&'a str> {
    connection.metadata.annotations.as_ref()?.get(name).map(|text| annotation_value(text))
}

/// Whether the prefix belongs to this cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrefixVerdict {
    /// It belongs to this cluster, and this is stored.
    Claimed,
    /// It belongs to this cluster; this must be stored first.
    Claim,
    /// Ids with the prefix exist that no resource of this cluster owns: another cluster may use them.
    InUse(String),
}

/// The ids with the prefix of a connection that no resource owns through this connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct ForeignIds<'a> {
    /// How many.
    pub count: usize,
    /// One of them.
    pub example: Option<&'a str>,
    /// Another connection of this cluster through which they were made, if they all were.
    pub through: Option<&'a str>,
}

/// Decides on the prefix from the ids with it.
#[must_use]
pub fn prefix(connection: &WorkflowConnection, foreign: ForeignIds<'_>) -> PrefixVerdict {
    let prefix = &connection.spec.schedule_id_prefix;
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    if claimed == Some(prefix) {
        return PrefixVerdict::Claimed;
    }
    if foreign.count == 0 || connection_annotation(connection, api::CLAIM_PREFIX) == Some(prefix) {
        return PrefixVerdict::Claim;
    }
    let ForeignIds { count, example, through } = foreign;
    let example = example.unwrap_or("…");
    let claim = annotate_command(connection, &format!("claim-prefix={prefix}"));
    PrefixVerdict::InUse(match through {
        Some(other) => format!(
            "scheduleIdPrefix: WorkflowConnection {other} of this cluster has the prefix {prefix} too and has made {count} schedule(s) under it ({example}). Create this connection again with another prefix; or, if both connections open the same workspace and are to share the prefix: {claim}"
        ),
        None => format!(
            "{count} schedule(s) under {prefix}. exist already ({example}) that no resource of this cluster has made: another cluster may be writing them. If they are this cluster's (it was rebuilt): {claim}"
        ),
    })
}

/// The command that sets an annotation of the operator on a connection.
pub(super) fn annotate_command(connection: &WorkflowConnection, annotation: &str) -> String {
    format!(
        "kubectl annotate --field-manager=manual workflowconnection -n {} {} --overwrite workflows.mistral.ai/{annotation}",
        connection.metadata.namespace.as_deref().unwrap_or_default(),
        connection.metadata.name.as_deref().unwrap_or_default(),
    )
}

/// A time further in the future has no effect: a typing error must not approve everything for years.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// Whether an approval annotation covers something that was first seen at `since`.
#[must_use]
pub fn is_approved(connection: &WorkflowConnection, annotation: &str, since: Timestamp, now: Timestamp) -> bool {
    let at = connection_annotation(connection, annotation).and_then(|text| text.parse::<Timestamp>().ok());
    let since = to_second(since);
    at.is_some_and(|at| at >= since && at.duration_since(now) <= LONGEST_AHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str, limits: &ServerLimits) -> Result<Url, String> {
        server(Some(url), limits)
    }

    #[test]
    fn plain_http_is_for_loopback_alone_unless_allowed() {
        let strict = ServerLimits::default();
        assert!(checked("http://127.0.0.1:8090", &strict).is_ok());
        assert!(checked("http://localhost:8090", &strict).is_ok());
        assert!(checked("http://sandbox.demo:8090", &strict).is_err());
        assert!(checked("https://api.mistral.ai", &strict).is_ok());
        let open = ServerLimits { allow_insecure_http: true, ..strict };
        assert!(checked("http://sandbox.demo:8090", &open).is_ok());
    }

    #[test]
    fn only_allowed_hosts_are_spoken_to() {
        let limits = ServerLimits { allowed_hosts: vec!["api.mistral.ai".into()], ..ServerLimits::default() };
        assert!(checked("https://api.mistral.ai", &limits).is_ok());
        assert!(checked("https://api.mistral.ai.evil.example", &limits).is_err());
    }
}
