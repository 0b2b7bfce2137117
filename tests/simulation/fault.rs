//! What can go wrong at an effect boundary.

use crate::state::Side;

/// A fault, placed where one process's request crosses to Kubernetes or to the remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// `kill -9` before the request leaves.
    CrashBefore,
    /// `kill -9` once it has had its effect.
    CrashAfter,
    /// The request never arrives, and the sender knows.
    Unsent,
    /// The API server answers with an error, and nothing is changed.
    Refused,
    /// It has its effect, and the answer is lost.
    ReplyLost,
    /// The answer is lost, and the effect comes a minute later.
    LateEffect,
    /// What Kubernetes has to say reaches this process half a minute late from here on.
    StaleCache,
    /// The process stops (SIGSTOP) once the effect is there, and wakes after its lease has passed on.
    Frozen,
    /// The cluster is restored from a backup once the effect is there: no object has its status.
    StatusLost,
    /// The next thing that a person does happens just before.
    PersonFirst,
    /// The same, and the process does not hear of it: its cache is stale.
    PersonUnheard,
}

impl Fault {
    /// All there are.
    pub const ALL: [Self; 11] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Unsent,
        Self::Refused,
        Self::ReplyLost,
        Self::LateEffect,
        Self::StaleCache,
        Self::StatusLost,
        Self::PersonFirst,
        Self::PersonUnheard,
        Self::Frozen,
    ];

    /// Whether it makes sense with so many replicas: of one that is frozen nothing can be seen but that
    /// nothing happens.
    pub fn fits(self, replicas: usize) -> bool {
        self != Self::Frozen || replicas > 1
    }

    /// Whether it makes sense at a boundary. What only asks can be left without an answer, or be under way
    /// while a person acts; a process that is killed then might as well be killed before or after. How the
    /// remote answers with an error is for scenarios to say.
    pub fn fits_at(self, side: Side, is_effect: bool) -> bool {
        let is_of_a_question = matches!(self, Self::ReplyLost | Self::PersonFirst | Self::Refused);
        (self != Self::Refused || side == Side::Kubernetes) && (is_effect || is_of_a_question)
    }

    /// Whether a person acts just before the effect.
    pub fn is_of_a_person(self) -> bool {
        self == Self::PersonFirst || self == Self::PersonUnheard
    }

    /// Whether the process hears nothing of Kubernetes' changes for a while.
    pub fn is_of_the_cache(self) -> bool {
        self == Self::StaleCache || self == Self::PersonUnheard
    }
}
