//! The reasons of conditions: a closed list. `docs/conditions.md` explains each of them.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// The reason of a condition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The reason as it is written in a condition.
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
    /// Ready: the remote schedule is equal to the resource.
    InSync,
    /// Ready: the remote schedule is as declared, and paused.
    Paused,
    /// Ready: the server paused the schedule after a failed run.
    PausedOnFailure,
    /// Ready: all runs of `maxExecutions` are used.
    Exhausted,
    /// Ready: the schedule has no run left, and the engine has deleted it.
    Ended,
    /// Ready: the remote schedule is only observed.
    Observing,
    /// Ready: the operator can use the connection.
    Connected,
    /// The operator works on it.
    Progressing,
    /// A field of the spec is not valid.
    Invalid,
    /// The API refuses the schedule.
    RemoteRefused,
    /// The API key does not have the permission.
    Forbidden,
    /// The connection or id of an existing schedule was changed.
    Immutable,
    /// Another resource holds the id.
    Conflict,
    /// The resource may not use its explicit id.
    IdNotAllowed,
    /// A remote schedule with the explicit id already exists.
    AlreadyExists,
    /// The existing schedule is not equal.
    AdoptionRefused,
    /// The existing schedule runs another workflow.
    TargetMismatch,
    /// The connection does not exist.
    ConnectionNotFound,
    /// The connection does not exist, or does not allow the namespace.
    NotPermitted,
    /// The connection is not ready yet.
    ConnectionNotReady,
    /// A source of the input is missing.
    InputMissing,
    /// A source of the input cannot be used.
    InputInvalid,
    /// The API returned 429.
    RateLimited,
    /// The API cannot be reached or fails.
    RemoteUnavailable,
    /// The API returned an unexpected answer.
    RemoteError,
    /// Another writer changes the same schedule.
    Contended,
    /// A change waits because a run is near.
    Guarded,
    /// Deletions wait for approval.
    DeletionHeld,
    /// Too many schedules disappeared at the same time.
    MassDisappearance,
    /// The API key belongs to another workspace.
    IdentityChanged,
    /// The API does not tell whether the API key belongs to the same workspace as before.
    IdentityUnknown,
    /// Ids with the prefix exist that this cluster did not create.
    PrefixInUse,
    /// The API refuses the key.
    Unauthorized,
    /// The Secret of the API key is missing.
    SecretNotFound,
    /// The Secret holds no API key that can be sent.
    SecretInvalid,
    /// The resource, or its connection, is being deleted.
    Terminating,
    /// The remote schedule cannot be deleted.
    DeletionBlocked,
    /// The remote schedule differs.
    Drifted,
    /// The last run failed.
    RunsFailing,
    /// A run was due and has not started.
    RunsMissed,
    /// A run takes longer than declared.
    RunOverdue,
    /// The operator cannot read the object.
    Malformed,
    /// Kubernetes does not store what the operator writes.
    KubernetesError,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
