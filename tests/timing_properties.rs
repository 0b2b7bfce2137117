//! What holds for every spec, whatever it is. Cases that fail print their seed and are kept beside this
//! file, so that they are tried first ever after.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use workflow_schedule_operator::timing::warnings::{dialect_hint, warnings};
use workflow_schedule_operator::timing::words::words;
use workflow_schedule_operator::timing::{
    Spec, WrittenCalendar, WrittenInterval, WrittenRange, WrittenSpec, Zone, datetime, duration,
};

/// How many runs are looked at.
const RUNS: usize = 12;

/// How many are looked at where skips take some away.
const CANDIDATES: usize = 200;

/// Zones with all kinds of changes: none, an hour, half an hour, two hours, around Ramadan, at midnight.
const ZONES: [&str; 10] = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Beirut",
    "Africa/Cairo",
    "Asia/Kathmandu",
];

fn range(min: i64, max: i64) -> impl Strategy<Value = WrittenRange> {
    (min..=max, 0..=max, 0..=max).prop_map(|(start, end, step)| WrittenRange { start, end, step })
}

fn ranges(min: i64, max: i64) -> impl Strategy<Value = Option<Vec<WrittenRange>>> {
    option::weighted(0.6, vec(range(min, max), 0..3))
}

fn calendar() -> impl Strategy<Value = WrittenCalendar> {
    let clock = (option::weighted(0.2, vec(range(0, 59), 0..2)), ranges(0, 59), ranges(0, 23));
    let date = (ranges(1, 31), ranges(1, 12), option::weighted(0.1, vec(range(2000, 2100), 0..3)), ranges(0, 6));
    (clock, date, option::of("[a-z#0-9 ]{0,10}")).prop_map(|((second, minute, hour), date, comment)| {
        let (day_of_month, month, year, day_of_week) = date;
        WrittenCalendar { second, minute, hour, day_of_month, month, year, day_of_week, comment }
    })
}

fn interval() -> impl Strategy<Value = WrittenInterval> {
    (1_i64..400_000_000, option::of(0_i64..100_000_000)).prop_map(|(every, offset)| WrittenInterval {
        every: SignedDuration::from_millis(every * 1000 + 17),
        offset: offset.map(|offset| SignedDuration::from_secs(offset % every.max(1))),
    })
}

/// A field of a cron: mostly sound.
fn cron_field(min: i64, max: i64) -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => Just("*".to_owned()),
        3 => (min..=max).prop_map(|value| value.to_string()),
        1 => (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (min..=max, 1..=max.max(1)).prop_map(|(start, step)| format!("{start}/{step}")),
        1 => (1..=max.max(1)).prop_map(|step| format!("*/{step}")),
    ];
    vec(part, 1..3).prop_map(|parts| parts.join(","))
}

fn cron() -> impl Strategy<Value = String> {
    let fields = (cron_field(0, 59), cron_field(0, 23), cron_field(1, 31), cron_field(1, 12), cron_field(0, 7));
    let five = fields
        .prop_map(|(minute, hour, day, month, weekday)| format!("{minute} {hour} {day} {month} {weekday}"))
        .boxed();
    prop_oneof![
        6 => five.clone(),
        1 => (five.clone(), "[a-z0-9#]{1,8}").prop_map(|(five, comment)| format!("{five} # {comment}")),
        1 => (cron_field(0, 59), five, 2026..2100_i64).prop_map(|(second, five, year)| format!("{second} {five} {year}")),
        1 => (1..5000_i64).prop_map(|minutes| format!("@every {minutes}m")),
        1 => Just("@daily".to_owned()),
    ]
}

/// Fields of crons of other dialects, and some of none.
const SIGNS: [&str; 27] = [
    "*",
    "?",
    "0",
    "5",
    "*/30",
    "1/2",
    "9-17",
    "22-6",
    "L",
    "L-3",
    "LW",
    "15W",
    "1W",
    "MON-FRI",
    "FRI-MON",
    "2",
    "6#3",
    "FRIL",
    "1,15",
    "31",
    "H",
    "0~59",
    "2027",
    "2026-2028",
    "7",
    "1-7",
    "*/45",
];

fn foreign_cron() -> impl Strategy<Value = String> {
    let fields = vec(proptest::sample::select(&SIGNS[..]), 5..8).prop_map(|fields| fields.join(" "));
    let zone = proptest::sample::select(&["", "CRON_TZ=Europe/Paris "][..]);
    let comment = proptest::sample::select(&["", " # daily"][..]);
    (zone, fields, comment).prop_map(|(zone, fields, comment)| format!("{zone}{fields}{comment}"))
}

/// A time between 2000 and 2100.
fn instant() -> impl Strategy<Value = Timestamp> {
    (946_684_800_i64..4_102_444_800).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn spec() -> impl Strategy<Value = WrittenSpec> {
    let times = (vec(calendar(), 0..3), vec(interval(), 0..2), vec(cron(), 0..3), vec(calendar(), 0..3));
    let limits = (option::weighted(0.3, instant()), option::weighted(0.3, instant()));
    let jitter = option::weighted(0.3, (0..10_000_000_i64).prop_map(SignedDuration::from_millis));
    let zone = option::of(proptest::sample::select(&ZONES[..]).prop_map(str::to_owned));
    (times, limits, jitter, zone).prop_map(|(times, (start_at, end_at), jitter, time_zone_name)| {
        let (calendars, intervals, cron_expressions, skip) = times;
        WrittenSpec { calendars, intervals, cron_expressions, skip, start_at, end_at, jitter, time_zone_name }
    })
}

fn canonical() -> impl Strategy<Value = (WrittenSpec, Spec)> {
    spec().prop_filter_map("refused", |written| written.canonical().ok().map(|spec| (written, spec)))
}

/// What a skip takes away, read off its definition.
fn is_in(calendar: &workflow_schedule_operator::timing::Calendar, at: Timestamp, zone: &Zone) -> bool {
    let local = at.to_zoned(zone.as_jiff().clone());
    let has = |ranges: &[workflow_schedule_operator::timing::Range], value: i64| {
        ranges.iter().any(|range| (range.start..=range.end).contains(&value) && (value - range.start) % range.step == 0)
    };
    has(&calendar.second, local.second().into())
        && has(&calendar.minute, local.minute().into())
        && has(&calendar.hour, local.hour().into())
        && has(&calendar.day_of_month, local.day().into())
        && has(&calendar.month, local.month().into())
        && (calendar.year.is_empty() || has(&calendar.year, local.year().into()))
        && has(&calendar.day_of_week, local.weekday().to_sunday_zero_offset().into())
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing((_, spec) in canonical()) {
        let again = WrittenSpec::from(&spec).canonical();
        prop_assert_eq!(again.as_ref(), Ok(&spec));
    }

    #[test]
    fn a_spec_survives_the_wire((_, spec) in canonical()) {
        let text = serde_json::to_string(&spec).unwrap();
        let read: WrittenSpec = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.canonical(), Ok(spec));
    }

    #[test]
    fn equal_canonical_forms_have_equal_runs((written, spec) in canonical(), now in instant()) {
        let runs = |spec: &Spec| spec.runs_after(now, "seed").take(RUNS).collect::<Vec<_>>();
        let other = WrittenSpec { cron_expressions: Vec::new(), ..WrittenSpec::from(&spec) };
        let other = other.canonical().unwrap();
        prop_assert_eq!(&other, &spec);
        prop_assert_eq!(runs(&written.canonical().unwrap()), runs(&other));
    }

    #[test]
    fn runs_ascend_within_their_limits_and_outside_of_skips((_, spec) in canonical(), now in instant()) {
        let zone = Zone::load(spec.time_zone_name.as_deref()).unwrap();
        let mut last = now;
        for run in spec.runs_after(now, "seed").take(RUNS) {
            prop_assert!(run.nominal > last, "{} does not follow {last}", run.nominal);
            prop_assert!(spec.start_at.is_none_or(|start| run.nominal >= start));
            prop_assert!(spec.end_at.is_none_or(|end| run.nominal <= end));
            prop_assert!(!spec.skip.iter().any(|skip| is_in(skip, run.nominal, &zone)), "{} is skipped", run.nominal);
            prop_assert!(run.actual >= run.nominal);
            prop_assert!(run.actual.duration_since(run.nominal) <= spec.jitter.unwrap_or_default());
            last = run.nominal;
        }
    }

    #[test]
    fn a_skip_takes_runs_away_and_adds_or_moves_none((_, spec) in canonical(), now in instant()) {
        let zone = Zone::load(spec.time_zone_name.as_deref()).unwrap();
        let unskipped = Spec { skip: Vec::new(), ..spec.clone() };
        // From the same start: where clocks change by other than an hour the engine's runs depend on it.
        let left: Vec<_> = unskipped
            .runs_after(now, "")
            .take(CANDIDATES)
            .map(|run| run.nominal)
            .filter(|nominal| !spec.skip.iter().any(|skip| is_in(skip, *nominal, &zone)))
            .collect();
        let runs: Vec<_> = spec.runs_after(now, "").take(left.len()).map(|run| run.nominal).collect();
        prop_assert_eq!(runs, left);
    }

    #[test]
    fn looking_from_later_finds_the_same_runs((_, spec) in canonical(), now in instant()) {
        let runs: Vec<_> = spec.runs_after(now, "").take(RUNS).map(|run| run.nominal).collect();
        if let Some(middle) = runs.get(RUNS / 2) {
            let rest: Vec<_> = spec.runs_after(*middle, "").take(RUNS / 2 - 1).map(|run| run.nominal).collect();
            prop_assert_eq!(&runs[RUNS / 2 + 1..], &rest[..]);
        }
    }

    #[test]
    fn every_spec_has_words_and_warnings_that_are_lines((written, spec) in canonical(), now in instant()) {
        let text = words(&spec);
        prop_assert!(!text.is_empty() && !text.contains('\n'));
        for warning in warnings(&written, &spec, now) {
            prop_assert!(!warning.message.is_empty() && !warning.help.is_empty());
            prop_assert!(!warning.message.contains('\n'), "{}", warning.message);
        }
    }

    #[test]
    fn what_is_offered_for_a_cron_is_taken_and_runs(text in foreign_cron()) {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let written = |text: &str| WrittenSpec { cron_expressions: vec![text.to_owned()], ..WrittenSpec::default() };
        let hints: Vec<String> = match written(&text).canonical() {
            Ok(spec) => warnings(&written(&text), &spec, now).into_iter().map(|warning| warning.help).collect(),
            Err(_) => dialect_hint(&text).into_iter().collect(),
        };
        for hint in hints {
            // Every other piece stands in quotes.
            for offer in hint.split('"').skip(1).step_by(2) {
                let spec = written(offer).canonical();
                prop_assert!(spec.is_ok_and(|spec| !spec.never_fires(now)), "{}: {}", text, offer);
                prop_assert_eq!(offer.starts_with("CRON_TZ="), text.starts_with("CRON_TZ="));
            }
        }
    }

    #[test]
    fn printing_and_parsing_a_duration_gives_the_same(micros in 0_i64..=i64::MAX / 2) {
        let span = SignedDuration::from_micros(micros);
        prop_assert_eq!(duration::parse(&duration::to_iso(span)), Ok(span));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = (duration::parse(&text), duration::parse_iso(&text), datetime::parse(&text), dialect_hint(&text));
        let written = WrittenSpec { cron_expressions: vec![text.clone()], ..WrittenSpec::default() };
        let _ = written.canonical().map(|spec| words(&spec));
        let written = WrittenSpec { time_zone_name: Some(text), ..WrittenSpec::default() };
        let _ = written.canonical();
    }

    #[test]
    fn no_number_panics(
        values in vec(any::<i64>(), 6),
        every in any::<i64>(),
        offset in any::<i64>(),
        now in instant(),
    ) {
        let range = |at: usize| Some(vec![WrittenRange { start: values[at], end: values[at + 1], step: values[at + 2] }]);
        let calendar = WrittenCalendar { hour: range(0), day_of_month: range(2), year: range(3), ..WrittenCalendar::default() };
        let interval = WrittenInterval {
            every: SignedDuration::from_nanos(every),
            offset: Some(SignedDuration::from_nanos(offset)),
        };
        let written = WrittenSpec {
            intervals: vec![interval],
            skip: vec![calendar.clone()],
            ..WrittenSpec::default()
        };
        if let Ok(spec) = written.canonical() {
            let _ = (spec.runs_after(now, "").take(3).count(), words(&spec), warnings(&written, &spec, now));
        }
        let _ = WrittenSpec { calendars: vec![calendar], ..WrittenSpec::default() }.canonical();
    }
}
