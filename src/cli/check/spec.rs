//! The spec of a resource, as the operator reads it.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::finding::{Finding, Severity};
use super::node::{Node, Path};

/// Reads a spec that the schema has found sound, or says why it is not.
pub(super) fn spec<T: DeserializeOwned>(object: &Node, json: &Value, findings: &mut Vec<Finding>) -> Option<T> {
    let read: Result<T, _> = serde_path_to_error::deserialize(json.get("spec")?);
    match read {
        Ok(spec) => Some(spec),
        Err(_) if findings.iter().any(|finding| finding.severity == Severity::Error) => None,
        Err(error) => {
            let path = Path::parse(&format!("spec.{}", error.path()));
            findings.push(Finding::error("malformed", object, &path, error.inner().to_string()));
            None
        }
    }
}
