//! Rates that are higher than a workflow is likely to bear.

use super::subject::Subject;
use super::warning::{Warning, WarningKind};
use crate::timing::canonical::capped;
use crate::timing::words::{every as every_so_often, exact, whole};

pub(super) fn warnings(subject: &Subject) -> Vec<Warning> {
    let by_calendar = subject.calendars.iter().filter_map(|item| {
        let count = item.values.second.len();
        (count > 1 && item.values.empty_field().is_none())
            .then(|| sub_minute(item.field, &format!("{count} runs a minute")))
    });
    let by_interval = subject.intervals.iter().filter_map(|(field, interval)| {
        let every = capped(interval.every).as_secs();
        (every < 60).then(|| sub_minute(*field, &format!("a run {}", every_so_often(every))))
    });
    let cut = subject.intervals.iter().filter_map(|(field, interval)| {
        let fraction =
            [Some(interval.every), interval.offset].into_iter().flatten().find(|span| span.subsec_nanos() != 0)?;
        Some(Warning {
            kind: WarningKind::FractionIsCut,
            field: Some(*field),
            message: format!(
                "{} counts as {}: the engine cuts off fractions",
                exact(fraction),
                whole(fraction.as_secs())
            ),
            help: "write whole seconds".into(),
        })
    });
    by_calendar.chain(by_interval).chain(cut).collect()
}

fn sub_minute(field: crate::timing::SpecField, rate: &str) -> Warning {
    Warning {
        kind: WarningKind::SubMinute,
        field: Some(field),
        message: format!("{rate} is more than schedules are made for: runs may overlap or be skipped"),
        help: "for work this frequent let one workflow loop; else use an interval of a minute or more".into(),
    }
}
