//! Datetimes as the API and people write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Why a datetime cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an RFC 3339 time such as 2026-12-24T09:00:00+01:00")]
pub struct DatetimeError(String);

/// Reads an RFC 3339 time with any offset, in the forms that the API reads: without an offset it is
/// UTC, seconds may be absent. The API keeps microseconds, and cuts off what is finer.
///
/// # Errors
/// The text is no time.
pub fn parse(text: &str) -> Result<Timestamp, DatetimeError> {
    instant(text).ok_or_else(|| DatetimeError(text.chars().take(64).collect()))
}

/// The last day of 9999 is beyond the library's range, and is what people write for "for ever": any
/// time after this is this, which no run comes near.
const LAST: Timestamp = Timestamp::constant(253_402_207_200, 0);

fn instant(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (year, month, day) = (number(date.get(..4)?)?, number(date.get(5..7)?)?, number(date.get(8..)?)?);
    (date.get(4..5) == Some("-") && date.get(7..8) == Some("-") && year > 0).then_some(())?;
    let (clock, offset) =
        if rest.is_empty() { ("00:00", "Z") } else { split_offset(rest.strip_prefix(['T', 't', ' ', '_'])?) };
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let (second, fraction) = second.split_once(['.', ',']).unwrap_or((second, "0"));
    let [hour, minute, second] = [hour, minute, second].map(two_digits);
    let [month, day, hour, minute, second] =
        [Some(month), Some(day), hour, minute, second].map(|part| part.and_then(|part| i8::try_from(part).ok()));
    let year = i16::try_from(year).ok()?;
    let civil = DateTime::new(year, month?, day?, hour?, minute?, second?, nanoseconds(fraction)?).ok()?;
    let offset = seconds_ahead(offset)?;
    // What is east of the range's end still lies before it, and the other way round.
    Some(Offset::from_seconds(offset).ok()?.to_timestamp(civil).unwrap_or(LAST).min(LAST))
}

/// The time of day, and `Z` or `+01:00`; without either it is UTC.
fn split_offset(clock: &str) -> (&str, &str) {
    match clock.find(['Z', 'z', '+', '-']) {
        Some(at) => clock.split_at(at),
        None => (clock, "Z"),
    }
}

fn seconds_ahead(offset: &str) -> Option<i32> {
    if offset.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, digits) = offset.split_at_checked(1)?;
    let sign = if sign == "+" { 1 } else { -1 };
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// A fraction of a second, cut to microseconds.
fn nanoseconds(fraction: &str) -> Option<i32> {
    let digits = fraction.get(..fraction.len().min(6))?;
    (!fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())).then_some(())?;
    format!("{digits:0<6}").parse::<i32>().ok().map(|micros| micros * 1000)
}

fn two_digits(text: &str) -> Option<i32> {
    number(text).filter(|_| text.len() == 2)
}

fn number(text: &str) -> Option<i32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Writes a time as the API does: UTC with `Z`, and six digits of fraction only when there are any.
#[must_use]
pub fn to_wire(instant: Timestamp) -> String {
    let digits = if instant.subsec_nanosecond() == 0 { 0 } else { 6 };
    format!("{instant:.digits$}")
}

/// `Option<Timestamp>` in the API's JSON.
pub(super) mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub fn serialize<S: Serializer>(value: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(super::to_wire).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| super::parse(&text).map_err(serde::de::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(text: &str) -> String {
        to_wire(parse(text).unwrap())
    }

    #[test]
    fn any_offset_becomes_utc() {
        assert_eq!(round_trip("2026-12-24T09:00:00+01:00"), "2026-12-24T08:00:00Z");
        assert_eq!(round_trip("2026-12-24t09:00:00z"), "2026-12-24T09:00:00Z");
        assert_eq!(round_trip("2026-12-24T09:00:00-0330"), "2026-12-24T12:30:00Z");
    }

    #[test]
    fn without_an_offset_it_is_utc() {
        assert_eq!(round_trip("2033-01-01T00:00:00"), "2033-01-01T00:00:00Z");
    }

    #[test]
    fn a_fraction_is_kept_to_the_microsecond_and_shown_only_if_there_is_one() {
        assert_eq!(round_trip("2026-01-01T00:00:00.5Z"), "2026-01-01T00:00:00.500000Z");
        assert_eq!(round_trip("2026-01-01T00:00:00.0000009Z"), "2026-01-01T00:00:00Z");
    }

    #[test]
    fn the_forms_that_the_api_reads_are_read() {
        for text in
            ["2026-01-01", "2026-01-01T00:00", "2026-01-01 00:00:00", "2026-01-01_00:00:00Z", "2026-01-01T00:00:00,0Z"]
        {
            assert_eq!(round_trip(text), "2026-01-01T00:00:00Z", "{text}");
        }
        assert_eq!(round_trip("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
        assert_eq!(round_trip("2026-01-01T00:00:00+23:59"), "2025-12-31T00:01:00Z");
    }

    #[test]
    fn for_ever_is_as_far_as_the_calendar_goes() {
        assert_eq!(round_trip("9999-12-31T23:59:59Z"), "9999-12-30T22:00:00Z");
        assert_eq!(parse("9999-12-31T23:59:59.999999Z"), parse("9999-12-31T00:00:00-12:00"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "tomorrow",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-1-1T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+002026-01-01T00:00:00Z",
            "20260101T000000Z",
            "2026-01-01T00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+01",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00 +01:00",
            "2026-01-01T00:00:00+01:00[Europe/Paris]",
            " 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z ",
            "2026-01-01T+0:00:00Z",
            "1767225600",
            "2026-01-0é",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn writing_and_reading_gives_the_same(micros in -62_135_596_800_000_000_i64..=253_402_207_200_000_000) {
            let instant = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(parse(&to_wire(instant)), Ok(instant));
        }

        #[test]
        fn no_text_panics(text in "[0-9TZtz:.,+ -]{0,40}|.{0,40}") {
            let _ = parse(&text);
        }
    }
}
