//! Limits for mass deletions and mass disappearances: a pruned Kustomization or a deleted CRD must not stop the
//! schedules of all teams.

use jiff::{SignedDuration, Timestamp};

use crate::api::DeletionWindow;

/// Deletions are counted in a window of this length.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// This many are always allowed.
const ALWAYS: usize = 10;
/// Deletions are stored before they are made, in blocks, so that the count survives a crash without a write for
/// each. A crash loses the rest of a block: it must be little of what is allowed.
const BLOCKS: usize = 20;

fn block(allowed: usize) -> i64 {
    i64::try_from(allowed / BLOCKS).unwrap_or(i64::MAX).max(1)
}

/// How many of `total` schedules may be deleted within ten minutes: 10, or 10 % of them.
#[must_use]
pub fn deletions_allowed(total: usize) -> usize {
    ALWAYS.max(total / 10)
}

/// How many of `known` schedules may be missing at one poll: 10, or 5 % of them.
#[must_use]
pub fn disappearances_allowed(known: usize) -> usize {
    ALWAYS.max(known / 20)
}

/// How many schedules have vanished, of those that a LIST does not contain. A sample of them was looked at: GETs found
/// `present` of them, and `absent` not. Nobody looked at the `unseen`. `None`: no GET has been answered.
///
/// If most of the sample is there, the LIST is wrong, and only what a GET did not find counts.
#[must_use]
pub const fn vanished(present: usize, absent: usize, unseen: usize) -> Option<usize> {
    match (present, absent) {
        (0, 0) => None,
        (present, absent) if absent >= present => Some(absent + unseen),
        (_, absent) => Some(absent),
    }
}

/// The deletions of the last ten minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletionLimit {
    started_at: Option<Timestamp>,
    made: i64,
    stored: i64,
    /// Those of the window before, while they may be less than ten minutes old.
    before: i64,
}

/// What to do about one more deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeletionVerdict {
    /// It is allowed.
    Allowed,
    /// It is allowed after this is stored in the status of the connection.
    AllowedOnceStored(DeletionWindow),
    /// It waits for approval.
    Held,
}

impl DeletionLimit {
    /// Reads the count from the status of a connection.
    #[must_use]
    pub fn remembered(window: Option<&DeletionWindow>) -> Self {
        let started_at = window.and_then(|window| window.started_at.parse().ok());
        let stored = window.map_or(0, |window| window.deleted);
        let before = window.and_then(|window| window.before).unwrap_or(0);
        Self { started_at, made: stored, stored, before }
    }

    /// Counts one more deletion of `total` schedules, if it is allowed.
    pub fn ask(&mut self, total: usize, now: Timestamp) -> DeletionVerdict {
        self.renew(now);
        // The percentage refers to all schedules, including those deleted within the window.
        let made = usize::try_from(self.made + self.before).unwrap_or(usize::MAX);
        let allowed = deletions_allowed(total.saturating_add(made));
        if made >= allowed {
            return DeletionVerdict::Held;
        }
        self.made += 1;
        if self.made <= self.stored {
            return DeletionVerdict::Allowed;
        }
        self.stored = self.made - 1 + block(allowed);
        let started_at = self.started_at.unwrap_or(now).to_string();
        let before = Some(self.before).filter(|before| *before > 0);
        DeletionVerdict::AllowedOnceStored(DeletionWindow { started_at, deleted: self.stored, before })
    }

    /// Starts a new window after the old one ended. The deletions of the old window still count for the length
    /// of one window, so that not twice as many are allowed at the border of two windows.
    fn renew(&mut self, now: Timestamp) {
        let age = self.started_at.map(|started| now.duration_since(started));
        match age {
            Some(age) if age < WINDOW => {}
            Some(age) => {
                let before = if age < WINDOW * 2 { self.made } else { 0 };
                *self = Self { started_at: Some(now), made: 0, stored: 0, before };
            }
            None => *self = Self { started_at: Some(now), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn let_through(deletions: &mut DeletionLimit, total: usize, now: Timestamp) -> usize {
        let mut left = total;
        (0..total)
            .filter(|_| {
                let goes = deletions.ask(left, now) != DeletionVerdict::Held;
                left -= usize::from(goes);
                goes
            })
            .count()
    }

    #[test]
    fn a_sample_decides_whether_the_list_or_the_world_is_wrong() {
        assert_eq!(vanished(0, 0, 500), None, "no GET was answered");
        assert_eq!(vanished(0, 20, 480), Some(500));
        assert_eq!(vanished(20, 0, 480), Some(0));
        assert_eq!(vanished(19, 1, 480), Some(1), "one is really gone");
        assert_eq!(vanished(10, 10, 480), Some(490), "in doubt nothing is created");
    }

    #[test]
    fn ten_or_a_tenth_go_and_the_rest_waits() {
        assert_eq!(let_through(&mut DeletionLimit::default(), 40, at(0)), 10);
        assert_eq!(let_through(&mut DeletionLimit::default(), 400, at(0)), 40);
    }

    #[test]
    fn the_count_begins_anew_once_all_lie_ten_minutes_back() {
        let mut deletions = DeletionLimit::default();
        assert_eq!(let_through(&mut deletions, 40, at(0)), 10);
        assert_eq!(deletions.ask(30, at(599)), DeletionVerdict::Held);
        assert_eq!(deletions.ask(30, at(600)), DeletionVerdict::Held, "the ten may lie seconds back");
        assert_ne!(deletions.ask(30, at(1200)), DeletionVerdict::Held);
    }

    #[test]
    fn the_count_is_stored_before_the_deletions_and_survives_a_restart() {
        let mut deletions = DeletionLimit::default();
        let DeletionVerdict::AllowedOnceStored(window) = deletions.ask(40, at(0)) else { panic!() };
        assert_eq!(window.deleted, 1, "a crash must not take much of what few schedules are allowed");
        let mut restarted = DeletionLimit::remembered(Some(&window));
        assert_eq!(let_through(&mut restarted, 39, at(1)), 9);
    }

    #[test]
    fn many_deletions_are_stored_in_blocks() {
        let mut deletions = DeletionLimit::default();
        let DeletionVerdict::AllowedOnceStored(window) = deletions.ask(1000, at(0)) else { panic!() };
        assert_eq!(window.deleted, 5);
        assert_eq!(deletions.ask(999, at(0)), DeletionVerdict::Allowed);
    }
}
