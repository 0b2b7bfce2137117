//! What a schedule does, once its spec is read.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::timing::Zone;

/// What a schedule does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) words: String,
    /// The IANA zone; `None` is UTC.
    pub(super) zone: Option<String>,
    /// The next runs, earliest first, without jitter.
    pub(super) runs: Vec<Timestamp>,
    /// Whether it is declared paused.
    pub(super) paused: bool,
}

impl Meaning {
    pub(super) fn time_zone(&self) -> TimeZone {
        // A sound schedule has a zone that loads.
        Zone::load(self.zone.as_deref()).map_or(TimeZone::UTC, |zone| zone.as_jiff().clone())
    }
}
