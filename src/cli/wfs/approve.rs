//! `approve`: lets deletions, or creations of what vanished, go on.

use jiff::Timestamp;

use super::annotation::set;
use super::object::merge;
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, confirm, each};
use super::waiting::{Wait, condition, report};
use crate::api::{APPROVE_DELETIONS_AT, APPROVE_DISAPPEARANCE_AT, WorkflowConnection};
use crate::controller::Key;

/// Approve what the operator does not do without a person.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `deletions`: delete the remote schedules of the resources whose deletion waits. `disappearance`: create
    /// again the schedules that vanished.
    #[arg(value_enum)]
    what: What,
    #[command(flatten)]
    targets: Targets,
    #[command(flatten)]
    waiting: Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum What {
    Deletions,
    Disappearance,
}

impl What {
    /// The condition while it waits.
    const fn condition(self) -> &'static str {
        match self {
            Self::Deletions => "DeletionHeld",
            Self::Disappearance => "MassDisappearance",
        }
    }

    const fn annotation(self) -> &'static str {
        match self {
            Self::Deletions => APPROVE_DELETIONS_AT,
            Self::Disappearance => APPROVE_DISAPPEARANCE_AT,
        }
    }
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    // Nothing is approved that begins to wait after it was shown.
    let token = Timestamp::now().to_string();
    let connections: Vec<WorkflowConnection> = args.targets.confirmed(session, "Approve for").await?;
    for connection in &connections {
        // What is approved is always shown, for it cannot be taken back.
        if let Some(waiting) = condition(connection, args.what.condition()).filter(|_| !args.targets.dry_run) {
            let key = Key::of(&connection.metadata);
            confirm(&format!("Approve for {key}: {}", waiting.message), args.targets.yes)?;
        }
    }
    Ok(each(session, &connections, async |connection| approve(session, args, connection, &token).await).await)
}

async fn approve(
    session: &Session,
    args: &Args,
    connection: &WorkflowConnection,
    token: &str,
) -> anyhow::Result<Report> {
    if condition(connection, args.what.condition()).is_none() {
        return Ok(Report::done("nothing waits for this approval"));
    }
    merge(session, connection, &set(args.what.annotation(), token), args.targets.dry_run).await?;
    if args.targets.dry_run {
        return Ok(Report::done("would be approved (dry run)"));
    }
    if args.waiting.no_wait {
        return Ok(Report::done("approved"));
    }
    let answer = |connection: &WorkflowConnection| {
        condition(connection, args.what.condition()).is_none().then(|| Report::done("approved; nothing waits any more"))
    };
    Ok(report(session, connection, args.waiting.timeout, answer).await)
}
