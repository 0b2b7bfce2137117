//! Why a write to Kubernetes has failed.

use crate::api::Reason;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another writer was faster: read the object again.
    #[error("the object was changed by another writer")]
    Conflict,
    /// The object is gone.
    #[error("the object is gone")]
    Gone,
    /// The API server stores less than was sent: its definition of the resource is older.
    #[error(
        "the custom resource definition in the cluster is older than the operator (status.{0} is not stored): install the definitions of this release"
    )]
    Pruned(&'static str),
    /// The object cannot be read, and thus not written.
    #[error("Kubernetes does not show {0}")]
    Unread(String),
    /// Another replica is the leader, or may be by now.
    #[error("another replica leads")]
    NotLeading,
    /// An admission rule, RBAC, a quota or the schema forbids the write.
    #[error("Kubernetes refuses {what}: {message}")]
    Refused {
        /// What was written, and of which object.
        what: String,
        /// The API server's words.
        message: String,
    },
    /// Kubernetes does not answer, or cannot store anything now.
    #[error("Kubernetes did not store {what}: {message}")]
    Failed {
        /// What was written, and of which object.
        what: String,
        /// The API server's words, or why there are none.
        message: String,
    },
}

/// The part of an object that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The finalizer.
    Finalizer,
    /// The status.
    Status,
}

impl Part {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Finalizer => "finalizer",
            Self::Status => "status",
        }
    }
}

impl WriteError {
    pub(crate) fn of(error: &kube::Error, what: String) -> Self {
        match error {
            // A webhook may deny with any code.
            kube::Error::Api(status) if status.message.starts_with("admission webhook ") && status.code < 500 => {
                Self::Refused { what, message: in_words(status) }
            }
            kube::Error::Api(status) if status.code == 409 => Self::Conflict,
            kube::Error::Api(status) if status.code == 404 => Self::Gone,
            kube::Error::Api(status) if status.code == 429 || status.code >= 500 => {
                Self::Failed { what, message: in_words(status) }
            }
            kube::Error::Api(status) => Self::Refused { what, message: in_words(status) },
            _ => Self::Failed { what, message: error.to_string() },
        }
    }

    /// Why a connection waits that needs this write: what may succeed the next time is no reason to worry.
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::Pruned(_) | Self::Refused { .. } => Reason::KubernetesError,
            Self::Conflict | Self::Gone | Self::NotLeading | Self::Unread(_) | Self::Failed { .. } => {
                Reason::ConnectionNotReady
            }
        }
    }

    /// What metrics call it; `None` for what is no failure of Kubernetes.
    pub(crate) const fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Conflict | Self::Gone | Self::Unread(_) | Self::NotLeading => None,
            Self::Pruned(_) => Some("pruned"),
            Self::Refused { .. } => Some("refused"),
            Self::Failed { .. } => Some("failed"),
        }
    }
}

fn in_words(status: &kube::core::Status) -> String {
    format!("{} ({})", status.message, status.code)
}
