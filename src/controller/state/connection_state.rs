//! Whether a connection can be used, and by which client.

use crate::api::{Identity, Reason};
use crate::plan::ConnectionSettings;
use crate::remote::Client;

/// Why a connection cannot be used: for its condition, and for a person.
pub type Problem = (Reason, String);

/// Whether a connection can be used for calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Not known yet: the first reconcile has not ended, or its result is not certain. No work starts.
    Unknown(Problem),
    /// It can be used.
    Ready,
    /// It cannot be used.
    NotReady(Problem),
}

/// Whether the API key that was read last opens the right workspace.
enum KeyCheck {
    /// Not known: the key or the settings are new (then there is a candidate), or a call was answered
    /// with 401. The candidate may only be used for this check.
    Unchecked { candidate: Option<Client> },
    /// It belongs to the right workspace.
    Verified,
    /// It belongs to another workspace: it is not used for calls until a person accepts that.
    Refused { candidate: Option<Client>, message: String },
}

/// What a candidate, or else the client in use, was made from.
struct Source {
    /// Of the Secret.
    key_version: String,
    settings: ConnectionSettings,
}

/// What is known of a connection's key, and what follows from it.
pub struct ConnectionState {
    /// The client of the last key that was verified. It outlives its Secret: a namespace that is deleted
    /// with everything in it loses the Secret first, and its schedules must still be deleted.
    client: Option<Client>,
    check: KeyCheck,
    made_from: Option<Source>,
    identity: Option<Identity>,
    readiness: Readiness,
}

impl Default for ConnectionState {
    fn default() -> Self {
        let problem = (Reason::ConnectionNotReady, "the connection has not been checked yet".into());
        Self {
            client: None,
            check: KeyCheck::Unchecked { candidate: None },
            made_from: None,
            identity: None,
            readiness: Readiness::Unknown(problem),
        }
    }
}

impl ConnectionState {
    /// The client in use.
    #[must_use]
    pub const fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// The client that is asked which workspace its key opens.
    #[must_use]
    pub fn client_to_check(&self) -> Option<&Client> {
        let candidate = match &self.check {
            KeyCheck::Unchecked { candidate } | KeyCheck::Refused { candidate, .. } => candidate.as_ref(),
            KeyCheck::Verified => None,
        };
        candidate.or(self.client.as_ref())
    }

    /// What the key that was read last was found to be: `Ok` is good, an error says what is wrong;
    /// `None` is not known.
    #[must_use]
    pub fn verdict(&self) -> Option<Result<(), &str>> {
        match &self.check {
            KeyCheck::Unchecked { .. } => None,
            KeyCheck::Verified => Some(Ok(())),
            KeyCheck::Refused { message, .. } => Some(Err(message)),
        }
    }

    /// The settings in use.
    #[must_use]
    pub fn settings(&self) -> Option<&ConnectionSettings> {
        self.made_from.as_ref().map(|source| &source.settings)
    }

    /// Whose key it is.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Whether it can be used.
    #[must_use]
    pub const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Whether the newest client was made from this key and these settings.
    #[must_use]
    pub fn is_made_from(&self, version: &str, settings: &ConnectionSettings) -> bool {
        self.made_from.as_ref().is_some_and(|source| source.key_version == version && source.settings == *settings)
    }

    /// Takes in a client of a new key or new settings, whose key is to be verified.
    pub fn set_candidate(&mut self, client: Client, key_version: String, settings: ConnectionSettings) {
        self.check = KeyCheck::Unchecked { candidate: Some(client) };
        self.made_from = Some(Source { key_version, settings });
    }

    /// The key opens the right workspace: calls go through it from now on. Whether it took the place of
    /// another.
    pub fn verify(&mut self, identity: Option<Identity>) -> bool {
        self.identity = identity;
        let replaced = match std::mem::replace(&mut self.check, KeyCheck::Verified) {
            KeyCheck::Unchecked { candidate: Some(client) } | KeyCheck::Refused { candidate: Some(client), .. } => {
                self.client.replace(client).is_some()
            }
            KeyCheck::Unchecked { candidate: None }
            | KeyCheck::Refused { candidate: None, .. }
            | KeyCheck::Verified => false,
        };
        // The next LIST shows whether the key may do more than that.
        if matches!(
            self.readiness,
            Readiness::NotReady((
                Reason::IdentityChanged | Reason::IdentityUnknown | Reason::SecretNotFound | Reason::SecretInvalid,
                _
            ))
        ) {
            self.readiness = Readiness::Ready;
        }
        replaced
    }

    /// The key opens another workspace.
    pub fn refuse(&mut self, message: String) {
        self.check = KeyCheck::Refused { candidate: self.take_candidate(), message };
    }

    /// A call was answered with 401. Whether that is news.
    pub fn unauthorized(&mut self) -> bool {
        self.check = KeyCheck::Unchecked { candidate: self.take_candidate() };
        let is_news = self.readiness.reason() != Some(Reason::Unauthorized);
        if is_news {
            self.set_problem(unauthorized());
        }
        is_news
    }

    fn take_candidate(&mut self) -> Option<Client> {
        match std::mem::replace(&mut self.check, KeyCheck::Verified) {
            KeyCheck::Unchecked { candidate } | KeyCheck::Refused { candidate, .. } => candidate,
            KeyCheck::Verified => None,
        }
    }

    /// It can be used.
    pub fn set_ready(&mut self) {
        self.readiness = Readiness::Ready;
    }

    /// Something is wrong. Of a connection of which nothing is known yet this is not certain before
    /// [`Self::conclude`].
    pub fn set_problem(&mut self, problem: Problem) {
        self.readiness = match self.readiness {
            Readiness::Unknown(_) => Readiness::Unknown(problem),
            Readiness::Ready | Readiness::NotReady(_) => Readiness::NotReady(problem),
        };
    }

    /// A reconcile has ended. One call that fails after a start is no outage yet.
    pub fn conclude(&mut self, is_outage: bool) {
        if let Readiness::Unknown(problem) = &self.readiness
            && (is_outage || problem.0 != Reason::RemoteUnavailable)
        {
            self.readiness = Readiness::NotReady(problem.clone());
        }
    }
}

/// A call was answered with 401.
pub(crate) fn unauthorized() -> Problem {
    (Reason::Unauthorized, "the API key was refused (401): put a valid key into the Secret".into())
}

impl Readiness {
    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Ready => None,
            Self::Unknown(problem) | Self::NotReady(problem) => Some(problem),
        }
    }

    /// The reason of what is wrong.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.problem().map(|(reason, _)| *reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable() -> Problem {
        (Reason::RemoteUnavailable, "no answer".into())
    }

    #[test]
    fn one_failed_call_after_a_start_is_no_outage() {
        let mut state = ConnectionState::default();
        state.set_problem(unavailable());
        state.conclude(false);
        assert_eq!(*state.readiness(), Readiness::Unknown(unavailable()));
        state.conclude(true);
        assert_eq!(*state.readiness(), Readiness::NotReady(unavailable()));
    }

    #[test]
    fn a_key_that_was_refused_stays_refused_whatever_else_goes_wrong() {
        let mut state = ConnectionState::default();
        state.refuse("another workspace".into());
        state.set_problem((Reason::SecretNotFound, "no Secret".into()));
        assert_eq!(state.verdict(), Some(Err("another workspace")));
        state.verify(None);
        assert_eq!(state.verdict(), Some(Ok(())));
    }

    #[test]
    fn a_401_is_news_once_and_the_key_is_checked_again() {
        let mut state = ConnectionState::default();
        state.verify(None);
        state.set_ready();
        assert!(state.unauthorized());
        assert!(!state.unauthorized());
        assert_eq!(state.verdict(), None);
        assert_eq!(state.readiness().reason(), Some(Reason::Unauthorized));
    }
}
