//! `unclaimed`: remote schedules under the prefix of a connection that no resource claims.

use std::fmt::Write as _;

use super::outcome::Outcome;
use super::selection::Selection;
use super::session::{Session, print};
use crate::api::WorkflowConnection;
use crate::controller::Key;

/// Show the ids under the prefix of a connection that no resource claims.
///
/// The operator reports them and never deletes them: write a resource for each, or delete them in the console.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let connections: Vec<WorkflowConnection> = args.selection.find(session).await?;
    for connection in &connections {
        print(&said(connection));
    }
    Ok(Outcome::Done)
}

fn said(connection: &WorkflowConnection) -> String {
    let key = Key::of(&connection.metadata);
    let Some(unclaimed) = connection.status.as_ref().and_then(|status| status.unclaimed.as_ref()) else {
        return format!("{key}: none\n");
    };
    let mut ids = String::new();
    for id in &unclaimed.ids {
        // Writing to a string does not fail.
        let _ = writeln!(ids, "  {}", super::printable(id));
    }
    let shown = i64::try_from(unclaimed.ids.len()).unwrap_or(i64::MAX);
    let more = match unclaimed.count.saturating_sub(shown) {
        ..=0 => String::new(),
        more => format!("  and {more} more\n"),
    };
    format!("{key}: {}\n{ids}{more}", unclaimed.count)
}
