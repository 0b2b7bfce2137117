//! What a connection's polls remember from one to the next.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::controller::connection::paging::PageSize;
use crate::controller::state::key::Key;

/// What a connection's polls remember from one to the next. It belongs to the connection's task alone.
#[derive(Default)]
pub(crate) struct PollState {
    /// How large the pages are that the server can give.
    pub(crate) page_size: PageSize,
    /// Ids under the prefix that nobody claimed at the last poll.
    pub(crate) unclaimed: BTreeSet<String>,
    /// Entries of the last LIST were partial: GETs look at the rest, schedule by schedule, and have come so
    /// far.
    pub(crate) sweep_position: Option<Key>,
    /// Schedules that vanished, and may be created again.
    pub(crate) approved_recreations: BTreeSet<Key>,
    /// When the remote was last listed with success.
    pub(crate) polled_at: Option<Timestamp>,
}
