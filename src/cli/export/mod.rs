//! `export`: the schedules of a workspace as manifests.

mod manifest;
#[cfg(test)]
mod tests;
mod timing;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use super::causes::causes;
use super::count::count;
use super::printable::printable;
use super::remote::{Listing, Remote, RemoteArgs, schedules};
use super::runtime::blocking;
use crate::api::WorkflowConnection;
use crate::remote::wire::Schedule;
use manifest::{Connection, Manifest, Place, Writer};

/// Write the schedules of a workspace as manifests.
///
/// Each manifest means exactly what the remote has: applied, it is taken over (`adoption: IfEqual`) without a
/// change. What a manifest cannot say is in comments. Through a --connection, ids with its prefix become resources
/// without `scheduleId`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(flatten)]
    remote: RemoteArgs,
    /// Only schedules of this workflow.
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only ids that match this pattern; `*` stands for any characters.
    #[arg(long = "match", value_name = "PATTERN")]
    pattern: Option<String>,
    /// The namespace in the manifests. Default: that of the connection, or none.
    #[arg(long, short)]
    namespace: Option<String>,
    /// The connection in the manifests (`connectionRef`), as NAME of the same namespace. Default: that of
    /// --connection, unless it is named `default` and in the same namespace.
    #[arg(long, value_name = "NAME")]
    connection_ref: Option<String>,
    /// Write one file for each schedule into this folder. Default: one stream on standard output.
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<PathBuf>,
    /// Overwrite files that exist.
    #[arg(long, requires = "output_dir")]
    overwrite: bool,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  all schedules are written
  1  some cannot be read or expressed: they are comments, or named on standard error
  2  nothing is written";

/// Writes the manifests.
pub(super) fn run(args: &Args) -> ExitCode {
    match blocking(export(args)).and_then(|result| result) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {}", printable(&causes(&error)));
            ExitCode::from(2)
        }
    }
}

/// Whether all were written.
async fn export(args: &Args) -> anyhow::Result<bool> {
    let remote = args.remote.open().await?;
    let Listing { schedules, unreadable } = schedules(&remote, |schedule| is_wanted(args, schedule)).await?;
    let ids = schedules.iter().map(|schedule| &schedule.schedule_id);
    let mut writer = Writer::new(place(args, &remote), Timestamp::now(), ids);
    let manifests: Vec<Manifest> = schedules.into_iter().map(|schedule| writer.manifest(schedule)).collect();
    match &args.output_dir {
        Some(folder) => files(folder, &manifests, args.overwrite)?,
        None => stream(&manifests),
    }
    let left_out = manifests.iter().filter(|manifest| !manifest.is_expressed).count();
    let expressed = manifests.len() - left_out;
    let expressed = count(expressed, "schedule");
    eprintln!("{expressed} exported, {left_out} as comments only, {unreadable} unreadable");
    Ok(left_out == 0 && unreadable == 0)
}

fn is_wanted(args: &Args, schedule: &Schedule) -> bool {
    let is_of_workflow =
        args.workflow.as_ref().is_none_or(|workflow| schedule.workflow_name.as_ref() == Some(workflow));
    let id = schedule.schedule_id.as_str();
    is_of_workflow && args.pattern.as_ref().is_none_or(|pattern| matches(pattern, id))
}

/// Whether a text matches a pattern with `*`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(tail)
}

fn place(args: &Args, remote: &Remote) -> Place {
    let of_connection = |read: fn(&WorkflowConnection) -> Option<String>| remote.connection.as_ref().and_then(read);
    let home = of_connection(|connection| connection.metadata.namespace.clone());
    let namespace = args.namespace.clone().or_else(|| home.clone());
    let name = of_connection(|connection| connection.metadata.name.clone());
    let connection = match (&args.connection_ref, home.zip(name)) {
        (Some(name), _) => Connection::Local(name.clone()),
        (None, Some((namespace, name))) => Connection::Of { namespace, name },
        (None, None) => Connection::None,
    };
    let prefix = of_connection(|connection| Some(connection.spec.schedule_id_prefix.clone()));
    Place { namespace, connection, prefix }
}

fn stream(manifests: &[Manifest]) {
    let mut stdout = std::io::stdout().lock();
    for manifest in manifests {
        // It is not an error if the reader closes the pipe.
        if write!(stdout, "---\n{}", manifest.text).is_err() {
            return;
        }
    }
}

fn files(folder: &Path, manifests: &[Manifest], overwrite: bool) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = |manifest: &Manifest| folder.join(format!("{}.yaml", manifest.file));
    if let Some(taken) = manifests.iter().map(path).find(|path| !overwrite && path.exists()) {
        bail!("{} exists already: choose another folder, or use --overwrite", taken.display());
    }
    for manifest in manifests {
        let path = path(manifest);
        fs::write(&path, &manifest.text).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
