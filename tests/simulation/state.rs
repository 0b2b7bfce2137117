//! The world outside the processes: what Kubernetes and the remote hold, and what is bound to happen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use workflow_schedule_operator::sandbox::Sandbox;

use crate::fault::Fault;
use crate::kubernetes::Kubernetes;
use crate::oracle::Witness;
use crate::story::{Story, Who};

/// An effect that comes later than its request.
type Late = Box<dyn FnOnce(&mut State, Timestamp) + Send>;

/// What a fault asks of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Kill the process.
    Crash(u32),
    /// Stop it for a while.
    Freeze(u32),
    /// Kill it, and restore the cluster without statuses.
    Restore(u32),
    /// Let a person go first, then wake it.
    PersonFirst(u32),
    /// It has ended by itself: start it again.
    Ended(u32),
}

/// The two sides that a process speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Kubernetes,
    Remote,
}

/// A request at the boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    pub side: Side,
    /// It changes something that matters: every fault is tried here.
    pub is_effect: bool,
    /// The schedule at the remote that it is about, if it is about one.
    pub subject: String,
    /// What it asks for, for the story.
    pub what: String,
}

/// How long a request takes there, and its answer back.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    pub there: Duration,
    pub back: Duration,
}

/// The world outside the processes.
pub struct State {
    pub now: Timestamp,
    pub kubernetes: Kubernetes,
    pub remote: Sandbox,
    pub story: Story,
    pub witness: Witness,
    /// The faults that are still to come, by the number of the crossing.
    pub faults: BTreeMap<usize, Fault>,
    pub crossings: Vec<Crossing>,
    pub orders: Vec<Order>,
    late: Vec<(Timestamp, Late)>,
    /// When an effect came late last.
    landed_at: Option<Timestamp>,
    /// Until when a process hears nothing of Kubernetes' changes.
    pub deaf: BTreeMap<u32, Timestamp>,
    /// How many times all watches were cut.
    pub cuts: u32,
    pub latency_of_kubernetes: Latency,
    pub latency_of_remote: Latency,
    changed: watch::Sender<()>,
}

/// The world, shared by the processes.
pub type Shared = Arc<Mutex<State>>;

/// Looks at the world. Never held across an `await`.
pub fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

const fn evenly(millis: u64) -> Latency {
    Latency { there: Duration::from_millis(millis), back: Duration::from_millis(millis) }
}

impl State {
    pub fn new(remote: Sandbox, now: Timestamp, (kubernetes, there): (u64, u64)) -> Self {
        Self {
            now,
            kubernetes: Kubernetes::default(),
            remote,
            story: Story::default(),
            witness: Witness::default(),
            faults: BTreeMap::new(),
            crossings: Vec::new(),
            orders: Vec::new(),
            late: Vec::new(),
            landed_at: None,
            deaf: BTreeMap::new(),
            cuts: 0,
            latency_of_kubernetes: evenly(kubernetes),
            latency_of_remote: evenly(there),
            changed: watch::Sender::new(()),
        }
    }

    /// Time goes on, whoever says so: two processes differ by a moment.
    pub fn at_least(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }

    /// Numbers a crossing, and gives the fault that is placed there.
    pub fn cross(&mut self, process: u32, crossing: &Crossing) -> Option<Fault> {
        let fault = self.faults.remove(&self.crossings.len());
        if let Some(fault) = fault {
            self.story.tell(self.now, Who::Fate, format!("{fault:?} at #{}: {}", self.crossings.len(), crossing.what));
            self.witness.disturbed(self.now);
        }
        if crossing.is_effect {
            self.story.tell(self.now, Who::Process(process), format!("#{} {}", self.crossings.len(), crossing.what));
        }
        self.crossings.push(crossing.clone());
        fault
    }

    /// Puts an effect off.
    pub fn later(&mut self, wait: SignedDuration, what: String, effect: Late) {
        let at = self.now + wait;
        let told: Late = Box::new(move |state, now| {
            state.story.tell(now, Who::Fate, format!("arrives late: {what}"));
            state.landed_at = Some(now);
            state.witness.landed(now);
            effect(state, now);
        });
        self.late.push((at, told));
    }

    /// When the next effect that was put off comes.
    pub fn next_late(&self) -> Option<Timestamp> {
        self.late.iter().map(|(at, _)| *at).min()
    }

    /// Lets the effects come that are due.
    pub fn let_land(&mut self) {
        let now = self.now;
        let (due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = rest;
        for (_, effect) in due {
            effect(self, now);
        }
        self.tell_watches();
    }

    /// An effect that came late may have changed what a process has just looked at.
    pub fn a_late_effect_was_near(&self) -> bool {
        self.landed_at.is_some_and(|at| self.now.duration_since(at) < SignedDuration::from_secs(10))
    }

    /// Something changed in Kubernetes: its watches look.
    pub fn tell_watches(&self) {
        self.changed.send_replace(());
    }

    /// Hears of changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
