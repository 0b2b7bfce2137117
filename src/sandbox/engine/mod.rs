//! Schedules, their runs, and time: the part of Temporal under the API. It knows neither HTTP nor JSON
//! bodies. What it does, and how that was found out, is in `docs/engine.md`.

mod entry;
mod executions;
mod firing;
mod moment;
mod overlap;
mod run;
mod schedule;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use self::entry::{Entry, horizon};
use self::executions::Executions;
pub(super) use self::moment::{Moment, Sequence};
pub use self::run::{Behaviour, Outcome, RunRecord, RunStatus};
pub use self::schedule::{Definition, Overlap, Policy, Recent, Schedule};
use super::settings::Settings;

/// All schedules and all executions.
#[derive(Debug, Default)]
pub(super) struct Engine {
    entries: BTreeMap<Sequence, Entry>,
    /// By workspace and id: those that exist.
    ids: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Sequence>>,
    /// Deleted schedules, as long as a LIST may still show them.
    deleted: VecDeque<(Timestamp, Sequence)>,
    /// When each schedule is due next.
    due: BTreeSet<(Timestamp, Sequence)>,
    /// The schedules with nothing left to run, and since when.
    idle: BTreeSet<(Timestamp, Sequence)>,
    /// The entries of LIST while it is stuck.
    stuck: Option<BTreeMap<Sequence, Arc<Schedule>>>,
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

    /// Keeps the entries of LIST as they are from when `list_stuck` is set until it is unset.
    pub fn hold_list(&mut self, moment: Moment<'_>) {
        match (moment.settings.list_stuck, self.stuck.is_some()) {
            (true, false) => {
                let horizon = horizon(moment);
                let listed =
                    |(sequence, entry): (&Sequence, &Entry)| Some((*sequence, Arc::clone(entry.listed_at(horizon)?)));
                self.stuck = Some(self.entries.iter().filter_map(listed).collect());
            }
            (false, true) => self.stuck = None,
            (true, true) | (false, false) => {}
        }
    }

    /// The entries of LIST, newest first, of those older than `before`.
    pub fn listed(
        &self,
        workspace: &str,
        before: Sequence,
        moment: Moment<'_>,
    ) -> impl Iterator<Item = (Sequence, &Schedule)> {
        let horizon = horizon(moment);
        let range = (Bound::Unbounded, Bound::Excluded(before));
        let stuck = self.stuck.iter().flat_map(move |stuck| stuck.range(range).rev());
        let live = self.stuck.is_none().then(|| self.entries.range(range).rev());
        let live = live.into_iter().flatten();
        let live = live.filter_map(move |(sequence, entry)| Some((sequence, entry.listed_at(horizon)?)));
        stuck
            .chain(live)
            .map(|(sequence, schedule)| (*sequence, &**schedule))
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
        self.idle.extend(entry.idle_since().map(|at| (at, sequence)));
        self.entries.insert(sequence, entry);
    }

    /// Changes a schedule's state, but not its definition.
    pub fn change(&mut self, sequence: Sequence, moment: Moment<'_>, change: impl FnOnce(&mut Schedule)) {
        self.with(sequence, |entry| change(entry.change(moment)));
    }

    /// Pauses or resumes a schedule, and deletes it where a resume does that.
    pub fn set_paused(&mut self, sequence: Sequence, moment: Moment<'_>, paused: bool, note: Option<String>) {
        if self.with(sequence, |entry| entry.set_paused(paused, note, moment)) == Some(true) {
            self.delete(sequence, moment);
        }
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

    /// Changes an entry, and keeps the indexes by time up to date.
    fn with<T>(&mut self, sequence: Sequence, work: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        let entry = self.entries.get_mut(&sequence)?;
        let (due, idle) = (entry.due(), entry.idle_since());
        let result = work(entry);
        move_to(&mut self.due, sequence, due, entry.due());
        move_to(&mut self.idle, sequence, idle, entry.idle_since());
        Some(result)
    }
}

/// Moves a schedule in an index by time.
fn move_to(
    index: &mut BTreeSet<(Timestamp, Sequence)>,
    sequence: Sequence,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
) {
    if before != after {
        if let Some(at) = before {
            index.remove(&(at, sequence));
        }
        index.extend(after.map(|at| (at, sequence)));
    }
}
