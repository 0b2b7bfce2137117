//! One writer: leadership by a `Lease`.
//!
//! Updates carry the `resourceVersion`, so that a slow candidate never erases a fresh holder. Expiry is
//! compared by local monotonic time alone: another machine's clock proves nothing. No call that changes
//! the remote starts after the renew deadline; as calls end within 10 s, the last one has ended when
//! the lease can first pass to another (25 + 10 < 45).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use tokio::time::Instant;

use crate::controller::state::seams::Seams;

/// How long the lease belongs to another holder after its last renewal.
const DURATION: Duration = Duration::from_secs(45);
/// How long a leader still writes after its own last renewal.
const RENEW_DEADLINE: Duration = Duration::from_secs(25);
/// How often it is renewed, and how often candidates read it.
const RETRY: Duration = Duration::from_secs(5);

/// Whether this process may write.
#[derive(Debug)]
pub struct Leadership {
    /// There is no leader election: no other process can be the leader.
    alone: bool,
    leads: AtomicBool,
    renewed: Mutex<Option<Instant>>,
}

impl Leadership {
    /// Without an election this process always leads.
    #[must_use]
    pub fn new(elected: bool) -> Self {
        Self { alone: !elected, leads: AtomicBool::new(!elected), renewed: Mutex::new(None) }
    }

    /// Whether a call that changes something may start now.
    #[must_use]
    pub fn may_write(&self) -> bool {
        if self.alone {
            return true;
        }
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        self.leads.load(Ordering::Acquire) && renewed.is_some_and(|at| at.elapsed() < RENEW_DEADLINE)
    }

    fn renewed_at(&self, at: Instant) {
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        self.leads.store(true, Ordering::Release);
    }

    fn lost(&self) {
        self.leads.store(false, Ordering::Release);
    }
}

/// A candidate for the lease.
pub struct Candidate {
    api: Api<Lease>,
    name: String,
    identity: String,
    seams: Seams,
    leadership: Arc<Leadership>,
}

/// The lease of another holder, and since when it has not changed.
struct Change {
    version: Option<String>,
    since: Instant,
}

impl Candidate {
    /// A candidate for the lease `name`; `identity` must be unique.
    #[must_use]
    pub const fn new(
        api: Api<Lease>,
        name: String,
        identity: String,
        seams: Seams,
        leadership: Arc<Leadership>,
    ) -> Self {
        Self { api, name, identity, seams, leadership }
    }

    /// Waits until the lease is held.
    pub async fn acquire(&self) {
        let mut seen: Option<Change> = None;
        loop {
            match self.try_acquire(&mut seen).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "lease not acquired"),
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Renews the lease until it is lost.
    pub async fn keep(&self) {
        loop {
            tokio::time::sleep(RETRY).await;
            let asked = Instant::now();
            match tokio::time::timeout(RETRY, self.renew()).await {
                Ok(Ok(true)) => self.leadership.renewed_at(asked),
                Ok(Ok(false)) => break,
                Ok(Err(error)) => tracing::warn!(%error, "lease not renewed"),
                Err(_) => tracing::warn!(error = "no answer within the time limit", "lease not renewed"),
            }
            if !self.leadership.may_write() {
                break;
            }
        }
        self.leadership.lost();
    }

    /// Releases the lease, so that another candidate need not wait until it expires.
    pub async fn release(&self) {
        self.leadership.lost();
        let Ok(Some(mut lease)) = self.api.get_opt(&self.name).await else { return };
        if self.holds(&lease) {
            let spec = lease.spec.get_or_insert_default();
            spec.holder_identity = None;
            spec.lease_duration_seconds = Some(1);
            // If this fails, the others wait for the lease to end.
            drop(self.api.replace(&self.name, &PostParams::default(), &lease).await);
        }
    }

    fn holds(&self, lease: &Lease) -> bool {
        lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_ref()) == Some(&self.identity)
    }

    async fn try_acquire(&self, seen: &mut Option<Change>) -> Result<bool, kube::Error> {
        let asked = Instant::now();
        let Some(lease) = self.api.get_opt(&self.name).await? else {
            let fresh = Lease {
                metadata: ObjectMeta { name: Some(self.name.clone()), ..ObjectMeta::default() },
                spec: Some(self.spec(None)),
            };
            return self.settled(self.api.create(&PostParams::default(), &fresh).await, asked);
        };
        if !self.holds(&lease) && !Self::has_ended(&lease, seen) {
            return Ok(false);
        }
        self.settled(self.write(lease).await, asked)
    }

    /// Whether the lease has no holder, or its holder has not renewed it for its duration, by the local clock.
    fn has_ended(lease: &Lease, seen: &mut Option<Change>) -> bool {
        let spec = lease.spec.as_ref();
        if spec.and_then(|spec| spec.holder_identity.as_deref()).is_none_or(str::is_empty) {
            return true;
        }
        let version = lease.metadata.resource_version.clone();
        let since = match seen {
            Some(seen) if seen.version == version => seen.since,
            Some(_) | None => {
                *seen = Some(Change { version, since: Instant::now() });
                return false;
            }
        };
        let seconds = spec.and_then(|spec| spec.lease_duration_seconds).and_then(|seconds| u64::try_from(seconds).ok());
        since.elapsed() >= seconds.map_or(DURATION, Duration::from_secs).max(Duration::from_secs(1))
    }

    async fn renew(&self) -> Result<bool, kube::Error> {
        let asked = Instant::now();
        match self.api.get_opt(&self.name).await? {
            Some(lease) if self.holds(&lease) => self.settled(self.write(lease).await, asked),
            Some(_) | None => Ok(false),
        }
    }

    async fn write(&self, mut lease: Lease) -> Result<Lease, kube::Error> {
        lease.spec = Some(self.spec(lease.spec.take()));
        // A replace carries the resourceVersion: whoever was quicker wins.
        self.api.replace(&self.name, &PostParams::default(), &lease).await
    }

    fn settled(&self, written: Result<Lease, kube::Error>, asked: Instant) -> Result<bool, kube::Error> {
        match written {
            Ok(_) => {
                self.leadership.renewed_at(asked);
                Ok(true)
            }
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn spec(&self, old: Option<LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(self.seams.now());
        let old = old.unwrap_or_default();
        let is_ours = old.holder_identity.as_ref() == Some(&self.identity);
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: if is_ours { old.acquire_time } else { Some(now.clone()) },
            renew_time: Some(now),
            lease_transitions: Some(old.lease_transitions.unwrap_or(0) + i32::from(!is_ours)),
            ..LeaseSpec::default()
        }
    }
}
