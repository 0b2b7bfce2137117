//! Zones that are said twice, say nothing, or say something else.

use super::subject::Subject;
use super::warning::{Warning, WarningKind};
use crate::timing::cron;
use crate::timing::refusal::SpecField;

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    twice(subject).chain(without_effect(subject)).chain(misleading(subject)).chain(placeholder(subject)).collect()
}

fn twice(subject: &Subject) -> impl Iterator<Item = Warning> {
    let declared = subject.written.time_zone_name.as_deref().filter(|name| !name.is_empty());
    let crons = declared.into_iter().flat_map(|name| {
        subject.written.cron_expressions.iter().enumerate().map(move |(index, text)| (name, index, text))
    });
    crons.filter_map(|(name, index, text)| {
        cron::parts(text).ok()?.zone?;
        Some(Warning {
            kind: WarningKind::ZoneTwice,
            field: Some(SpecField::CronExpression(index)),
            message: format!("the zone is set here and in timeZoneName, {name}: when one is changed, they conflict"),
            help: "take it out of the cron expression".into(),
        })
    })
}

fn without_effect(subject: &Subject) -> Option<Warning> {
    let spec = subject.spec;
    let zone = spec.time_zone_name.as_ref().filter(|_| subject.written.time_zone_name.is_some())?;
    let is_used = !spec.calendars.is_empty() || !spec.skip.is_empty() || spec.intervals.is_empty();
    (!is_used).then(|| Warning {
        kind: WarningKind::ZoneWithoutEffect,
        field: Some(SpecField::TimeZoneName),
        message: format!("{zone} changes nothing: intervals are counted from 1970-01-01 00:00 UTC, whatever the zone"),
        help: "for a time of day in that zone use a cron expression or a calendar; else take timeZoneName out".into(),
    })
}

fn misleading(subject: &Subject) -> Option<Warning> {
    let name = subject.spec.time_zone_name.as_deref()?;
    let field = subject.written.zone_field();
    let (message, help) =
        if let Some(hours) = name.strip_prefix("Etc/GMT").filter(|hours| !["0", "+0", "-0"].contains(hours)) {
            let sign = match hours.chars().next()? {
                '+' => "behind",
                '-' => "ahead of",
                _ => return None,
            };
            let number = hours.get(1..)?;
            let unit = if number == "1" { "hour" } else { "hours" };
            (
                format!("{name} is {number} {unit} {sign} UTC: these names have their sign turned round"),
                "name a city's zone, such as Europe/Paris",
            )
        } else if ["EST", "MST", "HST"].contains(&name) {
            (
                format!("{name} stays at one offset all year: it knows no daylight saving"),
                "name a city's zone, such as America/New_York",
            )
        } else {
            return None;
        };
    Some(Warning { kind: WarningKind::MisleadingZone, field: Some(field), message, help: help.into() })
}

/// "Local" is the engine's own zone, and "Factory" the database's name for a machine without one.
fn placeholder(subject: &Subject) -> Option<Warning> {
    let name = subject.spec.time_zone_name.as_deref().filter(|name| ["Local", "Factory"].contains(name))?;
    Some(Warning {
        kind: WarningKind::PlaceholderZone,
        field: Some(subject.written.zone_field()),
        message: format!("{name} is nobody's zone: the engine takes it for UTC"),
        help: "name the zone that is meant, such as Europe/Paris, or UTC".into(),
    })
}
