//! Schedules, their runs, and time: what Temporal is beneath the API. It knows neither HTTP nor JSON
//! bodies. What it does, and how that was learnt, is in `docs/engine.md`.

mod entry;
mod executions;
mod firing;
mod overlap;
mod run;
mod schedule;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use self::entry::{Entry, horizon};
use self::executions::Executions;
pub use self::run::{Behaviour, Outcome, RunRecord, RunStatus};
pub use self::schedule::{Definition, Overlap, Policy, Recent, Schedule};
use super::settings::Settings;

/// A schedule, by the order in which all were created, deleted ones included.
pub(super) type Sequence = u64;

/// When something happens, and under which settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    pub now: Timestamp,
    pub settings: &'a Settings,
}

/// All schedules and all executions.
#[derive(Debug, Default)]
pub(super) struct Engine {
    entries: BTreeMap<Sequence, Entry>,
    /// By workspace and id: those that exist.
    ids: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Sequence>>,
    /// What was deleted when, as long as a LIST may still show it.
    deleted: VecDeque<(Timestamp, Sequence)>,
    /// When which schedule is due next.
    due: BTreeSet<(Timestamp, Sequence)>,
    executions: Executions,
    created: Sequence,
}

impl Engine {
    /// The schedule of that id.
    pub fn find(&self, workspace: &str, id: &str) -> Option<(Sequence, &Schedule)> {
        let sequence = *self.ids.get(workspace)?.get(id)?;
        Some((sequence, self.entries.get(&sequence)?.current()?))
    }

    /// Every schedule that exists, oldest first.
    pub fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.entries.values().filter_map(Entry::current)
    }

    /// What a LIST shows, newest first, of those older than `before`.
    pub fn listed(
        &self,
        workspace: &str,
        before: Option<Sequence>,
        moment: Moment<'_>,
    ) -> impl Iterator<Item = (Sequence, &Schedule)> {
        let horizon = horizon(moment);
        let upper = before.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries
            .range((Bound::Unbounded, upper))
            .rev()
            .filter_map(move |(sequence, entry)| Some((*sequence, entry.listed_at(horizon)?)))
            .filter(move |(_, schedule)| *schedule.workspace == *workspace)
    }

    /// Every execution, oldest first.
    pub fn runs(&self) -> &[RunRecord] {
        self.executions.records()
    }

    /// The execution of that id.
    pub fn execution(&self, workspace: &str, id: &str) -> Option<&RunRecord> {
        self.executions.find(workspace, id)
    }

    /// Adds a schedule, whose id must be free.
    pub fn create(&mut self, schedule: Schedule, moment: Moment<'_>) {
        let sequence = self.created;
        self.created += 1;
        let ids = self.ids.entry(Arc::clone(&schedule.workspace)).or_default();
        ids.insert(Arc::clone(&schedule.id), sequence);
        let entry = Entry::new(schedule, moment.now);
        self.due.extend(entry.due().map(|at| (at, sequence)));
        self.entries.insert(sequence, entry);
    }

    /// Changes a schedule's state, but not its definition.
    pub fn change(&mut self, sequence: Sequence, moment: Moment<'_>, change: impl FnOnce(&mut Schedule)) {
        self.with(sequence, |entry| change(entry.change(moment)));
    }

    /// Changes a schedule's definition.
    pub fn redefine(&mut self, sequence: Sequence, moment: Moment<'_>, definition: Definition) {
        self.with(sequence, |entry| entry.redefine(definition, moment));
    }

    /// Deletes a schedule; its executions go on.
    pub fn delete(&mut self, sequence: Sequence, moment: Moment<'_>) {
        let Some(schedule) = self.entries.get(&sequence).and_then(Entry::current) else { return };
        if let Some(ids) = self.ids.get_mut(&schedule.workspace) {
            ids.remove(&schedule.id);
        }
        self.with(sequence, |entry| entry.delete(moment));
        self.deleted.push_back((moment.now, sequence));
        let horizon = horizon(moment);
        while let Some((_, sequence)) = self.deleted.pop_front_if(|(at, _)| *at <= horizon) {
            self.entries.remove(&sequence);
        }
    }

    /// Works on an entry and keeps the index of what is due next.
    fn with<T>(&mut self, sequence: Sequence, work: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.entries.get_mut(&sequence)?;
        let before = entry.due();
        let result = work(entry);
        let after = entry.due();
        if before != after {
            if let Some(at) = before {
                self.due.remove(&(at, sequence));
            }
            self.due.extend(after.map(|at| (at, sequence)));
        }
        Some(result)
    }
}
