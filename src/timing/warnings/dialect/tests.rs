use super::*;

/// What is offered: the crons in quotes, the calendars in YAML.
fn offered(text: &str) -> Vec<String> {
    let written = Written::of(text);
    offers(&written, &readings(&written.fields)).iter().map(Offer::text).collect()
}

#[test]
fn what_is_offered_runs_when_the_other_dialect_would() {
    for (text, expected) in [
        // AWS has no seconds, always a year, and counts days of the week from 1, Sunday.
        ("15 12 * * ? *", "\"15 12 * * *\""),
        ("0 8 1 * ? *", "\"0 8 1 * *\""),
        ("0 18 ? * MON-FRI *", "\"0 18 * * MON-FRI\""),
        ("0 18 ? * 2-6 *", "\"0 18 * * MON-FRI\""),
        ("0/15 * * * ? *", "\"0/15 * * * *\""),
        ("cron(0 10 * * ? *)", "\"0 10 * * *\""),
        ("0 10 ? * 1 2027-2028", "\"0 10 * * SUN 2027-2028\""),
        // Quartz and Spring have seconds first.
        ("0 0 12 * * ?", "\"0 12 * * *\""),
        ("0 30 9 ? * MON-FRI", "\"30 9 * * MON-FRI\""),
        ("0 0/5 14 * * ?", "\"0/5 14 * * *\""),
        ("*/10 * * * * ?", "\"*/10 * * * * * *\""),
        ("30 15 10 * * ? 2027", "\"30 15 10 * * * 2027\""),
        ("0 15 10 ? * 6 2027", "\"15 10 * * FRI 2027\""),
        ("CRON_TZ=Europe/Paris 0 0 12 * * ? # noon", "\"CRON_TZ=Europe/Paris 0 12 * * * # noon\""),
        // Ranges that go round.
        ("0 9 * * FRI-MON", "\"0 9 * * MON,FRI,SAT,SUN\""),
        ("0 22-6 * * *", "\"0 0-6,22,23 * * *\""),
        ("0 0 1 NOV-FEB *", "\"0 0 1 1,2,11,12 *\""),
    ] {
        assert_eq!(offered(text), [expected], "{text}");
    }
}

#[test]
fn what_a_cron_cannot_say_is_said_in_several_or_in_calendars() {
    assert_eq!(
        offered("0 23 L * *"),
        ["\"0 23 31 1,3,5,7,8,10,12 *\", \"0 23 30 4,6,9,11 *\", \"0 23 29 2 *\" and \
          \"0 23 28 2 * 2001-2097/4,2002-2098/4,2003-2099/4,2100\""]
    );
    assert_eq!(offered("0 23 L 12 ?"), ["\"0 23 31 12 *\""]);
    assert_eq!(
        offered("0 9 15W * *"),
        ["`calendars: [{dayOfMonth: [{start: 14}, {start: 15}], dayOfWeek: [{start: 5}], hour: [{start: 9}]}, \
          {dayOfMonth: [{start: 15}], dayOfWeek: [{start: 2, end: 4}], hour: [{start: 9}]}, \
          {dayOfMonth: [{start: 15}, {start: 16}], dayOfWeek: [{start: 1}], hour: [{start: 9}]}]`"]
    );
    assert_eq!(
        offered("0 0 9 ? * FRI#2"),
        ["`calendars: [{dayOfMonth: [{start: 8, end: 14}], dayOfWeek: [{start: 5}], hour: [{start: 9}]}]`"]
    );
    let last_friday = offered("CRON_TZ=Asia/Tokyo 0 18 * * FRIL");
    assert!(last_friday[0].ends_with("with `timeZoneName: Asia/Tokyo`"), "{last_friday:?}");
}

#[test]
fn where_two_dialects_differ_both_are_shown() {
    assert_eq!(offered("0 0 12 ? * 2"), ["\"0 12 * * MON\"", "\"0 12 * * 2\""]);
    assert_eq!(offered("0 12 ? * 2-6"), ["\"0 12 * * 2-6\"", "\"0 12 * * MON-FRI\""]);
    assert_eq!(offered("0 9 * * 3L").len(), 2);
    assert_eq!(offered("0 9 * * 6#3").len(), 2);
    let last = dialect_hint("0 0 9 ? * 3L").unwrap();
    assert_eq!(last.matches("calendars: [").count(), 1, "{last}");
    assert!(last.ends_with("; in Spring it is the same with `dayOfWeek: [{start: 3}]`"), "{last}");
    let both = dialect_hint("0 0 12 ? * 2").unwrap();
    assert!(both.starts_with("in Quartz this runs ") && both.contains("; in Spring this runs "), "{both}");
}

#[test]
fn nothing_is_offered_that_means_something_else_or_nothing() {
    for text in [
        "0 9 LW * *",
        "0 9 31W * *",
        "H 2 * * *",
        "H/15 * * * *",
        "0~59 9 * * *",
        "0 9 * * MON%2",
        "@reboot",
        "@fortnightly",
        "0 24 * * *",
        "60 3 * * *",
        "0 0 31 2 ?",
        "0 0 12 ? * 9",
        "0 9 * *",
        "1 2 3 4 5 6 7 8",
    ] {
        let hint = dialect_hint(text);
        assert!(hint.as_ref().is_some_and(|hint| !hint.contains('"')) || text == "0 0 31 2 ?", "{text}: {hint:?}");
    }
    assert_eq!(dialect_hint("x y z a b"), None);
    assert_eq!(dialect_hint("0 9 * * *"), None);
}

#[test]
fn words_in_place_of_fields_are_translated() {
    for (text, expected) in [
        ("@Daily", "write \"@daily\""),
        ("@every 2 hours", "write \"@every 2h\", which is counted from 1970"),
        ("@every 1w", "write \"@every 168h\""),
        ("rate(5 minutes)", "write \"@every 5m\""),
        ("PT90M", "write \"@every 1h30m\""),
        ("every 15 minutes", "write \"@every 15m\""),
        ("daily", "write \"@daily\""),
        ("weekly", "write \"0 0 * * MON\""),
        ("Mon..Fri 09:00", "systemd's OnCalendar"),
        ("@reboot", "trigger it by hand"),
        ("0 9 * * * /usr/bin/report --all now please", "write \"0 9 * * *\""),
        ("0 9 * * * date +%F", "write \"0 9 * * *\""),
        ("0 9 * * 1-5 Europe/Paris", "write \"CRON_TZ=Europe/Paris 0 9 * * 1-5\""),
        ("0 3 * * * root /opt/run", "write \"0 3 * * *\""),
    ] {
        assert!(dialect_hint(text).is_some_and(|found| found.contains(expected)), "{text}: {:?}", dialect_hint(text));
    }
}

#[test]
fn six_fields_that_the_engine_takes_may_be_meant_with_seconds() {
    let other = |text: &str| other_readings(text, &proof::calendar(text).unwrap());
    for (text, expected) in [
        ("0 0 9 * * *", "write \"0 9 * * *\""),
        ("*/30 * * * * *", "write \"*/30 * * * * * *\""),
        ("0 */5 * * * *", "write \"*/5 * * * *\""),
        ("30 9 * * * *", "write \"30 9 * * * * *\""),
        ("0 0 9 * * 2-6 *", "write \"0 9 * * MON-FRI\""),
    ] {
        assert!(other(text).is_some_and(|found| found.ends_with(expected)), "{text}: {:?}", other(text));
    }
    for text in ["0 12 25 12 * *", "0 9 * * 1-5 *", "0 9 * * MON-FRI *", "0 9 1 6 * 2027", "0 0 9 * * MON-FRI *"] {
        assert_eq!(other(text), None, "{text}");
    }
    let plainer = |text: &str| plainer(text, &proof::calendar(text).unwrap());
    assert_eq!(plainer("0 0 9 * * *").as_deref(), Some("0 0 9 * *"));
    assert_eq!(plainer("0 0 9 * * 1-5 *").as_deref(), Some("0 0 9 * * MON-FRI *"));
    assert_eq!(plainer("0 9 1 6 * 2027"), None);
}

#[test]
fn a_cron_of_kubernetes_is_written_as_the_engine_reads_it() {
    for (text, expected) in [
        ("0 9 * * 1-5", vec!["0 9 * * 1-5"]),
        ("@hourly", vec!["@hourly"]),
        ("CRON_TZ=Asia/Tokyo 0 9 ? * MON", vec!["CRON_TZ=Asia/Tokyo 0 9 * * MON"]),
        ("0 9 1 * 1", vec!["0 9 1 * *", "0 9 * * 1"]),
        ("0 9 * * 1-7", vec!["0 9 * * *"]),
    ] {
        assert_eq!(from_crontab(text).unwrap_or_default(), expected, "{text}");
    }
    for text in ["@reboot", "0 0 9 * * *", "0 9 * *", "H 9 * * *"] {
        assert_eq!(from_crontab(text), None, "{text}");
    }
}
