//! The owner of the ids with the prefix of a connection.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::{Reason, WorkflowConnection, WorkflowConnectionStatus};
use crate::controller::connection::poll_state::PollState;
use crate::controller::context::Context;
use crate::controller::state::connection_handle::{ConnectionHandle, ListTrust};
use crate::controller::state::connection_state::Problem;
use crate::controller::watch::watcher::answered_connection;
use crate::plan::{ForeignIds, PrefixVerdict, is_under_prefix, prefix};
use crate::remote::ScheduleId;

/// Makes sure that no other cluster writes with the prefix. This is stored before the first POST: after a crash
/// the own schedules must not look like those of another cluster.
pub(crate) async fn claim_prefix(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    seen: &BTreeSet<ScheduleId>,
) -> Option<Problem> {
    let own = &connection.spec.schedule_id_prefix;
    let place = handle.key.to_string();
    let (foreign, other): (Vec<&ScheduleId>, Option<String>) = {
        let cache = ctx.cache();
        let is_pinned = |id: &ScheduleId| {
            cache.claimants(&handle.key, id).filter_map(|key| cache.whole_or_part(key)).any(|known| {
                let status = known.resource.status.as_ref();
                status.is_some_and(|status| {
                    status.schedule_id.as_deref() == Some(id.as_str()) && status.connection.as_ref() == Some(&place)
                })
            })
        };
        let foreign: Vec<&ScheduleId> = seen.iter().filter(|id| is_under_prefix(id, own) && !is_pinned(id)).collect();
        let owner = |id: &&ScheduleId| cache.other_owner(&handle.key, id);
        let (ours, strangers): (Vec<&ScheduleId>, Vec<&ScheduleId>) =
            foreign.into_iter().partition(|id| owner(id).is_some());
        let other = ours.first().and_then(owner).map(ToString::to_string);
        if strangers.is_empty() { (ours, other) } else { (strangers, None) }
    };
    let is_free = foreign.is_empty() && !seen.iter().any(|id| is_under_prefix(id, own));
    let foreign =
        ForeignIds { count: foreign.len(), example: foreign.first().map(|id| id.as_str()), through: other.as_deref() };
    match prefix(connection, foreign) {
        PrefixVerdict::Claimed => None,
        PrefixVerdict::InUse(message) => Some((Reason::PrefixInUse, message)),
        PrefixVerdict::Claim => {
            let now = ctx.cache().connection(&handle.key).cloned()?;
            // The identity is stored with the claim, so that a later key of another workspace is detected.
            let identity = handle.state().identity().cloned();
            let status = WorkflowConnectionStatus {
                claimed_prefix: Some(own.clone()),
                prefix_was_free: Some(is_free),
                identity: identity.or_else(|| now.status.as_ref().and_then(|status| status.identity.clone())),
                ..now.status.clone().unwrap_or_default()
            };
            match ctx.writer.connection_status(now.as_ref(), &status).await {
                Ok(Some(written)) => {
                    if is_free {
                        // Only this process has written under the prefix.
                        handle.trust_lists(ListTrust::From(Duration::ZERO));
                    }
                    ctx.metrics.wrote("connection");
                    answered_connection(ctx, &now.metadata, written);
                    None
                }
                Ok(None) => None,
                Err(error) => Some((error.reason(), format!("the claim of the prefix could not be stored: {error}"))),
            }
        }
    }
}

/// Ids under our prefix that no resource of any connection to this workspace means, in this poll and the one before.
pub(crate) fn unclaimed(
    ctx: &Context,
    handle: &ConnectionHandle,
    connection: &WorkflowConnection,
    state: &mut PollState,
    seen: &BTreeSet<ScheduleId>,
) -> Vec<String> {
    let now: BTreeSet<String> = {
        let cache = ctx.cache();
        seen.iter()
            .filter(|id| is_under_prefix(id, &connection.spec.schedule_id_prefix))
            .filter(|id| cache.claimants(&handle.key, id).next().is_none())
            .map(|id| id.as_str().to_owned())
            .collect()
    };
    let twice = now.intersection(&state.unclaimed).cloned().collect();
    state.unclaimed = now;
    twice
}
