//! Finds out how runs ended: by lists of the runs of the whole workspace, never by a call for each schedule. Without a
//! run whose end is unknown there is no call.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::api::{ExecutionState, Reason, Tracking, WorkflowScheduleStatus};
use crate::controller::connection::deferred_status::DeferredStatuses;
use crate::controller::connection::follow_up_calls::FollowUpCalls;
use crate::controller::connection::open_runs::{self, OpenRun, OpenRuns};
use crate::controller::connection::run_tracker::{ListsRead, RunTracker, Scope};
use crate::controller::context::Context;
use crate::controller::state::connection_handle::ConnectionHandle;
use crate::controller::state::key::Key;
use crate::plan::{shown_text, with_run_outcomes};
use crate::remote::{Client, Run, RunFilter};

/// How many reasons of failures are read in a poll …
const MOST_REASONS: usize = 20;
/// … and how old a failure may be for that: after an outage there may be very many.
const REASON_FOR: SignedDuration = SignedDuration::from_mins(15);
/// The longest reason that is shown, in bytes.
const LONGEST_REASON: usize = 300;

/// Looks for the ends of runs, and adds the statuses that change to `deferred`.
pub(crate) async fn look(
    ctx: &Context,
    handle: &ConnectionHandle,
    calls: &mut FollowUpCalls<'_>,
    (tracker, tracking): (&mut RunTracker, Tracking),
    deferred: &mut DeferredStatuses,
) {
    let now = ctx.seams.now();
    let Some(scope) = tracker.scope(tracking, now) else { return };
    let open = open_runs(ctx, handle, deferred);
    tracker.retain(&open, now);
    if open.is_empty() {
        return;
    }
    let lists = read(calls, tracker, scope, &open, now).await;
    if let ListsRead::Silent(error) | ListsRead::Refused(error) = &lists {
        tracing::debug!(connection = %handle.key, %error, "runs not listed");
    }
    tracker.listed(scope, &lists, now);
    look_up(calls, tracker, scope, &open, now).await;
    add_reasons(ctx, calls, tracker, &open).await;
    show(ctx, tracker, &open, deferred).await;
}

/// The runs whose end is not known, by the statuses that are, or are about to be, written.
fn open_runs(ctx: &Context, handle: &ConnectionHandle, deferred: &DeferredStatuses) -> OpenRuns {
    let now = ctx.seams.now();
    let mut open = OpenRuns::new();
    let cache = ctx.cache();
    for (key, known) in cache.schedules_of(&handle.key) {
        let is_going = known.resource.metadata.deletion_timestamp.is_some();
        let status = deferred.status(key, known).or(known.resource.status.as_ref()).filter(|_| !is_going);
        if let Some(status) = status {
            open_runs::add(&mut open, key, &known.resource, status, now);
        }
    }
    open
}

/// Reads the list of the runs that have ended and, if some have not, that of those which are running.
async fn read(
    calls: &mut FollowUpCalls<'_>,
    tracker: &mut RunTracker,
    scope: Scope,
    open: &OpenRuns,
    now: Timestamp,
) -> ListsRead {
    let mut size = tracker.page_size;
    let mut lists = ListsRead::Whole;
    if let Some(filter) = tracker.ended(scope, open, now) {
        let mut last_end = None;
        let take = |run: &Run| {
            last_end = last_end.max(run.end_time.filter(|end| *end <= now));
            tracker.take(open, run);
        };
        lists = calls.list(filter, &mut size, take).await;
        tracker.note_read(open, last_end, matches!(lists, ListsRead::Whole), now);
    }
    let is_open = open.keys().any(|id| !tracker.has_ended(id));
    if matches!(lists, ListsRead::Whole | ListsRead::Part) && scope == Scope::All && is_open {
        let running = calls.list(RunFilter::Running, &mut size, |run| tracker.take(open, run)).await;
        if !matches!(running, ListsRead::Whole) {
            lists = running;
        }
    }
    tracker.page_size = size;
    lists
}

/// Looks up runs that the lists do not show. An error is about one run.
async fn look_up(
    calls: &mut FollowUpCalls<'_>,
    tracker: &mut RunTracker,
    scope: Scope,
    open: &OpenRuns,
    now: Timestamp,
) {
    let (ask, give_up) = tracker.unanswered(scope, open, now);
    for id in give_up {
        tracker.give_up(id);
    }
    for id in ask {
        let Some(answer) = calls.call(async |client: Client| client.run(id).await).await else { return };
        match answer {
            Ok(run) => tracker.answered(open, id, run.as_ref(), now),
            Err(error) => {
                if !tracker.not_answered(open, id, &error, now) {
                    return;
                }
            }
        }
    }
}

/// Reads why runs failed: one call for each failure.
async fn add_reasons(ctx: &Context, calls: &mut FollowUpCalls<'_>, tracker: &mut RunTracker, open: &OpenRuns) {
    let now = ctx.seams.now();
    let is_meant = |id: &String| {
        tracker.outcome(id).is_some_and(|outcome| {
            let is_recent = outcome.ended_at.is_some_and(|at| now.duration_since(at) < REASON_FOR);
            outcome.state == ExecutionState::Failed && outcome.message.is_none() && is_recent
        })
    };
    let failed: Vec<_> = open.iter().filter(|(id, _)| is_meant(id)).take(MOST_REASONS).collect();
    for (id, run) in failed {
        let Some(answer) = calls.call(async |client: Client| client.failure_message(id).await).await else { return };
        // A failure is told at once, without its reason if need be.
        let Ok(message) = answer else { continue };
        let message = shown_reason(ctx, run, &message.unwrap_or_else(|| "its events do not say why".into())).await;
        if let Some(outcome) = tracker.outcome_mut(id) {
            outcome.message = Some(message);
        }
    }
}

/// A reason without the secrets of the input, on one line, and cut. It may contain those that the run was started with:
/// where they may be others than the present ones, it is not shown.
async fn shown_reason(ctx: &Context, run: &OpenRun, message: &str) -> String {
    const UNREADABLE: &str = "its input cannot be read, so the reason is not shown";
    const CHANGED: &str = "the input may have changed since, so the reason is not shown";
    let Some(known) = ctx.cache().schedule(&run.key).cloned() else { return String::new() };
    let spec = &known.resource.spec;
    let input = ctx.sources.input(&run.key.namespace, spec.input.as_ref(), &spec.input_from, None).await;
    let Ok(input) = input else { return UNREADABLE.to_owned() };
    let is_compared = input.secrets.is_empty() || known.equal_input.as_ref() == Some(&input.fingerprint);
    if !is_compared || !known.resource.status.as_ref().is_some_and(|status| is_unchanged_since(status, run.began)) {
        return CHANGED.to_owned();
    }
    let line = shown_text(message, &input.secrets).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= LONGEST_REASON {
        return line;
    }
    format!("{}…", &line[..line.floor_char_boundary(LONGEST_REASON)])
}

/// Whether the remote schedule is as declared, and the operator has not changed it since then.
fn is_unchanged_since(status: &WorkflowScheduleStatus, began: Timestamp) -> bool {
    let equal = [Reason::InSync, Reason::PausedOnFailure].map(Reason::as_str);
    let is_equal = status.conditions.iter().any(|one| one.type_ == "Ready" && equal.contains(&one.reason.as_str()));
    let changed = status.last_change_time.as_ref().map(|at| at.parse::<Timestamp>());
    // The status has whole seconds.
    is_equal && changed.is_none_or(|at| at.is_ok_and(|at| began.duration_since(at) >= SignedDuration::from_secs(1)))
}

/// Adds the statuses that say something new. News of a failure are written at once.
async fn show(ctx: &Context, tracker: &RunTracker, open: &OpenRuns, deferred: &mut DeferredStatuses) {
    let now = ctx.seams.now();
    let keys: BTreeSet<&Key> = open.values().map(|run| &run.key).collect();
    for (index, key) in keys.into_iter().enumerate() {
        if index % 32 == 31 {
            // An edit must not wait until all are computed.
            tokio::task::yield_now().await;
        }
        let Some(known) = ctx.cache().schedule(key).cloned() else { continue };
        let Some(stored) = &known.resource.status else { continue };
        let found = |id: &str| tracker.outcome(id).cloned();
        let base = deferred.status(key, &known).unwrap_or(stored);
        let new = with_run_outcomes(&known.resource, base, found, now);
        if new != *base {
            deferred.amend(ctx, key, &known, new);
        }
    }
}
