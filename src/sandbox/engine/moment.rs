//! What happens when, and to which schedule.

use jiff::Timestamp;

use crate::sandbox::settings::Settings;

/// A schedule, by the order in which all were created, deleted ones included.
pub(in crate::sandbox) type Sequence = u64;

/// When something happens, and under which settings.
#[derive(Clone, Copy, Debug)]
pub(in crate::sandbox) struct Moment<'a> {
    pub now: Timestamp,
    pub settings: &'a Settings,
}
