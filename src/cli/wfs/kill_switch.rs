//! `kill-switch`: pauses every schedule of a connection, and resumes them.

use serde_json::{Value, json};

use super::change::{Anyway, declare};
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::Wait;
use crate::api::WorkflowConnection;
use crate::cli::count::counted;

/// Pause every schedule of a connection, or resume those that this paused.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `on` pauses, soonest next run first; `off` resumes only what the kill switch paused.
    #[arg(value_enum)]
    switch: Switch,
    #[command(flatten)]
    targets: Targets,
    /// Why, for others to read.
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    anyway: Anyway,
    #[command(flatten)]
    waiting: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Switch {
    On,
    Off,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let verb = match args.switch {
        Switch::On => "Pause all schedules of",
        Switch::Off => "Resume the schedules of",
    };
    let connections: Vec<WorkflowConnection> = args.targets.confirmed(session, verb).await?;
    Ok(each(session, &connections, async |connection| switch(session, args, connection).await).await)
}

async fn switch(session: &Session, args: &Args, connection: &WorkflowConnection) -> anyhow::Result<Report> {
    let spec = match (args.switch, &args.note) {
        (Switch::On, Some(note)) => json!({ "paused": true, "pauseNote": note }),
        // The note of another stays.
        (Switch::On, None) => json!({ "paused": true }),
        (Switch::Off, _) => json!({ "paused": false, "pauseNote": Value::Null }),
    };
    let how = (&args.targets, &args.anyway, &args.waiting);
    let answer = |connection: &WorkflowConnection, generation: i64| state(connection, generation, args.switch);
    declare(session, connection, ("spec.paused", spec), how, "declared", answer).await
}

/// What is done, once the operator has finished.
fn state(connection: &WorkflowConnection, generation: i64, switch: Switch) -> Option<Report> {
    let status = connection.status.as_ref()?;
    if status.observed_generation.is_none_or(|at| at < generation) {
        return None;
    }
    match switch {
        Switch::On => {
            let progress = status.kill_switch.as_ref()?;
            let is_over = progress.paused >= progress.total;
            is_over.then(|| {
                let total = counted(progress.total, "schedule is", "schedules are");
                Report::done(format!("on: {} of {total} paused", progress.paused))
            })
        }
        Switch::Off => {
            let paused = status.schedules.as_ref().map_or(0, |counts| counts.paused);
            status.kill_switch.is_none().then(|| {
                let paused = counted(paused, "is", "are");
                Report::done(format!(
                    "off: the schedules that it paused are being resumed; {paused} paused at this moment"
                ))
            })
        }
    }
}
