use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Warning, WarningKind, dialect_hint, warnings};
use crate::timing::{SpecField, WrittenSpec, duration};

/// A Tuesday.
const NOW: &str = "2026-11-24T12:00:00Z";

fn warned(spec: Value) -> Vec<Warning> {
    let written: WrittenSpec = serde_json::from_value(spec).unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    warnings(&written, &written.canonical().unwrap(), now)
}

fn cron(text: &str) -> Vec<Warning> {
    warned(json!({"cron_expressions": [text]}))
}

fn in_paris(text: &str) -> Vec<Warning> {
    warned(json!({"cron_expressions": [text], "time_zone_name": "Europe/Paris"}))
}

fn kinds(warnings: &[Warning]) -> Vec<WarningKind> {
    warnings.iter().map(|warning| warning.kind).collect()
}

fn messages(warnings: &[Warning]) -> Vec<&str> {
    warnings.iter().map(|warning| warning.message.as_str()).collect()
}

#[test]
fn an_ordinary_spec_has_no_warning() {
    for text in ["0 9 * * 1-5", "@daily", "*/15 * * * *", "@every 5m", "0 0 1 1 *", "0 */6 * * *", "0 9 * * * # 9am"] {
        assert_eq!(cron(text), [], "{text}");
    }
    assert_eq!(in_paris("0 9 * * 1-5"), []);
    assert_eq!(
        warned(json!({"calendars": [{"day_of_month": [{"start": 1, "end": 7}], "day_of_week": [{"start": 1}]}]})),
        []
    );
}

#[test]
fn a_cron_with_both_kinds_of_days_needs_both_to_match() {
    let found = cron("0 9 1 * 1");
    assert_eq!(found[0].kind, WarningKind::DayOfMonthAndDayOfWeek);
    assert_eq!(found[0].field, Some(SpecField::CronExpression(0)));
    assert!(found[0].message.ends_with("on the 1st of every month if it is a Monday at 09:00"), "{found:?}");
}

#[test]
fn a_hash_within_a_field_begins_a_comment() {
    assert_eq!(kinds(&cron("0 9 * * MON#2")), [WarningKind::HashIsComment]);
    assert_eq!(kinds(&cron("0 9 * * * #2 reports")), []);
}

#[test]
fn six_fields_that_end_in_a_star_look_like_quartz() {
    let found = cron("0 0 9 * * *");
    assert_eq!(kinds(&found), [WarningKind::LooksLikeQuartz]);
    assert!(found[0].message.ends_with("on the 9th of every month at 00:00"), "{found:?}");
    assert!(found[0].help.contains("write \"0 9 * * *\"; if it is meant as it is, write \"0 0 9 * *\""), "{found:?}");
    assert_eq!(kinds(&cron("0 0 9 * * 2027-2028")), []);
}

#[test]
fn numbers_of_weekdays_in_seven_fields_may_be_quartzs() {
    assert_eq!(kinds(&cron("0 0 9 * * 2-6 *")), [WarningKind::LooksLikeQuartz]);
    assert_eq!(kinds(&cron("0 0 9 * * MON-FRI *")), []);
}

#[test]
fn a_step_that_does_not_divide_is_uneven() {
    let found = cron("*/45 * * * *");
    assert_eq!(kinds(&found), [WarningKind::UnevenStep]);
    assert!(found[0].message.ends_with("it runs at minutes 0 and 45, not every 45 minutes"), "{found:?}");
    assert_eq!(kinds(&cron("0 */5 * * *")), [WarningKind::UnevenStep]);
    assert_eq!(kinds(&cron("*/60 * * * *")), []);
}

#[test]
fn minutes_without_an_hour_are_minutes_after_midnight() {
    let quarter = json!([{"start": 0, "end": 59, "step": 15}]);
    let found = warned(json!({"calendars": [{"minute": quarter}]}));
    assert_eq!(kinds(&found), [WarningKind::MinuteWithoutHour]);
    assert_eq!(found[0].field, Some(SpecField::Calendar(0)));
    assert_eq!(warned(json!({"calendars": [{"minute": quarter, "hour": [{"start": 0}]}]})), []);
}

#[test]
fn a_skip_without_an_hour_skips_midnight_only() {
    let christmas = json!([{"month": [{"start": 12}], "day_of_month": [{"start": 25}]}]);
    let found =
        warned(json!({"cron_expressions": ["30 9 * * *"], "skip": christmas, "time_zone_name": "Europe/Paris"}));
    assert_eq!(kinds(&found), [WarningKind::SkipLeavesRuns]);
    assert_eq!(found[0].field, Some(SpecField::Skip(0)));
    assert_eq!(
        found[0].message,
        "the run of 2026-12-25 09:30 Europe/Paris is not skipped: this takes away only what is due on December 25 at 00:00"
    );
    assert_eq!(found[0].help, "to skip it too, add hour: [{start: 0, end: 23}] and minute: [{start: 0, end: 59}]");
    assert_eq!(warned(json!({"cron_expressions": ["0 0 * * *"], "skip": christmas})), []);
    let found = warned(json!({"intervals": [{"every": "PT7H"}], "skip": christmas}));
    assert_eq!(kinds(&found), [WarningKind::SkipLeavesRuns]);
}

#[test]
fn a_skip_of_a_whole_day_or_of_its_hour_is_as_it_looks() {
    let whole = json!({"month": [{"start": 12}], "day_of_month": [{"start": 25}], "hour": [{"start": 0, "end": 23}],
                       "minute": [{"start": 0, "end": 59}]});
    assert_eq!(warned(json!({"cron_expressions": ["30 9 * * *"], "skip": [whole]})), []);
    let nine = json!({"day_of_week": [{"start": 1}], "hour": [{"start": 9}]});
    assert_eq!(warned(json!({"cron_expressions": ["0 9,12 * * *"], "skip": [nine]})), []);
    assert_eq!(
        kinds(&warned(json!({"cron_expressions": ["30 9 * * *"], "skip": [nine]}))),
        [WarningKind::SkipLeavesRuns]
    );
}

#[test]
fn a_skip_that_takes_nothing_away_is_idle() {
    let sunday = json!({"day_of_week": [{"start": 0}], "hour": [{"start": 9}]});
    let found = warned(json!({"cron_expressions": ["0 9 * * 1-5"], "skip": [sunday]}));
    assert_eq!(kinds(&found), [WarningKind::SkipIsIdle]);
}

#[test]
fn a_dated_skip_may_be_over_or_fall_on_a_day_without_a_run_but_must_meet_the_hour() {
    let clock = |hour: i64| json!([{"start": hour}]);
    let on = |month: i64, day: i64, year: Value, hour: Value| json!({"month": [{"start": month}], "day_of_month": [{"start": day}], "year": year, "hour": hour});
    for skip in [
        on(12, 25, json!([{"start": 2027}]), clock(9)),
        on(12, 25, json!([{"start": 2025}]), clock(9)),
        on(2, 29, json!(null), clock(9)),
        on(5, 1, json!([{"start": 2027, "end": 2028}]), clock(9)),
    ] {
        assert_eq!(warned(json!({"cron_expressions": ["0 9 * * 1-5"], "skip": [skip]})), [], "{skip}");
    }
    let found =
        warned(json!({"cron_expressions": ["0 9 * * 1-5"], "skip": [on(12, 25, json!([{"start": 2027}]), clock(8))]}));
    assert_eq!(kinds(&found), [WarningKind::SkipIsIdle]);
}

#[test]
fn a_step_of_a_cron_for_quartz_is_not_looked_at() {
    assert_eq!(kinds(&cron("0 */45 * * * *")), [WarningKind::LooksLikeQuartz]);
    assert_eq!(kinds(&cron("*/45 * * * *")), [WarningKind::UnevenStep]);
}

#[test]
fn ends_that_are_over_are_said_once() {
    let daily = json!(["0 9 * * *"]);
    let found = warned(json!({"cron_expressions": daily, "end_at": "2026-01-01T00:00:00Z"}));
    assert_eq!(kinds(&found), [WarningKind::EndInThePast]);
    assert_eq!(found[0].field, Some(SpecField::EndAt));
    let found = warned(
        json!({"cron_expressions": daily, "start_at": "2028-01-01T00:00:00Z", "end_at": "2027-01-01T00:00:00Z"}),
    );
    assert_eq!(kinds(&found), [WarningKind::EndBeforeStart]);
    let found = warned(json!({"cron_expressions": daily, "end_at": "2026-11-24T13:00:00Z"}));
    assert_eq!(kinds(&found), [WarningKind::NeverFires]);
    assert_eq!(found[0].field, Some(SpecField::EndAt));
}

#[test]
fn what_never_fires_is_named_with_its_reason() {
    for (spec, field, reason) in [
        (json!({}), None, "there is no cron"),
        (json!({"cron_expressions": ["0 0 31 2 *"]}), Some(SpecField::CronExpression(0)), "there is no such day"),
        (json!({"cron_expressions": ["@daily", "0 0 1 1 * 2024"]}), Some(SpecField::CronExpression(1)), "is past"),
        (json!({"calendars": [{"hour": []}]}), Some(SpecField::Calendar(0)), "hour is an empty list"),
    ] {
        let found = warned(spec.clone());
        assert_eq!(kinds(&found), [WarningKind::NeverFires], "{spec}");
        assert_eq!(found[0].field, field);
        assert!(found[0].message.contains(reason), "{found:?}");
    }
    let all = json!({"hour": [{"start": 0, "end": 23}], "minute": [{"start": 0, "end": 59}]});
    let found = warned(json!({"cron_expressions": ["0 9 * * *"], "skip": [all]}));
    assert_eq!(messages(&found), ["it never fires: its skips take every run away"]);
}

/// What each says was seen on a Temporal 1.32.0 server.
#[test]
fn a_change_of_the_clocks_loses_doubles_and_moves_what_the_engine_does() {
    for (text, zone, expected) in [
        (
            "30 2 * * *",
            "Europe/Paris",
            "the run of 2027-03-28 02:30 is lost, and the next is that of 2027-03-29 02:30: clocks in Europe/Paris jump from 02:00 to 03:00 that day",
        ),
        (
            "30 1 * * *",
            "Europe/Paris",
            "the run of 2027-10-31 01:30 happens once more, at 02:30: clocks in Europe/Paris go back from 03:00 to 02:00 that day",
        ),
        (
            "0 */2 * * *",
            "Europe/Paris",
            "the run of 2027-03-28 02:00 is lost, and the next is that of 2027-03-28 04:00: clocks in Europe/Paris jump from 02:00 to 03:00 that day",
        ),
        (
            "30 1 * * *",
            "America/New_York",
            "the run of 2027-11-07 01:30 happens twice, at 05:30 and 06:30 UTC: clocks in America/New_York go back from 02:00 to 01:00 that day",
        ),
        (
            "0,30 2 * * *",
            "America/New_York",
            "2 runs, the first of 2027-03-14 02:00, are lost, and the next is that of 2027-03-15 02:00: clocks in America/New_York jump from 02:00 to 03:00 that day",
        ),
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "the run of 2027-10-03 02:15 happens at 02:45 instead: clocks in Australia/Lord_Howe jump from 02:00 to 02:30 that day",
        ),
        (
            "0 * * * *",
            "Europe/Paris",
            "the run of 2027-10-31 02:00 (01:00 UTC) is lost, and the next is that of 2027-10-31 03:00: clocks in Europe/Paris go back from 03:00 to 02:00 that day",
        ),
        (
            "*/15 * * * *",
            "Europe/Paris",
            "8 runs, the first of 2027-10-31 02:15 (00:15 UTC), are lost, and the next is that of 2027-10-31 02:30 (01:30 UTC): clocks in Europe/Paris go back from 03:00 to 02:00 that day",
        ),
    ] {
        let found = warned(json!({"cron_expressions": [text], "time_zone_name": zone}));
        assert_eq!(messages(&found), [expected], "{text} {zone}");
    }
}

#[test]
fn runs_that_a_change_of_the_clocks_leaves_alone_are_not_warned_of() {
    for (text, zone) in [
        ("30 9 * * *", "Europe/Paris"),
        ("30 2 1 * *", "Europe/Paris"),
        ("0 3 * * *", "Europe/Paris"),
        ("45 1 * * *", "Australia/Lord_Howe"),
        ("0 * * * *", "America/New_York"),
        ("*/15 * * * *", "America/New_York"),
        ("*/15 * * * *", "Asia/Tokyo"),
    ] {
        assert_eq!(warned(json!({"cron_expressions": [text], "time_zone_name": zone})), [], "{text} {zone}");
    }
}

#[test]
fn a_skipped_run_is_not_lost() {
    let sundays = json!([{"day_of_week": [{"start": 0}], "hour": [{"start": 2}], "minute": [{"start": 30}]}]);
    let spec = json!({"cron_expressions": ["30 2 * * *"], "time_zone_name": "Europe/Paris", "skip": sundays});
    assert_eq!(warned(spec), []);
    let before_spring =
        json!({"cron_expressions": ["30 2 * * *"], "time_zone_name": "Europe/Paris", "end_at": "2027-03-01T00:00:00Z"});
    assert_eq!(warned(before_spring), []);
}

#[test]
fn more_than_a_run_a_minute_is_a_lot() {
    assert_eq!(kinds(&cron("*/10 * * * * * *")), [WarningKind::SubMinute]);
    assert_eq!(kinds(&cron("@every 30s")), [WarningKind::SubMinute]);
    assert_eq!(kinds(&cron("@every 1m")), []);
}

#[test]
fn fractions_of_seconds_are_cut_off() {
    let found = warned(json!({"intervals": [{"every": "PT1.5S"}]}));
    assert_eq!(kinds(&found), [WarningKind::SubMinute, WarningKind::FractionIsCut]);
    assert!(found[1].message.starts_with("1 second and 500 milliseconds counts as 1 second"), "{found:?}");
}

#[test]
fn zones_that_are_said_twice_or_in_vain_or_turned_round_are_noticed() {
    let twice =
        warned(json!({"cron_expressions": ["CRON_TZ=Europe/Paris 0 9 * * *"], "time_zone_name": "Europe/Paris"}));
    assert_eq!(kinds(&twice), [WarningKind::ZoneTwice]);
    let vain = warned(json!({"intervals": [{"every": "PT1H"}], "time_zone_name": "Europe/Paris"}));
    assert_eq!(kinds(&vain), [WarningKind::ZoneWithoutEffect]);
    let turned = warned(json!({"cron_expressions": ["0 9 * * *"], "time_zone_name": "Etc/GMT+5"}));
    assert_eq!(messages(&turned), ["Etc/GMT+5 is 5 hours behind UTC: these names have their sign turned round"]);
    let fixed = warned(json!({"cron_expressions": ["0 9 * * *"], "time_zone_name": "EST"}));
    assert_eq!(kinds(&fixed), [WarningKind::MisleadingZone]);
}

#[test]
fn a_refused_cron_of_another_dialect_gets_a_hint() {
    for (text, hint) in [
        ("0 0 12 * * ?", "write \"0 12 * * *\""),
        ("0 12 ? * MON", "elsewhere this runs every Monday at 12:00: write \"0 12 * * MON\""),
        ("0 30 9 * * *", "write \"30 9 * * *\""),
        ("0 9 L * *", "elsewhere this takes several expressions: write \"0 9 31 1,3,5,7,8,10,12 *\""),
        ("0 9 LW * *", "name the days of each month in calendars"),
        ("@Daily", "in lower case"),
        ("0 9 * *", "five fields are"),
        (
            "0 9 * * * /usr/bin/report --all now please",
            "a command has no place here, workflowIdentifier says what runs: write \"0 9 * * *\"",
        ),
        ("0 9 * * * report", "a command has no place here"),
        ("0 0 9 * * MON", "write \"0 9 * * MON\""),
    ] {
        assert!(dialect_hint(text).is_some_and(|found| found.contains(hint)), "{text}: {:?}", dialect_hint(text));
    }
    assert_eq!(dialect_hint("0 9 * * *"), None);
}

#[test]
fn a_star_for_minutes_beside_single_hours_is_every_minute() {
    for text in ["* 9 * * *", "* */6 * * *", "* 9,17 * * 1-5", "0 * 9 * * * *"] {
        assert_eq!(kinds(&cron(text)), [WarningKind::EveryMinute], "{text}");
    }
    assert!(cron("* 9 * * *")[0].help.contains("write \"0 9 * * *\""));
    for text in ["* * * * *", "* 9-17 * * 1-5", "* 22-23,0-5 * * *", "0-59 9 * * *", "*/5 9 * * *", "* * * * 1-5"] {
        assert_eq!(cron(text), [], "{text}");
    }
}

#[test]
fn steps_of_days_and_months_start_anew() {
    for (text, kind) in [
        ("0 0 */2 * *", WarningKind::UnevenDays),
        ("0 0 1/3 1-3 *", WarningKind::UnevenDays),
        ("0 0 1 */5 *", WarningKind::UnevenMonths),
        ("0 0 1 */7 *", WarningKind::UnevenMonths),
        ("0 0 * * */2", WarningKind::UnevenWeekdays),
        ("0 0 * * 0/3", WarningKind::UnevenWeekdays),
    ] {
        assert_eq!(kinds(&cron(text)), [kind], "{text}");
    }
    for text in [
        "0 0 2-28/2 * *",
        "0 0 */2 1 *",
        "0 0 1 */3 *",
        "0 0 1 */6 *",
        "0 0 * * */7",
        "0 0 * * 1-5/2",
        "0 0 * * 1,3,5",
        "0 0 1,11,21 * *",
    ] {
        assert_eq!(cron(text), [], "{text}");
    }
}

#[test]
fn a_seven_at_the_end_of_a_range_from_monday_is_no_sunday() {
    for text in ["0 9 * * 1-7", "0 9 * * MON-7", "0 9 * * 1/1"] {
        let found = cron(text);
        assert_eq!(kinds(&found), [WarningKind::SundayIsLeftOut], "{text}");
        assert!(found[0].help.ends_with("write \"0 9 * * *\""), "{found:?}");
    }
    for text in ["0 9 * * 0-7", "0 9 * * 2-7", "0 9 * * 5-7", "0 9 * * 1-5,7", "0 9 * * 1-6", "0 9 * * 1-7/2"] {
        assert_eq!(cron(text), [], "{text}");
    }
}

#[test]
fn ends_of_months_are_not_as_many_as_months() {
    for text in ["0 0 28-31 * *", "0 0 30,31 * *", "0 0 29-31 1,2 *"] {
        let found = cron(text);
        assert_eq!(kinds(&found), [WarningKind::SeveralMonthEnds], "{text}");
        assert!(found[0].help.contains("write \"0 0 31 "), "{found:?}");
    }
    for (text, reason) in [
        ("0 0 31 * *", "it does not run in February, April, June, September and November"),
        ("0 0 15,30 * *", "it does not run in February"),
        ("0 0 31 */3 *", "it does not run in April"),
        ("0 0 29 * *", "it runs in February only in leap years"),
    ] {
        let found = cron(text);
        assert_eq!(kinds(&found), [WarningKind::DayNotInEveryMonth], "{text}");
        assert!(found[0].message.ends_with(reason), "{found:?}");
    }
    for text in [
        "0 0 28 * *",
        "0 0 31 1,3,5 *",
        "0 0 29 2 *",
        "0 0 28-31 12 *",
        "0 0 15-31 * *",
        "0 0 25-31 * *",
        "0 0 30 4,6 *",
    ] {
        assert_eq!(cron(text), [], "{text}");
    }
}

#[test]
fn the_same_times_twice_are_one_run() {
    let found = warned(json!({"cron_expressions": ["0 9 * * 1-5", "0 9 * * MON-FRI # again"]}));
    assert_eq!(kinds(&found), [WarningKind::SameTimesTwice]);
    assert_eq!(found[0].field, Some(SpecField::CronExpression(1)));
    let nine = json!([{"hour": [{"start": 9}]}]);
    assert_eq!(
        kinds(&warned(json!({"cron_expressions": ["0 9 * * *"], "calendars": nine}))),
        [WarningKind::SameTimesTwice]
    );
    let twice = json!([{"every": "PT1H"}, {"every": "PT60M"}]);
    assert_eq!(kinds(&warned(json!({ "intervals": twice }))), [WarningKind::SameTimesTwice]);
    let other = json!([{"every": "PT1H"}, {"every": "PT1H", "offset": "PT30M"}]);
    assert_eq!(warned(json!({"cron_expressions": ["0 9 * * *", "0 9,12 * * *"], "intervals": other})), []);
}

#[test]
fn an_interval_does_not_begin_with_the_start() {
    let found = |every: &str, offset: Option<&str>, start: &str| {
        warned(json!({"intervals": [{"every": every, "offset": offset}], "start_at": start, "time_zone_name": null}))
    };
    for (every, offset, start, needed) in [
        ("P14D", None, "2027-01-04T09:00:00Z", "P4DT9H"),
        ("P14D", Some("PT9H"), "2027-01-04T09:00:00Z", "P4DT9H"),
        ("P1D", None, "2027-01-04T09:00:00Z", "PT9H"),
        ("PT7H", None, "2026-01-04T09:00:00Z", "PT4H"),
    ] {
        let warned = found(every, offset, start);
        assert_eq!(kinds(&warned), [WarningKind::IntervalIgnoresStart], "{every} {start}");
        let named = warned[0].help.split([' ', ':']).find_map(|word| duration::parse(word).ok()).unwrap();
        assert_eq!(duration::to_iso(named), needed);
        assert_eq!(found(every, Some(needed), start), [], "what is offered is silent");
    }
    for (every, offset, start) in [
        ("P14D", None, "2027-01-14T00:00:00Z"),
        ("PT4H", None, "2027-01-04T00:00:00Z"),
        ("PT15M", Some("PT5M"), "2027-01-04T09:00:00Z"),
        ("PT1H", None, "2027-01-04T09:00:00Z"),
    ] {
        assert_eq!(found(every, offset, start), [], "{every} {start}");
    }
}

#[test]
fn a_skip_that_begins_when_all_is_over_takes_nothing() {
    let christmas = json!([{"month": [{"start": 12}], "day_of_month": [{"start": 25}], "hour": [{"start": 9}]}]);
    let until = |end: &str| warned(json!({"cron_expressions": ["0 9 * * *"], "skip": christmas, "end_at": end}));
    assert_eq!(kinds(&until("2026-12-20T00:00:00Z")), [WarningKind::SkipAfterEnd]);
    assert_eq!(until("2027-01-20T00:00:00Z"), []);
}

/// A list of holidays is kept for all: that one falls on a day without a run is no mistake.
#[test]
fn a_holiday_may_fall_on_a_day_without_a_run() {
    let holiday = |hour: i64, year: i64| {
        let date = json!({"month": [{"start": 12}], "day_of_month": [{"start": 25}], "year": [{"start": year}],
                          "hour": [{"start": hour}]});
        warned(json!({"cron_expressions": ["0 9 * * 1-5"], "skip": [date]}))
    };
    assert_eq!(holiday(9, 2027), [], "a Saturday");
    assert_eq!(holiday(9, 2025), [], "over");
    assert_eq!(kinds(&holiday(10, 2028)), [WarningKind::SkipIsIdle]);
}

#[test]
fn zones_that_stand_for_none_are_utc() {
    for zone in ["Local", "Factory"] {
        let found = warned(json!({"cron_expressions": ["0 9 * * *"], "time_zone_name": zone}));
        assert_eq!(kinds(&found), [WarningKind::PlaceholderZone], "{zone}");
    }
}

#[test]
fn what_is_offered_is_silent_itself() {
    for text in ["*/30 * * * * *", "0 0 9 * * *", "0 9 * * 1-7", "0 0 31 * *", "* 9 * * *", "0 0 9 * * 2-6 *"] {
        let found = cron(text);
        let offers: Vec<&str> = found[0].help.split('"').skip(1).step_by(2).collect();
        assert!(!offers.is_empty(), "{found:?}");
        for offer in offers {
            let left = kinds(&cron(offer));
            assert!(
                left.iter().all(|kind| *kind == WarningKind::SubMinute
                    || *kind == WarningKind::DayNotInEveryMonth
                    || *kind == WarningKind::UnevenDays),
                "{text}: {offer}: {left:?}"
            );
        }
    }
}
