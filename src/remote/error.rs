//! The errors of a call. Their messages say what to do and contain no secrets.

use std::time::Duration;

use http::StatusCode;

use super::TransportError;

/// How the caller handles an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A retry does not help until somebody changes something.
    Terminal,
    /// The same call may succeed later.
    Retry,
    /// All calls of the connection must wait.
    Wait,
}

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RemoteError {
    /// 401: the API key is not valid.
    #[error("the API refused the API key (401)")]
    Unauthorized,
    /// 403: the API key does not have the permission.
    #[error("the API key does not have the permission (403): {0}")]
    Forbidden(String),
    /// 404 for something that should exist.
    #[error("not found (404): {0}")]
    NotFound(String),
    /// 409.
    #[error("conflict (409): {0}")]
    Conflict(String),
    /// The workflow has several active deployments (`AMBIGUOUS_WORKFLOW`).
    #[error("conflict (409): {0}")]
    Ambiguous(String),
    /// Another 4xx than a 409 that says that the id is taken.
    #[error("the API refused the request ({status}): {detail}")]
    AlreadyExists {
        /// The HTTP status.
        status: StatusCode,
        /// The text of the API, without secrets.
        detail: String,
    },
    /// The API refuses the request.
    #[error("the API refused the request ({status}): {detail}")]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The text of the API, without secrets.
        detail: String,
    },
    /// `WF_1302`: the workspace takes only encoded inputs.
    #[error("the workspace requires encoded inputs (WF_1302): encode the value of `input` in the resource")]
    EncodingRequired,
    /// 429.
    #[error("the rate limit of the API is reached (429)")]
    RateLimited {
        /// How long to wait, if the answer says it.
        retry_after: Option<Duration>,
    },
    /// 5xx: the effect is unknown.
    #[error("the API failed ({status}{}): the operator retries", .code.as_deref().map(|code| format!(" {code}")).unwrap_or_default())]
    Unavailable {
        /// The HTTP status.
        status: StatusCode,
        /// The error code of the API.
        code: Option<String>,
    },
    /// No answer.
    #[error("the API cannot be reached: {0}")]
    Transport(#[from] TransportError),
    /// An answer that the API would not send.
    #[error("unexpected answer ({status}): {what}")]
    Malformed {
        /// The HTTP status.
        status: StatusCode,
        /// What is wrong with it.
        what: String,
    },
}

impl RemoteError {
    /// How the caller handles this error.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Unauthorized | Self::RateLimited { .. } => Kind::Wait,
            Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Ambiguous(_)
            | Self::AlreadyExists { .. }
            | Self::Refused { .. }
            | Self::EncodingRequired => Kind::Terminal,
            Self::Unavailable { .. } | Self::Transport(_) | Self::Malformed { .. } => Kind::Retry,
        }
    }

    /// Whether a mutating call with this error may have had its effect.
    #[must_use]
    pub const fn may_have_landed(&self) -> bool {
        match self {
            Self::Unavailable { .. }
            | Self::Malformed { .. }
            | Self::Transport(TransportError::NoAnswer(_) | TransportError::TooLong(_)) => true,
            Self::Unauthorized
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Ambiguous(_)
            | Self::AlreadyExists { .. }
            | Self::Refused { .. }
            | Self::EncodingRequired
            | Self::RateLimited { .. }
            | Self::Transport(TransportError::NotSent(_)) => false,
        }
    }

    /// Whether the content of the request may be the cause: the API, or a gateway that inspects requests,
    /// refuses it.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::Forbidden(_) | Self::Refused { .. } | Self::AlreadyExists { .. } => true,
            Self::Unauthorized
            | Self::NotFound(_)
            | Self::Conflict(_)
            | Self::Ambiguous(_)
            | Self::EncodingRequired
            | Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Transport(_)
            | Self::Malformed { .. } => false,
        }
    }

    /// All values of [`Self::label`].
    pub const LABELS: [&'static str; 10] = [
        "unauthorized",
        "forbidden",
        "not_found",
        "conflict",
        "refused",
        "encoding_required",
        "rate_limited",
        "unavailable",
        "transport",
        "malformed",
    ];

    /// The value of the label `outcome` in metrics.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) | Self::Ambiguous(_) => "conflict",
            Self::Refused { .. } | Self::AlreadyExists { .. } => "refused",
            Self::EncodingRequired => "encoding_required",
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable { .. } => "unavailable",
            Self::Transport(_) => "transport",
            Self::Malformed { .. } => "malformed",
        }
    }
}
