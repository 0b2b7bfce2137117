//! Output for machines.

use serde::Serialize;

/// How a result is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    Json,
    Yaml,
}

/// A value as JSON or YAML.
///
/// # Errors
/// It cannot be written.
pub(super) fn document(format: Format, value: &impl Serialize) -> anyhow::Result<String> {
    Ok(match format {
        Format::Json | Format::Text => format!("{}\n", serde_json::to_string_pretty(value)?),
        Format::Yaml => serde_saphyr::to_string(value)?,
    })
}
