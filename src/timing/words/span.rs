//! Durations in words.

use jiff::SignedDuration;

use super::list::joined;

const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];

/// "every hour", "every 90 seconds" as "every 1 minute 30 seconds".
pub(in crate::timing) fn every(seconds: i64) -> String {
    let one = UNITS.iter().find(|(unit, _)| seconds == *unit);
    one.map_or_else(|| format!("every {}", whole(seconds)), |(_, name)| format!("every {name}"))
}

/// "1 hour 30 minutes".
pub(in crate::timing) fn whole(mut seconds: i64) -> String {
    let mut words = Vec::new();
    for (unit, name) in UNITS {
        let count = seconds / unit;
        seconds %= unit;
        match count {
            0 => {}
            1 => words.push(format!("1 {name}")),
            many => words.push(format!("{many} {name}s")),
        }
    }
    if words.is_empty() { "0 seconds".into() } else { words.join(" ") }
}

/// The same with what is below a second.
pub(in crate::timing) fn exact(duration: SignedDuration) -> String {
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    if millis == 0 {
        return whole(seconds);
    }
    let millis = format!("{millis} milliseconds");
    if seconds == 0 { millis } else { joined(&[whole(seconds), millis]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_needs_no_number() {
        assert_eq!(every(3600), "every hour");
        assert_eq!(every(5400), "every 1 hour 30 minutes");
        assert_eq!(every(300), "every 5 minutes");
    }

    #[test]
    fn parts_of_a_second_are_said() {
        assert_eq!(exact(SignedDuration::from_millis(500)), "500 milliseconds");
        assert_eq!(exact(SignedDuration::from_millis(90_250)), "1 minute 30 seconds and 250 milliseconds");
        assert_eq!(exact(SignedDuration::ZERO), "0 seconds");
    }
}
