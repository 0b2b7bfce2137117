//! The command line of `timeline`.

use std::path::PathBuf;

use clap::ArgGroup;
use jiff::{SignedDuration, Timestamp};

use crate::cli::check::READING;
use crate::cli::cluster::ClusterArgs;
use crate::timing::{datetime, duration};

/// Show what fires when, and where runs collide.
#[derive(Debug, clap::Args)]
#[command(after_help = after_help(), group = ArgGroup::new("source").args(["files", "cluster"]).required(true))]
pub(in crate::cli) struct Args {
    /// Files, folders (their *.yaml, *.yml and *.json, at any depth) and `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Show the schedules of the cluster.
    #[arg(long)]
    pub(super) cluster: bool,
    /// The namespace in the cluster. Default: that of the context.
    #[arg(long, short, requires = "cluster")]
    pub(super) namespace: Option<String>,
    /// All namespaces of the cluster.
    #[arg(long, short = 'A', requires = "cluster", conflicts_with = "namespace")]
    pub(super) all_namespaces: bool,
    /// Only schedules of the cluster with these labels.
    #[arg(long, short = 'l', requires = "cluster", value_name = "SELECTOR")]
    pub(super) selector: Option<String>,
    /// The begin (RFC 3339). Default: the current hour.
    #[arg(long, value_name = "TIME", value_parser = datetime::parse)]
    pub(super) from: Option<Timestamp>,
    /// How long.
    #[arg(long = "for", value_name = "DURATION", default_value = "1d", value_parser = duration::parse)]
    pub(super) length: SignedDuration,
    /// Write one page for a browser, which needs no network.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    #[command(flatten)]
    pub(super) access: ClusterArgs,
}

fn after_help() -> String {
    format!(
        "{READING}\n
Exit codes:
  0  all is shown
  1  something is not valid, or holds nothing; the rest is shown
  2  wrong usage, or something that cannot be read; the rest is shown"
    )
}
