//! Stale entries of a LIST. A LIST is an index: it can lag for hours, and contain
//! schedules that are gone (temporalio/temporal#5785).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::controller::context::Context;
use crate::controller::state::cache::{CachedSchedule, Look};
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::Priority;
use crate::plan::ConnectionSettings;

/// An index lags by seconds, and a run may start late. Longer after its next run an entry that still shows it is
/// stale.
pub(crate) const GRACE: SignedDuration = SignedDuration::from_mins(2);
/// If a GET has no answer, it is queued again after this time.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// Whether the next run of an entry has passed, and the entry has not moved.
pub(crate) fn is_stale(next_run: Option<Timestamp>, now: Timestamp) -> bool {
    next_run.is_some_and(|at| now.duration_since(at) > GRACE)
}

/// Whether a GET has to look at a schedule with a stale entry: the entry has changed, or another run has passed since
/// the last look.
fn is_due(known: &CachedSchedule, entry: u64, now: Timestamp) -> bool {
    known.stale_entry != Some(entry) || known.looked.is_none_or(|look| is_stale(look.next_run, now))
}

/// Looks at schedules with stale entries. Such an entry is not compared: the schedule may be another by now, or gone.
/// GETs use at most a quarter of the rate.
pub(crate) fn look(ctx: &Context, stale: &BTreeMap<Key, u64>, configured: &ConnectionSettings) {
    let now = ctx.seams.now();
    let due: Vec<&Key> = {
        let mut cache = ctx.cache();
        let is_next = |(key, entry): &(&Key, &u64)| {
            let Some(known) = cache.schedule_mut(key) else { return false };
            if known.last_outcome.is_stalled() || !is_due(known, **entry, now) {
                return false;
            }
            known.stale_entry = Some(**entry);
            known.looked = Some(Look { next_run: now.checked_add(AGAIN).ok() });
            true
        };
        let due = stale.iter().filter(is_next).map(|(key, _)| key);
        due.take(configured.calls_a_poll(0.25)).collect()
    };
    for key in due {
        ctx.enqueue(key, Priority::Background);
    }
}
