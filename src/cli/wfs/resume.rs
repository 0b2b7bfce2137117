//! `resume`: ends a pause, whoever made it.

use serde_json::{Value, json};

use super::annotation::{set, token};
use super::change::{Anyway, Changed, change};
use super::gitops;
use super::object::merge;
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::{Wait, report, said, settled};
use crate::api::{RESUME_REQUESTED_AT, WorkflowSchedule};

/// Resume schedules, whoever paused them.
///
/// Requests one resume. A declared `paused: true` is removed first, with its `pauseNote`. The kill switch of a
/// connection is not overridden.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    anyway: Anyway,
    #[command(flatten)]
    waiting: Wait,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let schedules: Vec<WorkflowSchedule> = args.targets.confirmed(session, "Resume").await?;
    Ok(each(session, &schedules, async |schedule| resume(session, args, schedule).await).await)
}

async fn resume(session: &Session, args: &Args, schedule: &WorkflowSchedule) -> anyhow::Result<Report> {
    let token = token();
    let request = set(RESUME_REQUESTED_AT, token.as_str());
    let is_declared = schedule.spec.paused == Some(true);
    let is_dry_run = args.targets.dry_run;
    let (changed, warning) = if is_declared {
        let patch = (json!({ "paused": Value::Null, "pauseNote": Value::Null }), request["metadata"].clone());
        match change(session, schedule, "spec.paused", patch, &args.anyway, is_dry_run).await? {
            Changed::To(changed) => (*changed, gitops::warning(&schedule.metadata, "spec.paused")),
            Changed::Not(report) => return Ok(report),
        }
    } else {
        (merge(session, schedule, &request, is_dry_run).await?, None)
    };
    if is_dry_run {
        return Ok(Report::done("would be resumed (dry run)"));
    }
    if args.waiting.no_wait {
        return Ok(Report::done("requested: see status.lastHandledResumeAt").and(warning));
    }
    let generation = changed.metadata.generation.unwrap_or_default();
    let answer = |schedule: &WorkflowSchedule| {
        let status = schedule.status.as_ref()?;
        let settled = settled(schedule, generation)?;
        if status.last_handled_resume_at.as_deref() != Some(&token) {
            return None;
        }
        if status.paused == Some(true) {
            return Some(Report::failed(format!("still paused: {}", said(schedule).unwrap_or_default())));
        }
        Some(settled)
    };
    Ok(report(session, &changed, args.waiting.timeout, answer).await.and(warning))
}
