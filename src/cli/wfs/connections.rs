//! `connections`: whether they work, and the numbers of their schedules.

use super::outcome::Outcome;
use super::paint::Tone;
use super::selection::Selection;
use super::session::{Session, print};
use super::table::{Cell, table};
use super::waiting::condition;
use crate::api::WorkflowConnection;
use crate::cli::count::count;
use crate::controller::Key;

/// Show the connections, and what waits for a person.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let connections: Vec<WorkflowConnection> = args.selection.find(session).await?;
    let rows = connections.iter().map(row).collect();
    let titles =
        ["NAMESPACE", "NAME", "STATUS", "SERVER", "SCHEDULES", "READY", "DRIFTED", "FAILING", "PAUSED", "KILL SWITCH"];
    print(&table(session.paint, &titles, rows));
    for connection in &connections {
        for notice in notices(connection) {
            print(&format!("{}: {}\n", Key::of(&connection.metadata), super::printable(&notice)));
        }
    }
    Ok(Outcome::Done)
}

fn row(connection: &WorkflowConnection) -> Vec<Cell> {
    let Key { namespace, name } = Key::of(&connection.metadata);
    let ready = condition(connection, "Ready");
    let tone = match ready.map(|ready| ready.status.as_str()) {
        Some("True") => Tone::Good,
        Some(_) if condition(connection, "Stalled").is_some() => Tone::Bad,
        Some(_) | None => Tone::Wait,
    };
    let status = connection.status.as_ref();
    let counts = status.and_then(|status| status.schedules.clone()).unwrap_or_default();
    let number = |number: i64, tone| {
        let text = number.to_string();
        if number > 0 { Cell::toned(tone, text) } else { Cell::plain(text) }
    };
    let switch = status.and_then(|status| status.kill_switch.as_ref());
    let switch = switch.map(|switch| format!("on, {} of {} paused", switch.paused, switch.total));
    vec![
        Cell::plain(namespace),
        Cell::toned(Tone::Bold, name),
        Cell::toned(tone, ready.map_or("not seen by the operator", |ready| ready.reason.as_str())),
        Cell::plain(status.and_then(|status| status.server.clone()).unwrap_or_default()),
        Cell::plain(counts.managed.to_string()),
        Cell::plain(counts.ready.to_string()),
        number(counts.drifted, Tone::Wait),
        number(counts.failing, Tone::Bad),
        number(counts.paused, Tone::Wait),
        switch.map_or_else(|| Cell::plain("off"), |text| Cell::toned(Tone::Bad, text)),
    ]
}

/// What a person should know: conditions that are not the usual ones, and unclaimed ids.
fn notices(connection: &WorkflowConnection) -> Vec<String> {
    let Some(status) = &connection.status else { return Vec::new() };
    let is_notice = |type_: &str, value: &str| match type_ {
        "Ready" => value != "True",
        // They repeat what Ready says.
        "Stalled" | "Reconciling" => false,
        _ => true,
    };
    let conditions = status.conditions.iter().filter(|condition| is_notice(&condition.type_, &condition.status));
    let unclaimed = status.unclaimed.as_ref().map(|unclaimed| {
        format!("{} with its prefix that no resource claims: kubectl wfs unclaimed", count(unclaimed.count, "id"))
    });
    conditions.map(|condition| format!("{}: {}", condition.reason, condition.message)).chain(unclaimed).collect()
}
