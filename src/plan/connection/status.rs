//! Computes the status of a connection.

use jiff::{SignedDuration, Timestamp};

use crate::api::{
    self, Condition, Identity, KillSwitch, Reason, RunTrackingStatus, ScheduleCounts, Unclaimed, WorkflowConnection,
    WorkflowConnectionStatus, WorkflowSchedule,
};
use crate::plan::condition::{Since, to_second, without_middle};

/// If only the time of the last poll changed, it is written this rarely.
const POLL_TIME_EVERY: SignedDuration = SignedDuration::from_mins(5);
/// The maximum number of ids in a status.
const MOST_UNCLAIMED: usize = 20;
/// The maximum number of names in a message, which an event limits to 1,024 bytes.
const MOST_NAMES: usize = 10;

/// The current state of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionNow {
    /// Whether the connection can be used, or why not.
    pub health: Result<(), (Reason, String)>,
    /// The address in use.
    pub server: Option<String>,
    /// Whose key it is.
    pub identity: Option<Identity>,
    /// Whether the prefix belongs to this cluster.
    pub prefix_is_claimed: bool,
    /// The numbers of its schedules by state.
    pub counts: ScheduleCounts,
    /// Ids under the prefix that nobody claims; `None` if it was not looked at.
    pub unclaimed: Option<Vec<String>>,
    /// The deletions that wait for approval, as `NS/NAME`.
    pub held_deletions: Vec<String>,
    /// Whether the remote has limited the rate of calls.
    pub rate_limited: bool,
    /// Whether a PATCH of this server keeps a pause, once that is known.
    pub patch_keeps_pause: Option<bool>,
    /// Since when too many schedules are missing.
    pub mass_disappearance: Option<Timestamp>,
    /// How many schedules are still to be created again, after an approval.
    pub approved_recreations: usize,
    /// What is not known of runs, and why.
    pub runs_limited: Option<String>,
    /// Up to when the ends of runs were read.
    pub runs_read_until: Option<Timestamp>,
    /// Since when no change of the remote can have been overlooked.
    pub in_reach_since: Option<Timestamp>,
    /// The time of the last successful poll.
    pub polled_at: Option<Timestamp>,
    /// Why its finalizer cannot be written.
    pub failed_write: Option<String>,
}

/// The status of a connection.
#[must_use]
pub fn connection_status(
    connection: &WorkflowConnection,
    known: &ConnectionNow,
    now: Timestamp,
) -> WorkflowConnectionStatus {
    let old = connection.status.clone().unwrap_or_default();
    let asked =
        |name: &str| crate::plan::connection::settings::connection_annotation(connection, name).map(str::to_owned);
    let runs = run_tracking(&old, known);
    WorkflowConnectionStatus {
        observed_generation: connection.metadata.generation,
        conditions: conditions(connection, known, now),
        server: known.server.clone().or(old.server),
        identity: known.identity.clone().or(old.identity),
        claimed_prefix: known
            .prefix_is_claimed
            .then(|| connection.spec.schedule_id_prefix.clone())
            .or(old.claimed_prefix),
        prefix_was_free: old.prefix_was_free,
        schedules: Some(known.counts.clone()),
        unclaimed: known.unclaimed.as_ref().map_or(old.unclaimed, |ids| unclaimed(ids)),
        kill_switch: (connection.spec.paused == Some(true))
            .then_some(KillSwitch { paused: known.counts.paused, total: known.counts.managed }),
        held_deletions: some(known.held_deletions.len()),
        rate_limited: known.rate_limited.then_some(true),
        runs,
        last_poll_time: poll_time(old.last_poll_time, known.polled_at),
        last_handled_reconcile_at: asked(api::RECONCILE_REQUESTED_AT).or(old.last_handled_reconcile_at),
        patch_keeps_pause: known.patch_keeps_pause.or(old.patch_keeps_pause),
        deletion_window: old.deletion_window,
        mass_disappearance_at: known.mass_disappearance.map(|at| at.to_string()),
        approved_recreations: some(known.approved_recreations),
    }
}

/// A number, if there are any.
fn some(number: usize) -> Option<i64> {
    (number > 0).then(|| i64::try_from(number).unwrap_or(i64::MAX))
}

fn unclaimed(ids: &[String]) -> Option<Unclaimed> {
    (!ids.is_empty()).then(|| Unclaimed {
        count: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ids: ids.iter().take(MOST_UNCLAIMED).cloned().collect(),
    })
}

/// How far the ends of runs were read is written when the time of the last poll is.
fn run_tracking(old: &WorkflowConnectionStatus, known: &ConnectionNow) -> Option<RunTrackingStatus> {
    let is_due = poll_time(old.last_poll_time.clone(), known.polled_at) != old.last_poll_time;
    let before = old.runs.as_ref().and_then(|runs| runs.read_until.clone());
    let read_until = known.runs_read_until.map(|at| to_second(at).to_string()).filter(|_| is_due).or(before);
    let limited = known.runs_limited.clone().map(without_middle);
    // It changes only after a gap in which the time of the last poll has become old, so both are written together.
    let in_reach_since = known.in_reach_since.map(|at| to_second(at).to_string());
    let in_reach_since = in_reach_since.or_else(|| old.runs.as_ref().and_then(|runs| runs.in_reach_since.clone()));
    let tracking = RunTrackingStatus { limited, read_until, in_reach_since };
    (tracking != RunTrackingStatus::default()).then_some(tracking)
}

fn poll_time(old: Option<String>, polled_at: Option<Timestamp>) -> Option<String> {
    let Some(polled_at) = polled_at else { return old };
    let before = old.as_ref().and_then(|text| text.parse::<Timestamp>().ok());
    if before.is_some_and(|before| polled_at.duration_since(before) < POLL_TIME_EVERY) {
        return old;
    }
    Some(to_second(polled_at).to_string())
}

fn conditions(connection: &WorkflowConnection, known: &ConnectionNow, now: Timestamp) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut add = |type_: &str, value: &str, reason: Reason, message: &str| {
        conditions.push(condition(connection, type_, value, reason, message, now));
    };
    let unwritten = known.failed_write.as_ref().map(|why| (Reason::KubernetesError, why.clone()));
    match known.health.as_ref().err().or(unwritten.as_ref()) {
        None => add("Ready", "True", Reason::Connected, "the API key works and schedules are reconciled"),
        Some((reason, message)) => {
            // It may contain text of the remote.
            let message = without_middle(message.clone());
            add("Ready", "False", *reason, &message);
            let waits_for_a_person = matches!(reason, Reason::Invalid | Reason::IdentityChanged | Reason::PrefixInUse);
            add(if waits_for_a_person { "Stalled" } else { "Reconciling" }, "True", *reason, &message);
        }
    }
    if known.mass_disappearance.is_some() {
        let message = "too many schedules vanished from the remote at once: none is created again until this connection is annotated with workflows.mistral.ai/approve-disappearance-at";
        add("MassDisappearance", "True", Reason::MassDisappearance, message);
    }
    if !known.held_deletions.is_empty() {
        let message = held_deletions(known.held_deletions.len(), &known.held_deletions);
        add("DeletionHeld", "True", Reason::DeletionHeld, &message);
    }
    conditions
}

/// How many deletions wait, and which: if their namespace is being deleted, no event can be created there.
#[must_use]
pub fn held_deletions(count: usize, names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if count > names.len().min(MOST_NAMES) { ", …" } else { "" };
    format!(
        "{count} deletion(s) wait until this connection is annotated with workflows.mistral.ai/approve-deletions-at: {shown}{more}"
    )
}

fn condition(
    connection: &WorkflowConnection,
    type_: &str,
    value: &str,
    reason: Reason,
    message: &str,
    now: Timestamp,
) -> Condition {
    let before = connection.status.as_ref().map_or(&[][..], |status| &status.conditions);
    Since { before, generation: connection.metadata.generation, now }.condition(type_, value, reason, message)
}

/// Counts schedules by their statuses.
#[must_use]
pub fn count<'a>(schedules: impl IntoIterator<Item = &'a WorkflowSchedule>) -> ScheduleCounts {
    let mut counts = ScheduleCounts::default();
    for schedule in schedules {
        let status = schedule.status.as_ref();
        let is_true = |type_: &str| {
            let mut conditions = status.iter().flat_map(|status| &status.conditions);
            conditions.any(|condition| condition.type_ == type_ && condition.status == "True")
        };
        counts.managed += 1;
        counts.ready += i64::from(is_true("Ready"));
        counts.drifted += i64::from(is_true("Drifted"));
        counts.failing += i64::from(is_true("RunsFailing"));
        counts.paused += i64::from(status.and_then(|status| status.paused) == Some(true));
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::WorkflowConnectionSpec;

    #[test]
    fn a_condition_does_not_grow_with_the_text_of_the_remote() {
        let connection = WorkflowConnection::new("default", WorkflowConnectionSpec::default());
        let known = ConnectionNow {
            health: Err((
                Reason::Forbidden,
                format!("the API key does not have the permission (403): {}", "é".repeat(8192)),
            )),
            server: None,
            identity: None,
            prefix_is_claimed: false,
            counts: ScheduleCounts::default(),
            unclaimed: None,
            held_deletions: Vec::new(),
            failed_write: None,
            rate_limited: false,
            patch_keeps_pause: None,
            mass_disappearance: None,
            approved_recreations: 0,
            runs_limited: None,
            runs_read_until: None,
            in_reach_since: None,
            polled_at: None,
        };
        let status = connection_status(&connection, &known, Timestamp::UNIX_EPOCH);
        assert_eq!(status.conditions.len(), 2);
        assert!(status.conditions.iter().all(|condition| condition.message.len() <= 1000), "{:?}", status.conditions);
    }
}
