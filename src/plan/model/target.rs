//! The workflow that a schedule runs: declared, stored, observed.

use crate::api::Target;
use crate::plan::model::desired::Desired;
use crate::plan::model::diff::{Difference, Field};
use crate::plan::model::observed::Observed;
use crate::remote::wire;

/// The declared target in the form of the memory.
pub(crate) fn target(desired: &Desired) -> Target {
    let wire::Target { workflow_identifier, workflow_registration_id, deployment_name } = desired.target.clone();
    Target { workflow_identifier, workflow_registration_id, deployment_name }
}

/// Whether the observed workflow can be the declared target. An identifier may be a name or an id; an id cannot
/// be compared with a name.
pub(crate) fn target_fits(desired: &Desired, observed: &Observed) -> bool {
    let workflow = match (&desired.target.workflow_identifier, &observed.workflow_name) {
        (Some(wanted), Some(there)) => wanted == there || looks_like_uuid(wanted),
        (Some(_) | None, _) => true,
    };
    let deployment = match (&desired.target.deployment_name, &observed.deployment_name) {
        (Some(wanted), Some(there)) => wanted == there,
        (Some(_) | None, _) => true,
    };
    workflow && deployment
}

fn looks_like_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .chars()
            .enumerate()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

/// The observed workflow or deployment is another one.
pub(crate) fn workflow_difference(desired: &Desired, observed: &Observed) -> Difference {
    let wanted = &desired.target;
    let deployment = |name: Option<&String>| name.map(|name| format!(" in deployment {name}")).unwrap_or_default();
    let workflow = wanted.workflow_identifier.as_ref().or(wanted.workflow_registration_id.as_ref());
    Difference {
        field: Field::Workflow,
        desired: format!("{}{}", workflow.map_or("none", String::as_str), deployment(wanted.deployment_name.as_ref())),
        observed: format!(
            "{}{}",
            observed.workflow_name.as_deref().unwrap_or("unknown"),
            deployment(observed.deployment_name.as_ref())
        ),
    }
}
