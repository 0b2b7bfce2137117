//! Specs, and parts of them, that never fire.

use super::subject::{Item, Subject};
use super::warning::{Warning, WarningKind};
use crate::timing::refusal::SpecField;
use crate::timing::words::{due, instant};
use crate::timing::zone::Offsets;

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let of_limits = limits(subject);
    let of_items: Vec<Warning> = subject.calendars.iter().filter_map(|item| dead(subject, item)).collect();
    let of_all = if of_limits.is_some() || of_items.len() == subject.calendars.len() + subject.intervals.len() {
        None
    } else {
        whole(subject)
    };
    let of_nothing = (subject.calendars.is_empty() && subject.intervals.is_empty()).then(|| Warning {
        kind: WarningKind::NeverFires,
        field: None,
        message: "it never fires: there is no cron expression, calendar or interval".into(),
        help: "add one, or keep it as it is if it shall only be triggered by hand".into(),
    });
    of_limits.into_iter().chain(of_items).chain(of_all).chain(of_nothing).collect()
}

fn limits(subject: &Subject) -> Option<Warning> {
    let end = subject.spec.end_at?;
    let (kind, message) = match subject.spec.start_at {
        Some(start) if end < start => (
            WarningKind::EndBeforeStart,
            format!("it never fires: its end, {}, is before its start, {}", instant(end), instant(start)),
        ),
        _ if end <= subject.now => {
            (WarningKind::EndInThePast, format!("it does not fire any more: its end, {}, is past", instant(end)))
        }
        _ => return None,
    };
    let help = "set a later end, take endAt out, or delete the resource".into();
    Some(Warning { kind, field: Some(SpecField::EndAt), message, help })
}

/// A calendar that never matches, whatever the others do.
fn dead(subject: &Subject, item: &Item) -> Option<Warning> {
    let (message, help) = if let Some(field) = item.values.empty_field() {
        let message = format!("it never fires: {field} is an empty list, which matches nothing");
        (message, format!("take {field} out for its default, or name its values"))
    } else if item.matcher.next(subject.begin, &subject.offsets).is_some() {
        return None;
    } else if item.matcher.next(0, &Offsets::default()).is_some() {
        (
            format!("it does not fire any more, for its last time is past: {}", due(item.calendar)),
            "take it out, or change its year".into(),
        )
    } else {
        (format!("it never fires, for there is no such day: {}", due(item.calendar)), "name a day that exists".into())
    };
    Some(Warning { kind: WarningKind::NeverFires, field: Some(item.field), message, help })
}

/// Parts that would fire, but not between start and end, or not beside the skips.
fn whole(subject: &Subject) -> Option<Warning> {
    if !subject.spec.never_fires(subject.now) {
        return None;
    }
    let unskipped = crate::timing::Spec { skip: Vec::new(), ..subject.spec.clone() };
    let (field, message, help) = if unskipped.never_fires(subject.now) {
        (SpecField::EndAt, "it never fires: no run falls before its end", "set a later end, or take endAt out")
    } else {
        (SpecField::Skip(0), "it never fires: its skips take every run away", "narrow the skips, or take them out")
    };
    Some(Warning { kind: WarningKind::NeverFires, field: Some(field), message: message.into(), help: help.into() })
}
