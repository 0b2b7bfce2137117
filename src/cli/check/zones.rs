//! Zones as people name them, and what they are in the IANA database. What is no name there is not
//! guessed by its spelling: another zone would run at another time.

use crate::timing::Zone;

const NAMES: &str = "zones are named as in the IANA database, case included, such as Europe/Paris or UTC";

/// What may have been meant by a zone that the engine does not know.
pub(super) fn hint(name: &str) -> String {
    let plain = letters(name);
    if let Some(known) = Zone::names().find(|known| letters(known) == plain && signs(known) == signs(name)) {
        return format!("write {known}: {NAMES}");
    }
    if let Some(minutes) = offset(name) {
        return of_offset(name, minutes);
    }
    if let Some((_, zones)) = super::zone_names::MEANT.iter().find(|(meant, _)| letters(meant) == plain) {
        return several(name, zones);
    }
    // A city in a part of the world where the database does not have it, or without one.
    let city = name.rsplit('/').next().unwrap_or_default();
    if let Some((_, zones)) = super::zone_names::MEANT.iter().find(|(meant, _)| letters(meant) == letters(city)) {
        return several(name, zones);
    }
    let mut cities: Vec<&str> = Zone::names().filter(|known| is_city(known, city)).collect();
    cities.sort_unstable();
    match cities.as_slice() {
        [] | [_, _, _, _, ..] => format!("{NAMES}: choose a city with the same clock"),
        zones => several(name, zones),
    }
}

fn several(name: &str, zones: &[&str]) -> String {
    match zones {
        [one] => format!("for {name} write {one}"),
        zones => format!("{name} may be one of several: {}", zones.join(", ")),
    }
}

/// `new york` and `New_York` are the same.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The signs of an offset, which letters do not show.
fn signs(name: &str) -> String {
    let before_digit = name.char_indices().filter(|(at, c)| {
        matches!(c, '+' | '-') && name.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    before_digit.map(|(_, c)| c).collect()
}

fn is_city(known: &str, city: &str) -> bool {
    known.rsplit_once('/').is_some_and(|(_, last)| !last.is_empty() && letters(last) == letters(city))
}

/// Minutes ahead of UTC of "GMT+2", "UTC-05:30", "+0200".
fn offset(name: &str) -> Option<i64> {
    let upper = name.trim().to_ascii_uppercase().replace(' ', "");
    let rest = ["UTC", "GMT", "Z"].into_iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or(&upper);
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, digits) = match (rest.strip_prefix('+'), rest.strip_prefix(['-', '\u{2212}'])) {
        (Some(digits), _) => (1, digits),
        (None, Some(digits)) => (-1, digits),
        (None, None) => return None,
    };
    let is_number = |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    (is_number(hours) && is_number(minutes)).then_some(())?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
}

/// The database has whole hours alone, with their sign turned round.
fn of_offset(name: &str, minutes: i64) -> String {
    let city = "where clocks change in summer, name a city's zone instead";
    if minutes == 0 {
        return format!("for {name} write UTC");
    }
    let side = if minutes > 0 { "ahead of" } else { "behind" };
    let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
    let zone = format!("Etc/GMT{}{hours}", if minutes > 0 { '-' } else { '+' });
    if rest == 0 && Zone::check(Some(&zone)).is_ok() {
        let unit = if hours == 1 { "hour" } else { "hours" };
        return format!(
            "{hours} {unit} {side} UTC all year is {zone}, for these names have their sign turned round; {city}"
        );
    }
    let fixed = super::zone_names::OFFSETS.iter().find(|(known, _)| *known == minutes);
    match fixed {
        Some((_, zone)) => format!("that far {side} UTC all year is {zone}"),
        None => format!("there is no zone that stays that far {side} UTC: {NAMES}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_zone_is_what_people_mean_by_it() {
        for (name, expected) in [
            ("europe/paris", "write Europe/Paris"),
            ("America/New York", "write America/New_York"),
            ("utc", "write UTC"),
            ("PST", "for PST write America/Los_Angeles"),
            ("CEST", "CEST may be one of several: Europe/Paris"),
            ("IST", "IST may be one of several: Asia/Kolkata, Europe/Dublin, Asia/Jerusalem"),
            ("Asia/Beijing", "for Asia/Beijing write Asia/Shanghai"),
            ("US/San_Francisco", "write America/Los_Angeles"),
            ("Paris", "for Paris write Europe/Paris"),
            ("Europe/New_York", "for Europe/New_York write America/New_York"),
            ("Pacific Standard Time", "write America/Los_Angeles"),
            ("GMT+2", "2 hours ahead of UTC all year is Etc/GMT-2"),
            ("UTC-5", "5 hours behind UTC all year is Etc/GMT+5"),
            ("+01:00", "1 hour ahead of UTC all year is Etc/GMT-1"),
            ("UTC+5:30", "that far ahead of UTC all year is Asia/Kolkata"),
            ("+0000", "write UTC"),
            ("UTC+99", "there is no zone"),
            ("Europe/Pariss", "zones are named as in the IANA database"),
            ("Mars/Olympus", "zones are named as in the IANA database"),
        ] {
            assert!(hint(name).contains(expected), "{name}: {}", hint(name));
        }
    }

    #[test]
    fn every_zone_of_the_tables_exists_and_no_name_of_them_does() {
        let zones = super::super::zone_names::MEANT.iter().flat_map(|(_, zones)| zones.iter());
        let offsets = super::super::zone_names::OFFSETS.iter().map(|(_, zone)| zone);
        for zone in zones.chain(offsets) {
            assert_eq!(Zone::check(Some(zone)), Ok(()), "{zone}");
        }
        for (name, _) in super::super::zone_names::MEANT {
            assert!(Zone::check(Some(name)).is_err(), "{name} is a zone itself");
        }
    }

    proptest! {
        #[test]
        fn no_name_panics(name in ".{0,30}|(GMT|UTC|Z)?[+-][0-9:]{0,6}") {
            prop_assert!(!hint(&name).is_empty());
        }
    }
}
