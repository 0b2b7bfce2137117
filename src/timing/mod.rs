//! The language of time: durations, datetimes, ranges, calendars, cron, intervals, skips and zones,
//! brought into the one form that the engine gives back, and the runs that follow from it.
//!
//! Pure: no Kubernetes, no HTTP, no clock. The rules are those of Temporal 1.32.0's scheduler
//! (`service/worker/scheduler/{calendar,spec}.go`), odd corners included: equality with what the
//! remote holds, and every message about it, stand on this being exact.

mod calendar;
mod canonical;
mod coverage;
mod cron;
pub mod datetime;
pub mod duration;
mod go_duration;
mod refusal;
mod runs;
mod spec;
mod values;
pub mod warnings;
pub mod words;
mod written;
mod zone;

pub use refusal::{Refusal, SpecField};
pub use runs::{Run, Runs};
pub use spec::{Calendar, Interval, Range, Spec};
pub use written::{WrittenCalendar, WrittenInterval, WrittenRange, WrittenSpec};
pub use zone::Zone;
