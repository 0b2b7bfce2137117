//! Settings of a connection from its spec and status: its address, the allowed namespaces, and whether it may
//! be used.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::{Host, Url};

use crate::api::{
    self, AllowedFrom, AllowedNamespaces, Identity, RateLimit, WorkflowConnection, WorkflowConnectionSpec,
};
use crate::plan::condition::to_second;
use crate::plan::decision::inputs::{ConnectionFacts, KillSwitch};
use crate::remote::wire;
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
    /// PEM certificates to trust, in addition to those of the system.
    pub ca_bundle: Option<String>,
    /// The time between two polls.
    pub poll_interval: Duration,
    /// The time limit of a call.
    pub request_timeout: Duration,
    /// Calls per second.
    pub rate: f64,
    /// Calls that may be made at once after a time without calls.
    pub burst: f64,
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
const LONGEST_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a connection's settings.
///
/// # Errors
/// The field that cannot be, and why.
pub fn settings(spec: &WorkflowConnectionSpec, limits: &ServerLimits) -> Result<ConnectionSettings, String> {
    let RateLimit { requests_per_second, burst } = spec.rate_limit.clone().unwrap_or_default();
    let count = |value: Option<i64>, default: i32| value.and_then(|value| i32::try_from(value).ok()).unwrap_or(default);
    let poll_interval = span("pollInterval", spec.poll_interval.as_deref(), 60)?;
    if poll_interval < SHORTEST_POLL {
        return Err("pollInterval: at least 10s".into());
    }
    // A call must end before the lease can pass to another replica: see the lease's numbers.
    let request_timeout = span("requestTimeout", spec.request_timeout.as_deref(), 10)?;
    if request_timeout < SHORTEST_TIMEOUT || request_timeout > LONGEST_TIMEOUT {
        return Err("requestTimeout: between 100ms and 10s".into());
    }
    Ok(ConnectionSettings {
        server: server(spec.server_url.as_deref(), limits)?,
        ca_bundle: spec.ca_bundle.clone(),
        poll_interval,
        request_timeout,
        rate: f64::from(count(requests_per_second, 8)).max(1.0),
        burst: f64::from(count(burst, 16)).max(1.0),
    })
}

fn span(field: &str, text: Option<&str>, default: u64) -> Result<Duration, String> {
    let Some(text) = text else { return Ok(Duration::from_secs(default)) };
    let parsed = duration::parse(text).map_err(|error| format!("{field}: {error}"))?;
    Duration::try_from(parsed).map_err(|_| format!("{field}: must not be negative"))
}

fn server(text: Option<&str>, limits: &ServerLimits) -> Result<Url, String> {
    let text = text.unwrap_or(DEFAULT_SERVER);
    let url = Url::parse(text).map_err(|error| format!("serverUrl: {error}"))?;
    let host = url.host().ok_or("serverUrl: has no host")?;
    let is_loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback || limits.allow_insecure_http => {}
        "http" => {
            return Err("serverUrl: plain http would send the key in the clear; use https, or start the operator with --allow-insecure-http".into());
        }
        other => return Err(format!("serverUrl: {other} is not http or https")),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("serverUrl: must hold no user, query or fragment".into());
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

/// What schedules are told of their connection. The parts that only the running operator knows are
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
    }
}

/// The value of an annotation of the operator.
#[must_use]
pub fn connection_annotation<'a>(connection: &'a WorkflowConnection, name: &str) -> Option<&'a str> {
    connection.metadata.annotations.as_ref()?.get(name).map(String::as_str)
}

/// Whether the API key belongs to the same workspace as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityVerdict {
    /// It does; this identity is stored.
    Known(Option<Identity>),
    /// It does not, and a person has accepted that: it is stored before the first call with this key.
    Accepted(Identity),
    /// It does not: nothing is written until a person accepts the new identity.
    Changed(String),
}

/// Compares the identity of the key with the stored one. A wrong key must not create all schedules again in
/// another workspace. `known` is the identity that this process has found before, if it is not stored yet.
#[must_use]
pub fn identity(
    connection: &WorkflowConnection,
    known: Option<&Identity>,
    seen: Option<&wire::Identity>,
) -> IdentityVerdict {
    let status = connection.status.as_ref();
    let pinned = status.and_then(|status| status.identity.as_ref()).or(known);
    let is_told = |seen: &&wire::Identity| seen.principal.is_some() || seen.workspace.is_some();
    let Some(seen) = seen.filter(is_told) else { return IdentityVerdict::Known(pinned.cloned()) };
    let seen = Identity {
        principal: seen.principal.clone(),
        workspace: seen.workspace.clone(),
        organization: seen.organization.clone(),
    };
    let accepted = connection_annotation(connection, api::ACCEPT_IDENTITY);
    let is_accepted =
        accepted.is_some() && accepted != status.and_then(|status| status.accepted_identity_at.as_deref());
    match pinned {
        Some(pinned) if !is_same_workspace(pinned, &seen) && !is_accepted => IdentityVerdict::Changed(format!(
            "the API key now opens {}, but this connection's schedules live in {}: nothing is written. Put the right key back, or, if the move is meant: kubectl annotate --field-manager=manual workflowconnection -n {} {} --overwrite workflows.mistral.ai/accept-identity=\"$(date -u +%FT%TZ)\"",
            place(&seen),
            place(pinned),
            connection.metadata.namespace.as_deref().unwrap_or_default(),
            connection.metadata.name.as_deref().unwrap_or_default(),
        )),
        Some(pinned) if !is_same_workspace(pinned, &seen) => IdentityVerdict::Accepted(seen),
        Some(_) | None => IdentityVerdict::Known(Some(seen)),
    }
}

/// A rotated key may belong to another user of the same workspace. Fields that the server does not return are
/// not compared.
fn is_same_workspace(pinned: &Identity, seen: &Identity) -> bool {
    let differs = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
    if differs(&pinned.workspace, &seen.workspace) || differs(&pinned.organization, &seen.organization) {
        return false;
    }
    let is_told = pinned.workspace.is_some() && seen.workspace.is_some();
    is_told || !differs(&pinned.principal, &seen.principal)
}

fn place(identity: &Identity) -> String {
    match (&identity.workspace, &identity.organization, &identity.principal) {
        (Some(workspace), _, _) => format!("workspace {workspace}"),
        (None, Some(organization), Some(principal)) => format!("{principal} of organization {organization}"),
        (None, Some(organization), None) => format!("organization {organization}"),
        (None, None, Some(principal)) => principal.clone(),
        (None, None, None) => "an unknown workspace".into(),
    }
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

/// Decides on the prefix from the ids with it that no resource of this cluster owns.
#[must_use]
pub fn prefix(connection: &WorkflowConnection, foreign: usize, example: Option<&str>) -> PrefixVerdict {
    let prefix = &connection.spec.schedule_id_prefix;
    let claimed = connection.status.as_ref().and_then(|status| status.claimed_prefix.as_ref());
    if claimed == Some(prefix) {
        return PrefixVerdict::Claimed;
    }
    if foreign == 0 || connection_annotation(connection, api::CLAIM_PREFIX) == Some(prefix) {
        return PrefixVerdict::Claim;
    }
    PrefixVerdict::InUse(format!(
        "{foreign} schedule(s) under {prefix}. exist already ({}) that no resource of this cluster has made: another cluster may be writing them. If they are this cluster's (it was rebuilt): kubectl annotate --field-manager=manual workflowconnection -n {} {} --overwrite workflows.mistral.ai/claim-prefix={prefix}",
        example.unwrap_or("…"),
        connection.metadata.namespace.as_deref().unwrap_or_default(),
        connection.metadata.name.as_deref().unwrap_or_default(),
    ))
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

    fn connection(pinned: Identity) -> WorkflowConnection {
        let mut connection = WorkflowConnection::new("default", WorkflowConnectionSpec::default());
        connection.status = Some(api::WorkflowConnectionStatus { identity: Some(pinned), ..Default::default() });
        connection
    }

    fn key_of(principal: &str, workspace: Option<&str>) -> wire::Identity {
        wire::Identity { principal: Some(principal.into()), workspace: workspace.map(Into::into), organization: None }
    }

    fn pinned(principal: &str, workspace: Option<&str>) -> Identity {
        Identity { principal: Some(principal.into()), workspace: workspace.map(Into::into), organization: None }
    }

    #[test]
    fn another_workspace_behind_the_key_stops_everything() {
        let connection = connection(pinned("user/a", Some("production")));
        assert!(matches!(
            identity(&connection, None, Some(&key_of("user/a", Some("staging")))),
            IdentityVerdict::Changed(_)
        ));
        assert!(matches!(
            identity(&connection, None, Some(&key_of("user/b", Some("production")))),
            IdentityVerdict::Known(_)
        ));
        assert!(matches!(identity(&connection, None, None), IdentityVerdict::Known(Some(_))));
    }

    #[test]
    fn where_no_workspace_is_told_the_principal_counts() {
        let connection = connection(pinned("user/a", None));
        assert!(matches!(identity(&connection, None, Some(&key_of("user/b", None))), IdentityVerdict::Changed(_)));
    }
}
