//! `next`: the runs to come, of all schedules in one order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use serde::Serialize;

use super::document::{Format, document};
use super::outcome::{Outcome, Usage};
use super::paint::Tone;
use super::selection::Selection;
use super::session::{Session, print};
use super::table::{Cell, table};
use super::timing::{Moment, timing};
use super::when::{distance, zone};
use crate::api::WorkflowSchedule;
use crate::cli::count::count;
use crate::controller::Key;
use crate::timing::{Runs, datetime};

/// Show the runs to come, computed from what is declared.
///
/// Paused schedules have none. A jitter delays each run by up to its duration; it is not included.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
    /// Runs after this time (RFC 3339). Default: now.
    #[arg(long, value_name = "TIME", value_parser = datetime::parse)]
    from: Option<Timestamp>,
    /// Runs until this time (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = datetime::parse)]
    to: Option<Timestamp>,
    /// So many runs at most.
    #[arg(long, short, default_value_t = 10)]
    count: usize,
    /// How they are shown.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    output: Format,
}

/// A run to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Next {
    namespace: String,
    name: String,
    #[serde(flatten)]
    at: Moment,
    workflow: Option<String>,
    jitter: Option<String>,
}

pub(super) async fn run(session: &Session, args: &Args) -> anyhow::Result<Outcome> {
    let schedules: Vec<WorkflowSchedule> = args.selection.find(session).await?;
    let now = Timestamp::now();
    let from = args.from.unwrap_or(now);
    if args.to.is_some_and(|to| to < from) {
        return Err(Usage::error("--to is before --from"));
    }
    let runs: Vec<Next> =
        merged(&schedules, from).take_while(|run| args.to.is_none_or(|to| run.at.utc <= to)).take(args.count).collect();
    match args.output {
        Format::Text => {
            let paused = schedules.iter().filter(|schedule| is_paused(schedule)).count();
            print(&table(
                session.paint,
                &["TIME", "IN UTC", "WHEN", "NAMESPACE", "NAME", "WORKFLOW"],
                rows(&runs, now),
            ));
            if paused > 0 {
                let of_all = count(schedules.len(), "schedule");
                let what = if paused == 1 { "is paused and has no runs" } else { "are paused and have no runs" };
                eprintln!("{paused} of {of_all} {what}");
            }
        }
        Format::Json | Format::Yaml => print(&document(args.output, &runs)?),
    }
    Ok(Outcome::Done)
}

fn rows(runs: &[Next], now: Timestamp) -> Vec<Vec<Cell>> {
    let row = |run: &Next| {
        let jitter = run.jitter.as_ref().map(|jitter| format!(" (+ up to {jitter})")).unwrap_or_default();
        vec![
            Cell::plain(&run.at.local),
            Cell::toned(Tone::Dim, run.at.utc.to_string()),
            Cell::plain(format!("{}{jitter}", distance(run.at.utc, now))),
            Cell::plain(&run.namespace),
            Cell::toned(Tone::Bold, &run.name),
            Cell::plain(run.workflow.as_deref().unwrap_or_default()),
        ]
    };
    runs.iter().map(row).collect()
}

/// Whether no run starts by itself.
fn is_paused(schedule: &WorkflowSchedule) -> bool {
    schedule.status.as_ref().and_then(|status| status.paused).or(schedule.spec.paused) == Some(true)
}

/// One schedule's runs.
struct Source<'a> {
    schedule: &'a WorkflowSchedule,
    runs: std::iter::Take<Runs>,
    zone: jiff::tz::TimeZone,
}

/// The runs of all schedules, earliest first. A spec that is not valid has none.
fn merged(schedules: &[WorkflowSchedule], from: Timestamp) -> impl Iterator<Item = Next> {
    let mut sources: Vec<Source<'_>> = schedules
        .iter()
        .filter(|schedule| !is_paused(schedule))
        .filter_map(|schedule| {
            let timing = timing(&schedule.spec).ok()?;
            let left = schedule.status.as_ref().and_then(|status| status.remaining_executions);
            let left = left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(0));
            let zone = zone(timing.time_zone_name.as_deref());
            Some(Source { schedule, runs: timing.runs_after(from, "").take(left), zone })
        })
        .collect();
    let mut heads: BinaryHeap<Reverse<(Timestamp, usize)>> = BinaryHeap::new();
    for (index, source) in sources.iter_mut().enumerate() {
        heads.extend(source.runs.next().map(|run| Reverse((run.nominal, index))));
    }
    std::iter::from_fn(move || {
        let Reverse((at, index)) = heads.pop()?;
        let source = sources.get_mut(index)?;
        heads.extend(source.runs.next().map(|run| Reverse((run.nominal, index))));
        let Key { namespace, name } = Key::of(&source.schedule.metadata);
        let spec = &source.schedule.spec;
        let workflow = spec.workflow_identifier.clone().or_else(|| spec.workflow_registration_id.clone());
        Some(Next { namespace, name, at: Moment::new(at, &source.zone), workflow, jitter: spec.jitter.clone() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::WorkflowScheduleSpec;

    fn schedule(name: &str, cron: &str) -> WorkflowSchedule {
        WorkflowSchedule::new(
            name,
            WorkflowScheduleSpec { cron_expressions: vec![cron.into()], ..WorkflowScheduleSpec::default() },
        )
    }

    #[test]
    fn the_runs_of_all_schedules_are_in_one_order_and_paused_ones_have_none() {
        let mut paused = schedule("paused", "* * * * *");
        paused.spec.paused = Some(true);
        let all = [schedule("late", "0 18 * * *"), paused, schedule("early", "0 9 * * *")];
        let from: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        let found: Vec<String> = merged(&all, from).take(3).map(|run| run.name).collect();
        assert_eq!(found, ["late", "early", "late"]);
    }
}
