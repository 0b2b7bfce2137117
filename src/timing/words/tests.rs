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
    assert_eq!(cron("15 0 9 * * 1,3,5 *"), "every Monday, Wednesday and Friday at 09:00:15 UTC");
}

#[test]
fn days_of_the_week_are_said_by_the_shorter_side() {
    assert_eq!(cron("30 8 * * 6,7"), "every Saturday and Sunday at 08:30 UTC");
    assert_eq!(cron("0 0 * * 1-4"), "every day from Monday to Thursday at 00:00 UTC");
    assert_eq!(cron("0 0 * * 5,6,0"), "every day from Friday to Sunday at 00:00 UTC");
    assert_eq!(cron("0 0 * * 0-5"), "every day except Saturday at 00:00 UTC");
    assert_eq!(cron("0 0 * * 1-6"), "every day except Sunday at 00:00 UTC");
    assert_eq!(cron("0 0 * * 0,1,2,4,5"), "every Monday, Tuesday, Thursday, Friday and Sunday at 00:00 UTC");
}

#[test]
fn days_of_the_month_are_ordinals_and_one_date_is_a_date() {
    assert_eq!(cron("@monthly"), "on the 1st of every month at 00:00 UTC");
    assert_eq!(cron("@yearly"), "every January 1 at 00:00 UTC");
    assert_eq!(cron("0 0 1 1 * 2027"), "on January 1, 2027 at 00:00 UTC");
    assert_eq!(cron("0 6 1,15 * *"), "on the 1st and 15th of every month at 06:00 UTC");
    assert_eq!(cron("0 6 1-7 1,4,7,10 *"), "on the first 7 days of January, April, July and October at 06:00 UTC");
    assert_eq!(cron("0 6 10-20 * *"), "every day from the 10th to the 20th of every month at 06:00 UTC");
    assert_eq!(cron("0 6 28-31 * *"), "every day from the 28th to the end of every month at 06:00 UTC");
    assert_eq!(cron("0 6 2-31 * *"), "every day from the 2nd to the end of every month at 06:00 UTC");
    assert_eq!(cron("0 6 1-14,16-31 * *"), "every day except the 15th at 06:00 UTC");
    assert_eq!(cron("0 6 1-30 4 *"), "every day in April at 06:00 UTC");
}

#[test]
fn days_that_not_every_month_has_are_said_to_be_so() {
    assert_eq!(cron("0 6 31 * *"), "on the 31st of every month that has one at 06:00 UTC");
    assert_eq!(cron("0 6 1,30 * *"), "on the 1st and 30th (where they exist) of every month at 06:00 UTC");
    assert_eq!(cron("0 6 31 4,5 *"), "every May 31 at 06:00 UTC");
    assert_eq!(cron("0 6 29 2 *"), "every February 29 at 06:00 UTC");
    assert_eq!(cron("0 6 30 2 *"), "never (there is no such day: every February 30 at 06:00)");
    assert_eq!(cron("0 6 29 2 * 2027"), "never (there is no such day: on February 29, 2027 at 06:00)");
    assert_eq!(cron("0 6 1 1 1 2027"), "never (there is no such day: on January 1 in 2027 if it is a Monday at 06:00)");
}

#[test]
fn months_and_years_are_said_by_the_shorter_side() {
    assert_eq!(cron("0 9 * 6-8 1-5 2027"), "every weekday from June to August in 2027 at 09:00 UTC");
    assert_eq!(cron("0 9 * * * 2027-2029"), "every day from 2027 to 2029 at 09:00 UTC");
    assert_eq!(cron("0 9 * 1-7,9-12 *"), "every day in every month except August at 09:00 UTC");
    assert_eq!(cron("0 9 1 1,2,11,12 *"), "on the 1st of every month from November to February at 09:00 UTC");
    assert_eq!(
        cron("0 9 1 1,2,11,12 * 2027"),
        "on the 1st of January, February, November and December in 2027 at 09:00 UTC"
    );
}

#[test]
fn days_of_the_week_are_counted_within_a_month() {
    assert_eq!(cron("0 9 1-7 * 1"), "on the first Monday of every month at 09:00 UTC");
    assert_eq!(cron("0 9 8-14 * 2"), "on the second Tuesday of every month at 09:00 UTC");
    assert_eq!(cron("0 9 1-7,15-21 * 5"), "on the first and third Friday of every month at 09:00 UTC");
    assert_eq!(cron("0 9 29-31 * 5"), "on the fifth Friday of every month that has one at 09:00 UTC");
    assert_eq!(cron("0 9 1-7 * 6,0"), "on the first Saturday and the first Sunday of every month at 09:00 UTC");
    assert_eq!(cron("0 9 25-31 1,12 5"), "on the last Friday of January and December at 09:00 UTC");
    // The last seven days of some months only.
    assert_eq!(cron("0 9 25-31 * 5"), "every Friday from the 25th to the end of every month at 09:00 UTC");
    assert_eq!(cron("0 9 2-8 * 1"), "every Monday from the 2nd to the 8th of every month at 09:00 UTC");
    assert_eq!(cron("0 9 1-6 * 1"), "every Monday in the first 6 days of every month at 09:00 UTC");
    assert_eq!(cron("0 9 1 * 1"), "on the 1st of every month if it is a Monday at 09:00 UTC");
    assert_eq!(cron("0 9 13 * 1-5"), "on the 13th of every month if it is a weekday at 09:00 UTC");
    assert_eq!(
        cron("*/5 9 1,15 * 1-3"),
        "every 5 minutes from 09:00 to 09:55 on Mondays, Tuesdays and Wednesdays that fall on the 1st or 15th of every month, UTC"
    );
    assert_eq!(cron("0 9 1,15 * 1"), "every Monday that falls on the 1st or 15th of every month at 09:00 UTC");
}

#[test]
fn what_is_regular_is_said_as_every_so_often() {
    assert_eq!(cron("* * * * *"), "every minute, UTC");
    assert_eq!(cron("*/15 * * * *"), "every 15 minutes, UTC");
    assert_eq!(cron("2/5 * * * *"), "every 5 minutes from 00:02 UTC");
    assert_eq!(cron("*/15 9-17 * * 1-5"), "every 15 minutes from 09:00 to 17:45 on weekdays, UTC");
    assert_eq!(cron("*/10 22-23,0-5 * * *"), "every 10 minutes from 22:00 to 05:50 UTC");
    assert_eq!(cron("*/10 22-23,0-5 * * 1"), "every 10 minutes in the hours 0 to 5, 22 and 23 on Mondays, UTC");
    assert_eq!(cron("@hourly"), "every hour, UTC");
    assert_eq!(cron("30 * * * *"), "at 30 minutes past every hour, UTC");
    assert_eq!(cron("0 */2 * * *"), "every 2 hours, UTC");
    assert_eq!(cron("30 */6 * * *"), "every 6 hours from 00:30 UTC");
    assert_eq!(cron("0 */7 * * *"), "every day at 00:00, 07:00, 14:00 and 21:00 UTC");
    assert_eq!(cron("0 9-17 * * *"), "every hour from 09:00 to 17:00 UTC");
    assert_eq!(cron("*/10 3 * * *"), "every 10 minutes from 03:00 to 03:50 UTC");
    assert_eq!(cron("*/10 * * * * * *"), "every 10 seconds, UTC");
    assert_eq!(cron("* * * * * * *"), "every second, UTC");
    assert_eq!(cron("*/20 * 9-10 * * * *"), "every 20 seconds from 09:00 to 10:59:40 UTC");
    assert_eq!(cron("* 9 25 12 *"), "every minute from 09:00 to 09:59 on December 25, UTC");
}

#[test]
fn what_is_irregular_is_said_field_by_field() {
    assert_eq!(cron("*/45 * * * *"), "at 0 and 45 minutes past every hour, UTC");
    assert_eq!(cron("5/15 * * * *"), "at 5, 20, 35 and 50 minutes past every hour, UTC");
    assert_eq!(cron("0,7,20 9-12 * * *"), "at 0, 7 and 20 minutes past every hour from 09:00 to 12:00 UTC");
    assert_eq!(cron("*/30 9,12,14,20 * * *"), "at 0 and 30 minutes past 09:00, 12:00, 14:00 and 20:00 UTC");
    assert_eq!(cron("7,37 0 9-17 * * * *"), "at seconds 7 and 37 of minute 0 of the hours 9 to 17, UTC");
    assert_eq!(cron("*/30 0 9-17 * * * *"), "every 30 seconds of minute 0 of the hours 9 to 17, UTC");
    assert_eq!(
        cron("1,2 */7 * * * * *"),
        "at seconds 1 and 2 of minutes 0, 7, 14, 21, 28, 35, 42, 49 and 56 of every hour, UTC"
    );
}

#[test]
fn intervals_count_in_utc() {
    let every = |every: &str, offset: &str| spoken(json!({"intervals": [{"every": every, "offset": offset}]}));
    assert_eq!(cron("@every 5m"), "every 5 minutes");
    assert_eq!(cron("@every 90m/10m"), "every 90 minutes from 00:10 UTC");
    assert_eq!(cron("@every 7m/10s"), "every 7 minutes, counted from 1970-01-01 00:00:10 UTC");
    assert_eq!(every("PT1H", "PT5M"), "at 5 minutes past every hour");
    assert_eq!(every("P1D", "PT9H"), "every day at 09:00 UTC");
    assert_eq!(every("P7D", "P4DT9H"), "every Monday at 09:00 UTC");
    assert_eq!(every("P7D", "PT0S"), "every Thursday at 00:00 UTC");
    assert_eq!(every("P14D", "P11DT9H"), "every 2 weeks on Monday at 09:00 UTC, counted from 1970-01-12");
    assert_eq!(every("P3D", "PT9H"), "every 3 days at 09:00 UTC, counted from 1970-01-01");
    assert_eq!(every("PT36H", "PT0S"), "every 36 hours, counted from 1970-01-01 00:00 UTC");
}

#[test]
fn several_are_joined_and_the_same_is_said_once() {
    assert_eq!(
        spoken(json!({"cron_expressions": ["0 9 * * 1-5", "0 10 * * 0"], "time_zone_name": "Europe/Paris"})),
        "every weekday at 09:00, and every Sunday at 10:00, all in Europe/Paris"
    );
    assert_eq!(spoken(json!({"cron_expressions": ["0 9 * * 1-5", "0 9 * * 1-5"]})), "every weekday at 09:00 UTC");
    assert_eq!(
        spoken(json!({"calendars": [{"hour": [{"start": 9}]}], "intervals": [{"every": "PT4H", "offset": "PT30M"}]})),
        "every day at 09:00 UTC; and every 4 hours from 00:30 UTC"
    );
    assert_eq!(
        spoken(json!({"cron_expressions": ["0 1 * * *", "0 2 * * 1", "0 3 1 * *"]})),
        "every day at 01:00; every Monday at 02:00; and on the 1st of every month at 03:00; all in UTC"
    );
}

#[test]
fn limits_follow() {
    assert_eq!(
        spoken(json!({
            "cron_expressions": ["0 9 * * *"],
            "start_at": "2027-01-31T09:00:00+01:00", "end_at": "2028-01-01T00:00:30Z", "jitter": "PT10M"
        })),
        "every day at 09:00 UTC, not before 2027-01-31 08:00 UTC, not after 2028-01-01 00:00:30 UTC, \
         each delayed by up to 10 minutes"
    );
}

/// What is said of skips beside this cron.
fn skipping(cron: &str, skip: &Value) -> String {
    let text = spoken(json!({"cron_expressions": [cron], "skip": skip}));
    text.split_once(", except ").map_or_else(|| text.clone(), |(_, skip)| skip.to_owned())
}

#[test]
fn a_skip_of_a_whole_day_is_said_so_and_of_a_part_by_its_times() {
    let christmas = json!({"month": [{"start": 12}], "day_of_month": [{"start": 25}]});
    let whole = json!({"month": [{"start": 12}], "day_of_month": [{"start": 25}],
                       "hour": [{"start": 0, "end": 23}], "minute": [{"start": 0, "end": 59}]});
    let dated = json!({"month": [{"start": 1}], "day_of_month": [{"start": 1}], "year": [{"start": 2027}],
                       "hour": [{"start": 0, "end": 23}], "minute": [{"start": 0, "end": 59}]});
    let sundays = json!({"day_of_week": [{"start": 0}], "hour": [{"start": 0, "end": 23}],
                         "minute": [{"start": 0, "end": 59}]});
    let night = json!({"hour": [{"start": 0, "end": 6}], "minute": [{"start": 0, "end": 59}]});
    assert_eq!(skipping("0 9 * * *", &json!([christmas])), "on December 25 at 00:00");
    assert_eq!(skipping("0 9 * * *", &json!([whole])), "all day on December 25");
    assert_eq!(skipping("0 9 * * *", &json!([sundays])), "all day on Sundays");
    assert_eq!(skipping("0 9 * * *", &json!([whole, sundays])), "all day on December 25 and on Sundays");
    assert_eq!(skipping("0 9 * * *", &json!([dated])), "all day on January 1, 2027");
    assert_eq!(skipping("*/5 * * * *", &json!([night])), "from 00:00 to 06:59");
    // Runs at 30 seconds past are left, so that it is not all day.
    assert_eq!(skipping("30 0 9 * * * *", &json!([whole])), "every minute on December 25");
    assert_eq!(skipping("@every 90s", &json!([whole])), "every minute on December 25");
    assert_eq!(skipping("@every 2m", &json!([whole])), "all day on December 25");
}

#[test]
fn what_never_runs_is_said_to() {
    assert_eq!(spoken(json!({})), "never");
    assert_eq!(spoken(json!({"calendars": [{"hour": []}]})), "never (hour matches nothing)");
    assert_eq!(
        spoken(json!({"cron_expressions": ["0 9 * * *"], "calendars": [{"hour": []}]})),
        "every day at 09:00 UTC"
    );
    assert_eq!(
        spoken(json!({
            "cron_expressions": ["0 9 * * *"], "start_at": "2028-01-01T00:00:00Z", "end_at": "2027-01-01T00:00:00Z"
        })),
        "never: it ends at 2027-01-01 00:00 UTC, before it starts, at 2028-01-01 00:00 UTC"
    );
}
