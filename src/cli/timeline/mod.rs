//! `timeline`: what fires when, over many schedules.

mod args;
mod density;
mod page;
mod sources;
mod terminal;

use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};

use super::causes::causes;
use super::count::counted;
use super::printable::printable;
use super::runtime::blocking;
pub(super) use args::Args;
use density::{Period, density};
use sources::Faults;

/// The longest period: a page must stay small.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Prints the timeline, or writes the page.
pub(super) fn run(args: &Args) -> ExitCode {
    match show(args) {
        Ok(faults) => faults.exit_code(),
        Err(error) => {
            eprintln!("error: {}", printable(&causes(&error)));
            ExitCode::from(2)
        }
    }
}

/// Shows what can be shown, and gives what cannot.
fn show(args: &Args) -> anyhow::Result<Faults> {
    let now = Timestamp::now();
    let hour = now.as_second() - now.as_second().rem_euclid(3600);
    let from = args.from.or_else(|| Timestamp::from_second(hour).ok()).unwrap_or(now);
    if args.length.is_zero() || args.length > LONGEST {
        bail!("--for must be between 1s and 366d");
    }
    let period = Period { from, to: from.checked_add(args.length).context("--for ends too late")? };
    let (schedules, faults) =
        if args.cluster { blocking(sources::of_cluster(args))?? } else { sources::of_files(&args.files, now) };
    for fault in faults.unreadable.iter().chain(&faults.invalid) {
        eprintln!("error: {}", printable(fault));
    }
    if schedules.is_empty() && !faults.is_empty() {
        return Ok(faults);
    }
    let density = density(schedules, period);
    if let Some(path) = &args.html {
        fs::write(path, page::page(&density, now)).with_context(|| path.display().to_string())?;
        let what = counted(density.rows.len(), "schedule is", "schedules are");
        eprintln!("{what} in {}", path.display());
    } else {
        // It is not an error if the reader closes the pipe.
        drop(std::io::stdout().write_all(terminal::text(&density).as_bytes()));
    }
    Ok(faults)
}
