//! `completion`: scripts by which shells complete the command line.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;

/// Print a script that completes this command in a shell.
///
/// For bash: `source <(workflow-schedule-operator completion bash)`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    shell: Shell,
}

/// Prints the script for `command`.
pub(super) fn run(args: &Args, mut command: Command) -> ExitCode {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    // It is not an error if the reader closes the pipe.
    drop(std::io::stdout().write_all(&script));
    ExitCode::SUCCESS
}
