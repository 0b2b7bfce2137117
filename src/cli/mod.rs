//! The subcommands, one file each.

mod check;
mod cluster;
mod crds;
mod run;
mod sandbox;

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::telemetry::build;

pub use check::{Checker, Report};

static VERSION: LazyLock<String> = LazyLock::new(|| format!("{} (commit {})", build::VERSION, build::COMMIT));

/// Keeps the schedules of the Mistral Workflows API equal to `WorkflowSchedule` resources.
#[derive(Debug, Parser)]
#[command(name = "workflow-schedule-operator", version = VERSION.as_str(), about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of them")]
enum Command {
    Check(check::Args),
    /// Print the custom resource definitions.
    Crds(crds::Args),
    /// Run the operator.
    Run(run::Args),
    /// Serve the Workflows API from memory, for demos and tests.
    Sandbox(sandbox::Args),
}

/// The command line, for its documentation.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
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
