//! `diff`: what a change of manifests means for the runs.

mod change;
mod cluster;
mod fields;
mod git;
mod pairs;
mod runs;
#[cfg(test)]
mod tests;
mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::causes::causes;
use super::check::{Manifests, READING, Reader};
use super::cluster::ClusterArgs;
use super::printable::printable;
use super::runtime::blocking;
use crate::timing::datetime;
use change::changes;
use git::Revision;
use pairs::doubles;
use runs::Period;

/// Show what a change of manifests means: field by field, and run by run.
///
/// An object that a side has in several files, such as one for each environment, is compared file by file, by its path
/// below OLD and NEW. The same object twice in one file is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help(), override_usage = USAGE)]
pub(super) struct Args {
    /// Before: a file, a folder, `-` for standard input, or `git:REV[:PATH]`. Without PATH it is the path of NEW in
    /// that revision. With --cluster there is only NEW.
    #[arg(value_name = "OLD")]
    old: String,
    /// After: a file, a folder, `-`, or `git:REV[:PATH]`.
    #[arg(value_name = "NEW", required_unless_present = "cluster", conflicts_with = "cluster")]
    new: Option<String>,
    /// Compare the only argument with the cluster. Objects of the cluster that are in no manifest are not shown.
    #[arg(long)]
    cluster: bool,
    /// Compare the runs of so many days.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// How the differences are shown.
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Compare as if it were this time (RFC 3339).
    #[arg(long, value_name = "TIME", value_parser = datetime::parse)]
    now: Option<Timestamp>,
    #[command(flatten)]
    access: ClusterArgs,
}

const USAGE: &str = "\
workflow-schedule-operator diff [OPTIONS] <OLD> <NEW>
       workflow-schedule-operator diff [OPTIONS] --cluster <NEW>";

fn after_help() -> String {
    format!(
        "{READING}\n
Exit codes:
  0  equal
  1  different
  2  wrong usage, or something that cannot be read or is not valid"
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For machines.
    Json,
    /// For a comment of a pull request.
    Markdown,
}

/// Compares, and prints the differences.
pub(super) fn run(args: &Args) -> ExitCode {
    let (old, new) = match sides(args) {
        Ok(sides) => sides,
        Err(error) => {
            eprintln!("error: {}", printable(&causes(&error)));
            return ExitCode::from(2);
        }
    };
    let unreadable: Vec<&String> = old.unreadable.iter().chain(&new.unreadable).collect();
    let doubles = [&old, &new].map(|side| doubles(&side.objects)).concat();
    for error in unreadable.iter().copied().chain(&doubles) {
        eprintln!("error: {}", printable(error));
    }
    if !unreadable.is_empty() || !doubles.is_empty() {
        return ExitCode::from(2);
    }
    // What was invalid before is no reason not to compare: it may be what is put right.
    for error in &old.errors {
        eprintln!("warning: before: {}", printable(error));
    }
    for error in &new.errors {
        eprintln!("error: {}", printable(error));
    }
    let now = args.now.unwrap_or_else(Timestamp::now);
    let to = now.checked_add(SignedDuration::from_hours(24 * i64::from(args.days))).unwrap_or(now);
    let changes = changes(&old.objects, &new.objects, Period { from: now, to });
    let shown = match args.output {
        Output::Text => text::text(&changes, args.days),
        Output::Markdown => text::markdown(&changes, args.days),
        Output::Json => format!("{:#}\n", json!({ "from": now, "to": to, "changes": changes, "errors": new.errors })),
    };
    // It is not an error if the reader closes the pipe.
    drop(std::io::stdout().write_all(shown.as_bytes()));
    if !new.errors.is_empty() {
        ExitCode::from(2)
    } else if changes.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn sides(args: &Args) -> anyhow::Result<(Manifests, Manifests)> {
    let now = args.now.unwrap_or_else(Timestamp::now);
    if let Some(new) = &args.new {
        return Ok((read(&args.old, new, now)?, read(new, &args.old, now)?));
    }
    let mut new = read(&args.old, ".", now)?;
    let objects = blocking(cluster::objects(&args.access, &mut new.objects))??;
    Ok((Manifests { objects, ..Manifests::default() }, new))
}

/// Reads one side. A revision without a path has that of the other side.
fn read(side: &str, other: &str, now: Timestamp) -> anyhow::Result<Manifests> {
    let reader = Reader::new(now);
    let Some(revision) = Revision::parse(side) else { return Ok(reader.files(&[PathBuf::from(side)])) };
    let default = if other.starts_with("git:") || other == "-" { "." } else { other };
    Ok(reader.texts(&revision.manifests(Path::new(default))?))
}
