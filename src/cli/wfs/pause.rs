//! `pause`: declares the pause.

use serde_json::json;

use super::change::{Anyway, Changed, change};
use super::gitops;
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::{Wait, report, settled};
use crate::api::WorkflowSchedule;

/// Pause schedules: sets `paused: true`.
///
/// The pause is enforced until `resume`, or until `paused` changes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,
    /// Why, for others to read; at most 1000 bytes.
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    anyway: Anyway,
    #[command(flatten)]
    waiting: Wait,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let schedules: Vec<WorkflowSchedule> = args.targets.confirmed(session, "Pause").await?;
    Ok(each(session, &schedules, async |schedule| pause(session, args, schedule).await).await)
}

async fn pause(session: &Session, args: &Args, schedule: &WorkflowSchedule) -> anyhow::Result<Report> {
    let mut spec = json!({ "paused": true });
    if let Some(note) = &args.note {
        spec["pauseNote"] = note.as_str().into();
    }
    let changed =
        change(session, schedule, "spec.paused", (spec, json!({})), &args.anyway, args.targets.dry_run).await?;
    let changed = match changed {
        Changed::To(changed) => changed,
        Changed::Not(report) => return Ok(report),
    };
    let warning = gitops::warning(&schedule.metadata, "spec.paused");
    if args.waiting.no_wait {
        return Ok(Report::done("declared paused").and(warning));
    }
    let generation = changed.metadata.generation.unwrap_or_default();
    let answer = |schedule: &WorkflowSchedule| settled(schedule, generation);
    Ok(report(session, &*changed, args.waiting.timeout, answer).await.and(warning))
}
