//! A spec in words: "every weekday at 09:00 Europe/Paris".

mod clock;
mod date;
mod list;
mod span;

use jiff::Timestamp;

use super::canonical::capped;
use super::spec::{Calendar, Interval, Spec};
use super::values::Values;
use clock::Clock;

pub(super) use list::{joined, ordinal, ranges};
pub(super) use span::{every, exact, whole};

/// What a spec means: one sentence without its full stop.
#[must_use]
pub fn words(spec: &Spec) -> String {
    let mut text = times(spec);
    if !spec.skip.is_empty() {
        let skips: Vec<String> = spec.skip.iter().map(skipped).collect();
        text = format!("{text}, except {}", joined(&skips));
    }
    if let Some(start) = spec.start_at {
        text = format!("{text}, not before {}", instant(start));
    }
    if let Some(end) = spec.end_at {
        text = format!("{text}, not after {}", instant(end));
    }
    if let Some(jitter) = spec.jitter {
        text = format!("{text}, each up to {} late", exact(jitter));
    }
    text
}

/// All times of a spec, nothing taken away yet.
fn times(spec: &Spec) -> String {
    let zone = spec.time_zone_name.as_deref().unwrap_or("UTC");
    let calendars: Vec<String> = spec.calendars.iter().map(due).collect();
    let in_zone = match calendars.as_slice() {
        [] => None,
        // "at 09:00 Europe/Paris" but "every hour, Europe/Paris".
        [one] if one.ends_with(|c: char| c.is_ascii_digit()) => Some(format!("{one} {zone}")),
        [one] => Some(format!("{one}, {zone}")),
        [one, two] => Some(format!("{one}, and {two}, all {zone}")),
        [first @ .., last] => Some(format!("{}; and {last}; all {zone}", first.join("; "))),
    };
    let parts: Vec<String> = in_zone.into_iter().chain(spec.intervals.iter().map(interval)).collect();
    match parts.as_slice() {
        [] => "never".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}; and {last}", first.join("; ")),
    }
}

/// When a calendar is due: "every weekday at 09:00".
pub(super) fn due(calendar: &Calendar) -> String {
    let values = Values::of(calendar);
    if let Some(field) = values.empty_field() {
        return format!("never ({field} matches nothing)");
    }
    match (date::words(&values), clock::words(&values)) {
        (None, Clock::At(times)) => format!("every day {times}"),
        (None, Clock::Every(often)) => often,
        (Some(days), Clock::At(times)) => format!("{days} {times}"),
        (Some(days), Clock::Every(often)) => format!("{days}, {often}"),
    }
}

/// What a skip takes away.
pub(super) fn skipped(calendar: &Calendar) -> String {
    let values = Values::of(calendar);
    if values.empty_field().is_some() {
        return "nothing".into();
    }
    let days = date::words(&values);
    if values.has_every_clock() {
        return days.map_or_else(|| "always".into(), |days| format!("{days}, all day"));
    }
    let (Clock::At(times) | Clock::Every(times)) = clock::words(&values);
    days.map_or_else(|| times.clone(), |days| format!("{days} {times}"))
}

/// "every 4 hours", counted from the Unix epoch: by the clock of UTC where it goes into a day.
fn interval(interval: &Interval) -> String {
    let every = capped(interval.every).as_secs().max(1);
    let often = self::every(every);
    let offset = capped(interval.offset.unwrap_or_default()).as_secs();
    match offset {
        0 if every == 86_400 => format!("{often} at 00:00 UTC"),
        0 => often,
        offset if 86_400 % every == 0 => {
            let (hour, minute, second) = (offset / 3600, offset / 60 % 60, offset % 60);
            let at = if every == 86_400 { "at" } else { "from" };
            let seconds = if second == 0 { String::new() } else { format!(":{second:02}") };
            format!("{often} {at} {hour:02}:{minute:02}{seconds} UTC")
        }
        offset => format!("{often}, shifted by {}", whole(offset)),
    }
}

/// "2027-01-31 09:00 UTC".
pub(super) fn instant(at: Timestamp) -> String {
    let whole_minutes = at.as_second() % 60 == 0 && at.subsec_nanosecond() == 0;
    at.strftime(if whole_minutes { "%Y-%m-%d %H:%M UTC" } else { "%Y-%m-%d %H:%M:%S%.f UTC" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::WrittenSpec;
    use serde_json::{Value, json};

    fn spoken(spec: Value) -> String {
        let written: WrittenSpec = serde_json::from_value(spec).unwrap();
        words(&written.canonical().unwrap())
    }

    fn cron(text: &str) -> String {
        spoken(json!({"cron_expressions": [text]}))
    }

    #[test]
    fn a_time_of_day_is_said_with_its_days_and_its_zone() {
        assert_eq!(cron("CRON_TZ=Europe/Paris 0 9 * * 1-5"), "every weekday at 09:00 Europe/Paris");
        assert_eq!(cron("0 9,17 * * *"), "every day at 09:00 and 17:00 UTC");
        assert_eq!(cron("30 8 * * 6,7"), "every Saturday and Sunday at 08:30 UTC");
        assert_eq!(cron("0 0 * * 1-4"), "every Monday to Thursday at 00:00 UTC");
        assert_eq!(cron("15 0 9 * * 1,3,5 *"), "every Monday, Wednesday and Friday at 09:00:15 UTC");
    }

    #[test]
    fn days_of_the_month_are_ordinals_and_one_date_is_a_date() {
        assert_eq!(cron("@monthly"), "on the 1st of every month at 00:00 UTC");
        assert_eq!(cron("@yearly"), "every January 1 at 00:00 UTC");
        assert_eq!(cron("0 6 1,15 * *"), "on the 1st and 15th of every month at 06:00 UTC");
        assert_eq!(cron("0 6 1-7 1,4,7,10 *"), "on the 1st to 7th of January, April, July and October at 06:00 UTC");
        assert_eq!(cron("0 9 1 * 1"), "on the 1st of every month if that is a Monday at 09:00 UTC");
        assert_eq!(cron("0 9 * 6-8 1-5 2027"), "every weekday in June to August in 2027 at 09:00 UTC");
        assert_eq!(cron("0 9 * * * 2027-2029"), "every day in 2027 to 2029 at 09:00 UTC");
    }

    #[test]
    fn what_is_regular_is_said_as_every_so_often() {
        assert_eq!(cron("* * * * *"), "every minute, UTC");
        assert_eq!(cron("*/15 * * * *"), "every 15 minutes, UTC");
        assert_eq!(cron("5/15 * * * *"), "every 15 minutes from 00:05 UTC");
        assert_eq!(cron("*/15 9-17 * * 1-5"), "every weekday, every 15 minutes from 09:00 to 17:45 UTC");
        assert_eq!(cron("@hourly"), "every hour, UTC");
        assert_eq!(cron("30 * * * *"), "every hour at 30 minutes past, UTC");
        assert_eq!(cron("0 */2 * * *"), "every 2 hours, UTC");
        assert_eq!(cron("0 9-17 * * *"), "every hour from 09:00 to 17:00 UTC");
        assert_eq!(cron("*/10 3 * * *"), "every day at 03:00, 03:10, 03:20, 03:30, 03:40 and 03:50 UTC");
        assert_eq!(cron("*/10 * * * * * *"), "every 10 seconds, UTC");
        assert_eq!(cron("* * * * * * *"), "every second, UTC");
        assert_eq!(cron("*/20 * 9-10 * * * *"), "every 20 seconds from 09:00 to 10:59:40 UTC");
    }

    #[test]
    fn what_is_irregular_is_said_field_by_field() {
        assert_eq!(cron("*/45 * * * *"), "at minutes 0 and 45 of every hour, UTC");
        assert_eq!(cron("0,7,20 9-12 * * *"), "at minutes 0, 7 and 20 of the hours 9 to 12 UTC");
        assert_eq!(cron("*/30 9,12,14,20 * * *"), "every 30 minutes of the hours 9, 12, 14 and 20 UTC");
        assert_eq!(
            cron("1,2 */7 * * * * *"),
            "at seconds 1 and 2 of minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour, UTC"
        );
    }

    #[test]
    fn intervals_count_in_utc() {
        assert_eq!(cron("@every 5m"), "every 5 minutes");
        assert_eq!(cron("@every 90m/10m"), "every 1 hour 30 minutes from 00:10 UTC");
        assert_eq!(cron("@every 7m/10s"), "every 7 minutes, shifted by 10 seconds");
        assert_eq!(spoken(json!({"intervals": [{"every": "P1D", "offset": "PT9H"}]})), "every day at 09:00 UTC");
    }

    #[test]
    fn several_are_joined() {
        assert_eq!(
            spoken(json!({"cron_expressions": ["0 9 * * 1-5", "0 10 * * 0"], "time_zone_name": "Europe/Paris"})),
            "every weekday at 09:00, and every Sunday at 10:00, all Europe/Paris"
        );
        assert_eq!(
            spoken(
                json!({"calendars": [{"hour": [{"start": 9}]}], "intervals": [{"every": "PT4H", "offset": "PT30M"}]})
            ),
            "every day at 09:00 UTC; and every 4 hours from 00:30 UTC"
        );
        assert_eq!(
            spoken(json!({"cron_expressions": ["0 1 * * *", "0 2 * * 1", "0 3 1 * *"]})),
            "every day at 01:00; every Monday at 02:00; and on the 1st of every month at 03:00; all UTC"
        );
    }

    #[test]
    fn limits_follow() {
        assert_eq!(
            spoken(json!({
                "cron_expressions": ["0 9 * * *"],
                "skip": [{"month": [{"start": 12}], "day_of_month": [{"start": 25}]}],
                "start_at": "2027-01-31T09:00:00+01:00", "end_at": "2028-01-01T00:00:30Z", "jitter": "PT10M"
            })),
            "every day at 09:00 UTC, except every December 25 at 00:00, not before 2027-01-31 08:00 UTC, \
             not after 2028-01-01 00:00:30 UTC, each up to 10 minutes late"
        );
        assert_eq!(
            spoken(json!({
                "cron_expressions": ["0 9 * * *"],
                "skip": [{"day_of_week": [{"start": 0}], "hour": [{"start": 0, "end": 23}],
                          "minute": [{"start": 0, "end": 59}], "second": [{"start": 0, "end": 59}]}]
            })),
            "every day at 09:00 UTC, except every Sunday, all day"
        );
    }

    #[test]
    fn what_never_runs_is_said_to() {
        assert_eq!(spoken(json!({})), "never");
        assert_eq!(spoken(json!({"calendars": [{"hour": []}]})), "never (hour matches nothing), UTC");
    }
}
