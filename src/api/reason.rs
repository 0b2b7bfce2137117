//! Why a condition is as it is: a closed list, each explained in `docs/conditions.md`.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// The reason of a condition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The reason as a condition spells it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

reasons! {
    /// Ready: the remote schedule is as declared.
    InSync,
    /// Ready: as declared, and paused.
    Paused,
    /// Ready: the server paused it after a failed run.
    PausedOnFailure,
    /// Ready: its runs are used up.
    Exhausted,
    /// Ready: it is only observed.
    Observing,
    /// Ready: the connection works.
    Connected,
    /// It is being worked on.
    Progressing,
    /// The spec cannot be.
    Invalid,
    /// The API refuses it.
    RemoteRefused,
    /// The key may not do this.
    Forbidden,
    /// A pinned connection or id was changed.
    Immutable,
    /// Another resource holds the id.
    Conflict,
    /// The explicit id may not be claimed.
    IdNotAllowed,
    /// A remote schedule with the explicit id exists already.
    AlreadyExists,
    /// The existing schedule is not equal.
    AdoptionRefused,
    /// The existing schedule runs another workflow.
    TargetMismatch,
    /// There is no such connection.
    ConnectionNotFound,
    /// There is no such connection, or it does not allow the namespace.
    NotPermitted,
    /// The connection is not ready yet.
    ConnectionNotReady,
    /// A source of the input is missing.
    InputMissing,
    /// A source of the input cannot be used.
    InputInvalid,
    /// The remote asks us to slow down.
    RateLimited,
    /// The remote cannot be reached or fails.
    RemoteUnavailable,
    /// The remote answered something unexpected.
    RemoteError,
    /// Somebody else writes the same schedule.
    Contended,
    /// A change waits for a run that is near.
    Guarded,
    /// Deletions wait for approval.
    DeletionHeld,
    /// Too many schedules vanished at once.
    MassDisappearance,
    /// Another workspace is behind the key.
    IdentityChanged,
    /// Ids under the prefix exist that this cluster does not know.
    PrefixInUse,
    /// The API key is refused.
    Unauthorized,
    /// The Secret of the API key is missing.
    SecretNotFound,
    /// It is being deleted.
    Terminating,
    /// The remote schedule cannot be deleted.
    DeletionBlocked,
    /// The remote differs.
    Drifted,
    /// Its runs fail.
    RunsFailing,
    /// The object cannot be read.
    Malformed,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
