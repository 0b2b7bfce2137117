//! The handle of a connection: its client, its tokens, and whether it can be used.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

use crate::api::{Identity, Reason};
use crate::controller::state::key::Key;
use crate::controller::state::seams::Seams;
use crate::controller::state::workqueue::{Priority, RankedPriority};
use crate::plan::{ConnectionSettings, DeletionLimit};
use crate::remote::{Bucket, Client, RemoteError};

/// The maximum number of calls of a connection at the same time, and thus of sockets.
pub(crate) const CONCURRENCY: usize = 8;
/// The part of them for background work: a slow remote must not delay a pause.
const BACKGROUND_CONCURRENCY: usize = 6;
/// Background work gets one token in this many, even if there is much other work.
const BACKGROUND_SHARE: usize = 8;

/// The handle of a connection.
pub struct ConnectionHandle {
    /// Which.
    pub key: Key,
    /// The uid of the connection.
    pub uid: Option<String>,
    state: Mutex<ConnectionState>,
    permits: Semaphore,
    background_permits: Semaphore,
    /// Wakes the connection's own task.
    pub wake: Notify,
    /// Notifies that a caller got a token, or stopped waiting.
    turns_moved: Notify,
    /// Only one deletion is requested at a time, because the count is stored before it.
    pub deletion_turn: tokio::sync::Mutex<()>,
    /// Only one task adds the finalizer to the connection.
    pub finalizer_turn: tokio::sync::Mutex<()>,
}

/// What is known about a connection in addition to its resource.
pub struct ConnectionState {
    /// The client, after there was a key. It is kept after its Secret is deleted: in a namespace that is
    /// deleted the Secret may be deleted first, and the schedules must still be deleted.
    pub client: Option<Client>,
    /// The settings that the client, or the candidate, was made from.
    pub settings: Option<ConnectionSettings>,
    /// The version of the Secret that the key came from.
    key_version: Option<String>,
    /// A client whose key has no known identity yet.
    candidate: Option<Client>,
    /// Why it cannot be used; `None` if it can be used.
    pub trouble: Option<(Reason, String)>,
    /// The first check of the connection has ended, with or without success.
    pub settled: bool,
    /// Whose key it is.
    pub identity: Option<Identity>,
    /// The key of this version belongs to the right workspace.
    pub identity_is_checked: bool,
    /// Whether a PATCH keeps a pause, after a reconcile has seen it.
    pub patch_keeps_pause: Option<bool>,
    /// Deletions of the last ten minutes.
    pub deletions: DeletionLimit,
    /// Those that were already allowed.
    pub allowed_deletions: BTreeSet<Key>,
    /// Those that wait.
    pub held_deletions: BTreeSet<Key>,
    /// Schedules that vanished, and may be created again.
    pub approved_recreations: BTreeSet<Key>,
    /// Ids with the prefix that no resource claimed at the last poll.
    pub unclaimed: BTreeSet<String>,
    /// Entries of the last LIST were partial: GETs read the rest, and this is their position.
    pub sweep: Option<Key>,
    /// Since when too many are missing.
    pub mass_disappearance: Option<Timestamp>,
    /// The time of the last successful poll.
    pub polled_at: Option<Timestamp>,
    bucket: Bucket,
    waiting: BTreeSet<Place>,
    places: u64,
    prompt_in_a_row: usize,
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
    /// The handle of a new connection.
    #[must_use]
    pub fn new(
        key: Key,
        uid: Option<String>,
        deletions: DeletionLimit,
        mass_disappearance: Option<Timestamp>,
        now: Duration,
    ) -> Self {
        let state = ConnectionState {
            client: None,
            settings: None,
            key_version: None,
            candidate: None,
            trouble: Some((Reason::ConnectionNotReady, "the connection has not been looked at yet".into())),
            settled: false,
            identity: None,
            identity_is_checked: false,
            patch_keeps_pause: None,
            deletions,
            allowed_deletions: BTreeSet::new(),
            held_deletions: BTreeSet::new(),
            approved_recreations: BTreeSet::new(),
            unclaimed: BTreeSet::new(),
            sweep: None,
            mass_disappearance,
            polled_at: None,
            bucket: Bucket::new(8.0, 16.0, now),
            waiting: BTreeSet::new(),
            places: 0,
            prompt_in_a_row: 0,
        };
        Self {
            key,
            uid,
            state: Mutex::new(state),
            permits: Semaphore::new(CONCURRENCY),
            background_permits: Semaphore::new(BACKGROUND_CONCURRENCY),
            wake: Notify::new(),
            turns_moved: Notify::new(),
            deletion_turn: tokio::sync::Mutex::default(),
            finalizer_turn: tokio::sync::Mutex::default(),
        }
    }

    /// What is known. Never held across an `await`.
    pub fn state(&self) -> MutexGuard<'_, ConnectionState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether work may start: background work needs a token; other work waits for its token later.
    pub fn may_start(&self, priority: Priority, now: Duration) -> bool {
        let mut state = self.state();
        if !state.settled {
            return false;
        }
        state.trouble.is_some() || priority != Priority::Background || state.bucket.wait(0.0, now).is_none()
    }

    /// How long until there is a token.
    pub fn token_in(&self, now: Duration) -> Option<Duration> {
        self.state().bucket.wait(0.0, now)
    }

    /// Whether the remote has limited the rate of calls.
    pub fn is_slowed(&self, now: Duration) -> bool {
        self.state().bucket.is_slowed(now)
    }

    /// Makes a call: one token, one of the connection's places. Waiting for them may take minutes: a call
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
        let _share = match urgency.priority {
            Priority::Background => self.background_permits.acquire().await.ok(),
            Priority::Urgent | Priority::Trigger | Priority::Interactive => None,
        };
        self.call_by(seams, urgency, still, |state| state.client.clone(), make).await
    }

    /// The same by the client whose key is not known yet, if there is one.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call_as_candidate<T>(
        &self,
        seams: &Seams,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Result<T, CallError> {
        let client = |state: &ConnectionState| state.candidate.clone().or_else(|| state.client.clone());
        self.call_by(seams, Priority::Interactive.into(), None, client, make).await
    }

    async fn call_by<T>(
        &self,
        seams: &Seams,
        urgency: RankedPriority,
        still: StillValid<'_>,
        client: impl Fn(&ConnectionState) -> Option<Client>,
        make: impl AsyncFnOnce(Client) -> Result<T, RemoteError>,
    ) -> Result<T, CallError> {
        self.token(seams, urgency).await;
        // The semaphore is never closed; were it, a call without a place would still be right.
        let _place = self.permits.acquire().await.ok();
        let client = client(&self.state()).ok_or(CallError::NoClient)?;
        if still.is_some_and(|still| !still()) {
            return Err(CallError::Superseded);
        }
        let result = make(client).await;
        if let Err(error) = &result {
            self.learn_from(error, seams.elapsed());
        }
        result.map_err(CallError::Remote)
    }

    fn learn_from(&self, error: &RemoteError, now: Duration) {
        match error {
            RemoteError::RateLimited { retry_after } => self.state().bucket.slow_down(*retry_after, now),
            RemoteError::Unauthorized => {
                let mut state = self.state();
                state.identity_is_checked = false;
                if state.trouble.as_ref().is_none_or(|(before, _)| *before != Reason::Unauthorized) {
                    let message = "the API key was refused (401): put a good key into the Secret";
                    state.trouble = Some((Reason::Unauthorized, message.into()));
                    self.wake.notify_one();
                }
            }
            RemoteError::Forbidden(_)
            | RemoteError::NotFound(_)
            | RemoteError::Conflict(_)
            | RemoteError::Refused { .. }
            | RemoteError::EncodingRequired
            | RemoteError::Unavailable { .. }
            | RemoteError::Transport(_)
            | RemoteError::Malformed { .. } => {}
        }
    }

    /// Waits for a token. The most urgent caller gets the next one; among equals, the first.
    async fn token(&self, seams: &Seams, urgency: RankedPriority) {
        let turn = Turn::new(self, urgency);
        loop {
            let moved = self.turns_moved.notified();
            let wait = match self.state().take(turn.place, seams.elapsed()) {
                Ok(()) => break,
                Err(wait) => wait,
            };
            match wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => moved.await,
            }
        }
        drop(turn);
    }
}

impl ConnectionState {
    /// Whether the client, or the candidate, was made from this key and these settings.
    #[must_use]
    pub fn is_made_from(&self, version: &str, settings: &ConnectionSettings) -> bool {
        self.key_version.as_deref() == Some(version) && self.settings.as_ref() == Some(settings)
    }

    /// Stores a client of a new key or new settings as the candidate.
    pub fn set_candidate(&mut self, client: Client, version: String, settings: &ConnectionSettings, now: Duration) {
        if self.settings.as_ref() != Some(settings) {
            self.bucket.resize(settings.rate, settings.burst, now);
            self.settings = Some(settings.clone());
        }
        self.candidate = Some(client);
        self.key_version = Some(version);
        self.identity_is_checked = false;
    }

    /// The identity of the candidate is accepted: it is used for calls from now on. Returns whether it replaced
    /// another client.
    pub fn promote_candidate(&mut self, identity: Option<Identity>) -> bool {
        self.identity = identity;
        self.identity_is_checked = true;
        let replaced = match self.candidate.take() {
            Some(candidate) => self.client.replace(candidate).is_some(),
            None => false,
        };
        self.trouble = self.trouble.take().filter(|(reason, _)| {
            // Whether the key is good for more than this the next LIST shows.
            !matches!(reason, Reason::IdentityChanged | Reason::SecretNotFound)
        });
        replaced
    }

    /// Takes a token for the call at `place`, if it is its turn; else says how long the token takes, or
    /// nothing where others come first.
    fn take(&mut self, place: Place, now: Duration) -> Result<(), Option<Duration>> {
        if self.next() != Some(place) {
            return Err(None);
        }
        self.bucket.take(0.0, now).map_err(Some)?;
        let (RankedPriority { priority, .. }, _) = place;
        self.prompt_in_a_row = if priority == Priority::Background { 0 } else { self.prompt_in_a_row + 1 };
        Ok(())
    }

    fn next(&self) -> Option<Place> {
        let background =
            self.waiting.range((RankedPriority { priority: Priority::Background, rank: i64::MIN }, 0)..).next();
        let is_its_turn = self.prompt_in_a_row >= BACKGROUND_SHARE - 1;
        background.filter(|_| is_its_turn).or_else(|| self.waiting.first()).copied()
    }
}

/// Where a call waits for a token: its urgency, and its number.
type Place = (RankedPriority, u64);

/// A place among those that wait, given up when it is dropped.
struct Turn<'a> {
    link: &'a ConnectionHandle,
    place: Place,
}

impl<'a> Turn<'a> {
    fn new(link: &'a ConnectionHandle, urgency: RankedPriority) -> Self {
        let mut state = link.state();
        state.places += 1;
        let place = (urgency, state.places);
        state.waiting.insert(place);
        drop(state);
        Self { link, place }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.link.state().waiting.remove(&self.place);
        self.link.turns_moved.notify_waiters();
    }
}

/// Whether a call is still to be sent.
pub type StillValid<'a> = Option<&'a (dyn Fn() -> bool + Sync)>;

/// A link that can be shared.
pub type SharedConnection = Arc<ConnectionHandle>;
