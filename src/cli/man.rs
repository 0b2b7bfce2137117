//! `man`: manual pages.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Command;

/// Write the manual pages: one for each command.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder for the pages; it is created if it does not exist. `man -l FOLDER/kubectl-wfs.1` shows one.
    folder: PathBuf,
}

/// Writes the pages of all `commands`.
pub(super) fn run(args: &Args, commands: impl IntoIterator<Item = Command>) -> ExitCode {
    let written = fs::create_dir_all(&args.folder)
        .and_then(|()| commands.into_iter().try_for_each(|command| clap_mangen::generate_to(command, &args.folder)));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: the pages cannot be written into {}: {error}", args.folder.display());
            ExitCode::FAILURE
        }
    }
}
