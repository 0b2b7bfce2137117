//! A schedule with all that the engine keeps for it: its state, its next runs, and its earlier states for
//! a LIST that lags.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::moment::Moment;
use super::overlap::Start;
use super::schedule::{Definition, LISTED, Schedule};
use crate::timing::{Run, Runs};

/// A schedule and its state.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    schedule: Arc<Schedule>,
    deleted: bool,
    changed_at: Timestamp,
    /// Earlier states, each with its beginning, oldest first: only as far back as a LIST may lag.
    past: VecDeque<(Timestamp, Arc<Schedule>)>,
    cursor: RunCursor,
    /// When it was created, or last updated.
    updated_at: Timestamp,
    /// When the last pause began.
    paused_at: Timestamp,
    /// Runs that are due and wait for another to end.
    pub waiting: Vec<Start>,
    /// The executions that later runs must not overlap, by their index among all.
    pub running: Vec<usize>,
}

/// The position in the sequence of runs.
#[derive(Clone, Debug)]
struct RunCursor {
    runs: Runs,
    /// The nominal times that belong to `Schedule::upcoming`.
    nominal: VecDeque<Timestamp>,
    /// Every run with a nominal time up to this is done.
    handled: Timestamp,
}

impl Entry {
    /// A schedule that begins now.
    pub fn new(schedule: Schedule, now: Timestamp) -> Self {
        let runs = runs(&schedule, &schedule.definition, now);
        let cursor = RunCursor { runs, nominal: VecDeque::new(), handled: now };
        let mut entry = Self {
            schedule: Arc::new(schedule),
            deleted: false,
            changed_at: now,
            past: VecDeque::new(),
            cursor,
            updated_at: now,
            paused_at: now,
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

    /// Since when it has nothing left to run. The engine deletes it when this is longer ago than its
    /// retention. A paused schedule is kept (Temporal 1.32.0).
    pub fn idle_since(&self) -> Option<Timestamp> {
        let schedule = self.current()?;
        let is_idle = !schedule.paused && schedule.future().next().is_none();
        is_idle.then(|| self.last_event())
    }

    /// The last creation, update or run: the engine counts its retention from there.
    fn last_event(&self) -> Timestamp {
        self.schedule.recent.back().map_or(self.updated_at, |run| run.started_at.max(self.updated_at))
    }

    /// Pauses or resumes it. True: the pause was longer than the retention, and nothing happened during
    /// it. The engine then deletes the schedule when it is resumed (temporalio/temporal#9752).
    pub fn set_paused(&mut self, paused: bool, note: Option<String>, moment: Moment<'_>) -> bool {
        let was_paused = self.schedule.paused;
        let quiet_since = self.last_event().max(self.paused_at);
        if paused && !was_paused {
            self.paused_at = moment.now;
        }
        let schedule = self.change(moment);
        (schedule.paused, schedule.note) = (paused, note);
        was_paused && !paused && moment.now.duration_since(quiet_since) >= moment.settings.retention
    }

    /// The schedule to change, after its present state is kept for a LIST that lags.
    pub fn change(&mut self, moment: Moment<'_>) -> &mut Schedule {
        self.remember(moment);
        Arc::make_mut(&mut self.schedule)
    }

    /// Deletes it. A LIST that lags still shows it.
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

    /// Drops the states that no LIST will show again.
    fn forget(&mut self, horizon: Timestamp) {
        while self.past.get(1).map_or(self.changed_at, |(since, _)| *since) <= horizon {
            if self.past.pop_front().is_none() {
                return;
            }
        }
    }

    /// Its state at `horizon`, for LIST.
    pub fn listed_at(&self, horizon: Timestamp) -> Option<&Arc<Schedule>> {
        let current = (!self.deleted).then_some(&self.schedule);
        if self.changed_at <= horizon {
            return current;
        }
        if self.schedule.created_at > horizon {
            return None;
        }
        let past = self.past.iter().rev().find(|(since, _)| *since <= horizon).or_else(|| self.past.front());
        past.map(|(_, schedule)| schedule).or(current)
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
            self.cursor.handled = nominal;
        }
        due
    }

    /// Takes the next run off the list of runs to come, and gives its nominal time.
    fn take_next(&mut self) -> Option<Timestamp> {
        Arc::make_mut(&mut self.schedule).upcoming.pop_front();
        let nominal = self.cursor.nominal.pop_front();
        self.look_ahead();
        nominal
    }

    /// Replaces the definition. A run that waits for its jitter is not lost (Temporal 1.32.0), unless a
    /// setting says so.
    pub fn redefine(&mut self, definition: Definition, moment: Moment<'_>) {
        self.remember(moment);
        self.updated_at = moment.now;
        let now = moment.now;
        let jitter = definition.spec.jitter.unwrap_or_default();
        // A run is delayed by less than its jitter: what is older can no longer be pending.
        let oldest = now.checked_sub(jitter).unwrap_or(Timestamp::MIN);
        let from =
            if moment.settings.patch_drops_pending { now } else { self.cursor.handled.clamp(oldest.min(now), now) };
        let schedule = Arc::make_mut(&mut self.schedule);
        schedule.definition = Arc::new(definition);
        schedule.upcoming.clear();
        self.cursor =
            RunCursor { runs: runs(schedule, &schedule.definition, from), nominal: VecDeque::new(), handled: from };
        self.look_ahead();
        // Runs of the new definition that would have been due before now are not made up for.
        while self.due().is_some_and(|at| at <= now) {
            self.take_next();
        }
    }

    /// Keeps the list of runs to come full.
    fn look_ahead(&mut self) {
        let schedule = Arc::make_mut(&mut self.schedule);
        while schedule.upcoming.len() < LISTED {
            let Some(run) = self.cursor.runs.next() else { return };
            schedule.upcoming.push_back(run.actual);
            self.cursor.nominal.push_back(run.nominal);
        }
    }
}

/// The time whose state LIST shows.
pub(super) fn horizon(moment: Moment<'_>) -> Timestamp {
    moment.now.checked_sub(moment.settings.list_lag).unwrap_or(Timestamp::MIN)
}

/// The engine's seed of the jitter is the namespace and the id: recreating a schedule keeps it.
fn runs(schedule: &Schedule, definition: &Definition, after: Timestamp) -> Runs {
    definition.spec.runs_after(after, &format!("{}-{}", schedule.workspace, schedule.id))
}
