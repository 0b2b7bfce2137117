//! The id of a remote schedule.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a remote schedule. Only the id can show which resource owns it, because the API has no labels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScheduleId(String);

impl ScheduleId {
    /// The longest id that the operator writes. The engine accepts 977 characters; the API may add a prefix or
    /// suffix.
    pub const MAX_LENGTH: usize = 200;
    /// The longest id that the engine accepts.
    pub const LONGEST_AT_ENGINE: usize = 977;

    /// An id as it is written at the remote or in a resource.
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
