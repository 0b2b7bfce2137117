//! `check`: reads manifests, and says without a cluster what they mean and what is wrong with them.
//!
//! [`source`] reads, [`file`](mod@file) thinks, [`text`] and [`json`] show.

mod connection;
mod file;
mod finding;
mod json;
mod known;
mod meaning;
mod names;
mod neighbours;
mod node;
mod objects;
mod picture;
mod prune;
mod resource;
mod rules;
mod scalar;
mod schedule;
mod schema;
mod schemas;
mod source;
mod spans;
mod spec;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod traps;
mod unquoted;
mod wanted;
mod yaml;
mod zone_names;
mod zones;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use annotate_snippets::Renderer;
use jiff::Timestamp;

use crate::timing::datetime;
use file::Checked;
use known::Known;
use picture::Lines;
use source::{Source, sources};
use summary::{Summary, Verdict};

/// Check manifests without a cluster.
///
/// Every `WorkflowSchedule` and `WorkflowConnection` is validated as the API server and the operator
/// would. A sound schedule is shown with its meaning in words and its next runs, in its zone and in
/// UTC; what is refused, and what may not mean what was meant, is shown with its place in the file.
/// Objects of other kinds are passed over.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(super) struct Args {
    /// Files, folders (their *.yaml, *.yml and *.json, at any depth) and `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the result is shown.
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Exit with 1 on warnings too.
    #[arg(long)]
    deny_warnings: bool,
    /// Check as if it were this time (RFC 3339): for output that can be compared.
    #[arg(long, value_name = "TIME", value_parser = datetime::parse)]
    now: Option<Timestamp>,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  no errors
  1  errors, or warnings with --deny-warnings
  2  wrong usage, or a file that cannot be read

--output json prints one document:
  now        the time of the check
  resources  for each: file, line, kind, namespace, name, words, timeZone, paused,
             nextRuns [{utc, local}], errors, warnings
             [{code, field, line, column, message, help}]
  problems   of files rather than resources: file, severity, code, line, column, message, help
  summary    files, schedules, connections, others, errors, warnings, unreadable
What does not apply is null.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For machines: one JSON document.
    Json,
}

/// Checks all files and prints what there is to say.
pub(super) fn run(args: &Args) -> ExitCode {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let summary = match args.output {
        Output::Text => print_text(&args.files, now),
        Output::Json => print_json(&args.files, now),
    };
    match summary.verdict(args.deny_warnings) {
        Verdict::Good => ExitCode::SUCCESS,
        Verdict::Bad => ExitCode::from(1),
        Verdict::Incomplete => ExitCode::from(2),
    }
}

fn print_text(files: &[PathBuf], now: Timestamp) -> Summary {
    let mut stdout = io::stdout().lock();
    let is_styled = stdout.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let renderer = if is_styled { Renderer::styled() } else { Renderer::plain() };
    let summary = each(files, now, |name, seen| match seen {
        // Nobody may be reading any more (`check … | head`), which is no error.
        Ok((lines, checked)) => drop(stdout.write_all(text::file(name, lines, checked, &renderer).as_bytes())),
        Err(error) => eprintln!("error: {name} cannot be read: {error}"),
    });
    drop(stdout.write_all(text::summary(&summary).as_bytes()));
    summary
}

fn print_json(files: &[PathBuf], now: Timestamp) -> Summary {
    let mut document = json::Document::default();
    let summary = each(files, now, |name, seen| match seen {
        Ok((lines, checked)) => document.add(name, lines, checked),
        Err(error) => document.add_unreadable(name, &error.to_string()),
    });
    drop(writeln!(io::stdout().lock(), "{:#}", document.finish(now, &summary)));
    summary
}

/// Reads, checks and shows one file after the other, so that only one is in memory.
fn each(
    files: &[PathBuf],
    now: Timestamp,
    mut show: impl FnMut(&str, Result<(&Lines<'_>, &Checked), io::Error>),
) -> Summary {
    let kinds = schemas::kinds();
    let mut summary = Summary::default();
    let mut known = Known::default();
    for source in files.iter().flat_map(|file| sources(file)) {
        match source.and_then(read) {
            Ok((source, bytes)) => {
                let (text, mut checked) = file::check(&bytes, source.is_named, &kinds, now);
                let lines = Lines::of(&text);
                known.note(&source.name, &lines, &mut checked);
                summary.add(&checked);
                show(&source.name, Ok((&lines, &checked)));
            }
            Err((name, error)) => {
                summary.unreadable += 1;
                show(&name, Err(error));
            }
        }
    }
    summary
}

fn read(source: Source) -> Result<(Source, Vec<u8>), (String, io::Error)> {
    match source.read() {
        Ok(bytes) => Ok((source, bytes)),
        Err(error) => Err((source.name, error)),
    }
}
