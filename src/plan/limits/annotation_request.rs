//! Annotations that request something once.

use jiff::{SignedDuration, Timestamp};

/// A request that is older, or further in the future, has no effect: an annotation in Git or in a backup must
/// not be carried out again.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

/// The value of an annotation is read up to here: it is copied into the status, and Kubernetes accepts 256 KiB. Names of
/// workspaces, which `accept-identity` repeats, are not longer.
const LONGEST_VALUE: usize = 1000;

/// The value of an annotation as it is compared and stored.
#[must_use]
pub fn annotation_value(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_VALUE)]
}

/// The longest text that can be a time.
const LONGEST_TOKEN: usize = 64;

/// Checks whether a request, identified by a time, may be carried out.
///
/// # Errors
/// Why not, for a person.
pub(crate) fn check(token: &str, created: Option<Timestamp>, last: Option<&str>, now: Timestamp) -> Result<(), String> {
    if token.len() > LONGEST_TOKEN {
        return Err("it is not an RFC 3339 time; use for instance $(date -u +%FT%TZ)".into());
    }
    let at: Timestamp =
        token.parse().map_err(|_| format!("{token:?} is not an RFC 3339 time; use for instance $(date -u +%FT%TZ)"))?;
    // The API server stores the creation to the second; a token is rarely finer.
    if created.is_some_and(|created| at < created) {
        return Err(format!("{token} is older than the resource"));
    }
    if last.and_then(|last| last.parse::<Timestamp>().ok()).is_some_and(|last| at <= last) {
        return Err(format!("{token} is not newer than the last one"));
    }
    let age = now.duration_since(at);
    if age > LONGEST {
        return Err(format!("{token} is older than 10 minutes"));
    }
    if age < -LONGEST {
        return Err(format!("{token} is more than 10 minutes in the future"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(token: &str) -> bool {
        check(
            token,
            Some("2026-11-24T11:55:00Z".parse().unwrap()),
            Some("2026-11-24T11:57:00Z"),
            "2026-11-24T12:00:00Z".parse().unwrap(),
        )
        .is_ok()
    }

    #[test]
    fn only_a_recent_time_asks_for_something() {
        assert!(checked("2026-11-24T11:59:00Z"));
        assert!(checked("2026-11-24T13:00:00+01:00"));
        assert!(!checked("2026-11-24T11:54:59Z"), "older than the resource");
        assert!(!checked("2026-11-24T11:56:00Z"), "older than the last one, which was carried out");
        assert!(!checked("2026-11-24T11:49:00Z"), "older than ten minutes");
        assert!(!checked("2026-11-24T12:11:00Z"), "ahead");
        assert!(!checked("now"));
    }

    #[test]
    fn a_value_is_not_read_in_any_length() {
        assert_eq!(annotation_value("2026-11-24T12:00:00Z"), "2026-11-24T12:00:00Z");
        assert_eq!(annotation_value(&"é".repeat(100_000)).len(), LONGEST_VALUE);
    }
}
