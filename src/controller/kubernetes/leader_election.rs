//! One writer: leadership by a `Lease`.
//!
//! Updates carry the `resourceVersion`, so that a slow candidate never erases a fresh holder. Expiry is
//! compared by local monotonic time alone: another machine's clock proves nothing. No call that changes
//! the remote starts after the renew deadline; as calls end within 10 s, the last one has ended when
//! the lease can first pass to another: see [`LeaseTiming`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use tokio::time::Instant;

use crate::controller::kubernetes::lease_timing::LeaseTiming;
use crate::controller::state::seams::Seams;
use crate::telemetry::Metrics;

/// Whether this process may write.
#[derive(Debug)]
pub struct Leadership {
    /// There is no leader election: no other process can be the leader.
    alone: bool,
    leads: AtomicBool,
    renewed: Mutex<Option<Instant>>,
    renew_deadline: Duration,
}

impl Leadership {
    /// Without an election this process always leads.
    #[must_use]
    pub fn new(election: Option<&LeaseTiming>) -> Self {
        let alone = election.is_none();
        let renew_deadline = election.map_or(Duration::MAX, LeaseTiming::renew_deadline);
        Self { alone, leads: AtomicBool::new(alone), renewed: Mutex::new(None), renew_deadline }
    }

    /// Whether a call that changes something may start now.
    #[must_use]
    pub fn may_write(&self) -> bool {
        if self.alone {
            return true;
        }
        let renewed = *self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        self.leads.load(Ordering::Acquire) && renewed.is_some_and(|at| at.elapsed() < self.renew_deadline)
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
    timing: LeaseTiming,
    seams: Seams,
    leadership: Arc<Leadership>,
    metrics: Arc<Metrics>,
}

/// What became of a renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Renewal {
    /// The lease is renewed.
    Renewed,
    /// Another writer has changed the lease at the same time: the next read shows who holds it.
    Overtaken,
    /// Another candidate holds it, or it is gone.
    Lost,
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
        timing: LeaseTiming,
        seams: Seams,
        leadership: Arc<Leadership>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { api, name, identity, timing, seams, leadership, metrics }
    }

    /// Waits until the lease is held.
    pub async fn acquire(&self) {
        let mut seen: Option<Change> = None;
        loop {
            match self.try_acquire(&mut seen).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    self.metrics.write_failed("lease", "failed");
                    tracing::warn!(%error, "lease not acquired");
                }
            }
            tokio::time::sleep(self.timing.retry_period()).await;
        }
    }

    /// Renews the lease until it is lost.
    pub async fn keep(&self) {
        loop {
            tokio::time::sleep(self.timing.retry_period()).await;
            let asked = Instant::now();
            match tokio::time::timeout(self.timing.retry_period(), self.renew()).await {
                Ok(Ok(Renewal::Renewed)) => self.leadership.renewed_at(asked),
                Ok(Ok(Renewal::Overtaken)) => tracing::warn!(error = "another writer was faster", "lease not renewed"),
                Ok(Ok(Renewal::Lost)) => break,
                Ok(Err(error)) => self.not_renewed(&error.to_string()),
                Err(_) => self.not_renewed("no answer within the time limit"),
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
            if let Err(error) = self.api.replace(&self.name, &PostParams::default(), &lease).await {
                self.metrics.write_failed("lease", "failed");
                tracing::warn!(%error, "lease not released: others wait until it expires");
            }
        }
    }

    fn not_renewed(&self, error: &str) {
        self.metrics.write_failed("lease", "failed");
        tracing::warn!(error, "lease not renewed");
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
        if !self.holds(&lease) && !self.has_ended(&lease, seen) {
            return Ok(false);
        }
        self.settled(self.write(lease).await, asked)
    }

    /// Whether the lease has no holder, or its holder has not renewed it for its duration, by the local clock.
    fn has_ended(&self, lease: &Lease, seen: &mut Option<Change>) -> bool {
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
        since.elapsed() >= seconds.map_or(self.timing.duration(), Duration::from_secs).max(Duration::from_secs(1))
    }

    async fn renew(&self) -> Result<Renewal, kube::Error> {
        let asked = Instant::now();
        match self.api.get_opt(&self.name).await? {
            Some(lease) if self.holds(&lease) => {
                let is_renewed = self.settled(self.write(lease).await, asked)?;
                Ok(if is_renewed { Renewal::Renewed } else { Renewal::Overtaken })
            }
            Some(_) | None => Ok(Renewal::Lost),
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
            lease_duration_seconds: i32::try_from(self.timing.duration().as_secs()).ok(),
            acquire_time: if is_ours { old.acquire_time } else { Some(now.clone()) },
            renew_time: Some(now),
            lease_transitions: Some(old.lease_transitions.unwrap_or(0) + i32::from(!is_ours)),
            ..LeaseSpec::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http::{Method, Request, Response};
    use kube::Client;
    use kube::client::Body;
    use serde_json::json;

    use super::*;
    use crate::controller::state::seams::SystemClock;

    /// An API server that shows a lease of this holder, and answers writes with these codes.
    fn candidate(holder: &'static str, codes: impl Into<VecDeque<u16>>) -> Candidate {
        let codes = Arc::new(Mutex::new(codes.into()));
        let service = tower::service_fn(move |request: Request<Body>| {
            let code = match *request.method() {
                Method::GET => 200,
                _ => codes.lock().unwrap().pop_front().unwrap_or(200),
            };
            let body = if code == 200 {
                json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                        "metadata": { "name": "operator", "resourceVersion": "1" }, "spec": { "holderIdentity": holder } })
            } else {
                json!({ "kind": "Status", "status": "Failure", "code": code, "reason": "Conflict", "message": "" })
            };
            let answer = Response::builder().status(code).body(Body::from(body.to_string().into_bytes()));
            async move { Ok::<_, std::convert::Infallible>(answer.unwrap()) }
        });
        let api = Api::namespaced(Client::new(service, "default"), "default");
        let seams = Seams::new(Arc::new(SystemClock), Arc::new(|_| Err("none".into())), 0);
        let leadership = Arc::new(Leadership::new(Some(&LeaseTiming::default())));
        leadership.renewed_at(Instant::now());
        Candidate::new(api, "operator".into(), "me".into(), LeaseTiming::default(), seams, leadership, Arc::default())
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_by_another_does_not_end_the_leadership() {
        let candidate = candidate("me", [409, 200, 409, 409]);
        let kept = tokio::time::timeout(Duration::from_mins(1), candidate.keep()).await;
        assert!(kept.is_err(), "it leads on");
        assert!(candidate.leadership.may_write());
    }

    #[tokio::test(start_paused = true)]
    async fn another_holder_or_no_renewal_in_time_does() {
        candidate("other", []).keep().await;
        let begun = Instant::now();
        candidate("me", vec![409; 20]).keep().await;
        assert_eq!(begun.elapsed(), LeaseTiming::default().renew_deadline());
    }
}
