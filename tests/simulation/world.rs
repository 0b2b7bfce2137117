//! Lets the processes and the world take turns in virtual time.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::log::Who;
use crate::oracle;
use crate::people::{Step, act};
use crate::process::{Process, Program};
use crate::state::{Order, Shared, State, lock};

/// The operator's workspace at the remote.
pub const WORKSPACE: &str = "acme";
/// How often the oracles look at the world, if nothing happens.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(5);
/// How far one process may run ahead of another.
const IN_STEP: SignedDuration = SignedDuration::from_millis(250);
/// How long a frozen process sleeps: longer than its lease lasts.
const FROZEN_FOR: SignedDuration = SignedDuration::from_secs(70);

/// The name by which a process asks for the lease.
pub fn identity(process: u32) -> String {
    format!("operator-{process}")
}

/// The world and the processes in it.
pub struct World {
    pub shared: Shared,
    program: Program,
    processes: BTreeMap<u32, Process>,
    /// Those that sleep, and until when.
    frozen: BTreeMap<u32, Timestamp>,
    /// When a process starts.
    starts: Vec<Timestamp>,
    started: u32,
    steps: VecDeque<(Timestamp, Step)>,
    /// How long a dead process stays dead.
    downtime: SignedDuration,
}

impl World {
    /// A world in which `replicas` processes are about to start, and people about to act.
    pub fn new(
        shared: Shared,
        program: Program,
        replicas: usize,
        downtime: SignedDuration,
        steps: Vec<(Timestamp, Step)>,
    ) -> Self {
        let now = lock(&shared).now;
        Self {
            shared,
            program,
            processes: BTreeMap::new(),
            frozen: BTreeMap::new(),
            starts: vec![now; replicas],
            started: 0,
            steps: steps.into(),
            downtime,
        }
    }

    /// Lets time pass until `end`.
    pub fn run_until(&mut self, end: Timestamp) {
        loop {
            self.catch_up();
            let now = lock(&self.shared).now;
            if now >= end {
                return;
            }
            let target = self.next_turn(now).min(end);
            let reached = self.run_processes(target);
            lock(&self.shared).at_least(reached);
        }
    }

    /// All that is due now, apart from the processes' own doing.
    fn catch_up(&mut self) {
        self.let_arrive();
        self.obey();
        let now = lock(&self.shared).now;
        while let Some((_, step)) = self.steps.pop_front_if(|(at, _)| *at <= now) {
            self.step(&step);
        }
        let waking: Vec<u32> = self.frozen.iter().filter(|(_, at)| **at <= now).map(|(number, _)| *number).collect();
        for number in waking {
            self.frozen.remove(&number);
            lock(&self.shared).log.add(now, Who::Simulation, format!("operator {number} wakes"));
            if let Some(process) = self.processes.get(&number) {
                process.wake(now);
            }
        }
        let due = self.starts.extract_if(.., |at| *at <= now).count();
        for _ in 0..due {
            self.start(now);
        }
        let is_up = !self.processes.keys().all(|number| self.frozen.contains_key(number));
        let mut state = lock(&self.shared);
        state.deaf.retain(|_, until| *until > now);
        let is_up = is_up && state.outage.is_none();
        state.oracles.model.up_since = if is_up { state.oracles.model.up_since.or(Some(now)) } else { None };
        oracle::look(&mut state);
    }

    fn start(&mut self, now: Timestamp) {
        self.started += 1;
        let number = self.started;
        {
            let mut state = lock(&self.shared);
            state.log.add(now, Who::Simulation, format!("operator {number} starts"));
            state.oracles.disturbed(now);
        }
        self.processes.insert(number, Process::start(number, self.shared.clone(), &self.program, now));
    }

    /// When something happens next that is not a process's own doing.
    fn next_turn(&self, now: Timestamp) -> Timestamp {
        let awake = self.processes.len() - self.frozen.len();
        let turn = if awake > 1 { IN_STEP } else { LOOK_EVERY };
        let arrival = lock(&self.shared).next_arrival();
        let step = self.steps.front().map(|(at, _)| *at);
        let wake = self.frozen.values().min().copied();
        let start = self.starts.iter().min().copied();
        [arrival, step, wake, start]
            .into_iter()
            .flatten()
            .filter(|at| *at > now)
            .min()
            .map_or(now + turn, |at| at.min(now + turn))
    }

    fn run_processes(&self, target: Timestamp) -> Timestamp {
        let mut reached = target;
        for (_, process) in self.processes.iter().filter(|(number, _)| !self.frozen.contains_key(number)) {
            reached = process.run_until(reached);
        }
        reached
    }

    /// Lets the requests arrive that are due.
    fn let_arrive(&mut self) {
        loop {
            if lock(&self.shared).person_goes_first()
                && let Some((_, step)) = self.steps.pop_front()
            {
                self.step(&step);
            }
            if !lock(&self.shared).let_arrive() {
                return;
            }
            // What becomes of the sender comes before anything else that arrives.
            self.obey();
        }
    }

    /// Does what faults have asked for.
    fn obey(&mut self) {
        let orders = std::mem::take(&mut lock(&self.shared).orders);
        let now = lock(&self.shared).now;
        for order in orders {
            match order {
                Order::Crash(number) | Order::Ended(number) => self.kill(number),
                Order::Freeze(number) => {
                    self.frozen.insert(number, now + FROZEN_FOR);
                }
                Order::Restore(number) => {
                    self.kill(number);
                    self.step(&Step::Restore);
                }
            }
        }
    }

    fn kill(&mut self, number: u32) {
        let Some(process) = self.processes.remove(&number) else { return };
        process.kill();
        let mut state = lock(&self.shared);
        let now = state.now;
        state.log.add(now, Who::Simulation, format!("operator {number} is dead"));
        state.deaf.remove(&number);
        state.oracles.model.up_since = None;
        state.oracles.disturbed(now);
        drop(state);
        self.starts.push(now + self.downtime);
    }

    fn step(&mut self, step: &Step) {
        if *step == Step::Crash {
            let running: Vec<u32> = self.processes.keys().copied().collect();
            for number in running {
                self.kill(number);
            }
            return;
        }
        let mut state = lock(&self.shared);
        act(&mut state, step);
        state.tell_watches();
        oracle::look(&mut state);
    }

    /// Looks at the world.
    pub fn state(&self) -> std::sync::MutexGuard<'_, State> {
        lock(&self.shared)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for (_, process) in std::mem::take(&mut self.processes) {
            process.kill();
        }
    }
}
