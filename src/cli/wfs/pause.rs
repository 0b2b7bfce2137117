//! `pause`: declares the pause.

use serde_json::json;

use super::change::{Anyway, declare};
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::{Wait, settled};
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
    let how = (&args.targets, &args.anyway, &args.waiting);
    declare(session, schedule, ("spec.paused", spec), how, "declared paused", settled).await
}
