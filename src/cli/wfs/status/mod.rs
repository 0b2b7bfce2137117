//! `status`: what is declared, what is there, and what happens next.

mod screen;
mod view;

use jiff::Timestamp;

use super::document::{Format, document};
use super::events::events;
use super::outcome::{Outcome, Usage};
use super::selection::Selection;
use super::session::{Session, print};
use crate::api::WorkflowSchedule;
use view::View;

/// Show schedules: one on a whole screen, several in a table.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// How it is shown.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    output: Format,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let schedules: Vec<WorkflowSchedule> = args.selection.find(session).await?;
    let now = Timestamp::now();
    let mut views: Vec<View> = schedules.iter().map(|schedule| View::of(schedule, now)).collect();
    if let ([schedule], [view]) = (schedules.as_slice(), views.as_mut_slice()) {
        view.events = events(session, &schedule.metadata).await;
    }
    match (args.output, views.as_slice()) {
        (Format::Text, [view]) if args.selection.is_one() => print(&screen::one(session.paint, view, now)),
        (Format::Text, []) => eprintln!("{}", nothing(session, &args.selection)),
        (Format::Text, views) => print(&screen::several(session.paint, views, now)),
        (Format::Json | Format::Yaml, views) => {
            print(&document(args.output, &views).map_err(|error| Usage::error(error.to_string()))?);
        }
    }
    Ok(Outcome::Done)
}

fn nothing(session: &Session, selection: &Selection) -> String {
    if selection.spans_namespaces() {
        "no WorkflowSchedule in the cluster".into()
    } else {
        format!("no WorkflowSchedule in namespace {}; -A shows those of all namespaces", session.namespace)
    }
}
