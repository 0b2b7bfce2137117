//! `reconcile`: compares with the remote now.

use super::annotation::{set, token};
use super::object::merge;
use super::outcome::{Outcome, Report};
use super::session::Session;
use super::targets::{Targets, each};
use super::waiting::{Conditioned, Wait, condition, report, said};
use crate::api::{RECONCILE_REQUESTED_AT, WorkflowConnection, WorkflowSchedule};

/// Compare with the remote now, rather than at the next poll.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    targets: Targets,
    /// The names are those of connections: poll now, and read the API key again.
    #[arg(long)]
    connection: bool,
    /// Wait until it is Ready. Without this, it may still wait for something when the command ends.
    #[arg(long, conflicts_with = "no_wait")]
    wait: bool,
    #[command(flatten)]
    waiting: Wait,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    if args.connection {
        let handled = |connection: &WorkflowConnection| connection.status.as_ref()?.last_handled_reconcile_at.clone();
        all(session, args, handled).await
    } else {
        let handled = |schedule: &WorkflowSchedule| schedule.status.as_ref()?.last_handled_reconcile_at.clone();
        all(session, args, handled).await
    }
}

async fn all<K: Conditioned>(
    session: &Session,
    args: &Args,
    handled: impl Fn(&K) -> Option<String>,
) -> anyhow::Result<Outcome> {
    let objects: Vec<K> = args.targets.confirmed(session, "Reconcile").await?;
    Ok(each(session, &objects, async |object| reconcile(session, args, object, &handled).await).await)
}

async fn reconcile<K: Conditioned>(
    session: &Session,
    args: &Args,
    object: &K,
    handled: impl Fn(&K) -> Option<String>,
) -> anyhow::Result<Report> {
    let token = token();
    merge(session, object, &set(RECONCILE_REQUESTED_AT, token.as_str()), args.targets.dry_run).await?;
    if args.targets.dry_run {
        return Ok(Report::done("would be reconciled (dry run)"));
    }
    if args.waiting.no_wait {
        return Ok(Report::done("requested: see status.lastHandledReconcileAt"));
    }
    let answer = |object: &K| {
        if handled(object).as_deref() != Some(token.as_str()) {
            return None;
        }
        let message = said(object).unwrap_or_else(|| "the operator does not manage it (management: Off)".into());
        let is_ready = condition(object, "Ready").is_none_or(|ready| ready.status == "True");
        if is_ready {
            return Some(Report::done(message));
        }
        let is_over = !args.wait || condition(object, "Stalled").is_some();
        is_over.then(|| Report::failed(message))
    };
    Ok(report(session, object, args.waiting.timeout, answer).await)
}
