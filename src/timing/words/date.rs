//! The days of a calendar in words.

use super::super::values::Values;
use super::list::{joined, ordinal, ranges};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// "every weekday", "on the 1st of every month"; nothing for every day.
pub(super) fn words(values: &Values) -> Option<String> {
    let days = days(values);
    let years = values.year.as_ref().map(|years| format!("in {}", ranges(years, |year| year.to_string())));
    match (days, years) {
        (None, None) => None,
        (Some(days), None) => Some(days),
        (None, Some(years)) => Some(format!("every day {years}")),
        (Some(days), Some(years)) => Some(format!("{days} {years}")),
    }
}

fn days(values: &Values) -> Option<String> {
    let months = ranges(&values.month, |month| named(&MONTHS, month - 1));
    let in_months = if values.has_every_month() { String::new() } else { format!(" in {months}") };
    match (values.has_every_day_of_month(), values.has_every_day_of_week()) {
        (true, true) if in_months.is_empty() => None,
        (true, true) => Some(format!("every day{in_months}")),
        (true, false) => Some(format!("every {}{in_months}", weekdays(&values.day_of_week, "and"))),
        (false, true) => Some(dates(values, &months)),
        (false, false) => {
            let weekdays = weekdays(&values.day_of_week, "or");
            Some(format!("{} if that is a {weekdays}", dates(values, &months)))
        }
    }
}

/// "on the 1st of every month", "every December 25".
fn dates(values: &Values, months: &str) -> String {
    match (values.day_of_month.as_slice(), values.month.as_slice()) {
        ([day], [_]) => format!("every {months} {day}"),
        (days, _) if values.has_every_month() => format!("on the {} of every month", ranges(days, ordinal)),
        (days, _) => format!("on the {} of {months}", ranges(days, ordinal)),
    }
}

fn weekdays(days: &[i64], or: &str) -> String {
    match days {
        [1, 2, 3, 4, 5] => "weekday".into(),
        // The week that people see does not begin with Sunday.
        [0, rest @ ..] => {
            let mut names: Vec<String> = rest.iter().map(|day| named(&DAYS, *day)).collect();
            names.push(named(&DAYS, 0));
            joined(&names).replace(" and ", &format!(" {or} "))
        }
        days if or == "and" => ranges(days, |day| named(&DAYS, day)),
        days => {
            let names: Vec<String> = days.iter().map(|day| named(&DAYS, *day)).collect();
            joined(&names).replace(" and ", &format!(" {or} "))
        }
    }
}

fn named(names: &[&str], index: i64) -> String {
    usize::try_from(index).ok().and_then(|index| names.get(index)).map_or_else(String::new, |name| (*name).to_owned())
}
