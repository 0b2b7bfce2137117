//! All executions: which are running, when they end, and the schedules that wait for their end.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::moment::Sequence;
use super::run::{RunRecord, RunStatus};

/// All executions.
#[derive(Debug, Default)]
pub(super) struct Executions {
    records: Vec<RunRecord>,
    /// The latest of each workspace and id.
    ids: HashMap<(Arc<str>, Arc<str>), usize>,
    /// When each ends by itself. Those that were stopped earlier stay in it.
    ends: BTreeSet<(Timestamp, usize)>,
    /// The schedules that wait for an end.
    watchers: HashMap<usize, Sequence>,
}

impl Executions {
    pub fn records(&self) -> &[RunRecord] {
        &self.records
    }

    /// The latest execution of that id.
    pub fn find(&self, workspace: &str, id: &str) -> Option<&RunRecord> {
        self.records.get(*self.ids.get(&(workspace.into(), id.into()))?)
    }

    /// Starts one that ends by itself at `end`. `None`: one with this id is running, and the engine does
    /// not start another (Temporal 1.32.0).
    pub fn start(&mut self, record: RunRecord, end: Timestamp) -> Option<usize> {
        let running = self.find(&record.workspace, &record.execution_id);
        if running.is_some_and(|running| running.status == RunStatus::Running) {
            return None;
        }
        let number = self.records.len();
        self.ids.insert((Arc::clone(&record.workspace), Arc::clone(&record.execution_id)), number);
        self.ends.insert((end, number));
        self.records.push(record);
        Some(number)
    }

    /// Lets a schedule wait for the end of one.
    pub fn watch(&mut self, number: usize, watcher: Sequence) {
        self.watchers.insert(number, watcher);
    }

    pub fn next_end(&self) -> Option<Timestamp> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// Removes the next end from the list. `None`: that execution was stopped earlier.
    pub fn take_ending(&mut self) -> Option<(usize, &RunRecord)> {
        let (_, number) = self.ends.pop_first()?;
        let record = self.records.get(number)?;
        (record.status == RunStatus::Running).then_some((number, record))
    }

    /// Ends one. Returns the schedule that waits for it.
    pub fn end(&mut self, number: usize, status: RunStatus, now: Timestamp) -> Option<(Sequence, &RunRecord)> {
        let record = self.records.get_mut(number)?;
        record.status = status;
        record.ended_at = Some(now);
        Some((self.watchers.remove(&number)?, record))
    }
}
