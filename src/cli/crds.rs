//! `crds`: prints the custom resource definitions, so that what is installed is what is compiled in.

use std::io::Write as _;
use std::process::ExitCode;

use crate::api::crds;

/// Which definitions.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this one, by its plural name, such as `workflowschedules`.
    name: Option<String>,
}

/// Prints them as YAML.
pub(super) fn run(args: &Args) -> ExitCode {
    let wanted: Vec<_> =
        crds().iter().filter(|crd| args.name.as_ref().is_none_or(|name| *name == crd.spec.names.plural)).collect();
    if wanted.is_empty() {
        eprintln!("error: no such definition; there are workflowschedules and workflowconnections");
        return ExitCode::from(2);
    }
    let text: Result<String, _> =
        wanted.iter().map(|crd| serde_saphyr::to_string(crd).map(|text| format!("---\n{text}"))).collect();
    match text {
        // A reader that has seen enough (`crds | head`) is no error.
        Ok(text) => drop(std::io::stdout().write_all(text.as_bytes())),
        Err(error) => {
            eprintln!("error: cannot be written as YAML: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
