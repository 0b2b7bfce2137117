//! `crds`: prints the custom resource definitions that this binary was built with.

use std::io::Write as _;
use std::process::ExitCode;

use crate::api::crds;

/// The options of `crds`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print only this definition, by its plural name: `workflowschedules` or `workflowconnections`.
    name: Option<String>,
}

/// Prints the definitions as YAML.
pub(super) fn run(args: &Args) -> ExitCode {
    let wanted: Vec<_> =
        crds().iter().filter(|crd| args.name.as_ref().is_none_or(|name| *name == crd.spec.names.plural)).collect();
    if wanted.is_empty() {
        eprintln!("error: unknown definition; use workflowschedules or workflowconnections");
        return ExitCode::from(2);
    }
    let text: Result<String, _> =
        wanted.iter().map(|crd| serde_saphyr::to_string(crd).map(|text| format!("---\n{text}"))).collect();
    match text {
        // It is not an error if the reader closes the pipe (`crds | head`).
        Ok(text) => drop(std::io::stdout().write_all(text.as_bytes())),
        Err(error) => {
            eprintln!("error: the definitions cannot be written as YAML: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
