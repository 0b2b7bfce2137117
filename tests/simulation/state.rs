//! The world outside the processes: what Kubernetes and the remote hold, and what is bound to happen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::watch;
use workflow_schedule_operator::sandbox::Sandbox;

use crate::fault::Fault;
use crate::kubernetes::{Kubernetes, Store, find};
use crate::log::{Log, Who};
use crate::oracle::Oracles;

/// What a request does once it arrives.
type Effect = Box<dyn FnOnce(&mut State, Timestamp) + Send>;

/// A request on its way. It arrives whatever becomes of its sender.
struct Transit {
    arrives: Timestamp,
    /// A person acts just before.
    person_first: bool,
    effect: Effect,
    /// What becomes of the sender then.
    then: Option<Order>,
}

/// What a fault asks of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Kill the process.
    Crash(u32),
    /// Stop it for a while.
    Freeze(u32),
    /// Kill it, and restore the cluster without statuses.
    Restore(u32),
    /// It has ended by itself: start it again.
    Ended(u32),
}

/// How far the API server is out of reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Nobody reaches it.
    Total,
    /// The process that leads does not.
    OfTheLeader,
    /// Of so many requests about one fails, and changes nothing.
    OneIn(u32),
    /// It accepts requests and never answers them, and watches say nothing.
    Hangs,
}

/// An outage under way.
#[derive(Clone, Debug)]
pub struct OutageNow {
    pub kind: Outage,
    /// The process that is cut off.
    leader: Option<u32>,
    luck: Rng,
}

/// The two sides that a process speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Kubernetes,
    Remote,
}

/// A request at the boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    pub side: Side,
    /// It changes something that matters: every fault is tried here.
    pub is_effect: bool,
    /// The schedule at the remote that it is about, if it is about one.
    pub subject: String,
    /// What it asks for, for the log.
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
    pub log: Log,
    pub oracles: Oracles,
    /// The faults that are still to come, by the number of the boundary.
    pub faults: BTreeMap<usize, Fault>,
    pub boundaries: Vec<Boundary>,
    pub orders: Vec<Order>,
    transits: Vec<Transit>,
    /// How many of them are late.
    late: usize,
    /// When one that was late came last.
    landed_at: Option<Timestamp>,
    /// Until when a process hears nothing of Kubernetes' changes.
    pub deaf: BTreeMap<u32, Timestamp>,
    /// What keeps Kubernetes out of reach.
    pub outage: Option<OutageNow>,
    /// How many times all watches were cut.
    pub cuts: u32,
    /// A backup of etcd.
    pub snapshot: Option<Store>,
    /// How many times it was brought back.
    pub rewinds: u32,
    latency_of_kubernetes: Latency,
    latency_of_remote: Latency,
    changed: watch::Sender<()>,
}

/// The world, shared by the processes.
pub type Shared = Arc<Mutex<State>>;

/// Looks at the world. Never held across an `await`.
pub fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The process that goes by this name.
fn process_of(identity: &str) -> Option<u32> {
    identity.rsplit('-').next()?.parse().ok()
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
            log: Log::default(),
            oracles: Oracles::default(),
            faults: BTreeMap::new(),
            boundaries: Vec::new(),
            orders: Vec::new(),
            transits: Vec::new(),
            late: 0,
            landed_at: None,
            deaf: BTreeMap::new(),
            outage: None,
            cuts: 0,
            snapshot: None,
            rewinds: 0,
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

    /// The lease, once somebody has asked for it.
    pub fn lease(&self) -> Option<&Value> {
        let mut leases = find("leases").into_iter().flat_map(|resource| self.kubernetes.store.list(resource, None));
        Some(leases.next()?.1)
    }

    /// Whether every process hears of what happens in Kubernetes.
    pub fn is_heard(&self) -> bool {
        self.deaf.is_empty() && self.outage.is_none()
    }

    /// From now on the API server is out of reach.
    pub fn outage_begins(&mut self, kind: Outage) {
        let leader = match kind {
            Outage::OfTheLeader => self.lease().and_then(|lease| process_of(lease["spec"]["holderIdentity"].as_str()?)),
            Outage::Total | Outage::OneIn(_) | Outage::Hangs => None,
        };
        self.outage = Some(OutageNow { kind, leader, luck: Rng::with_seed(0) });
    }

    /// Whether this process cannot reach the API server.
    pub fn is_cut_off(&self, process: u32) -> bool {
        self.outage.as_ref().is_some_and(|outage| match outage.kind {
            Outage::Total => true,
            Outage::OfTheLeader => outage.leader == Some(process),
            Outage::OneIn(_) | Outage::Hangs => false,
        })
    }

    /// Whether the API server answers nothing.
    pub fn hangs(&self) -> bool {
        self.outage.as_ref().is_some_and(|outage| outage.kind == Outage::Hangs)
    }

    /// Whether a request of this process fails.
    pub fn fails(&mut self, process: u32) -> bool {
        match &mut self.outage {
            Some(OutageNow { kind: Outage::OneIn(some), luck, .. }) => luck.u32(0..*some) == 0,
            Some(_) | None => self.is_cut_off(process),
        }
    }

    /// How long a request takes.
    pub const fn latency(&self, side: Side) -> Latency {
        match side {
            Side::Kubernetes => self.latency_of_kubernetes,
            Side::Remote => self.latency_of_remote,
        }
    }

    /// Numbers a boundary, and gives the fault that is placed there.
    pub fn cross(&mut self, process: u32, boundary: &Boundary) -> Option<Fault> {
        let fault = self.faults.remove(&self.boundaries.len());
        if let Some(fault) = fault {
            self.log.add(
                self.now,
                Who::Simulation,
                format!("{fault:?} at #{}: {}", self.boundaries.len(), boundary.what),
            );
            self.oracles.disturbed(self.now);
        }
        if boundary.is_effect {
            self.log.add(self.now, Who::Process(process), format!("#{} {}", self.boundaries.len(), boundary.what));
        }
        self.boundaries.push(boundary.clone());
        fault
    }

    /// Sends a request on its way.
    pub fn send(&mut self, wait: Duration, person_first: bool, effect: Effect, then: Option<Order>) {
        self.transits.push(Transit { arrives: self.now + wait, person_first, effect, then });
    }

    /// Sends one on a long way.
    pub fn send_late(&mut self, wait: Duration, what: String, effect: Effect) {
        self.late += 1;
        let told: Effect = Box::new(move |state, now| {
            state.log.add(now, Who::Simulation, format!("arrives late: {what}"));
            state.late -= 1;
            state.landed_at = Some(now);
            state.oracles.model.landed(now);
            effect(state, now);
        });
        self.send(wait, false, told, None);
    }

    /// Whether a request is later than its sender thinks.
    pub const fn is_late(&self) -> bool {
        self.late > 0
    }

    /// When the next request arrives.
    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.transits.iter().map(|transit| transit.arrives).min()
    }

    /// Whether a person acts before the next request that arrives now.
    pub fn person_goes_first(&mut self) -> bool {
        let now = self.now;
        let next =
            self.transits.iter_mut().filter(|transit| transit.arrives <= now).min_by_key(|transit| transit.arrives);
        next.is_some_and(|transit| std::mem::take(&mut transit.person_first))
    }

    /// Lets the next request arrive that is due. False: there is none.
    pub fn let_arrive(&mut self) -> bool {
        let now = self.now;
        let due = self.transits.iter().enumerate().filter(|(_, transit)| transit.arrives <= now);
        let Some(next) = due.min_by_key(|(_, transit)| transit.arrives).map(|(place, _)| place) else { return false };
        let Transit { effect, then, .. } = self.transits.remove(next);
        effect(self, now);
        self.orders.extend(then);
        self.tell_watches();
        true
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
