//! A running connection: what its own task, and the schedules that live on it, share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::api::Reason;
use crate::controller::state::concurrency::{Concurrency, Place};
use crate::controller::state::connection_state::{ConnectionState, Problem, Readiness, unauthorized};
use crate::controller::state::deletion_permits::DeletionPermits;
use crate::controller::state::gone_ids::GoneIds;
use crate::controller::state::key::Key;
use crate::controller::state::list_requests::ListRequests;
use crate::controller::state::rate_limiter::RateLimiter;
use crate::controller::state::seams::Seams;
use crate::controller::state::workqueue::{Priority, RankedPriority};
use crate::plan::{ConnectionSettings, DeletionLimit};
use crate::remote::{Client, RemoteError};

/// A running connection. Each lock is held for a moment, never across an `await`.
pub struct ConnectionHandle {
    /// The connection.
    pub key: Key,
    /// The uid of the connection.
    pub uid: Option<String>,
    /// Wakes the connection's own task.
    pub wake: Notify,
    /// Which call gets the next token.
    pub rate_limiter: RateLimiter,
    /// Held during a request for a deletion, because its count is stored before the deletion.
    pub deletion_turn: tokio::sync::Mutex<()>,
    /// Only one task adds the finalizer to the connection.
    pub finalizer_turn: tokio::sync::Mutex<()>,
    state: Mutex<ConnectionState>,
    deletions: Mutex<DeletionPermits>,
    list_requests: Mutex<ListRequests>,
    /// Wakes the task that answers them.
    pub list_requested: Notify,
    gone: Mutex<GoneIds>,
    remote: Mutex<RemoteFacts>,
    polled_at: Mutex<Option<Timestamp>>,
    concurrency: Concurrency,
}

/// What was found out about the remote, and the plans of all schedules depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemoteFacts {
    /// Whether a PATCH keeps a pause, once a reconcile has observed it.
    pub patch_keeps_pause: Option<bool>,
    /// Since when too many schedules are missing.
    pub mass_disappearance_since: Option<Timestamp>,
    /// Since when no change of the remote can have been overlooked.
    pub in_reach_since: Option<Timestamp>,
    /// Whether a LIST may prove that a schedule does not exist.
    pub list_trust: ListTrust,
}

/// Whether a LIST may stand in for the GETs of many creations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListTrust {
    /// It does not contain everything: its entries are partial, or a GET found a schedule that it had not shown.
    #[default]
    Never,
    /// From this time on, since the start of the process: what an earlier process did shows by then.
    From(Duration),
}

impl ListTrust {
    /// Whether a LIST that begins now may be believed.
    #[must_use]
    pub fn is_given(self, now: Duration) -> bool {
        match self {
            Self::Never => false,
            Self::From(at) => now >= at,
        }
    }
}

/// Why a call was not made, or how it failed.
#[derive(Debug)]
pub enum CallError {
    /// The remote's answer, or its absence.
    Remote(RemoteError),
    /// There is no key.
    NoClient,
    /// The reason for the call is not true any more: it was not sent.
    Superseded,
}

impl ConnectionHandle {
    /// A connection of which nothing is known but what its status remembers.
    #[must_use]
    pub fn new(key: Key, uid: Option<String>, deletions: DeletionLimit, remote: RemoteFacts, now: Duration) -> Self {
        Self {
            key,
            uid,
            wake: Notify::new(),
            rate_limiter: RateLimiter::new(now),
            deletion_turn: tokio::sync::Mutex::default(),
            finalizer_turn: tokio::sync::Mutex::default(),
            state: Mutex::default(),
            deletions: Mutex::new(DeletionPermits::new(deletions)),
            list_requests: Mutex::default(),
            list_requested: Notify::new(),
            gone: Mutex::default(),
            remote: Mutex::new(remote),
            polled_at: Mutex::default(),
            concurrency: Concurrency::default(),
        }
    }

    /// Whether it can be used, and by which client.
    pub fn state(&self) -> MutexGuard<'_, ConnectionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which deletions may go.
    pub fn deletions(&self) -> MutexGuard<'_, DeletionPermits> {
        self.deletions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reconciles that wait for a LIST.
    pub(crate) fn list_requests(&self) -> MutexGuard<'_, ListRequests> {
        self.list_requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ids of resources that are gone.
    pub(crate) fn gone(&self) -> MutexGuard<'_, GoneIds> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was found out about the remote.
    #[must_use]
    pub fn remote_facts(&self) -> RemoteFacts {
        *self.remote()
    }

    /// Stores whether a PATCH keeps a pause.
    pub fn found_patch_keeps_pause(&self, keeps: bool) {
        let before = self.remote().patch_keeps_pause.replace(keeps);
        if before != Some(keeps) {
            self.wake.notify_one();
        }
    }

    /// A poll has found since when too many schedules are missing, or that they are not.
    pub fn found_mass_disappearance(&self, since: Option<Timestamp>) {
        self.remote().mass_disappearance_since = since;
    }

    /// Since when no change of the remote can have been overlooked.
    pub fn found_in_reach(&self, since: Timestamp) {
        self.remote().in_reach_since = Some(since);
    }

    /// From when on a LIST may prove that a schedule does not exist.
    pub fn trust_lists(&self, trust: ListTrust) {
        let mut remote = self.remote();
        // What was found out stays so for as long as the process runs.
        if remote.list_trust != ListTrust::Never {
            remote.list_trust = trust;
        }
    }

    /// When the remote was last listed with success.
    pub fn polled_at(&self) -> Option<Timestamp> {
        *self.polled_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The remote was listed with success.
    pub fn polled(&self, now: Timestamp) {
        *self.polled_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    fn remote(&self) -> MutexGuard<'_, RemoteFacts> {
        self.remote.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a client with a new key or new settings, whose key must be verified.
    pub fn set_candidate(&self, client: Client, key_version: String, settings: &ConnectionSettings, now: Duration) {
        self.state().set_candidate(client, key_version, settings.clone());
        self.rate_limiter.resize(settings.rate, settings.burst, now);
    }

    /// Whether work may start. Background work starts with a token; prompt work waits for its own.
    pub fn may_start(&self, priority: Priority, now: Duration) -> bool {
        match self.state().readiness() {
            Readiness::Unknown(_) => return false,
            Readiness::NotReady(_) => return true,
            Readiness::Ready => {}
        }
        priority != Priority::Background || self.rate_limiter.token_in(now).is_none()
    }

    /// Makes a call: one token, and a place among the calls in flight. Waiting for them may take minutes: a call
    /// that changes the remote asks `still` at the last moment whether it is still to be sent.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call<T>(
        &self,
        seams: &Seams,
        urgency: impl Into<RankedPriority>,
        still: StillValid<'_>,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Result<T, CallError> {
        let urgency = urgency.into();
        let _background = match urgency.priority {
            Priority::Background => Some(self.concurrency.place(Place::Background).await),
            Priority::Urgent | Priority::Trigger | Priority::Interactive => None,
        };
        let result = self.call_by(seams, urgency, still, |state| state.client().cloned(), make).await;
        self.learn_of_key(&result);
        result
    }

    /// Makes a call after a poll, about runs or workflows, with low priority. One that is answered with 401 says nothing about the key: the other
    /// calls do.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call_follow_up<T>(
        &self,
        seams: &Seams,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Result<T, CallError> {
        let _background = self.concurrency.place(Place::Background).await;
        self.call_by(seams, Priority::Background.into(), None, |state| state.client().cloned(), make).await
    }

    /// Makes a call with the client whose key is to be verified.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call_as_candidate<T>(
        &self,
        seams: &Seams,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Result<T, CallError> {
        let client = |state: &ConnectionState| state.client_to_check().cloned();
        let result = self.call_by(seams, Priority::Interactive.into(), None, client, make).await;
        self.learn_of_key(&result);
        result
    }

    /// A call that is answered with 401 makes the key one to be checked.
    fn learn_of_key<T>(&self, result: &Result<T, CallError>) {
        let is_refused = matches!(result, Err(CallError::Remote(RemoteError::Unauthorized)));
        if is_refused && self.state().unauthorized() {
            self.wake.notify_one();
        }
    }

    async fn call_by<T>(
        &self,
        seams: &Seams,
        urgency: RankedPriority,
        still: StillValid<'_>,
        client: impl Fn(&ConnectionState) -> Option<Client>,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Result<T, CallError> {
        self.rate_limiter.acquire(seams, urgency).await;
        let _in_flight = self.concurrency.place(Place::Call).await;
        let client = client(&self.state()).ok_or(CallError::NoClient)?;
        if still.is_some_and(|still| !still()) {
            return Err(CallError::Superseded);
        }
        let begun = seams.elapsed();
        let result = make(client.clone()).await;
        let now = seams.elapsed();
        match &result {
            Ok(_) => self.concurrency.answered(now.saturating_sub(begun), client.http_version()),
            Err(error) => {
                self.concurrency.failed(error);
                if let RemoteError::RateLimited { retry_after } = error {
                    self.rate_limiter.slow_down(*retry_after, now);
                }
            }
        }
        result.map_err(CallError::Remote)
    }
}

impl CallError {
    /// Why a call of the connection itself failed, as its condition says it.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::NoClient => (Reason::SecretNotFound, "there is no API key".into()),
            Self::Superseded => (Reason::ConnectionNotReady, "another replica leads".into()),
            Self::Remote(error) => {
                let reason = match error {
                    RemoteError::Unauthorized => return unauthorized(),
                    RemoteError::Forbidden(_) => Reason::Forbidden,
                    RemoteError::RateLimited { .. } => Reason::RateLimited,
                    RemoteError::Unavailable { .. } | RemoteError::Transport(_) => Reason::RemoteUnavailable,
                    RemoteError::NotFound(_)
                    | RemoteError::Conflict(_)
                    | RemoteError::Ambiguous(_)
                    | RemoteError::AlreadyExists { .. }
                    | RemoteError::Refused { .. }
                    | RemoteError::EncodingRequired
                    | RemoteError::Malformed { .. } => Reason::RemoteError,
                };
                (reason, error.to_string())
            }
        }
    }
}

/// Whether a call is still to be sent.
pub type StillValid<'a> = Option<&'a (dyn Fn() -> bool + Sync)>;

/// A handle that can be shared.
pub type SharedConnection = Arc<ConnectionHandle>;
