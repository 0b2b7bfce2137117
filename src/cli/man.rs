//! `man`: manual pages.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use clap::Command;
use clap_mangen::Man;

use crate::telemetry::build;

/// Write the manual pages: one for each command.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder for the pages; it is created if it does not exist. `man -l FOLDER/kubectl-wfs.1` shows one.
    folder: PathBuf,
}

/// Writes the pages of all `commands`.
pub(super) fn run(args: &Args, commands: impl IntoIterator<Item = Command>) -> ExitCode {
    let written = fs::create_dir_all(&args.folder)
        .and_then(|()| commands.into_iter().try_for_each(|command| pages_of(command, &args.folder)));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the pages cannot be written into {}: {error}", args.folder.display());
            ExitCode::FAILURE
        }
    }
}

fn pages_of(command: Command, folder: &Path) -> io::Result<()> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    pages(&command, command.get_name(), folder)
}

/// Writes the pages of a command of the program `program`, and of those below it.
fn pages(command: &Command, program: &str, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(below, program, folder)?;
    }
    page(command, program).generate_to(folder).map(drop)
}

/// The header shows the title twice, with the name of the manual between. In 80 columns a whole name does not fit.
/// An empty date would be left out, and the arguments after it would take its place.
fn page(command: &Command, program: &str) -> Man {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let title = name.strip_prefix(program).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name);
    let source = format!("{program} {}", build::VERSION);
    Man::new(command.clone()).title(title).date(" ").source(source).manual("User Commands")
}
