//! Schedules, their runs, and time: what Temporal is beneath the API. It knows neither HTTP nor JSON
//! bodies.

mod entry;
mod overlap;
mod run;
mod schedule;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use self::entry::{Entry, horizon};
use self::overlap::{Start, Stop, decide};
pub use self::run::{Behaviour, Outcome, RunRecord, RunStatus};
pub use self::schedule::{Definition, LISTED, Overlap, Policy, Recent, Schedule};
use super::settings::Settings;

/// The order in which schedules were created, deleted ones included.
pub(super) type Sequence = u64;

/// All schedules and all executions.
#[derive(Debug)]
pub(super) struct Engine {
    entries: BTreeMap<Sequence, Entry>,
    /// By workspace and id: those that exist.
    ids: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Sequence>>,
    /// What was deleted when, as long as a LIST may still show it.
    deleted: VecDeque<(Timestamp, Sequence)>,
    /// When which schedule is due next.
    due: BTreeSet<(Timestamp, Sequence)>,
    /// When which execution ends.
    ends: BTreeSet<(Timestamp, usize)>,
    runs: Vec<RunRecord>,
    executions: HashMap<Arc<str>, usize>,
    /// The schedules that wait for the end of an execution.
    watchers: HashMap<usize, Sequence>,
    created: Sequence,
    random: fastrand::Rng,
}

impl Engine {
    /// Nothing yet.
    pub fn new(seed: u64) -> Self {
        Self {
            entries: BTreeMap::new(),
            ids: BTreeMap::new(),
            deleted: VecDeque::new(),
            due: BTreeSet::new(),
            ends: BTreeSet::new(),
            runs: Vec::new(),
            executions: HashMap::new(),
            watchers: HashMap::new(),
            created: 0,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The schedule of that id.
    pub fn find(&self, workspace: &str, id: &str) -> Option<&Schedule> {
        self.entries.get(&self.sequence(workspace, id)?)?.current()
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
        now: Timestamp,
        settings: &Settings,
    ) -> impl Iterator<Item = (Sequence, &Schedule)> {
        let horizon = horizon(now, settings.list_lag);
        let upper = before.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries
            .range((Bound::Unbounded, upper))
            .rev()
            .filter_map(move |(sequence, entry)| Some((*sequence, entry.listed_at(horizon)?)))
            .filter(move |(_, schedule)| *schedule.workspace == *workspace)
    }

    /// Every execution, oldest first.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// The execution of that id.
    pub fn execution(&self, workspace: &str, id: &str) -> Option<&RunRecord> {
        let run = self.runs.get(*self.executions.get(id)?)?;
        (*run.workspace == *workspace).then_some(run)
    }

    /// A new id in the shape of a uuid.
    pub fn random_id(&mut self) -> String {
        let bits = self.random.u128(..);
        let hex = format!("{bits:032x}");
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }

    /// Adds a schedule, whose id must be free.
    pub fn create(&mut self, schedule: Schedule, now: Timestamp) {
        let sequence = self.created;
        self.created += 1;
        let ids = self.ids.entry(Arc::clone(&schedule.workspace)).or_default();
        ids.insert(Arc::clone(&schedule.id), sequence);
        let entry = Entry::new(schedule, now);
        self.due.extend(entry.due().map(|at| (at, sequence)));
        self.entries.insert(sequence, entry);
    }

    /// Changes a schedule's state, but not its definition. False: there is none.
    pub fn change(
        &mut self,
        workspace: &str,
        id: &str,
        now: Timestamp,
        settings: &Settings,
        change: impl FnOnce(&mut Schedule),
    ) -> bool {
        let Some(sequence) = self.sequence(workspace, id) else { return false };
        self.with(sequence, |entry| change(entry.change(now, settings.list_lag))).is_some()
    }

    /// Changes a schedule's definition.
    pub fn redefine(&mut self, workspace: &str, id: &str, definition: Definition, now: Timestamp, settings: &Settings) {
        let Some(sequence) = self.sequence(workspace, id) else { return };
        self.with(sequence, |entry| entry.redefine(definition, now, settings.patch_drops_pending));
    }

    /// Deletes a schedule; its executions go on. False: there is none.
    pub fn delete(&mut self, workspace: &str, id: &str, now: Timestamp, settings: &Settings) -> bool {
        let Some(sequence) = self.ids.get_mut(workspace).and_then(|ids| ids.remove(id)) else { return false };
        self.with(sequence, |entry| entry.delete(now, settings.list_lag));
        self.deleted.push_back((now, sequence));
        let horizon = horizon(now, settings.list_lag);
        while let Some((_, sequence)) = self.deleted.pop_front_if(|(at, _)| *at <= horizon) {
            self.entries.remove(&sequence);
        }
        true
    }

    /// Asks for a run now. False: there is no such schedule.
    pub fn trigger(
        &mut self,
        workspace: &str,
        id: &str,
        overlap: Option<Overlap>,
        now: Timestamp,
        settings: &Settings,
    ) -> bool {
        let Some(sequence) = self.sequence(workspace, id) else { return false };
        let Some(entry) = self.entries.get_mut(&sequence) else { return false };
        let overlap = overlap.or_else(|| entry.current().map(|schedule| schedule.definition.policy.overlap));
        entry.waiting.push(Start { scheduled_at: now, overlap: overlap.unwrap_or_default(), triggered: true });
        self.settle(sequence, now, settings);
        true
    }

    /// When something happens next.
    pub fn next_event(&self) -> Option<Timestamp> {
        let due = self.due.first().map(|(at, _)| *at);
        let end = self.ends.first().map(|(at, _)| *at);
        due.into_iter().chain(end).min()
    }

    /// Lets the next thing happen, at `now`, which is not before its time. An execution that ends when
    /// the next is due ends first.
    pub fn step(&mut self, now: Timestamp, settings: &Settings) {
        let due = self.due.first().copied();
        match (self.ends.first().copied(), due) {
            (Some((end, run)), due) if due.is_none_or(|(at, _)| end <= at) => {
                self.ends.pop_first();
                self.end_by_itself(run, now, settings);
            }
            (_, Some((_, sequence))) => self.fire(sequence, now, settings),
            (_, None) => {}
        }
    }

    fn sequence(&self, workspace: &str, id: &str) -> Option<Sequence> {
        self.ids.get(workspace)?.get(id).copied()
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

    /// Runs of a schedule are due. Those of a paused or exhausted one pass, and so do those that an
    /// outage held back for longer than the catch-up window.
    fn fire(&mut self, sequence: Sequence, now: Timestamp, settings: &Settings) {
        let due = self.with(sequence, |entry| entry.take_due(now, settings.list_lag)).unwrap_or_default();
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        let Some(schedule) = entry.current().filter(|schedule| schedule.may_fire()) else { return };
        let policy = schedule.definition.policy;
        let in_time = |at: &Timestamp| now.duration_since(*at) <= policy.catchup_window();
        let start = |at| Start { scheduled_at: at, overlap: policy.overlap, triggered: false };
        entry.waiting.extend(due.into_iter().filter(in_time).map(start));
        self.settle(sequence, now, settings);
    }

    /// Starts what may start of the runs that wait.
    fn settle(&mut self, sequence: Sequence, now: Timestamp, settings: &Settings) {
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        let waiting = std::mem::take(&mut entry.waiting);
        let decision = decide(&waiting, !entry.running.is_empty());
        entry.waiting = decision.keep;
        for start in decision.start {
            self.begin(sequence, start, now, settings);
        }
        if let Some(run) = decision.start_alone.and_then(|start| self.begin(sequence, start, now, settings)) {
            self.watchers.insert(run, sequence);
            if let Some(entry) = self.entries.get_mut(&sequence) {
                entry.running.push(run);
            }
        }
        if let Some(stop) = decision.stop {
            let running = self.entries.get(&sequence).map(|entry| entry.running.clone()).unwrap_or_default();
            for run in running {
                self.stop(run, stop, now, settings);
            }
        }
    }

    /// Starts an execution, unless a pause or an exhausted count forbids it meanwhile.
    fn begin(&mut self, sequence: Sequence, start: Start, now: Timestamp, settings: &Settings) -> Option<usize> {
        let execution_id: Arc<str> = self.random_id().into();
        let entry = self.entries.get_mut(&sequence)?;
        if !start.triggered && !entry.current()?.may_fire() {
            return None;
        }
        let schedule = entry.change(now, settings.list_lag);
        if !start.triggered {
            schedule.remaining = schedule.remaining.map(|left| left - 1);
        }
        let recent =
            Recent { scheduled_at: start.scheduled_at, started_at: now, execution_id: Arc::clone(&execution_id) };
        schedule.recent.push_back(recent);
        if schedule.recent.len() > LISTED {
            schedule.recent.pop_front();
        }
        let run = self.runs.len();
        self.runs.push(RunRecord {
            workspace: Arc::clone(&schedule.workspace),
            schedule_id: Arc::clone(&schedule.id),
            workflow_name: Arc::clone(&schedule.workflow_name),
            deployment_name: schedule.deployment_name.clone(),
            scheduled_at: start.scheduled_at,
            started_at: now,
            ended_at: None,
            execution_id: Arc::clone(&execution_id),
            status: RunStatus::Running,
            triggered: start.triggered,
            input: Arc::clone(&schedule.definition.input),
        });
        let run_time = settings.behaviour(&schedule.workflow_name).run_time;
        self.executions.insert(execution_id, run);
        self.ends.insert((now.checked_add(run_time).unwrap_or(Timestamp::MAX), run));
        Some(run)
    }

    /// An execution has run its time.
    fn end_by_itself(&mut self, run: usize, now: Timestamp, settings: &Settings) {
        let running = self.runs.get(run).filter(|run| run.status == RunStatus::Running);
        // One that was stopped has ended before its time.
        let Some(workflow) = running.map(|run| Arc::clone(&run.workflow_name)) else { return };
        self.end(run, settings.behaviour(&workflow).outcome.into(), now, settings);
    }

    /// A later run takes the place of an execution.
    fn stop(&mut self, run: usize, stop: Stop, now: Timestamp, settings: &Settings) {
        let status = match stop {
            Stop::Cancel => RunStatus::Canceled,
            Stop::Terminate => RunStatus::Terminated,
        };
        self.end(run, status, now, settings);
    }

    fn end(&mut self, run: usize, status: RunStatus, now: Timestamp, settings: &Settings) {
        let Some(record) = self.runs.get_mut(run) else { return };
        record.status = status;
        record.ended_at = Some(now);
        let execution_id = Arc::clone(&record.execution_id);
        let Some(sequence) = self.watchers.remove(&run) else { return };
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        entry.running.retain(|running| *running != run);
        let pauses =
            entry.current().is_some_and(|schedule| schedule.definition.policy.pause_on_failure && !schedule.paused);
        if let Some(note) = failure_note(status, &execution_id).filter(|_| pauses) {
            let schedule = entry.change(now, settings.list_lag);
            schedule.paused = true;
            schedule.note = Some(note);
        }
        self.settle(sequence, now, settings);
    }
}

/// The engine's note when a failed run pauses its schedule (Temporal 1.32.0).
fn failure_note(status: RunStatus, execution: &str) -> Option<String> {
    match status {
        RunStatus::Failed => Some(format!("paused due to workflow failure: {execution}: the workflow failed")),
        RunStatus::TimedOut => Some(format!("paused due to workflow timeout: {execution}")),
        RunStatus::Running | RunStatus::Completed | RunStatus::Canceled | RunStatus::Terminated => None,
    }
}
