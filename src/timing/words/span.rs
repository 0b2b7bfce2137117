//! Durations in words.

use jiff::SignedDuration;

use super::list::joined;

/// Seconds and name of each unit. Up to the third number a duration is counted in that unit alone, if it
/// is a whole number of it: people say 90 minutes and 36 hours.
const UNITS: [(i64, &str, i64); 5] = [
    (604_800, "week", i64::MAX),
    (86_400, "day", i64::MAX),
    (3600, "hour", 71),
    (60, "minute", 179),
    (1, "second", 119),
];

/// "every hour", "every 90 minutes".
pub(in crate::timing) fn every(seconds: i64) -> String {
    let one = UNITS.iter().find(|(unit, ..)| seconds == *unit);
    one.map_or_else(|| format!("every {}", whole(seconds)), |(_, name, _)| format!("every {name}"))
}

/// "90 minutes", "5 hours 20 minutes".
pub(in crate::timing) fn whole(seconds: i64) -> String {
    let alone = UNITS.iter().find(|(unit, _, most)| seconds >= *unit && seconds % unit == 0 && seconds / unit <= *most);
    if let Some((unit, name, _)) = alone {
        return counted(seconds / unit, name);
    }
    let mut rest = seconds;
    let mut words = Vec::new();
    for (unit, name, _) in UNITS.iter().filter(|(_, name, _)| *name != "week") {
        if rest >= *unit {
            words.push(counted(rest / unit, name));
        }
        rest %= unit;
    }
    if words.is_empty() { "0 seconds".into() } else { words.join(" ") }
}

fn counted(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// The same with what is below a second.
pub(in crate::timing) fn exact(duration: SignedDuration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    if millis == 0 {
        return whole(seconds);
    }
    let millis = counted(millis.into(), "millisecond");
    if seconds == 0 { millis } else { joined(&[whole(seconds), millis]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_needs_no_number() {
        assert_eq!(every(3600), "every hour");
        assert_eq!(every(300), "every 5 minutes");
        assert_eq!(every(604_800), "every week");
    }

    #[test]
    fn what_is_whole_in_a_small_unit_is_counted_in_it() {
        assert_eq!(every(90), "every 90 seconds");
        assert_eq!(every(5400), "every 90 minutes");
        assert_eq!(every(7200), "every 2 hours");
        assert_eq!(every(36 * 3600), "every 36 hours");
        assert_eq!(every(10 * 86_400), "every 10 days");
        assert_eq!(every(14 * 86_400), "every 2 weeks");
        assert_eq!(every(3 * 3600 + 1200), "every 3 hours 20 minutes");
        assert_eq!(every(3601), "every 1 hour 1 second");
        assert_eq!(every(8 * 86_400 + 3600), "every 8 days 1 hour");
    }

    #[test]
    fn parts_of_a_second_are_said() {
        assert_eq!(exact(SignedDuration::from_millis(500)), "500 milliseconds");
        assert_eq!(exact(SignedDuration::from_millis(1001)), "1 second and 1 millisecond");
        assert_eq!(exact(SignedDuration::from_millis(90_250)), "90 seconds and 250 milliseconds");
        assert_eq!(exact(SignedDuration::ZERO), "0 seconds");
    }
}
