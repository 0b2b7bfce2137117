//! `adopt`: takes over the remote schedule that already has the id.

use serde_json::json;

use super::change::{Anyway, declare};
use super::outcome::{Outcome, Report, Usage};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::{Wait, settled};
use crate::api::WorkflowSchedule;

/// Take over remote schedules that already exist: sets `adoption`.
///
/// By default only those to which nothing must be written (`IfEqual`). The resource needs a `scheduleId`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,
    /// Take over also those that differ, and make them equal (`IfExists`).
    #[arg(long)]
    if_exists: bool,
    #[command(flatten)]
    anyway: Anyway,
    #[command(flatten)]
    waiting: Wait,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let schedules: Vec<WorkflowSchedule> = args.targets.confirmed(session, "Adopt").await?;
    let without_id: Vec<&str> = schedules
        .iter()
        .filter(|schedule| schedule.spec.schedule_id.is_none())
        .filter_map(|schedule| schedule.metadata.name.as_deref())
        .collect();
    if !without_id.is_empty() {
        return Err(Usage::error(format!(
            "{}: no scheduleId, so the derived id is the resource's own and nothing is adopted",
            without_id.join(", ")
        )));
    }
    Ok(each(session, &schedules, async |schedule| adopt(session, args, schedule).await).await)
}

async fn adopt(session: &Session, args: &Args, schedule: &WorkflowSchedule) -> anyhow::Result<Report> {
    let adoption = if args.if_exists { "IfExists" } else { "IfEqual" };
    let spec = json!({ "adoption": adoption });
    let how = (&args.targets, &args.anyway, &args.waiting);
    let declared = format!("declared adoption: {adoption}");
    declare(session, schedule, ("spec.adoption", spec), how, declared, settled).await
}
