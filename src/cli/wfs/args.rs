//! The command line of `wfs`.

use clap::{Parser, Subcommand};

use super::{adopt, approve, connections, kill_switch, next, pause, reconcile, resume, status, trigger, unclaimed};
use crate::cli::cluster::ClusterArgs;
use crate::cli::color::Color;

/// Look at and act on the schedules of a cluster.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    pub(super) verb: Verb,
    #[command(flatten)]
    pub(super) cluster: ClusterArgs,
    /// The namespace. Default: that of the context.
    #[arg(long, short, global = true)]
    pub(super) namespace: Option<String>,
    /// Whether text is coloured. `auto`: on a terminal, if `NO_COLOR` is not set.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(super) color: Color,
}

/// Look at and act on the schedules of a cluster.
#[derive(Debug, Parser)]
#[command(name = "kubectl-wfs", bin_name = "kubectl wfs", version, after_help = AFTER_HELP)]
pub(in crate::cli) struct Plugin {
    #[command(flatten)]
    pub(in crate::cli) args: Args,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  done
  1  refused or failed, for one object or more
  2  wrong usage
  3  the outcome is unknown
  4  no acknowledgement, or no end, within --timeout";

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    Status(status::Args),
    Next(next::Args),
    Trigger(trigger::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Reconcile(reconcile::Args),
    Adopt(adopt::Args),
    Connections(connections::Args),
    KillSwitch(kill_switch::Args),
    Approve(approve::Args),
    Unclaimed(unclaimed::Args),
}
