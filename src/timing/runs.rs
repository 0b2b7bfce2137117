//! The runs of a spec.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::calendar::{Matcher, Wall};
use super::canonical::capped;
use super::coverage::Coverage;
use super::spec::Spec;
use super::zone::{Offsets, Zone};

/// A run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The time that matches.
    pub nominal: Timestamp,
    /// The same with jitter.
    pub actual: Timestamp,
}

/// The runs of a spec after some time, in order.
#[derive(Clone, Debug)]
pub struct Runs {
    search: Search,
    jitter: SignedDuration,
    jitter_seed: String,
    /// The nominal time last given, or where to begin; `None` once there is no more.
    after: Option<i64>,
}

impl Spec {
    /// The runs after `after`. `jitter_seed` makes the jitter of this schedule its own.
    #[must_use]
    pub fn runs_after(&self, after: Timestamp, jitter_seed: &str) -> Runs {
        let begin = self.begin(after);
        let search = Search::new(self, begin);
        let after = (!search.never_matches()).then_some(begin);
        Runs { search, jitter: capped(self.jitter.unwrap_or_default()), jitter_seed: jitter_seed.to_owned(), after }
    }

    /// Whether there is no run after `after`.
    #[must_use]
    pub fn never_fires(&self, after: Timestamp) -> bool {
        self.runs_after(after, "").next().is_none()
    }

    /// The second after which the search begins: the engine steps back by one so that `start_at`
    /// itself is found. Without it the epoch is the start.
    pub(super) fn begin(&self, after: Timestamp) -> i64 {
        let start = self.start_at.map_or(0, floor);
        floor(after).max(start - 1)
    }
}

impl Iterator for Runs {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let nominal = self.search.next(self.after?);
        self.after = nominal;
        let nominal = nominal?;
        let at = Timestamp::from_second(nominal).ok()?;
        let delay = if self.jitter.is_positive() { self.delay(nominal) } else { SignedDuration::ZERO };
        Some(Run { nominal: at, actual: at.checked_add(delay).unwrap_or(at) })
    }
}

impl Runs {
    /// Never past the next nominal time, excluded or not.
    fn delay(&self, nominal: i64) -> SignedDuration {
        let longest = match self.search.next_raw(nominal) {
            Some(following) => self.jitter.min(SignedDuration::from_secs(following - nominal)),
            None => self.jitter,
        };
        let hash = Sha256::new().chain_update(nominal.to_be_bytes()).chain_update(&self.jitter_seed).finalize();
        let fraction = hash.iter().take(4).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
        let millis = u64::try_from(longest.as_millis()).unwrap_or(0).min(u64::from(u32::MAX));
        SignedDuration::from_millis(i64::try_from((fraction * millis) >> 32).unwrap_or(0))
    }
}

/// A spec made ready for searching.
#[derive(Clone, Debug)]
struct Search {
    calendars: Vec<Matcher>,
    skips: Vec<Matcher>,
    /// Seconds: interval and phase.
    intervals: Vec<(i64, i64)>,
    offsets: Arc<Offsets>,
    /// No run is at or before this.
    begin: i64,
    /// The last second in which a run may be.
    end: i64,
}

impl Search {
    fn new(spec: &Spec, begin: i64) -> Self {
        // A canonical spec has a zone that loads; one that does not is UTC rather than a panic.
        let zone = Zone::load(spec.time_zone_name.as_deref()).unwrap_or_else(|_| Zone::utc());
        let seconds = |duration: SignedDuration| capped(duration).as_secs();
        Self {
            calendars: spec.calendars.iter().map(Matcher::new).filter(|calendar| !calendar.is_empty()).collect(),
            skips: spec.skip.iter().map(Matcher::new).filter(|skip| !skip.is_empty()).collect(),
            intervals: spec
                .intervals
                .iter()
                .map(|interval| (seconds(interval.every).max(1), seconds(interval.offset.unwrap_or_default()).max(0)))
                .collect(),
            offsets: zone.offsets(),
            begin,
            end: spec.end_at.map_or(i64::MAX, floor).min(END_OF_2100),
        }
    }

    /// The next run that no skip takes away.
    fn next(&self, mut after: i64) -> Option<i64> {
        loop {
            let next = self.next_raw(after).filter(|next| *next <= self.end)?;
            match self.skips.iter().find(|skip| skip.matches(next, &self.offsets)) {
                None => return Some(next),
                Some(skip) => after = self.skipped_until(skip, next),
            }
        }
    }

    /// The next run, skipped or not.
    fn next_raw(&self, after: i64) -> Option<i64> {
        let calendars = self.calendars.iter().filter_map(|calendar| calendar.next(after, &self.offsets));
        let intervals = self.intervals.iter().map(|(every, phase)| ((after - phase) / every + 1) * every + phase);
        calendars.chain(intervals).min()
    }

    /// The last second, from `unix` on, that this skip is known to take away too: a skip of whole
    /// days must not be walked through second by second.
    fn skipped_until(&self, skip: &Matcher, unix: i64) -> i64 {
        let wall = unix + self.offsets.at(unix);
        let block = match (skip.second.has_all(0, 59), skip.minute.has_all(0, 59), skip.hour.has_all(0, 23)) {
            (false, _, _) => return unix,
            (true, false, _) => 60,
            (true, true, false) => 3600,
            (true, true, true) => 86_400,
        };
        let last = unix + block - 1 - wall.rem_euclid(block);
        // Near a change of the clocks what is found next depends on where the search begins.
        if self.offsets.is_constant(unix - NEAR, last + NEAR) { last } else { unix }
    }

    /// Whether there is provably no run, so that the search, which is the engine's, need not walk to the
    /// year 2100 to find nothing.
    fn never_matches(&self) -> bool {
        let nothing = self.calendars.is_empty() && self.intervals.is_empty();
        nothing || (!self.skips.is_empty() && self.all_is_skipped() && self.changes_add_nothing())
    }

    fn all_is_skipped(&self) -> bool {
        let (first, last) = (year_of(self.begin), year_of(self.end));
        let calendars = self.calendars.iter().all(|calendar| {
            let mut coverage = Coverage::of(calendar, &self.skips, first, last);
            (0..86_400).filter(|clock| calendar.has_clock(*clock)).all(|clock| coverage.covers(clock))
        });
        let every_second = Matcher::every_second();
        let mut coverage = Coverage::of(&every_second, &self.skips, first, last);
        let mut intervals = self.intervals.iter();
        calendars
            && intervals.all(|(every, phase)| {
                // The times of day that an interval reaches are this far apart.
                let apart = gcd(*every, 86_400);
                self.offsets.after(self.begin).all(|offset| {
                    let first = (phase + offset).rem_euclid(apart);
                    (0..86_400 / apart).all(|count| coverage.covers(first + count * apart))
                })
            })
    }

    /// Near a change of the clocks the engine finds times that a calendar does not have: whether those
    /// are skipped too. Where that takes too long to see it is left open.
    fn changes_add_nothing(&self) -> bool {
        let every_second = Matcher::every_second();
        let mut coverage = Coverage::of(&every_second, &self.skips, year_of(self.begin), year_of(self.end));
        if self.calendars.is_empty() || (0..86_400).all(|clock| coverage.covers(clock)) {
            return true;
        }
        let mut steps_left = MOST_STEPS;
        let is_skipped = |run: i64| self.skips.iter().any(|skip| skip.matches(run, &self.offsets));
        self.calendars.iter().all(|calendar| {
            self.offsets.changes_after(self.begin - NEAR).all(|(at, _, _)| {
                let last = (at + NEAR).min(self.end);
                let next = |after: i64| calendar.next(after, &self.offsets).filter(|run| *run <= last);
                let mut runs = std::iter::successors(next((at - NEAR).max(self.begin)), |run| next(*run));
                runs.all(|run| {
                    steps_left -= 1;
                    steps_left >= 0 && is_skipped(run)
                })
            })
        })
    }
}

/// How far from a change of the clocks the engine's search may still be misled by it, in seconds.
const NEAR: i64 = 3 * 3600;
/// A calendar of every second has a million runs near the changes of a zone until 2100. Where even these
/// do not suffice, the search walks on to the end, which takes seconds.
const MOST_STEPS: i64 = 3_000_000;

fn year_of(unix: i64) -> i64 {
    Wall::from_seconds(unix.clamp(0, END_OF_2100)).year
}

/// 2100-12-31T23:59:59Z.
const END_OF_2100: i64 = 4_133_980_799;

const fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Whole seconds, as the engine counts time.
fn floor(at: Timestamp) -> i64 {
    let second = at.as_second();
    if at.subsec_nanosecond() < 0 { second - 1 } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timing::WrittenSpec;
    use serde_json::{Value, json};

    fn spec(sent: Value) -> Spec {
        serde_json::from_value::<WrittenSpec>(sent).unwrap().canonical().unwrap()
    }

    fn never_matches(sent: Value) -> bool {
        Search::new(&spec(sent), 1_795_521_600).never_matches()
    }

    /// A skip of these hours, whole.
    fn hours(start: i64, end: i64) -> Value {
        let all = json!([{"start": 0, "end": 59}]);
        json!({"hour": [{"start": start, "end": end}], "minute": all, "second": all})
    }

    fn with(mut skip: Value, field: &str, ranges: Value) -> Value {
        skip[field] = ranges;
        skip
    }

    #[test]
    fn an_interval_that_is_always_skipped_is_seen_without_a_search_in_any_zone() {
        for zone in ["UTC", "Europe/Paris", "Australia/Lord_Howe"] {
            let sent = json!({"intervals": [{"every": "PT1S"}], "skip": [hours(0, 23)], "time_zone_name": zone});
            assert!(never_matches(sent), "{zone}");
        }
    }

    #[test]
    fn skips_that_together_take_all_away_are_seen_without_a_search() {
        let weekdays = with(hours(0, 23), "day_of_week", json!([{"start": 1, "end": 5}]));
        let weekend = with(hours(0, 23), "day_of_week", json!([{"start": 0}, {"start": 6}]));
        let years = with(hours(0, 23), "year", json!([{"start": 2026, "end": 2100}]));
        for skips in [json!([weekdays, weekend]), json!([hours(0, 11), hours(12, 23)]), json!([years])] {
            for zone in ["UTC", "Europe/Paris", "Australia/Lord_Howe"] {
                let cron = json!({"cron_expressions": ["30 1 * * *"], "skip": skips, "time_zone_name": zone});
                assert!(never_matches(cron), "{skips} {zone}");
                let interval = json!({"intervals": [{"every": "PT1H"}], "skip": skips, "time_zone_name": zone});
                assert!(never_matches(interval), "{skips} {zone}");
            }
        }
        assert!(!never_matches(json!({"cron_expressions": ["30 1 * * *"], "skip": [weekdays]})));
    }

    /// East of Greenwich the engine runs once more an hour later, which this skip leaves.
    #[test]
    fn what_a_change_of_the_clocks_adds_is_a_run() {
        let skip = json!([{"hour": [{"start": 1}], "minute": [{"start": 30}]}]);
        let cron = json!({"cron_expressions": ["30 1 * * *"], "skip": skip, "time_zone_name": "Europe/Paris"});
        let now = "2026-11-24T12:00:00Z".parse().unwrap();
        assert_eq!(spec(cron).runs_after(now, "").next().map(|run| run.nominal), "2027-10-31T00:30:00Z".parse().ok());
    }

    #[test]
    fn a_day_that_no_month_has_is_no_day() {
        for text in ["0 0 31 2 *", "* * 31 4,6,9,11 *", "* * 30,31 2 *"] {
            assert!(never_matches(json!({"cron_expressions": [text]})), "{text}");
        }
        assert!(!never_matches(json!({"cron_expressions": ["0 0 29 2 *"]})));
    }
}
