//! "The first Monday": days of the month that are said by counting days of the week.

use super::super::values::Values;
use super::list::joined;
use super::month::{Days, longest};
use super::weekday::{from_monday, name};

/// At most so many are named: the first and third Monday and Tuesday are four.
const MOST: usize = 4;

const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// "on the first Monday of every month": of each day of the week, days 1 to 7 hold the first, 8 to 14 the
/// second, and 29 to 31 the fifth if there is one. Nothing if the days are others.
pub(super) fn words(values: &Values) -> Option<String> {
    let days = &values.day_of_month;
    let weekdays: Vec<String> = from_monday(&values.day_of_week).map(name).collect();
    let months = Days::of(values).months();
    if is_last_week(values) && weekdays.len() <= MOST {
        return Some(format!("on the {} of {months}", each(&["last"], &weekdays)));
    }
    let last = days.last().copied()?.max(28);
    let weeks: Vec<&str> = ORDINALS
        .iter()
        .zip([1, 8, 15, 22, 29])
        .filter(|(_, first)| days.contains(first))
        .map(|(ordinal, _)| *ordinal)
        .collect();
    let whole: usize = [1, 8, 15, 22, 29]
        .into_iter()
        .filter(|first| days.contains(first))
        .map(|first| (first..first + 7).filter(|day| *day <= last && days.contains(day)).count())
        .sum();
    let is_counted = days.len() == whole
        && [1, 8, 15, 22]
            .into_iter()
            .all(|first| !days.contains(&first) || (first..first + 7).all(|day| days.contains(&day)))
        && (!days.contains(&29) || has_whole_rest(values));
    if !is_counted || weeks.len() * weekdays.len() > MOST {
        return None;
    }
    let that_has_one = if weeks.as_slice() == ["fifth"] && months == "every month" { " that has one" } else { "" };
    Some(format!("on the {} of {months}{that_has_one}", each(&weeks, &weekdays)))
}

/// Whether the days from the 29th on are all that its months have.
fn has_whole_rest(values: &Values) -> bool {
    values.month.iter().all(|month| (29..=longest(*month)).all(|day| values.day_of_month.contains(&day)))
}

/// Whether the days are the last seven of each of its months. February has two ends.
fn is_last_week(values: &Values) -> bool {
    let days = &values.day_of_month;
    days.len() == 7
        && values.month.iter().all(|month| {
            let last = longest(*month);
            *month != 2 && days.first() == Some(&(last - 6)) && days.last() == Some(&last)
        })
}

/// "first and third Monday", "first Monday and the first Tuesday".
fn each(weeks: &[&str], weekdays: &[String]) -> String {
    let weeks: Vec<String> = weeks.iter().map(|week| (*week).to_owned()).collect();
    let weeks = joined(&weeks);
    let named: Vec<String> = weekdays.iter().map(|weekday| format!("{weeks} {weekday}")).collect();
    named.join(" and the ")
}
