//! How the last reconcile of a schedule ended.

use crate::api::Reason;

/// How the last reconcile of a schedule ended, or the last comparison with its entry in a LIST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastOutcome {
    /// Not reconciled yet.
    #[default]
    Never,
    /// `management: Off`.
    Unmanaged,
    /// Ready.
    Ready(Reason),
    /// A person has to change something.
    Stalled(Reason),
    /// The operator continues without help.
    Waiting(Reason),
}

impl LastOutcome {
    /// Its reason.
    #[must_use]
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Never | Self::Unmanaged => None,
            Self::Ready(reason) | Self::Stalled(reason) | Self::Waiting(reason) => Some(reason),
        }
    }

    /// Whether a person has to change something.
    #[must_use]
    pub const fn is_stalled(self) -> bool {
        matches!(self, Self::Stalled(_))
    }
}
