//! A `WorkflowConnection`.

use serde_json::Value;

use super::finding::{Finding, add};
use super::node::{Node, Path};
use super::spec::spec;
use crate::api::WorkflowConnectionSpec;
use crate::plan::{ServerLimits, settings};

/// What its schema does not see.
pub(super) fn check(object: &Node, json: &Value, findings: &mut Vec<Finding>) {
    let Some(spec) = spec::<WorkflowConnectionSpec>(object, json, findings) else { return };
    let lenient = ServerLimits { allow_insecure_http: true, allowed_hosts: Vec::new() };
    // A message begins with its field.
    let at = |message: &str| {
        let (field, message) = message.split_once(": ").unwrap_or(("", message));
        (Path::default().name("spec").name(field), message.to_owned())
    };
    if let Err(error) = settings(&spec, &lenient) {
        let (path, message) = at(&error);
        add(object, findings, &path, message, None);
    } else if let Err(error) = settings(&spec, &ServerLimits::default()) {
        let (path, message) = at(&error);
        findings.push(Finding::warning("insecure-http", object, &path, message));
    }
}
