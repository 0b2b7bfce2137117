//! What people get wrong: specs that the engine takes without a word, and that hardly mean what was
//! meant.

mod cron;
mod daylight;
mod days;
mod dialect;
mod never;
mod rate;
mod skip;
mod start;
mod subject;
mod twice;
mod warning;
mod zone;

use jiff::Timestamp;

use super::refusal::SpecField;
use super::spec::Spec;
use super::written::WrittenSpec;

pub use dialect::{dialect_hint, from_crontab};
use subject::Subject;
pub use warning::{Warning, WarningKind};

#[cfg(test)]
mod tests;

/// All warnings about a spec, in the order of the spec's fields. `spec` is the canonical form of
/// `written`.
#[must_use]
pub fn warnings(written: &WrittenSpec, spec: &Spec, now: Timestamp) -> Vec<Warning> {
    let subject = Subject::new(written, spec, now);
    let mut all = cron::warnings(&subject);
    all.extend(twice::warnings(&subject));
    all.extend(rate::warnings(&subject));
    all.extend(start::warnings(&subject));
    all.extend(never::warnings(&subject));
    all.extend(skip::warnings(&subject));
    all.extend(zone::warnings(&subject));
    all.extend(daylight::warnings(&subject));
    all.sort_by_key(|warning| warning.field.map_or((7, 0), order));
    all
}

/// The order of a resource's fields.
const fn order(field: SpecField) -> (u8, usize) {
    match field {
        SpecField::CronExpression(index) => (0, index),
        SpecField::Calendar(index) => (1, index),
        SpecField::Interval(index) => (2, index),
        SpecField::Skip(index) => (3, index),
        SpecField::TimeZoneName => (4, 0),
        SpecField::StartAt => (5, 0),
        SpecField::EndAt => (6, 0),
    }
}
