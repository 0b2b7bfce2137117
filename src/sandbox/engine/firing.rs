//! What happens with time: runs are due, start, wait for others, and end; idle schedules are deleted.

use std::sync::Arc;

use jiff::Timestamp;

use super::entry::Entry;
use super::overlap::{Decision, Start, Stop, decide};
use super::run::{RunRecord, RunStatus};
use super::schedule::{LISTED, Overlap, Recent};
use super::{Engine, Moment, Sequence, Settings};

/// Something that happens without a call.
#[derive(Clone, Copy, Debug)]
enum Event {
    ExecutionEnds,
    RunsAreDue(Sequence),
    RetentionEnds(Sequence),
}

impl Engine {
    /// When the next event is.
    pub fn next_event(&self, settings: &Settings) -> Option<Timestamp> {
        self.next(settings).map(|(at, _)| at)
    }

    /// The next event. Of events at one time, an execution ends before another is due.
    fn next(&self, settings: &Settings) -> Option<(Timestamp, Event)> {
        let end = self.executions.next_end().map(|at| (at, Event::ExecutionEnds));
        let due = self.due.first().map(|(at, sequence)| (*at, Event::RunsAreDue(*sequence)));
        let expiry = self.idle.first().map(|(since, sequence)| {
            let at = since.checked_add(settings.retention).unwrap_or(Timestamp::MAX);
            (at, Event::RetentionEnds(*sequence))
        });
        [end, due, expiry].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// Processes the next event, at a moment that is not before its time.
    pub fn step(&mut self, moment: Moment<'_>) {
        match self.next(moment.settings) {
            Some((_, Event::ExecutionEnds)) => self.end_by_itself(moment),
            Some((_, Event::RunsAreDue(sequence))) => self.fire(sequence, moment),
            Some((_, Event::RetentionEnds(sequence))) => self.delete(sequence, moment),
            None => {}
        }
    }

    /// Starts a run now, even if the schedule is paused or exhausted. It does not count as a scheduled
    /// run.
    pub fn trigger(&mut self, sequence: Sequence, moment: Moment<'_>, overlap: Option<Overlap>) {
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        let Some(schedule) = entry.current() else { return };
        entry.waiting.push(Start {
            nominal: moment.now,
            scheduled_at: moment.now,
            overlap: overlap.unwrap_or(schedule.definition.policy.overlap),
            triggered: true,
        });
        self.settle(sequence, moment);
    }

    /// Runs of a schedule are due. Those of a paused or exhausted one are skipped, and so are those that
    /// an outage has delayed for longer than the catch-up window.
    fn fire(&mut self, sequence: Sequence, moment: Moment<'_>) {
        let due = self.with(sequence, |entry| entry.take_due(moment)).unwrap_or_default();
        let Some(entry) = self.entries.get_mut(&sequence) else { return };
        let Some(schedule) = entry.current().filter(|schedule| schedule.may_fire()) else { return };
        let policy = schedule.definition.policy;
        entry.waiting.extend(
            due.into_iter().filter(|run| moment.now.duration_since(run.actual) <= policy.catchup_window()).map(|run| {
                Start { nominal: run.nominal, scheduled_at: run.actual, overlap: policy.overlap, triggered: false }
            }),
        );
        self.settle(sequence, moment);
    }

    /// Starts those of the waiting runs that may start. A run is dropped if the schedule is paused or
    /// exhausted by now, and the next one is tried.
    fn settle(&mut self, sequence: Sequence, moment: Moment<'_>) {
        loop {
            let Some(entry) = self.entries.get_mut(&sequence) else { return };
            let waiting = std::mem::take(&mut entry.waiting);
            let Decision { start, start_alone, keep, stop } = decide(&waiting, !entry.running.is_empty());
            entry.waiting = keep;
            for start in start {
                self.begin(sequence, start, moment);
            }
            let alone = start_alone.and_then(|start| self.begin(sequence, start, moment));
            if let Some(number) = alone {
                self.executions.watch(number, sequence);
                self.with(sequence, |entry| entry.running.push(number));
            }
            if let Some(stop) = stop {
                return self.stop_all(sequence, stop, moment);
            }
            if start_alone.is_none() || alone.is_some() {
                return;
            }
        }
    }

    /// Starts an execution, if it may start.
    fn begin(&mut self, sequence: Sequence, start: Start, moment: Moment<'_>) -> Option<usize> {
        let entry = self.entries.get(&sequence)?;
        let schedule = entry.current().filter(|schedule| start.triggered || schedule.may_fire())?;
        let behaviour = moment.settings.behaviour(&schedule.workflow_name);
        if !behaviour.starts && !start.triggered {
            return None;
        }
        let record = RunRecord {
            workspace: Arc::clone(&schedule.workspace),
            schedule_id: Arc::clone(&schedule.id),
            workflow_name: Arc::clone(&schedule.workflow_name),
            deployment_name: schedule.deployment_name.clone(),
            scheduled_at: start.scheduled_at,
            started_at: moment.now,
            ended_at: None,
            execution_id: start.execution_id(&schedule.id),
            status: RunStatus::Running,
            triggered: start.triggered,
            input: Arc::clone(&schedule.definition.input),
        };
        let recent = Recent {
            scheduled_at: start.scheduled_at,
            started_at: moment.now,
            execution_id: Arc::clone(&record.execution_id),
        };
        let ends_at = moment.now.checked_add(behaviour.run_time).unwrap_or(Timestamp::MAX);
        let number = self.executions.start(record, ends_at)?;
        self.with(sequence, |entry| {
            let schedule = entry.change(moment);
            if !start.triggered {
                schedule.remaining = schedule.remaining.map(|left| left - 1);
            }
            schedule.recent.push_back(recent);
            if schedule.recent.len() > LISTED {
                schedule.recent.pop_front();
            }
        });
        Some(number)
    }

    /// The run time of an execution is over.
    fn end_by_itself(&mut self, moment: Moment<'_>) {
        let Some((number, record)) = self.executions.take_ending() else { return };
        let outcome = moment.settings.behaviour(&record.workflow_name).outcome;
        self.end(number, outcome.into(), moment);
    }

    /// Stops all running executions in favour of a later run.
    fn stop_all(&mut self, sequence: Sequence, stop: Stop, moment: Moment<'_>) {
        let status = match stop {
            Stop::Cancel => RunStatus::Canceled,
            Stop::Terminate => RunStatus::Terminated,
        };
        let running = self.entries.get(&sequence).map(|entry| entry.running.clone()).unwrap_or_default();
        for number in running {
            self.end(number, status, moment);
        }
    }

    /// An execution ends, and the runs that waited for it may start. The engine does not watch an
    /// execution that others may overlap: its end pauses nothing (Temporal 1.32.0).
    fn end(&mut self, number: usize, status: RunStatus, moment: Moment<'_>) {
        let Some((sequence, record)) = self.executions.end(number, status, moment.now) else { return };
        let note = failure_note(status, &record.execution_id);
        self.with(sequence, |entry| {
            entry.running.retain(|running| *running != number);
            pause_on_failure(entry, note, moment);
        });
        self.settle(sequence, moment);
    }
}

/// Pauses a schedule whose policy asks for it. A schedule that is already paused keeps its note.
fn pause_on_failure(entry: &mut Entry, note: Option<String>, moment: Moment<'_>) {
    let asks = |entry: &Entry| {
        entry.current().is_some_and(|schedule| schedule.definition.policy.pause_on_failure && !schedule.paused)
    };
    if let Some(note) = note.filter(|_| asks(entry)) {
        entry.set_paused(true, Some(note), moment);
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
