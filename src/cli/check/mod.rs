//! `check`: reads manifests, and says without a cluster what they mean and what is wrong with them.
//!
//! [`source`] reads, [`file`](mod@file) thinks, [`text`] and [`json`] show.

mod at_remote;
mod broken;
mod connection;
mod file;
mod finding;
mod github;
mod json;
mod known;
mod kustomize;
mod meaning;
mod metadata;
mod names;
mod neighbours;
mod node;
mod nulls;
mod number;
mod objects;
mod picture;
mod prune;
mod question;
mod reading;
mod references;
mod remedy;
mod resource;
mod rules;
mod sarif;
mod scalar;
mod schedule;
mod schema;
mod schemas;
mod source;
mod spans;
mod spec;
mod stream;
mod summary;
#[cfg(test)]
mod tests;
mod text;
mod traps;
mod tree;
mod unclosed;
mod unquoted;
mod wanted;
mod yaml;
mod zone_names;
mod zones;

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use annotate_snippets::Renderer;
use jiff::Timestamp;
use serde_json::Value;

use super::causes::causes;
use super::color::Color;
use super::printable::printable;
use super::remote::RemoteArgs;
use crate::timing::datetime;
use at_remote::AtRemote;
use file::Checked;
use known::Known;
use kustomize::Patches;
use picture::Lines;
use references::References;
use schemas::Kind;
use source::{Found, Source, sources};
use summary::{Summary, Verdict};

pub(super) use kustomize::normal;
pub(super) use reading::{Manifest, Manifests, READING, Reader, Text};

/// Check manifests without a cluster.
///
/// Every `WorkflowSchedule` and `WorkflowConnection` is validated as the API server and the operator
/// would. A schedule without errors is shown with its meaning in words and its next runs, in its zone and
/// in UTC; what is refused, and what may not mean what was meant, is shown with its place in the file.
/// Objects of other kinds, and Kustomize's patches, are passed over.
#[derive(Debug, clap::Args)]
#[command(after_long_help = format!("{READING}\n\n{AFTER_HELP}"))]
pub(super) struct Args {
    /// Files, folders (their *.yaml, *.yml and *.json, at any depth) and `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the result is shown.
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    output: Output,
    /// Whether text is coloured. `auto`: on a terminal, if `NO_COLOR` is not set.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    color: Color,
    /// Exit with 1 on warnings too.
    #[arg(long)]
    deny_warnings: bool,
    /// Also ask the remote what only it knows: whether the workflow exists, whether a worker is active for it, and
    /// whether the input fits its schema and the id is that of another workflow.
    #[arg(long)]
    remote: bool,
    #[command(flatten, next_help_heading = "With --remote")]
    access: RemoteArgs,
    /// Check as if it were this time (RFC 3339): for output that can be compared.
    #[arg(long, value_name = "TIME", value_parser = datetime::parse)]
    now: Option<Timestamp>,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  no errors
  1  errors, or warnings with --deny-warnings
  2  wrong usage, a file that cannot be read, or output that cannot be written

--output json prints one document:
  now        the time of the check
  resources  for each: file, line, kind, namespace, name, words, timeZone, paused,
             nextRuns [{utc, local}], errors, warnings
             [{code, field, line, column, message, help}]
  problems   of files rather than resources: file, severity, code, field, line, column,
             message, help
  summary    files, schedules, connections, others, patches, errors, warnings, unreadable
Every name is always there. What does not apply is null.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For machines: one JSON document.
    Json,
    /// Annotations of GitHub Actions.
    Github,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// Checks all files and prints what there is to say.
pub(super) fn run(args: &Args) -> ExitCode {
    let now = args.now.unwrap_or_else(Timestamp::now);
    let remote = match args.remote.then(|| AtRemote::open(&args.access)).transpose() {
        Ok(remote) => remote,
        Err(error) => {
            complain(&causes(&error));
            return ExitCode::from(2);
        }
    };
    if !args.remote && args.access.has_connection() {
        complain("--connection is for --remote: name both");
        return ExitCode::from(2);
    }
    let input = Input { files: &args.files, remote, now };
    let mut stdout = io::stdout().lock();
    let printed = match args.output {
        Output::Text => print_text(input, &renderer(args.color.is_used(stdout.is_terminal())), &mut stdout),
        Output::Json => print_json(input, &mut stdout),
        Output::Github => print_github(input, &mut stdout),
        Output::Sarif => print_sarif(input, &mut stdout),
    };
    let summary = printed.and_then(|summary| stdout.flush().map(|()| summary));
    match summary.map(|summary| summary.verdict(args.deny_warnings)) {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Bad) => ExitCode::from(1),
        Ok(Verdict::Incomplete) => ExitCode::from(2),
        Err(error) => {
            // Who closes the pipe (`check … | head`) has read enough, and is told nothing.
            if error.kind() != io::ErrorKind::BrokenPipe {
                complain(&format!("the result cannot be written: {error}"));
            }
            ExitCode::from(2)
        }
    }
}

const fn renderer(is_coloured: bool) -> Renderer {
    if is_coloured { Renderer::styled() } else { Renderer::plain() }
}

/// Checks manifests that are in memory, as `check` does with files.
pub struct Checker {
    kinds: Vec<Kind>,
    now: Timestamp,
}

/// What is said of a manifest.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// For people, without colour.
    pub text: String,
    /// For machines: the document of `check --output json`.
    pub json: Value,
}

impl Checker {
    /// Checks as if it were `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { kinds: schemas::kinds(), now }
    }

    /// Checks one manifest; `name` is shown as that of its file.
    #[must_use]
    pub fn check(&self, name: &str, bytes: &[u8]) -> Report {
        let source = Source { name: name.to_owned(), path: None, is_named: true };
        let (text, checked) = file::check(bytes, source.is_named, &self.kinds, self.now);
        let lines = Lines::of(&text);
        let checked = Before::default().note(&source, &lines, checked);
        let (mut summary, mut document) = (Summary::default(), json::Document::default());
        summary.add(&checked);
        document.add(name, &lines, &checked);
        let text = text::file(name, &lines, &checked, &Renderer::plain()) + &text::summary(&summary);
        Report { text, json: document.finish(self.now, &summary) }
    }
}

impl std::fmt::Debug for Checker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checker").field("now", &self.now).finish_non_exhaustive()
    }
}

/// Says on standard error what went wrong; that it may be closed, too, is no reason to panic.
fn complain(message: &str) {
    drop(writeln!(io::stderr().lock(), "error: {}", printable(message)));
}

fn print_text(input: Input<'_>, renderer: &Renderer, stdout: &mut impl Write) -> io::Result<Summary> {
    let summary = each(input, |name, seen| match seen {
        Ok((lines, checked)) => stdout.write_all(text::file(name, lines, checked, renderer).as_bytes()),
        Err(error) => {
            complain(&format!("{name} cannot be read: {error}"));
            Ok(())
        }
    })?;
    stdout.write_all(text::summary(&summary).as_bytes())?;
    Ok(summary)
}

fn print_json(input: Input<'_>, stdout: &mut impl Write) -> io::Result<Summary> {
    let (mut document, now) = (json::Document::default(), input.now);
    let summary = each(input, |name, seen| {
        match seen {
            Ok((lines, checked)) => document.add(name, lines, checked),
            Err(error) => document.add_unreadable(name, &error.to_string()),
        }
        Ok(())
    })?;
    writeln!(stdout, "{:#}", document.finish(now, &summary))?;
    Ok(summary)
}

fn print_github(input: Input<'_>, stdout: &mut impl Write) -> io::Result<Summary> {
    let summary = each(input, |name, seen| {
        let commands = match seen {
            Ok((lines, checked)) => github::file(name, lines, checked),
            Err(error) => github::unreadable(name, &error.to_string()),
        };
        stdout.write_all(commands.as_bytes())
    })?;
    stdout.write_all(text::summary(&summary).as_bytes())?;
    Ok(summary)
}

fn print_sarif(input: Input<'_>, stdout: &mut impl Write) -> io::Result<Summary> {
    let mut log = sarif::Log::default();
    let summary = each(input, |name, seen| {
        match seen {
            Ok((lines, checked)) => log.add(name, lines, checked),
            Err(error) => log.add_unreadable(name, &error.to_string()),
        }
        Ok(())
    })?;
    writeln!(stdout, "{:#}", log.finish())?;
    Ok(summary)
}

/// The schemas of our kinds by name, as structural schemas of Kubernetes.
pub(super) fn json_schemas() -> Vec<(String, Value)> {
    let schema = |kind: Kind| {
        let schema = serde_json::to_value(kind.schema.root()).unwrap_or(Value::Null);
        (kind.name, schema)
    };
    schemas::kinds().into_iter().map(schema).collect()
}

/// What is checked, and by what.
struct Input<'a> {
    files: &'a [PathBuf],
    remote: Option<AtRemote>,
    now: Timestamp,
}

impl Input<'_> {
    /// Adds what the remote says. `false`: it cannot be asked, and is not asked again.
    fn ask_remote(&mut self, checked: &mut Checked) -> bool {
        let Some(remote) = &mut self.remote else { return true };
        let Err(error) = remote.note(checked) else { return true };
        complain(&causes(&error));
        self.remote = None;
        false
    }
}

/// What is known of the files before.
#[derive(Default)]
struct Before {
    known: Known,
    patches: Patches,
    references: References,
}

/// Reads, checks and shows one file after the other, so that only one is in memory.
fn each(
    mut input: Input<'_>,
    mut show: impl FnMut(&str, Result<(&Lines<'_>, &Checked), io::Error>) -> io::Result<()>,
) -> io::Result<Summary> {
    let kinds = schemas::kinds();
    let mut summary = Summary::default();
    let mut before = Before::default();
    for found in sources(input.files) {
        match found {
            Found::Source(source) => match source.read() {
                Ok(bytes) => {
                    let (text, checked) = file::check(&bytes, source.is_named, &kinds, input.now);
                    let lines = Lines::of(&text);
                    let mut checked = before.note(&source, &lines, checked);
                    summary.is_unasked |= !input.ask_remote(&mut checked);
                    summary.add(&checked);
                    show(&source.name, Ok((&lines, &checked)))?;
                }
                Err(error) => {
                    summary.unreadable += 1;
                    show(&source.name, Err(error))?;
                }
            },
            Found::Empty(folder) => {
                let checked = Checked::empty_folder();
                summary.add_findings(&checked);
                show(&folder, Ok((&Lines::of(""), &checked)))?;
            }
            Found::Unreadable(name, error) => {
                summary.unreadable += 1;
                show(&name, Err(error))?;
            }
        }
    }
    Ok(summary)
}

impl Before {
    /// Adds to a file's findings what follows from the files before.
    fn note(&mut self, source: &Source, lines: &Lines<'_>, mut checked: Checked) -> Checked {
        if source.path.as_ref().is_some_and(|path| self.patches.has(path)) {
            checked = checked.of_patch();
        }
        self.known.note(&source.name, source.folder().as_deref(), lines, &mut checked);
        for (resource, finding) in self.references.note(&checked.faults, &checked.references) {
            match resource.and_then(|index| checked.resources.get_mut(index)) {
                Some(resource) => resource.findings.push(finding),
                None => checked.problems.push(finding),
            }
        }
        checked
    }
}
