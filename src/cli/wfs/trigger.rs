//! `trigger`: one run now.

use std::cell::Cell;
use std::time::{Duration, Instant};

use kube::api::{Api, ApiResource, DynamicObject, ObjectMeta};
use serde_json::Value;

use super::annotation::{set, token};
use super::object::{FIELD_MANAGER, merge};
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::{self, Wait, Waited, until};
use crate::api::{TRIGGER_OVERLAP, TRIGGER_REQUESTED_AT, TriggerState, WorkflowSchedule};
use crate::cli::causes::causes;
use crate::controller::Key;
use crate::plan::started_run;

/// Start one run now.
///
/// The operator sends a trigger at most once. Exit code 0: the API accepted it, and with --wait the run was
/// completed; 1: it was refused, or the run failed; 3: it is not known whether a run started.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,
    /// The overlap policy of this run, in place of that of the schedule.
    #[arg(long, value_name = "POLICY",
        value_parser = ["Skip", "BufferOne", "BufferAll", "CancelOther", "TerminateOther", "AllowAll"])]
    overlap: Option<String>,
    /// Follow the run to its end.
    #[arg(long, conflicts_with = "no_wait")]
    wait: bool,
    #[command(flatten)]
    waiting: Wait,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let schedules: Vec<WorkflowSchedule> = args.targets.confirmed(session, "Trigger").await?;
    Ok(each(session, &schedules, async |schedule| trigger(session, args, schedule).await).await)
}

async fn trigger(session: &Session, args: &Args, schedule: &WorkflowSchedule) -> anyhow::Result<Report> {
    let token = token();
    let mut patch = set(TRIGGER_REQUESTED_AT, token.as_str());
    let annotations = &mut patch["metadata"]["annotations"];
    match &args.overlap {
        Some(overlap) => annotations[TRIGGER_OVERLAP] = overlap.as_str().into(),
        // That of an earlier trigger must not be that of this one.
        None if is_our_overlap(&schedule.metadata) => annotations[TRIGGER_OVERLAP] = Value::Null,
        None => {}
    }
    if let Err(error) = merge(session, schedule, &patch, args.targets.dry_run).await {
        if is_refusal(&error) || args.targets.dry_run {
            return Err(error);
        }
        return Ok(Report::new(Outcome::Unknown, format!("{}: see status.trigger for {token}", causes(&error))));
    }
    if args.targets.dry_run {
        return Ok(Report::done("would be triggered (dry run)"));
    }
    if args.waiting.no_wait {
        return Ok(Report::done(format!("requested: see status.trigger for {token}")));
    }
    let run = Cell::new(None);
    let mut accepted_at = None;
    let report = waiting::report(session, schedule, args.waiting.timeout, |schedule: &WorkflowSchedule| {
        let last = schedule.status.as_ref()?.trigger.as_ref().filter(|last| last.token == token)?;
        let message = last.message.clone();
        match last.state {
            TriggerState::Requested => None,
            TriggerState::Accepted => {
                let since = *accepted_at.get_or_insert_with(Instant::now);
                let message = message.or_else(|| (since.elapsed() > SAID_WITHIN).then(|| "accepted".to_owned()))?;
                run.set(started_run(last).map(str::to_owned));
                Some(Report::done(message))
            }
            TriggerState::Refused => Some(Report::failed(format!("refused: {}", message.unwrap_or_default()))),
            TriggerState::Unknown => Some(Report::new(Outcome::Unknown, message.unwrap_or_default())),
        }
    });
    let report = report.await;
    match run.take() {
        Some(run) if args.wait && report.outcome == Outcome::Done => followed(session, args, schedule, &run).await,
        None if args.wait && report.outcome == Outcome::Done => Ok(Report::new(Outcome::Unknown, report.message)),
        Some(_) | None => Ok(report),
    }
}

/// The operator stores that the API accepted the trigger, and a moment later which run it started.
const SAID_WITHIN: Duration = Duration::from_secs(5);

/// Whether the last `--overlap` is still there, rather than what somebody else has set.
fn is_our_overlap(metadata: &ObjectMeta) -> bool {
    let mut ours =
        metadata.managed_fields.iter().flatten().filter(|entry| entry.manager.as_deref() == Some(FIELD_MANAGER));
    let field = format!("f:{TRIGGER_OVERLAP}");
    ours.any(|entry| {
        entry.fields_v1.as_ref().is_some_and(|fields| fields.0["f:metadata"]["f:annotations"].get(&field).is_some())
    })
}

/// Whether the API server has said no. Without an answer, or after a 5xx, the request may be stored.
fn is_refusal(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<kube::Error>(), Some(kube::Error::Api(status)) if status.code < 500)
}

/// Waits for the end of a run.
async fn followed(session: &Session, args: &Args, schedule: &WorkflowSchedule, run: &str) -> anyhow::Result<Report> {
    let key = Key::of(&schedule.metadata);
    let resource = ApiResource::erase::<WorkflowSchedule>(&());
    let api: Api<DynamicObject> = Api::namespaced_with(session.client.clone(), &key.namespace, &resource);
    let state = Cell::new(State::NotShown);
    let ended = until(&api, &key.name, args.waiting.timeout, |object| {
        let runs = object.data["status"]["recentExecutions"].as_array()?;
        let entry = runs.iter().find(|entry| entry["executionId"] == run);
        let now = entry.map_or(State::NotShown, |entry| State::read(entry["state"].as_str()));
        let was_shown = state.replace(now) != State::NotShown;
        end(run, now, was_shown)
    });
    Ok(match ended.await {
        Waited::Done(report) => report,
        Waited::Gone => Report::failed("the schedule was deleted meanwhile"),
        Waited::TimedOut { .. } if state.get() == State::Active => Report::new(
            Outcome::TimedOut,
            format!("started run {run}; no end of it is seen within {:?}", args.waiting.timeout),
        ),
        Waited::TimedOut { .. } => unknown(run),
    })
}

/// What the status says of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It is not among the last runs: not yet, or no longer.
    NotShown,
    /// Nothing is known of it, or not yet.
    Unknown,
    /// It goes on, or a new run continues it.
    Active,
    Completed,
    Failed,
}

impl State {
    fn read(text: Option<&str>) -> Self {
        match text {
            Some("Running" | "ContinuedAsNew") => Self::Active,
            Some("Completed") => Self::Completed,
            Some("Failed" | "TimedOut" | "Canceled" | "Terminated") => Self::Failed,
            Some(_) | None => Self::Unknown,
        }
    }
}

/// What is said of a run in this state; nothing while its end may still be told.
fn end(run: &str, state: State, was_shown: bool) -> Option<Report> {
    match state {
        State::Active | State::Unknown => None,
        State::Completed => Some(Report::done(format!("run {run} was completed"))),
        State::Failed => Some(Report::failed(format!("run {run} did not complete: see status.recentExecutions"))),
        State::NotShown => was_shown.then(|| unknown(run)),
    }
}

fn unknown(run: &str) -> Report {
    Report::new(Outcome::Unknown, format!("started run {run}; the status does not say how it ends"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_completed_run_is_a_success() {
        let outcome = |state| end("r", State::read(state), true).map(|report| report.outcome);
        for active in [Some("Running"), Some("ContinuedAsNew"), Some("Unknown"), None] {
            assert_eq!(outcome(active), None, "{active:?}");
        }
        assert_eq!(outcome(Some("Completed")), Some(Outcome::Done));
        assert_eq!(outcome(Some("TimedOut")), Some(Outcome::Failed));
    }

    #[test]
    fn a_run_that_is_shown_no_longer_is_waited_for_no_longer() {
        assert_eq!(end("r", State::NotShown, false), None);
        assert_eq!(end("r", State::NotShown, true).unwrap().outcome, Outcome::Unknown);
    }
}
