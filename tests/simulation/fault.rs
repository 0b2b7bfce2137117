//! What can go wrong at an effect boundary.

/// A fault, placed where one process's request crosses to Kubernetes or to the remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// `kill -9` before the request leaves.
    CrashBefore,
    /// `kill -9` once it has had its effect.
    CrashAfter,
    /// The request never arrives, and the sender knows.
    Unsent,
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
}

impl Fault {
    /// Those that make sense with one replica.
    pub const ALONE: [Self; 8] = [
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Unsent,
        Self::ReplyLost,
        Self::LateEffect,
        Self::StaleCache,
        Self::StatusLost,
        Self::PersonFirst,
    ];
}
