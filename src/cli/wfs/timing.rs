//! What a schedule declares about its runs.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::when::{local, zone};
use crate::api::WorkflowScheduleSpec;
use crate::plan::written;
use crate::timing::Spec;

/// The timing of a spec, or what is wrong with it.
pub(super) fn timing(spec: &WorkflowScheduleSpec) -> Result<Spec, String> {
    let written = written(spec).map_err(|refusal| format!("{}: {}", refusal.field, refusal.message))?;
    written.canonical().map_err(|refusal| refusal.to_string())
}

/// The time zone of a spec.
pub(super) fn zone_of(spec: &WorkflowScheduleSpec) -> TimeZone {
    let name = timing(spec).ok().and_then(|timing| timing.time_zone_name);
    zone(name.as_deref())
}

/// A time in UTC and in the zone of the schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    pub(super) utc: Timestamp,
    pub(super) local: String,
}

impl Moment {
    pub(super) fn new(at: Timestamp, zone: &TimeZone) -> Self {
        Self { utc: at, local: local(at, zone) }
    }

    /// One that is written in a status; nothing if it cannot be read.
    pub(super) fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        text.parse().ok().map(|at| Self::new(at, zone))
    }
}
