//! Words are held to the runs: what they claim, read back, is what runs. A spread of the engine's vectors
//! is kept beside its words for a person to read.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "small numbers"
)]
#![allow(clippy::similar_names, reason = "first, last, least and most are the words for it")]

#[path = "words/reader.rs"]
mod reader;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use reader::Meaning;
use serde_json::Value;
use workflow_schedule_operator::timing::words::words;
use workflow_schedule_operator::timing::{Spec, WrittenCalendar, WrittenInterval, WrittenRange, WrittenSpec};

/// How many runs are compared.
const RUNS: usize = 60;
/// How many days are looked at: all of a leap year's cycle.
const DAYS: i32 = 366 * 9;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// The times that words claim, each as seconds since 1970, in UTC.
fn claimed<'a>(meaning: &'a Meaning, skip: Option<&'a Meaning>) -> impl Iterator<Item = i64> + 'a {
    let first = Date::constant(2026, 11, 24);
    (0..DAYS).map(move |days| first.checked_add(days.days()).unwrap()).filter(|date| (meaning.is_due)(*date)).flat_map(
        move |date| {
            let midnight = date.at(0, 0, 0, 0).in_tz("UTC").unwrap().timestamp().as_second();
            let is_skipped = move |at: i64| skip.is_some_and(|skip| (skip.is_due)(date) && skip.clock.contains(&at));
            let clock = meaning.clock.iter().copied().filter(move |at| !is_skipped(*at));
            clock.map(move |at| midnight + at).filter(|at| *at > now().as_second())
        },
    )
}

/// The runs of the same days.
fn runs(spec: &Spec) -> Vec<i64> {
    let end = now().as_second() + i64::from(DAYS) * 86_400 - 86_400;
    spec.runs_after(now(), "").map(|run| run.nominal.as_second()).take_while(|run| *run < end).take(RUNS).collect()
}

/// What is wrong with the words of a spec of one calendar in UTC, and perhaps one skip.
fn lie(spec: &Spec) -> Option<String> {
    let text = words(spec);
    let runs = runs(spec);
    if text.starts_with("never") {
        return (!runs.is_empty()).then(|| format!("{text}: it runs at {runs:?}"));
    }
    let (times, skip) = text.split_once(", except ").map_or((text.as_str(), None), |(times, skip)| (times, Some(skip)));
    let times = times.strip_suffix(" UTC").map_or(times, |times| times.trim_end_matches(','));
    let Some(meaning) = reader::meaning(times) else { return Some(format!("{text}: cannot be read")) };
    let skip = match skip.map(reader::skipped) {
        Some(None) => return Some(format!("{text}: its skip cannot be read")),
        Some(Some(skip)) => Some(skip),
        None => None,
    };
    let claimed: Vec<i64> = claimed(&meaning, skip.as_ref()).take(runs.len().max(1)).collect();
    let end = now().as_second() + i64::from(DAYS) * 86_400 - 86_400;
    let claimed: Vec<i64> = claimed.into_iter().filter(|at| *at < end).collect();
    (claimed != runs).then(|| format!("{text}: claims {claimed:?}, runs at {runs:?}"))
}

fn field(common: &'static [&'static str], min: i64, max: i64) -> impl Strategy<Value = String> {
    let single = (min..=max).prop_map(|value| value.to_string());
    let range = (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b)));
    let part = prop_oneof![single, range];
    let several = proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join(","));
    prop_oneof![3 => select(common).prop_map(str::to_owned), 1 => several]
}

/// Crons with the fields that people write, and some that nobody does.
fn cron() -> impl Strategy<Value = String> {
    let clock = (
        field(&["0", "0", "0", "30", "*", "*/10"], 0, 59),
        field(&["0", "0", "30", "*", "*/15", "*/7", "5/15", "0,30"], 0, 59),
        field(&["*", "0", "9", "9-17", "*/2", "*/5", "1/2", "22-23,0-5", "9,17"], 0, 23),
    );
    let date = (
        field(
            &[
                "*",
                "*",
                "1",
                "31",
                "30",
                "29",
                "1-7",
                "8-14",
                "1-7,15-21",
                "29-31",
                "25-31",
                "24-30",
                "1-30",
                "28-31",
                "1,15",
                "2-31",
            ],
            1,
            31,
        ),
        field(
            &["*", "*", "2", "2", "12", "4", "1,7", "6-8", "1-7,9-12", "11,12,1", "1,3,5,7,8,10,12", "4,6,9,11"],
            1,
            12,
        ),
        field(&["*", "*", "1", "1-5", "0", "6,0", "0-5", "5,6,0", "1,3,5", "4,5"], 0, 6),
        field(&["*", "*", "*", "2027", "2027-2029", "2027,2028", "2028"], 2026, 2035),
    );
    (clock, date).prop_map(|((second, minute, hour), (day, month, weekday, year))| {
        format!("{second} {minute} {hour} {day} {month} {weekday} {year}")
    })
}

fn spec_of(cron: &str) -> Spec {
    let written = WrittenSpec { cron_expressions: vec![cron.to_owned()], ..WrittenSpec::default() };
    written.canonical().unwrap()
}

#[allow(clippy::unnecessary_wraps, reason = "as calendars have them")]
fn range(start: i64, end: i64) -> Option<Vec<WrittenRange>> {
    Some(vec![WrittenRange { start, end, step: 1 }])
}

/// Skips as people write them: whole days, nights, and midnight alone.
fn skip() -> impl Strategy<Value = WrittenCalendar> {
    let clock =
        select(vec![(None, None), (range(0, 23), range(0, 59)), (range(0, 6), range(0, 59)), (range(9, 0), None)]);
    let date = select(vec![
        (range(12, 0), range(25, 0), None, None),
        (None, None, range(0, 0), None),
        (range(1, 0), range(1, 0), None, range(2027, 0)),
        (range(7, 8), None, None, None),
        (None, range(1, 7), range(1, 0), None),
        (None, None, None, None),
        (None, range(31, 0), None, None),
    ]);
    let second = prop_oneof![3 => Just(None), 1 => Just(range(0, 59))];
    (clock, date, second).prop_map(|((hour, minute), (month, day_of_month, day_of_week, year), second)| {
        WrittenCalendar { second, minute, hour, day_of_month, month, year, day_of_week, comment: None }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn what_is_said_of_a_cron_is_what_runs(cron in cron()) {
        prop_assert_eq!(lie(&spec_of(&cron)), None, "{}", cron);
    }

    #[test]
    fn what_is_said_of_a_skip_is_what_it_takes_away(cron in cron(), skip in skip()) {
        let written = WrittenSpec { cron_expressions: vec![cron.clone()], skip: vec![skip], ..WrittenSpec::default() };
        prop_assert_eq!(lie(&written.canonical().unwrap()), None, "{}", cron);
    }

    #[test]
    fn what_is_said_of_an_interval_is_what_runs(
        unit in select(vec![1, 60, 3600, 86_400, 604_800, 5400, 36 * 3600]),
        count in 1_i64..20,
        offset in 0_i64..2_000_000,
        in_minutes in any::<bool>(),
    ) {
        let every = unit * count;
        let offset = if in_minutes { offset % every / 60 * 60 } else { offset % every };
        let interval = WrittenInterval {
            every: SignedDuration::from_secs(every),
            offset: Some(SignedDuration::from_secs(offset)),
        };
        let spec = WrittenSpec { intervals: vec![interval], ..WrittenSpec::default() }.canonical().unwrap();
        let text = words(&spec);
        for run in spec.runs_after(now(), "").take(8).map(|run| run.nominal) {
            let local = run.strftime("%A %H:%M:%S").to_string();
            let (weekday, time) = local.split_once(' ').unwrap();
            if let Some((_, at)) = text.split_once(" at ") {
                let at = at.split(' ').next().unwrap();
                prop_assert_eq!(at, time.strip_suffix(":00").unwrap_or(time), "{}", text);
            }
            if text.contains("day at") && !text.contains("every day at") {
                prop_assert!(text.contains(weekday), "{} runs on a {}", text, weekday);
            }
            if let Some((_, from)) = text.split_once("counted from ") {
                let from = from.trim_end_matches(" UTC").replace(' ', "T");
                let from = if from.contains(':') { format!("{from}Z") } else { format!("{from}T00:00Z") };
                let from: Timestamp = from.parse().unwrap();
                let past = (run.as_second() - from.as_second()).rem_euclid(every);
                prop_assert!(past == 0 || text.contains(" at ") && past < 86_400, "{} runs {} s after", text, past);
            }
        }
    }
}

fn vectors() -> Vec<Value> {
    let text = include_str!("vectors/temporal-1.32.0.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_said_of_each_calendar_of_the_vectors_is_what_runs() {
    let written =
        vectors().into_iter().filter_map(|vector| serde_json::from_value::<WrittenSpec>(vector["sent"].clone()).ok());
    let specs = written.filter_map(|written| written.canonical().ok());
    let lies: Vec<String> = specs
        .flat_map(|spec| spec.calendars)
        .filter_map(|calendar| lie(&Spec { calendars: vec![calendar], ..Spec::default() }))
        .collect();
    assert!(lies.is_empty(), "{} lies, the first:\n{}", lies.len(), lies[..lies.len().min(8)].join("\n"));
}

/// Read them: they should be what a person would say.
#[test]
fn a_spread_of_the_vectors_reads_as_a_person_would_say_it() {
    let sent = vectors().into_iter().filter(|vector| vector.get("got").is_some()).map(|vector| vector["sent"].clone());
    let lines = sent.step_by(6).map(|sent| {
        let written: WrittenSpec = serde_json::from_value(sent.clone()).unwrap();
        let mut sent = sent.as_object().unwrap().clone();
        sent.retain(|name, _| !["input", "policy", "max_executions", "start_at"].contains(&name.as_str()));
        let spec = WrittenSpec { start_at: None, ..written }.canonical().unwrap();
        format!("{}\n    {}\n", Value::Object(sent), words(&spec))
    });
    insta::assert_snapshot!(lines.collect::<String>());
}

/// What people do write.
#[test]
fn common_crons_read_as_a_person_would_say_it() {
    let crons = include_str!("words/crons.txt").lines();
    let lines = crons.map(|cron| format!("{cron:<24}{}\n", words(&spec_of(cron))));
    insta::assert_snapshot!(lines.collect::<String>());
}
