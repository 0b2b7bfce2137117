//! The id of a remote schedule.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a remote schedule: the only place where ownership can live, for the API knows no
/// labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduleId(String);

impl ScheduleId {
    /// The longest id that this operator writes. The engine takes 977 characters; the rest is
    /// room for what the API adds to it.
    pub const MAX_LENGTH: usize = 200;
    /// The longest id that the engine takes.
    pub const LONGEST_AT_ENGINE: usize = 977;

    /// An id as the remote or a resource spells it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
