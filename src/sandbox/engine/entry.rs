//! A schedule with what the engine remembers besides: its state, its clockwork, and its past for a
//! LIST that lags behind.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::Moment;
use super::overlap::Start;
use super::schedule::{Definition, LISTED, Schedule};
use crate::timing::{Run, Runs};

/// A schedule and all about it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    schedule: Arc<Schedule>,
    deleted: bool,
    changed_at: Timestamp,
    /// What it was, from when, oldest first: only as far back as a LIST may lag.
    past: VecDeque<(Timestamp, Arc<Schedule>)>,
    clockwork: Clockwork,
    /// Runs that are due and wait for another to end.
    pub waiting: Vec<Start>,
    /// The executions whose end matters, by their place among all.
    pub running: Vec<usize>,
}

/// Where the search for runs stands.
#[derive(Clone, Debug)]
struct Clockwork {
    runs: Runs,
    /// The nominal times that belong to `Schedule::upcoming`.
    nominal: VecDeque<Timestamp>,
    /// Every run with a nominal time up to this has been dealt with.
    handled: Timestamp,
}

impl Entry {
    /// A schedule that begins now.
    pub fn new(schedule: Schedule, now: Timestamp) -> Self {
        let runs = runs(&schedule, &schedule.definition, now);
        let clockwork = Clockwork { runs, nominal: VecDeque::new(), handled: now };
        let mut entry = Self {
            schedule: Arc::new(schedule),
            deleted: false,
            changed_at: now,
            past: VecDeque::new(),
            clockwork,
            waiting: Vec::new(),
            running: Vec::new(),
        };
        entry.look_ahead();
        entry
    }

    /// The schedule, unless it is deleted.
    pub fn current(&self) -> Option<&Schedule> {
        (!self.deleted).then_some(&*self.schedule)
    }

    /// When the next run is due.
    pub fn due(&self) -> Option<Timestamp> {
        self.current()?.upcoming.front().copied()
    }

    /// The schedule to change, once its present state is remembered for a LIST that lags.
    pub fn change(&mut self, moment: Moment<'_>) -> &mut Schedule {
        self.remember(moment);
        Arc::make_mut(&mut self.schedule)
    }

    /// Deletes it. A LIST may show it for a while longer.
    pub fn delete(&mut self, moment: Moment<'_>) {
        self.remember(moment);
        self.deleted = true;
    }

    fn remember(&mut self, moment: Moment<'_>) {
        if moment.settings.list_lag.is_positive() {
            self.past.push_back((self.changed_at, Arc::clone(&self.schedule)));
        }
        self.changed_at = moment.now;
        self.forget(horizon(moment));
    }

    /// Drops what no LIST will show again.
    fn forget(&mut self, horizon: Timestamp) {
        while self.past.get(1).map_or(self.changed_at, |(since, _)| *since) <= horizon {
            if self.past.pop_front().is_none() {
                return;
            }
        }
    }

    /// What a LIST shows whose knowledge ends at `horizon`.
    pub fn listed_at(&self, horizon: Timestamp) -> Option<&Schedule> {
        if self.changed_at <= horizon {
            return self.current();
        }
        if self.schedule.created_at > horizon {
            return None;
        }
        let past = self.past.iter().rev().find(|(since, _)| *since <= horizon).or_else(|| self.past.front());
        past.map(|(_, schedule)| &**schedule).or_else(|| self.current())
    }

    /// Takes the runs that are due at `now` off the list of runs to come.
    pub fn take_due(&mut self, moment: Moment<'_>) -> Vec<Run> {
        let mut due = Vec::new();
        while let Some(actual) = self.due().filter(|at| *at <= moment.now) {
            if due.is_empty() {
                self.remember(moment);
            }
            let nominal = self.take_next().unwrap_or(actual);
            due.push(Run { nominal, actual });
            self.clockwork.handled = nominal;
        }
        due
    }

    /// Takes the next run off the list of runs to come, and gives its nominal time.
    fn take_next(&mut self) -> Option<Timestamp> {
        Arc::make_mut(&mut self.schedule).upcoming.pop_front();
        let nominal = self.clockwork.nominal.pop_front();
        self.look_ahead();
        nominal
    }

    /// Lets another definition hold from now on. A run whose jitter is still running out is not lost
    /// (Temporal 1.32.0), unless a setting says so.
    pub fn redefine(&mut self, definition: Definition, moment: Moment<'_>) {
        self.remember(moment);
        let now = moment.now;
        let jitter = definition.spec.jitter.unwrap_or_default();
        // A run is delayed by less than its jitter: what is older can no longer be pending.
        let oldest = now.checked_sub(jitter).unwrap_or(Timestamp::MIN);
        let from =
            if moment.settings.patch_drops_pending { now } else { self.clockwork.handled.clamp(oldest.min(now), now) };
        let schedule = Arc::make_mut(&mut self.schedule);
        schedule.definition = Arc::new(definition);
        schedule.upcoming.clear();
        self.clockwork =
            Clockwork { runs: runs(schedule, &schedule.definition, from), nominal: VecDeque::new(), handled: from };
        self.look_ahead();
        // What would have been due before now under the new definition never was.
        while self.due().is_some_and(|at| at <= now) {
            self.take_next();
        }
    }

    /// Keeps the list of runs to come full.
    fn look_ahead(&mut self) {
        let schedule = Arc::make_mut(&mut self.schedule);
        while schedule.upcoming.len() < LISTED {
            let Some(run) = self.clockwork.runs.next() else { return };
            schedule.upcoming.push_back(run.actual);
            self.clockwork.nominal.push_back(run.nominal);
        }
    }
}

/// Up to when a LIST knows.
pub(super) fn horizon(moment: Moment<'_>) -> Timestamp {
    moment.now.checked_sub(moment.settings.list_lag).unwrap_or(Timestamp::MIN)
}

/// The engine's seed of the jitter is the namespace and the id: recreating a schedule keeps it.
fn runs(schedule: &Schedule, definition: &Definition, after: Timestamp) -> Runs {
    definition.spec.runs_after(after, &format!("{}-{}", schedule.workspace, schedule.id))
}
