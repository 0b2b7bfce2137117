//! Times as people say them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::span::rough;
use crate::timing::Zone;

/// "in 3h", "2d ago", "now".
pub(super) fn distance(at: Timestamp, now: Timestamp) -> String {
    let span = at.duration_since(now);
    let text = rough(span.abs());
    if text == "0s" {
        "now".into()
    } else if span.is_negative() {
        format!("{text} ago")
    } else {
        format!("in {text}")
    }
}

/// The zone of a schedule; UTC if it has none, or one that is not known here.
pub(super) fn zone(name: Option<&str>) -> TimeZone {
    Zone::load(name).map_or(TimeZone::UTC, |zone| zone.as_jiff().clone())
}

/// "Mon 2026-11-30 09:00:00 +01:00".
pub(super) fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %:z").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_distance_has_two_units_at_most() {
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        for (seconds, said) in [(0, "now"), (59, "in 59s"), (-90, "1m30s ago"), (7200, "in 2h"), (180_000, "in 2d2h")] {
            assert_eq!(distance(now + SignedDuration::from_secs(seconds), now), said);
        }
    }
}
