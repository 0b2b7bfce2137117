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

/// The maximum number of reconciles of one connection at the same time, for each of urgent, prompt and
/// background work: many creations must not delay a pause.
const SLOTS: usize = 8;

/// Resources that wait for a reconcile, that are in a reconcile, or that wait for a time.
#[derive(Debug, Default)]
pub struct WorkQueue {
    lines: BTreeMap<ConnectionRef, ConnectionQueue>,
    waiting: HashMap<Key, (ConnectionRef, Priority)>,
    /// How many wait in each priority.
    depths: [usize; 4],
    running: HashMap<Key, Running>,
    later: BTreeSet<(Duration, Key)>,
    later_of: HashMap<Key, (Duration, ConnectionRef, Priority)>,
    /// The position in the round over the connections.
    turn: ConnectionRef,
}

#[derive(Debug)]
struct Running {
    via: ConnectionRef,
    priority: Priority,
    again: Option<(ConnectionRef, Priority)>,
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
}

/// How urgent a call is: its priority, and within that its rank, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RankedPriority {
    /// The priority.
    pub priority: Priority,
    /// The rank in the priority; 0 unless there is an order.
    pub rank: i64,
}

impl From<Priority> for RankedPriority {
    fn from(priority: Priority) -> Self {
        Self { priority, rank: 0 }
    }
}

impl WorkQueue {
    /// Requests a reconcile. A resource waits at most once, with its most urgent priority; a resource in a
    /// reconcile waits until it ends. `rank` orders the work of a namespace within a priority, lowest first.
    pub fn push(&mut self, key: &Key, via: &ConnectionRef, priority: Priority, rank: i64) {
        self.forget_later(key);
        if let Some(running) = self.running.get_mut(key) {
            let priority = running.again.as_ref().map_or(priority, |(_, before)| priority.min(*before));
            running.again = Some((via.clone(), priority));
            return;
        }
        if let Some((before_via, before)) = self.waiting.get(key).cloned() {
            if before <= priority && before_via == *via {
                return;
            }
            self.dequeue(key);
            self.enqueue(key, via, priority.min(before), rank);
            return;
        }
        self.enqueue(key, via, priority, rank);
    }

    /// Requests a reconcile at `at`, unless there is an earlier one.
    pub fn push_later(&mut self, key: &Key, via: &ConnectionRef, priority: Priority, at: Duration) {
        if self.waiting.contains_key(key) || self.later_of.get(key).is_some_and(|(before, ..)| *before <= at) {
            return;
        }
        self.forget_later(key);
        self.later.insert((at, key.clone()));
        self.later_of.insert(key.clone(), (at, via.clone(), priority));
    }

    /// Whether a resource waits for a reconcile, is in one, or waits for a time.
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
        let after = self.lines.range((std::ops::Bound::Excluded(self.turn.clone()), std::ops::Bound::Unbounded));
        let order: Vec<ConnectionRef> =
            after.chain(self.lines.range(..=self.turn.clone())).map(|(via, _)| via.clone()).collect();
        for via in order {
            let Some(line) = self.lines.get_mut(&via) else { continue };
            for priority in Priority::ALL {
                if *line.slots(priority) >= SLOTS {
                    continue;
                }
                let Some(fair) = line.by_priority.get_mut(&priority).filter(|fair| !fair.is_empty()) else { continue };
                if !may_start(&via, priority) {
                    continue;
                }
                let Some((key, rank)) = fair.pop() else { continue };
                *line.slots(priority) += 1;
                self.waiting.remove(&key);
                self.depths[priority as usize] -= 1;
                self.running.insert(key.clone(), Running { via: via.clone(), priority, again: None });
                self.turn = via;
                return Some(WorkItem { key, urgency: RankedPriority { priority, rank } });
            }
        }
        None
    }

    /// A reconcile has ended.
    pub fn done(&mut self, key: &Key) {
        let Some(Running { via, priority, again }) = self.running.remove(key) else { return };
        if let Some(line) = self.lines.get_mut(&via) {
            let slots = line.slots(priority);
            *slots = slots.saturating_sub(1);
        }
        if let Some((via, priority)) = again {
            self.enqueue(key, &via, priority, 0);
        }
    }

    /// When the next delayed work is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        self.later.first().map(|(at, _)| *at)
    }

    /// How many resources wait in each priority.
    #[must_use]
    pub const fn depths(&self) -> [usize; 4] {
        self.depths
    }

    fn enqueue(&mut self, key: &Key, via: &ConnectionRef, priority: Priority, rank: i64) {
        self.waiting.insert(key.clone(), (via.clone(), priority));
        self.depths[priority as usize] += 1;
        self.lines.entry(via.clone()).or_default().by_priority.entry(priority).or_default().push(key, rank);
    }

    fn dequeue(&mut self, key: &Key) {
        let Some((via, priority)) = self.waiting.remove(key) else { return };
        self.depths[priority as usize] -= 1;
        if let Some(fair) = self.lines.get_mut(&via).and_then(|line| line.by_priority.get_mut(&priority)) {
            fair.remove(key);
        }
    }

    fn bring_due(&mut self, now: Duration) {
        while let Some((at, key)) = self.later.first().cloned() {
            if at > now {
                return;
            }
            let later = self.later_of.get(&key).map(|(_, via, priority)| (via.clone(), *priority));
            self.forget_later(&key);
            if let Some((via, priority)) = later {
                self.push(&key, &via, priority, 0);
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
    const fn slots(&mut self, priority: Priority) -> &mut usize {
        match priority {
            Priority::Urgent => &mut self.urgent,
            Priority::Trigger | Priority::Interactive => &mut self.prompt,
            Priority::Background => &mut self.background,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn key(text: &str) -> Key {
        Key::parse(text).unwrap()
    }

    fn push(queue: &mut WorkQueue, text: &str, priority: Priority) {
        queue.push(&key(text), &None, priority, 0);
    }

    fn pop(queue: &mut WorkQueue) -> Option<String> {
        queue.pop(NOW, |_, _| true).map(|work| work.key.to_string())
    }

    #[test]
    fn the_most_urgent_comes_first() {
        let mut queue = WorkQueue::default();
        for (name, priority) in [
            ("a/b", Priority::Background),
            ("a/i", Priority::Interactive),
            ("a/t", Priority::Trigger),
            ("a/u", Priority::Urgent),
        ] {
            push(&mut queue, name, priority);
        }
        let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).collect();
        assert_eq!(order, ["a/u", "a/t", "a/i", "a/b"]);
    }

    #[test]
    fn namespaces_take_turns() {
        let mut queue = WorkQueue::default();
        for name in ["flood/1", "flood/2", "flood/3", "small/1"] {
            push(&mut queue, name, Priority::Background);
        }
        let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).collect();
        assert_eq!(order, ["flood/1", "small/1", "flood/2", "flood/3"]);
    }

    #[test]
    fn a_flood_leaves_room_for_a_pause() {
        let mut queue = WorkQueue::default();
        for number in 0..20 {
            push(&mut queue, &format!("a/{number}"), Priority::Background);
        }
        assert_eq!(std::iter::from_fn(|| pop(&mut queue)).count(), SLOTS);
        push(&mut queue, "a/pause", Priority::Urgent);
        assert_eq!(pop(&mut queue).as_deref(), Some("a/pause"));
    }

    #[test]
    fn a_resource_is_in_one_pass_at_a_time_and_comes_again_if_asked() {
        let mut queue = WorkQueue::default();
        push(&mut queue, "a/1", Priority::Background);
        assert!(pop(&mut queue).is_some());
        push(&mut queue, "a/1", Priority::Urgent);
        assert_eq!(pop(&mut queue), None);
        queue.done(&key("a/1"));
        assert_eq!(queue.pop(NOW, |_, _| true).map(|work| work.urgency.priority), Some(Priority::Urgent));
    }

    #[test]
    fn more_urgent_work_overtakes_its_own_place() {
        let mut queue = WorkQueue::default();
        push(&mut queue, "a/1", Priority::Background);
        push(&mut queue, "a/1", Priority::Urgent);
        assert_eq!(queue.pop(NOW, |_, _| true).map(|work| work.urgency.priority), Some(Priority::Urgent));
        queue.done(&key("a/1"));
        assert_eq!(pop(&mut queue), None);
    }

    #[test]
    fn later_work_comes_when_it_is_due_and_sooner_if_something_happens() {
        let mut queue = WorkQueue::default();
        queue.push_later(&key("a/1"), &None, Priority::Background, Duration::from_secs(101));
        assert_eq!(pop(&mut queue), None);
        assert_eq!(queue.next_due(), Some(Duration::from_secs(101)));
        assert!(queue.pop(Duration::from_secs(101), |_, _| true).is_some());
        queue.done(&key("a/1"));
        queue.push_later(&key("a/1"), &None, Priority::Background, Duration::from_secs(999));
        push(&mut queue, "a/1", Priority::Interactive);
        assert_eq!(pop(&mut queue).as_deref(), Some("a/1"));
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn a_retry_is_as_urgent_as_what_it_retries() {
        let mut queue = WorkQueue::default();
        push(&mut queue, "a/flood", Priority::Background);
        queue.push_later(&key("a/pause"), &None, Priority::Urgent, NOW);
        assert_eq!(pop(&mut queue).as_deref(), Some("a/pause"));
    }

    #[test]
    fn a_connection_without_a_token_holds_up_no_other() {
        let mut queue = WorkQueue::default();
        let (dry, free) = (Some(key("c/dry")), Some(key("c/free")));
        queue.push(&key("a/1"), &dry, Priority::Background, 0);
        queue.push(&key("a/2"), &free, Priority::Background, 0);
        let work = queue.pop(NOW, |via, _| *via != dry);
        assert_eq!(work.map(|work| work.key), Some(key("a/2")));
    }

    #[test]
    fn a_lower_rank_comes_first_whatever_its_namespace() {
        let mut queue = WorkQueue::default();
        for (name, rank) in [("a/late", 9), ("b/soon", 1), ("b/last", 10)] {
            queue.push(&key(name), &None, Priority::Urgent, rank);
        }
        let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).collect();
        assert_eq!(order, ["b/soon", "a/late", "b/last"]);
    }

    #[test]
    fn a_lower_rank_comes_first() {
        let mut queue = WorkQueue::default();
        queue.push(&key("a/late"), &None, Priority::Urgent, 9);
        queue.push(&key("a/soon"), &None, Priority::Urgent, 1);
        assert_eq!(pop(&mut queue).as_deref(), Some("a/soon"));
    }
}
