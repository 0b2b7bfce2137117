//! The work queue: which resource comes next. Plain state, with the time as an argument.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::controller::state::fair_queue::FairQueue;
use crate::controller::state::key::Key;

/// How urgent work is, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// A pause, a deletion, the kill switch.
    Urgent,
    /// A person waits for a run.
    Trigger,
    /// A person has edited a resource that was in sync.
    Interactive,
    /// First creations, drift, retries, a restart.
    Background,
}

impl Priority {
    /// All, most urgent first.
    pub const ALL: [Self; 4] = [Self::Urgent, Self::Trigger, Self::Interactive, Self::Background];

    /// The name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::Trigger => "trigger",
            Self::Interactive => "interactive",
            Self::Background => "background",
        }
    }
}

/// The connection that a resource's calls go through; `None` where there is none.
pub type ConnectionRef = Option<Key>;

/// The most reconciles of one connection at the same time, for urgent, prompt and background work each: many
/// creations must not delay a pause.
const SLOTS: usize = 32;

/// Resources that wait, that are being reconciled, and that are delayed.
#[derive(Debug, Default)]
pub struct WorkQueue {
    connections: BTreeMap<ConnectionRef, ConnectionQueue>,
    waiting: HashMap<Key, Waiting>,
    /// How many wait in each priority.
    depths: [usize; 4],
    running: HashMap<Key, Running>,
    later: BTreeSet<(Duration, Key)>,
    later_of: HashMap<Key, (Duration, ConnectionRef, Priority)>,
    /// The connection that was served last: the next one in order comes next.
    turn: ConnectionRef,
}

#[derive(Clone, Debug)]
struct Waiting {
    connection_ref: ConnectionRef,
    priority: Priority,
    since: Duration,
}

#[derive(Debug)]
struct Running {
    connection_ref: ConnectionRef,
    priority: Priority,
    again: Option<Waiting>,
}

/// One connection's work.
#[derive(Debug, Default)]
struct ConnectionQueue {
    by_priority: BTreeMap<Priority, FairQueue>,
    urgent: usize,
    prompt: usize,
    background: usize,
}

/// Work that was taken from the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Which resource.
    pub key: Key,
    /// How urgent.
    pub urgency: RankedPriority,
    /// How long it has waited.
    pub waited: Duration,
}

/// How urgent a call is: its priority, and within that its rank, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RankedPriority {
    /// The priority.
    pub priority: Priority,
    /// The rank in the priority; 0 unless there is an order.
    pub rank: i64,
}

impl RankedPriority {
    /// Of a change: it goes before the looks of others, for what it relies on grows old while it waits. Urgent
    /// calls have an order of their own.
    #[must_use]
    pub const fn of_change(self) -> Self {
        match self.priority {
            Priority::Urgent => self,
            Priority::Trigger | Priority::Interactive | Priority::Background => Self { rank: i64::MIN, ..self },
        }
    }
}

impl From<Priority> for RankedPriority {
    fn from(priority: Priority) -> Self {
        Self { priority, rank: 0 }
    }
}

impl WorkQueue {
    /// Adds a resource. It waits at most once, in its most urgent priority; a resource that is being reconciled
    /// is reconciled again afterwards. `rank` orders a namespace's work within a priority, lowest first.
    pub fn push(&mut self, key: &Key, connection_ref: &ConnectionRef, priority: Priority, rank: i64, now: Duration) {
        self.forget_later(key);
        let mut new = Waiting { connection_ref: connection_ref.clone(), priority, since: now };
        if let Some(running) = self.running.get_mut(key) {
            if let Some(before) = &running.again {
                new.priority = priority.min(before.priority);
                new.since = before.since;
            }
            running.again = Some(new);
            return;
        }
        if let Some(before) = self.waiting.get(key).cloned() {
            if before.priority <= priority && before.connection_ref == *connection_ref {
                return;
            }
            self.dequeue(key);
            new.priority = priority.min(before.priority);
            new.since = before.since;
        }
        self.enqueue(key, new, rank);
    }

    /// Adds a resource at `at`, unless it is reconciled sooner.
    pub fn push_later(&mut self, key: &Key, connection_ref: &ConnectionRef, priority: Priority, at: Duration) {
        if self.waiting.contains_key(key) || self.later_of.get(key).is_some_and(|(before, ..)| *before <= at) {
            return;
        }
        self.forget_later(key);
        self.later.insert((at, key.clone()));
        self.later_of.insert(key.clone(), (at, connection_ref.clone(), priority));
    }

    /// Whether a resource waits, is being reconciled, or is delayed.
    #[must_use]
    pub fn is_busy(&self, key: &Key) -> bool {
        self.waiting.contains_key(key) || self.running.contains_key(key) || self.later_of.contains_key(key)
    }

    /// Removes a deleted resource.
    pub fn remove(&mut self, key: &Key) {
        self.forget_later(key);
        self.dequeue(key);
    }

    /// The next work that may start. `may_start` says whether a connection takes work of a priority now.
    pub fn pop(
        &mut self,
        now: Duration,
        mut may_start: impl FnMut(&ConnectionRef, Priority) -> bool,
    ) -> Option<WorkItem> {
        self.bring_due(now);
        let after = self.connections.range((std::ops::Bound::Excluded(self.turn.clone()), std::ops::Bound::Unbounded));
        let order: Vec<ConnectionRef> = after
            .chain(self.connections.range(..=self.turn.clone()))
            .map(|(connection_ref, _)| connection_ref.clone())
            .collect();
        for connection_ref in order {
            let Some(connection) = self.connections.get_mut(&connection_ref) else { continue };
            for priority in Priority::ALL {
                if *connection.slots(priority) >= SLOTS {
                    continue;
                }
                let Some(fair) = connection.by_priority.get_mut(&priority).filter(|fair| !fair.is_empty()) else {
                    continue;
                };
                if !may_start(&connection_ref, priority) {
                    continue;
                }
                let Some((key, rank)) = fair.pop() else { continue };
                *connection.slots(priority) += 1;
                let since = self.waiting.remove(&key).map_or(now, |waiting| waiting.since);
                self.depths[priority as usize] -= 1;
                self.running
                    .insert(key.clone(), Running { connection_ref: connection_ref.clone(), priority, again: None });
                self.turn = connection_ref;
                let waited = now.saturating_sub(since);
                return Some(WorkItem { key, urgency: RankedPriority { priority, rank }, waited });
            }
        }
        None
    }

    /// A reconcile has ended.
    pub fn done(&mut self, key: &Key) {
        let Some(Running { connection_ref, priority, again }) = self.running.remove(key) else { return };
        if let Some(connection) = self.connections.get_mut(&connection_ref) {
            let slots = connection.slots(priority);
            *slots = slots.saturating_sub(1);
        }
        self.forget_if_idle(&connection_ref);
        if let Some(again) = again {
            self.enqueue(key, again, 0);
        }
    }

    /// When the next delayed work is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.later.first().map(|(at, _)| *at)
    }

    /// How much background work of a connection waits or is in progress.
    #[must_use]
    pub fn background_load(&self, connection_ref: &ConnectionRef) -> usize {
        self.connections.get(connection_ref).map_or(0, |connection| {
            connection.background + connection.by_priority.get(&Priority::Background).map_or(0, FairQueue::len)
        })
    }

    /// How many resources wait in each priority.
    #[must_use]
    pub const fn depths(&self) -> [usize; 4] {
        self.depths
    }

    fn enqueue(&mut self, key: &Key, waiting: Waiting, rank: i64) {
        self.depths[waiting.priority as usize] += 1;
        let connection = self.connections.entry(waiting.connection_ref.clone()).or_default();
        connection.by_priority.entry(waiting.priority).or_default().push(key, rank);
        self.waiting.insert(key.clone(), waiting);
    }

    fn dequeue(&mut self, key: &Key) {
        let Some(Waiting { connection_ref, priority, .. }) = self.waiting.remove(key) else { return };
        self.depths[priority as usize] -= 1;
        let connection = self.connections.get_mut(&connection_ref);
        if let Some(fair) = connection.and_then(|connection| connection.by_priority.get_mut(&priority)) {
            fair.remove(key);
        }
        self.forget_if_idle(&connection_ref);
    }

    /// A connection without work needs no memory: namespaces come and go.
    fn forget_if_idle(&mut self, connection_ref: &ConnectionRef) {
        if self.connections.get(connection_ref).is_some_and(ConnectionQueue::is_idle) {
            self.connections.remove(connection_ref);
        }
    }

    fn bring_due(&mut self, now: Duration) {
        while let Some((at, key)) = self.later.first().cloned() {
            if at > now {
                return;
            }
            let later =
                self.later_of.get(&key).map(|(_, connection_ref, priority)| (connection_ref.clone(), *priority));
            self.forget_later(&key);
            if let Some((connection_ref, priority)) = later {
                self.push(&key, &connection_ref, priority, 0, at);
            }
        }
    }

    fn forget_later(&mut self, key: &Key) {
        if let Some((at, ..)) = self.later_of.remove(key) {
            self.later.remove(&(at, key.clone()));
        }
    }
}

impl ConnectionQueue {
    fn is_idle(&self) -> bool {
        self.urgent + self.prompt + self.background == 0 && self.by_priority.values().all(FairQueue::is_empty)
    }

    const fn slots(&mut self, priority: Priority) -> &mut usize {
        match priority {
            Priority::Urgent => &mut self.urgent,
            Priority::Trigger | Priority::Interactive => &mut self.prompt,
            Priority::Background => &mut self.background,
        }
    }
}

#[cfg(test)]
mod tests;
