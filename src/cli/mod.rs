//! The subcommands, one file each.

mod causes;
mod check;
mod cluster;
mod color;
mod completion;
mod count;
mod crds;
mod diff;
mod export;
mod man;
mod printable;
mod remote;
mod resource_name;
mod run;
mod runtime;
mod sandbox;
mod schemas;
mod span;
mod timeline;
mod wfs;

use std::path::Path;
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
    Completion(completion::Args),
    /// Print the custom resource definitions.
    Crds(crds::Args),
    Diff(diff::Args),
    Export(export::Args),
    Man(man::Args),
    /// Run the operator.
    Run(run::Args),
    /// Serve the Workflows API from memory, for demos and tests.
    Sandbox(sandbox::Args),
    Schemas(schemas::Args),
    Timeline(timeline::Args),
    Wfs(wfs::Args),
}

/// The command line, for its documentation.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses the command line and runs the subcommand.
#[must_use]
pub fn main() -> ExitCode {
    if called_as("kubectl-wfs") {
        return wfs::run(wfs::Plugin::parse().args);
    }
    if called_as("kubectl_complete-wfs") {
        return wfs::complete(&std::env::args().skip(1).collect::<Vec<_>>());
    }
    match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Completion(args) => completion::run(&args, Cli::command()),
        Command::Crds(args) => crds::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Man(args) => man::run(&args, [Cli::command(), wfs::Plugin::command()]),
        Command::Run(args) => run::run(args),
        Command::Schemas(args) => schemas::run(&args),
        Command::Sandbox(args) => sandbox::run(&args),
        Command::Timeline(args) => timeline::run(&args),
        Command::Wfs(args) => wfs::run(args),
    }
}

/// Whether the binary was started under this name.
fn called_as(name: &str) -> bool {
    let first = std::env::args_os().next().unwrap_or_default();
    Path::new(&first).file_stem().is_some_and(|stem| stem == name)
}
