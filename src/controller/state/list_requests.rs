//! Reconciles that wait for a LIST of their connection: many creations share one LIST. Plain state, with the time as
//! an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::Memory;
use crate::controller::state::key::Key;
use crate::plan::{Journal, Observation};
use crate::remote::ScheduleId;

/// From this many creations on, a LIST is cheaper than a GET each.
pub(crate) const MANY: usize = 20;
/// So long after there were many, the next creation still belongs to them.
const MANY_LAST: Duration = Duration::from_secs(5);
/// A LIST begins once this many schedules wait to be read back …
const MOST_CREATED: usize = 200;
/// … or one has waited for this long.
const LONGEST_CREATED: Duration = Duration::from_secs(10);
/// A LIST of one page begins once this many creations wait for the proof that nothing is there …
const MOST_NEW: usize = 200;
/// … or one has waited for this long. A LIST of more pages waits longer, because it costs more.
const LONGEST_NEW: Duration = Duration::from_millis(250);
/// An index needs a moment to show what was created.
const SHORTEST: Duration = Duration::from_millis(50);
/// A schedule that so many LISTs have not shown is read by a GET.
const MOST_LISTS: u8 = 3;

/// A reconcile that waits.
#[derive(Clone, Debug)]
pub(crate) struct Suspended {
    /// Of the resource: an edit makes what is known here void.
    pub(crate) version: Option<String>,
    pub(crate) memory: Memory,
    pub(crate) journal: Journal,
}

/// What a LIST has told a reconcile that waited for it.
#[derive(Clone, Debug)]
pub(crate) struct ListAnswer {
    pub(crate) suspended: Suspended,
    /// [`Observation::None`] if the LIST does not tell.
    pub(crate) observation: Observation,
    /// When the LIST began, since the start of the process.
    pub(crate) at: Duration,
}

/// What a LIST is asked.
#[derive(Clone, Debug)]
pub(crate) struct ListRequest {
    pub(crate) id: ScheduleId,
    pub(crate) suspended: Suspended,
    /// Since when it waits.
    since: Duration,
    lists: u8,
}

impl ListRequest {
    pub(crate) const fn new(id: ScheduleId, suspended: Suspended, since: Duration) -> Self {
        Self { id, suspended, since, lists: 0 }
    }

    /// Whether the schedule was created, and is to be read back. Otherwise the LIST is to show that it does not exist.
    pub(crate) fn is_created(&self) -> bool {
        self.suspended.journal.has_created()
    }

    /// Whether a LIST has not shown the schedule, though it was created.
    pub(crate) const fn was_overlooked(&self) -> bool {
        self.lists > 0
    }

    /// The answer.
    pub(crate) fn answer(self, observation: Observation, at: Duration) -> ListAnswer {
        let mut suspended = self.suspended;
        suspended.journal.was_unlisted |= observation == Observation::Unlisted;
        suspended.journal.is_list_in_vain |= observation == Observation::None;
        ListAnswer { suspended, observation, at }
    }
}

/// The reconciles of a connection that wait for a LIST.
#[derive(Debug, Default)]
pub(crate) struct ListRequests {
    waiting: BTreeMap<Key, ListRequest>,
    many_until: Duration,
}

impl ListRequests {
    pub(crate) fn ask(&mut self, key: Key, request: ListRequest) {
        self.waiting.insert(key, request);
    }

    /// Asks again for a new schedule that a LIST has not shown, or gives it back if that is in vain.
    pub(crate) fn ask_again(
        &mut self,
        key: Key,
        mut request: ListRequest,
        now: Duration,
    ) -> Option<(Key, ListRequest)> {
        request.lists += 1;
        if request.lists >= MOST_LISTS {
            return Some((key, request));
        }
        request.since = now;
        self.waiting.insert(key, request);
        None
    }

    pub(crate) fn take(&mut self) -> BTreeMap<Key, ListRequest> {
        std::mem::take(&mut self.waiting)
    }

    /// Whether many creations wait, beside `queued` ones that wait for a reconcile or are being reconciled.
    pub(crate) fn are_many(&mut self, queued: usize, now: Duration) -> bool {
        if self.waiting.len() + queued >= MANY {
            self.many_until = now.saturating_add(MANY_LAST);
        }
        now < self.many_until
    }

    /// When the next LIST is due, since the start of the process. `pages`: how many a whole LIST has. `is_idle`: no
    /// other creation is in the queue.
    pub(crate) fn due(&self, pages: u32, is_idle: bool, now: Duration) -> Option<Duration> {
        let (created, new): (Vec<&ListRequest>, Vec<&ListRequest>) =
            self.waiting.values().partition(|request| request.is_created());
        let pages = pages.max(1);
        let of = |requests: &[&ListRequest], most: usize, longest: Duration| {
            let oldest = requests.iter().map(|request| request.since).min()?;
            Some(if requests.len() >= most { now } else { oldest.saturating_add(longest) })
        };
        let again = created.iter().map(|request| u32::from(request.lists)).max().unwrap_or_default();
        let shortest = SHORTEST.saturating_mul(1 + 10 * again);
        let of_created = of(&created, MOST_CREATED, if is_idle { shortest } else { LONGEST_CREATED.max(shortest) });
        let of_new =
            of(&new, MOST_NEW.saturating_mul(usize::try_from(pages).unwrap_or(1)), LONGEST_NEW.saturating_mul(pages));
        [of_created, of_new].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::WorkflowScheduleSpec;
    use crate::plan::{Call, desired, lay_over};
    use crate::remote::wire;

    const NOW: Duration = Duration::from_secs(100);

    fn suspended() -> Suspended {
        Suspended { version: None, memory: Memory::default(), journal: Journal::default() }
    }

    fn created() -> Suspended {
        let mut suspended = suspended();
        let spec =
            WorkflowScheduleSpec { workflow_identifier: Some("report".into()), ..WorkflowScheduleSpec::default() };
        let desired = desired(&spec, "acme", "shop", "report", lay_over(None, &[])).unwrap();
        let (target, schedule) = (desired.target, desired.content.definition(None));
        suspended
            .journal
            .note(&Call::Create(Box::new(wire::Create { schedule_id: desired.id, target, schedule })), false);
        suspended
    }

    fn asked(number: usize, suspended: &Suspended) -> ListRequests {
        let mut requests = ListRequests::default();
        for index in 0..number {
            let key = Key { namespace: "shop".into(), name: format!("report-{index}") };
            let id = ScheduleId::new(format!("acme.shop.{index}"));
            requests.ask(key, ListRequest::new(id, suspended.clone(), NOW));
        }
        requests
    }

    #[test]
    fn twenty_creations_are_many_and_so_are_those_that_follow_them_soon() {
        let mut requests = ListRequests::default();
        assert!(!requests.are_many(MANY - 1, NOW));
        assert!(requests.are_many(MANY, NOW));
        assert!(requests.are_many(0, NOW + MANY_LAST / 2));
        assert!(!requests.are_many(0, NOW + MANY_LAST));
    }

    #[test]
    fn a_whole_list_waits_for_more_the_more_pages_it_has() {
        assert_eq!(ListRequests::default().due(1, true, NOW), None);
        let few = asked(2, &suspended());
        assert_eq!(few.due(1, true, NOW), Some(NOW + LONGEST_NEW));
        assert_eq!(few.due(10, true, NOW), Some(NOW + LONGEST_NEW * 10));
        assert_eq!(asked(MOST_NEW, &suspended()).due(1, false, NOW), Some(NOW));
    }

    #[test]
    fn what_was_created_is_read_back_together_or_when_nothing_else_is_left_to_do() {
        let few = asked(2, &created());
        assert_eq!(few.due(10, false, NOW), Some(NOW + LONGEST_CREATED));
        assert_eq!(few.due(10, true, NOW), Some(NOW + SHORTEST));
        assert_eq!(asked(MOST_CREATED, &created()).due(10, false, NOW), Some(NOW));
    }

    #[test]
    fn what_no_list_shows_is_given_back_after_three() {
        let mut requests = asked(1, &created());
        for _ in 1..MOST_LISTS {
            let (key, request) = requests.take().pop_first().unwrap();
            assert!(requests.ask_again(key, request, NOW).is_none());
            assert!(requests.due(1, true, NOW).unwrap() > NOW + SHORTEST, "an index that lags is given time");
        }
        let (key, request) = requests.take().pop_first().unwrap();
        let (_, request) = requests.ask_again(key, request, NOW).unwrap();
        assert!(request.answer(Observation::None, NOW).suspended.journal.is_list_in_vain);
    }
}
