//! The subcommands, one file each.

mod check;
mod cluster;
mod crds;
mod run;
mod sandbox;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use check::{Checker, Report};

/// Keeps the schedules of the Mistral Workflows API equal to `WorkflowSchedule` resources.
#[derive(Debug, Parser)]
#[command(name = "workflow-schedule-operator", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    /// Print the custom resource definitions.
    Crds(crds::Args),
    /// Run the operator.
    Run(run::Args),
    /// Serve the Workflows API from memory, for demos and tests.
    Sandbox(sandbox::Args),
}

/// Parses the command line and runs the subcommand.
#[must_use]
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Crds(args) => crds::run(&args),
        Command::Run(args) => run::run(args),
        Command::Sandbox(args) => sandbox::run(&args),
    }
}
