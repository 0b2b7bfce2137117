//! `timeline`: what fires when, over many schedules.

mod args;
mod density;
mod page;
mod sources;
mod terminal;

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};

use super::printable::printable;
use super::runtime::blocking;
pub(super) use args::Args;
use density::{Period, density};

/// The longest period: a page must stay small.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Prints the timeline, or writes the page.
pub(super) fn run(args: &Args) -> ExitCode {
    match show(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", printable(&format!("{error:#}")));
            ExitCode::from(2)
        }
    }
}

/// Whether everything could be read.
fn show(args: &Args) -> anyhow::Result<bool> {
    let now = Timestamp::now();
    let hour = now.as_second() - now.as_second().rem_euclid(3600);
    let from = args.from.or_else(|| Timestamp::from_second(hour).ok()).unwrap_or(now);
    if args.length.is_zero() || args.length > LONGEST {
        bail!("--for must be between 1s and 366d");
    }
    let period = Period { from, to: from.checked_add(args.length).context("--for ends too late")? };
    let (schedules, errors) =
        if args.cluster { blocking(sources::of_cluster(args))?? } else { sources::of_files(&args.files, now) };
    for error in &errors {
        eprintln!("warning: {}", printable(error));
    }
    let density = density(schedules, period);
    if let Some(path) = &args.html {
        fs::write(path, page::page(&density, now)).with_context(|| path.display().to_string())?;
        eprintln!("{} schedules are in {}", density.rows.len(), path.display());
    } else {
        let stdout = std::io::stdout();
        let text = terminal::text(&density, stdout.is_terminal());
        // It is not an error if the reader closes the pipe.
        drop(stdout.lock().write_all(text.as_bytes()));
    }
    Ok(errors.is_empty())
}
