//! Times that are there twice: one run starts.

use super::subject::Subject;
use super::warning::{Warning, WarningKind};
use crate::timing::SpecField;
use crate::timing::canonical::capped;

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let calendars = subject.calendars.iter().enumerate().filter_map(|(index, item)| {
        // Of one that matches nothing it is said that it never runs.
        let mut before = subject.calendars.iter().take(index).filter(|_| item.values.empty_field().is_none());
        before.find(|before| before.values == item.values).map(|before| warning(before.field, item.field))
    });
    let seconds = |interval: &crate::timing::Interval| {
        (capped(interval.every).as_secs(), capped(interval.offset.unwrap_or_default()).as_secs())
    };
    let intervals = subject.intervals.iter().enumerate().filter_map(|(index, (field, interval))| {
        let mut before = subject.intervals.iter().take(index);
        before.find(|(_, before)| seconds(before) == seconds(interval)).map(|(before, _)| warning(*before, *field))
    });
    calendars.chain(intervals).collect()
}

fn warning(first: SpecField, second: SpecField) -> Warning {
    Warning {
        kind: WarningKind::SameTimesTwice,
        field: Some(second),
        message: format!("these are the times of {first} once more: at each of them one run starts, not two"),
        help: "take one of them out".into(),
    }
}
