//! How long to wait after a 429.

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;

/// The longest accepted wait: a gateway that requests a day must not stop a connection for a day.
const LONGEST: Duration = Duration::from_mins(5);

/// Reads `retry-after-ms`, or else `Retry-After` (seconds with or without a fraction, or an HTTP date).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wait = match text("retry-after-ms").and_then(|value| value.parse::<f64>().ok()) {
        Some(millis) => seconds(millis / 1000.0)?,
        None => match text("retry-after") {
            Some(value) => match value.parse::<f64>() {
                Ok(secs) => seconds(secs)?,
                Err(_) => until_date(value, now)?,
            },
            None => return None,
        },
    };
    Some(wait.min(LONGEST))
}

fn seconds(secs: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(secs).ok()
}

fn until_date(value: &str, now: Timestamp) -> Option<Duration> {
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        retry_after(&headers, "2026-11-24T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn milliseconds_seconds_fractions_and_dates_are_read() {
        assert_eq!(read("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(read("retry-after", "2"), Some(Duration::from_secs(2)));
        assert_eq!(read("retry-after", "0.5"), Some(Duration::from_millis(500)));
        assert_eq!(read("retry-after", "Tue, 24 Nov 2026 12:00:07 GMT"), Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_past_date_means_no_wait_and_an_invalid_value_is_ignored() {
        assert_eq!(read("retry-after", "Tue, 24 Nov 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("retry-after", "soon"), None);
        assert_eq!(read("retry-after", "-3"), None);
    }

    #[test]
    fn a_wait_of_a_day_is_limited() {
        assert_eq!(read("retry-after", "86400"), Some(LONGEST));
    }
}
