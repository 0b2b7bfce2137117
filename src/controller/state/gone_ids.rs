//! Ids of resources that are gone. A LIST may not show yet what is left under such an id: a schedule that was not
//! deleted, or one that a late call creates.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::remote::ScheduleId;

/// After this time a LIST shows what a call has done, also one that arrives late.
pub(crate) const SETTLED: Duration = Duration::from_mins(2);
/// An index can lag for hours.
const KEPT: Duration = Duration::from_hours(24);
/// So many ids are kept.
const MOST: usize = 10_000;

/// When the resources of these ids went away, since the start of the process.
#[derive(Debug, Default)]
pub(crate) struct GoneIds {
    since: BTreeMap<ScheduleId, Duration>,
    /// Until then more ids are gone than are kept.
    incomplete_until: Duration,
}

impl GoneIds {
    /// Notes that the resource of an id is gone.
    pub(crate) fn note(&mut self, id: ScheduleId, now: Duration) {
        if self.since.len() >= MOST {
            self.since.retain(|_, at| now < at.saturating_add(KEPT));
        }
        if self.since.len() >= MOST {
            self.incomplete_until = now.saturating_add(KEPT);
            return;
        }
        self.since.insert(id, now);
    }

    /// Whether the resource of an id may have gone a short while ago.
    pub(crate) fn contains(&self, id: &ScheduleId, now: Duration) -> bool {
        now < self.incomplete_until || self.since.get(id).is_some_and(|at| now < at.saturating_add(KEPT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Duration = Duration::from_secs(100);

    #[test]
    fn an_id_is_remembered_for_a_day() {
        let (mut gone, id) = (GoneIds::default(), ScheduleId::new("acme.shop.report"));
        assert!(!gone.contains(&id, AT));
        gone.note(id.clone(), AT);
        assert!(gone.contains(&id, AT + KEPT / 2));
        assert!(!gone.contains(&id, AT + KEPT));
    }

    #[test]
    fn where_more_are_gone_than_are_kept_any_may_be_gone() {
        let (mut gone, id) = (GoneIds::default(), ScheduleId::new("acme.shop.report"));
        for index in 0..=MOST {
            gone.note(ScheduleId::new(format!("acme.shop.{index}")), AT);
        }
        assert_eq!(gone.since.len(), MOST);
        assert!(gone.contains(&id, AT));
        assert!(!gone.contains(&id, AT + KEPT));
    }
}
