//! Datetimes as the API and people write them.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// Why a datetime cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an RFC 3339 time such as 2026-12-24T09:00:00+01:00")]
pub struct DatetimeError(String);

/// Reads an RFC 3339 time with any offset; without one it is UTC. The API keeps microseconds, and
/// cuts off what is finer.
///
/// # Errors
/// The text is no time.
pub fn parse(text: &str) -> Result<Timestamp, DatetimeError> {
    let error = || DatetimeError(text.chars().take(64).collect());
    let instant = match text.parse::<Timestamp>() {
        Ok(instant) => instant,
        Err(_) => Offset::UTC.to_timestamp(text.parse::<DateTime>().map_err(|_| error())?).map_err(|_| error())?,
    };
    instant.round(TimestampRound::new().smallest(Unit::Microsecond).mode(RoundMode::Floor)).map_err(|_| error())
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
    fn what_is_no_time_is_refused() {
        for text in ["", "tomorrow", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
