//! Durations in both spellings: `1h30m` as people write them, ISO 8601 as the API does.

use jiff::SignedDuration;

/// Why a duration cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration: write 1h30m, 7d or PT1H30M")]
pub struct DurationError(String);

/// Microseconds, the finest that the API keeps.
const MICROS: i128 = 1_000_000;
const DAY: i128 = 86_400;
/// The longest that Python's `timedelta`, which the API reads it into, can hold: 999,999,999 days.
const LONGEST: i128 = 999_999_999 * DAY * MICROS;

/// Reads either spelling. Never negative.
///
/// # Errors
/// The text is neither.
pub fn parse(text: &str) -> Result<SignedDuration, DurationError> {
    let error = || DurationError(text.chars().take(64).collect());
    let micros = if text.starts_with('P') { iso(text) } else { units(text, &PLAIN).filter(|_| !text.is_empty()) };
    micros.and_then(from_micros).ok_or_else(error)
}

/// Reads ISO 8601 as pydantic does: `P1Y35D`, `P1W`, `PT1.5S`, with a sign in front.
///
/// # Errors
/// The text is not that.
pub fn parse_iso(text: &str) -> Result<SignedDuration, DurationError> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    iso(rest)
        .and_then(|micros| from_micros(sign * micros))
        .ok_or_else(|| DurationError(text.chars().take(64).collect()))
}

/// Writes ISO 8601 as pydantic does: years of 365 days, days, hours, minutes, seconds.
#[must_use]
pub fn to_iso(duration: SignedDuration) -> String {
    use std::fmt::Write as _;

    let micros = duration.as_micros();
    if micros == 0 {
        return "PT0S".into();
    }
    let mut text = String::from(if micros < 0 { "-P" } else { "P" });
    let micros = micros.unsigned_abs();
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let mut part = |count: u128, unit: char| {
        if count != 0 {
            let _ = write!(text, "{count}{unit}");
        }
    };
    part(days / 365, 'Y');
    part(days % 365, 'D');
    if clock != 0 || fraction != 0 {
        text.push('T');
        let mut part = |count: u128, unit: char| {
            if count != 0 {
                let _ = write!(text, "{count}{unit}");
            }
        };
        part(clock / 3600, 'H');
        part(clock % 3600 / 60, 'M');
        if fraction != 0 {
            let digits = format!("{fraction:06}");
            let _ = write!(text, "{}.{}S", clock % 60, digits.trim_end_matches('0'));
        } else {
            part(clock % 60, 'S');
        }
    }
    text
}

/// Units of `1h30m`, longest name first, in microseconds.
const PLAIN: [(&str, i128); 6] = [
    ("ms", MICROS / 1000),
    ("s", MICROS),
    ("m", 60 * MICROS),
    ("h", 3600 * MICROS),
    ("d", DAY * MICROS),
    ("w", 7 * DAY * MICROS),
];
/// Units before the `T` of ISO 8601; a year is 365 days and a month 30, as pydantic has it.
const DATE: [(&str, i128); 4] =
    [("Y", 365 * DAY * MICROS), ("M", 30 * DAY * MICROS), ("W", 7 * DAY * MICROS), ("D", DAY * MICROS)];
/// Units after it.
const CLOCK: [(&str, i128); 3] = [("H", 3600 * MICROS), ("M", 60 * MICROS), ("S", MICROS)];

/// Only the last number may have a fraction, and `T` may stand before nothing.
fn iso(text: &str) -> Option<i128> {
    let rest = text.strip_prefix('P').filter(|rest| rest.len() > 1)?;
    let last_number = |c: char| !c.is_ascii_alphabetic();
    let before = rest.trim_end_matches(|c: char| !c.is_ascii_digit()).trim_end_matches(last_number);
    let (date, clock) = rest.split_once('T').unwrap_or((rest, ""));
    if before.contains(['.', ',']) { None } else { Some(units(date, &DATE)? + units(clock, &CLOCK)?) }
}

/// The sum of numbers with units, in microseconds. Empty is 0.
fn units(mut text: &str, units: &[(&str, i128)]) -> Option<i128> {
    let mut sum: i128 = 0;
    while !text.is_empty() {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')?;
        let (number, rest) = text.split_at(end);
        let (name, unit) = units.iter().find(|(name, _)| rest.starts_with(name))?;
        sum = sum.checked_add(times(number, *unit)?)?;
        text = rest.strip_prefix(name)?;
    }
    (sum <= LONGEST).then_some(sum)
}

/// A decimal number times a unit, rounded to microseconds.
fn times(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = match number.split_once(['.', ',']) {
        None => (number, None),
        Some((whole, fraction)) => (whole, Some(fraction)),
    };
    let value = whole.parse::<i64>().ok().map(i128::from)?.checked_mul(unit)?;
    let Some(fraction) = fraction else { return Some(value) };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A year has 3e13 microseconds: further digits change nothing.
    let digits = fraction.get(..fraction.len().min(16))?;
    let scale = 10_i128.pow(u32::try_from(digits.len()).ok()?);
    let part = i128::from(digits.parse::<i64>().ok()?).checked_mul(unit)?;
    Some(value + (part + scale / 2) / scale)
}

fn from_micros(micros: i128) -> Option<SignedDuration> {
    (micros.abs() <= LONGEST).then_some(())?;
    let seconds = i64::try_from(micros / MICROS).ok()?;
    let nanos = i32::try_from(micros % MICROS * 1000).ok()?;
    Some(SignedDuration::new(seconds, nanos))
}

/// A duration in the API's JSON.
pub(super) mod required {
    use jiff::SignedDuration;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &SignedDuration, serializer: S) -> Result<S::Ok, S::Error> {
        super::to_iso(*value).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        super::parse_iso(&text).map_err(serde::de::Error::custom)
    }
}

/// An optional duration in the API's JSON.
pub(super) mod optional {
    use jiff::SignedDuration;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub fn serialize<S: Serializer>(value: &Option<SignedDuration>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(super::to_iso).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SignedDuration>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| super::parse_iso(&text).map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written_back(text: &str) -> String {
        to_iso(parse(text).unwrap())
    }

    #[test]
    fn what_the_server_emits_is_what_it_was_sent_in_its_own_words() {
        for (sent, back) in [
            ("PT3600S", "PT1H"),
            ("PT24H", "P1D"),
            ("P1W", "P7D"),
            ("P365D", "P1Y"),
            ("P400D", "P1Y35D"),
            ("PT36H", "P1DT12H"),
            ("P1M", "P30D"),
            ("PT1.5S", "PT1.5S"),
            ("PT0.5H", "PT30M"),
            ("PT0S", "PT0S"),
            ("P1DT", "P1D"),
            ("PT7S6M", "PT6M7S"),
            ("P0,5D", "PT12H"),
            ("P1Y2M3W4DT5H6M7S", "P1Y85DT5H6M7S"),
            ("P999999999D", "P2739726Y9D"),
        ] {
            assert_eq!(written_back(sent), back);
        }
    }

    #[test]
    fn what_is_finer_than_a_microsecond_is_rounded() {
        for (sent, back) in [
            ("PT0.0000004S", "PT0S"),
            ("PT0.0000005S", "PT0.000001S"),
            ("PT0.9999996S", "PT1S"),
            ("PT0.333333333H", "PT19M59.999999S"),
            ("PT1.55555555M", "PT1M33.333333S"),
            ("P0.0001Y", "PT52M33.6S"),
        ] {
            assert_eq!(written_back(sent), back);
        }
    }

    #[test]
    fn people_write_units() {
        for (text, iso) in [
            ("1h30m", "PT1H30M"),
            ("7d", "P7D"),
            ("2w", "P14D"),
            ("1500ms", "PT1.5S"),
            ("90s", "PT1M30S"),
            ("1.5h", "PT1H30M"),
        ] {
            assert_eq!(written_back(text), iso);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "1",
            "h",
            "1h 30m",
            "-1h",
            "PT1D",
            "P1H",
            "PT1",
            "1y",
            "PT.S",
            "P1.5DT1.5H",
            "P1.5D1H",
            "PT1.5H30M",
            "P1T1H",
            "PTT1H",
            "P 1D",
            "P-1D",
            "+PT1S",
            " PT1S",
            "pt1h",
            "1H",
            "1..5h",
            "1.h",
            ".5h",
            "1h ",
            "1µs",
            "P1000000000D",
            "99999999999999999999s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_api_may_say_negative() {
        assert_eq!(to_iso(parse_iso("-PT5M").unwrap()), "-PT5M");
        assert!(parse_iso("1h").is_err());
    }

    proptest! {
        #[test]
        fn printing_and_parsing_gives_the_same(micros in 0_i64..=i64::MAX / 2) {
            let duration = SignedDuration::from_micros(micros);
            prop_assert_eq!(parse(&to_iso(duration)), Ok(duration));
            prop_assert_eq!(parse_iso(&to_iso(-duration)), Ok(-duration));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = (parse(&text), parse_iso(&text));
        }
    }
}
