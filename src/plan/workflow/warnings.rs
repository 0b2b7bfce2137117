//! Warnings about the workflow of a schedule, in its status. A worker validates an input inside the run: one that does
//! not fit hangs until the time limit, though the schedule is accepted.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::api::WorkflowScheduleStatus;
use crate::plan::model::content::is_encoded;
use crate::plan::status::shown_text;
use crate::plan::workflow::input_schema::misfits;
use crate::remote::{Registration, Registrations};

/// What is likely to keep runs from working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowWarning {
    /// What of the spec it is about.
    pub of: WarnedOf,
    /// The warning. It contains no value of the input.
    pub message: String,
}

/// What of the spec a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarnedOf {
    /// The workflow.
    Workflow,
    /// The deployment.
    Deployment,
    /// The input.
    Input,
}

/// What is likely to keep the runs of a schedule from working, by what the active workers have registered.
/// `has_secrets`: the input has parts from Secrets.
#[must_use]
pub fn workflow_warnings(
    workflow: &str,
    deployment: Option<&str>,
    (input, has_secrets): (&Value, bool),
    registrations: &Registrations,
) -> Vec<WorkflowWarning> {
    let warning = |of: WarnedOf, message: String| WorkflowWarning { of, message };
    let is_meant = |one: &&Registration| {
        deployment.is_none() || one.deployment_name.is_none() || one.deployment_name.as_deref() == deployment
    };
    let meant: Vec<&Registration> = registrations.found.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let of = if deployment.is_some() { WarnedOf::Deployment } else { WarnedOf::Workflow };
        let told = no_worker(workflow, deployment, registrations).map(|message| warning(of, message));
        return told.into_iter().collect();
    }
    if !registrations.is_whole {
        // One of the others may take it.
        return Vec::new();
    }
    if meant.iter().all(|one| one.on_behalf_of) {
        let message = format!("workflow {workflow} acts on behalf of a person: no schedule can start it");
        return vec![warning(WarnedOf::Workflow, message)];
    }
    if is_encoded(input) {
        return Vec::new();
    }
    // Deployments may differ: it is enough that one takes the input.
    let mut steps = 0;
    let mut all = meant.iter().map(|one| {
        let schema = one.input_schema.as_ref()?;
        let input = as_parameters(input, schema)?;
        Some(misfits(schema, &input, has_secrets, &mut steps))
    });
    let worst = all.try_fold(Vec::new(), |worst: Vec<String>, misfits| {
        let misfits = misfits.filter(|misfits| !misfits.is_empty())?;
        Some(if worst.is_empty() { misfits } else { worst })
    });
    let told = |misfit: String| {
        let message = format!("{misfit}, by the schema of workflow {workflow}: its runs may hang or fail");
        warning(WarnedOf::Input, message)
    };
    worst.unwrap_or_default().into_iter().map(told).collect()
}

/// The input as a worker reads it: without one it takes `{}`, and a value that is no object is that of the only
/// parameter. `None`: nobody knows what it makes of it.
fn as_parameters<'a>(input: &'a Value, schema: &Value) -> Option<Cow<'a, Value>> {
    if schema["type"] != "object" || input.is_object() {
        return Some(Cow::Borrowed(input));
    }
    if input.is_null() {
        return Some(Cow::Owned(Value::Object(Map::new())));
    }
    let properties = schema["properties"].as_object()?;
    let only = properties.keys().next().filter(|_| properties.len() == 1)?;
    Some(Cow::Owned(Value::Object([(only.clone(), input.clone())].into_iter().collect())))
}

fn no_worker(workflow: &str, deployment: Option<&str>, registrations: &Registrations) -> Option<String> {
    if !registrations.is_whole {
        return None;
    }
    let which = deployment.map(|name| format!(" in deployment {name}")).unwrap_or_default();
    Some(format!("no worker is active for workflow {workflow}{which}: its runs will wait for one"))
}

/// The status with these warnings, without secrets of the input.
#[must_use]
pub fn with_warnings(
    old: &WorkflowScheduleStatus,
    warnings: &[WorkflowWarning],
    secrets: &[String],
) -> WorkflowScheduleStatus {
    let warnings = warnings.iter().map(|warning| shown_text(&warning.message, secrets)).collect();
    WorkflowScheduleStatus { warnings, ..old.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn registered(deployment: Option<&str>, schema: Option<Value>) -> Registration {
        Registration { deployment_name: deployment.map(str::to_owned), input_schema: schema, on_behalf_of: false }
    }

    fn messages(warnings: Vec<WorkflowWarning>) -> Vec<String> {
        warnings.into_iter().map(|warning| warning.message).collect()
    }

    fn warned(deployment: Option<&str>, found: Vec<Registration>) -> Vec<String> {
        messages(workflow_warnings("report", deployment, (&json!({}), false), &Registrations { found, is_whole: true }))
    }

    fn strict() -> Value {
        json!({ "type": "object", "required": ["region"] })
    }

    #[test]
    fn an_input_is_warned_of_only_if_no_deployment_takes_it() {
        let told = "input.region is missing, by the schema of workflow report: its runs may hang or fail";
        assert_eq!(warned(None, vec![registered(None, Some(strict()))]), [told]);
        assert_eq!(warned(None, vec![registered(None, Some(strict())), registered(Some("b"), Some(strict()))]), [told]);
        let two = || vec![registered(Some("a"), Some(strict())), registered(Some("b"), None)];
        assert_eq!(warned(None, two()), [""; 0]);
        assert_eq!(warned(Some("a"), two()), [told]);
        assert_eq!(warned(Some("b"), two()), [""; 0]);
    }

    #[test]
    fn a_workflow_or_a_deployment_without_a_worker_is_told() {
        let told = "no worker is active for workflow report: its runs will wait for one";
        assert_eq!(warned(None, vec![]), [told]);
        let elsewhere = warned(Some("a"), vec![registered(Some("b"), None)]);
        assert_eq!(elsewhere, ["no worker is active for workflow report in deployment a: its runs will wait for one"]);
        let part = Registrations { found: vec![], is_whole: false };
        assert_eq!(workflow_warnings("report", None, (&json!({}), false), &part), [], "the rest may contain it");
    }

    #[test]
    fn a_workflow_that_acts_on_behalf_of_a_person_is_told() {
        let found = vec![Registration { on_behalf_of: true, ..registered(None, None) }];
        assert_eq!(warned(None, found), ["workflow report acts on behalf of a person: no schedule can start it"]);
    }

    #[test]
    fn an_input_is_judged_as_a_worker_reads_it() {
        let told = |input: &Value, schema: Value| {
            let registrations = Registrations { found: vec![registered(None, Some(schema))], is_whole: true };
            messages(workflow_warnings("report", None, (input, false), &registrations)).len()
        };
        let bare = || json!({ "type": "object", "properties": {}, "additionalProperties": false });
        let one =
            || json!({ "type": "object", "properties": { "region": { "type": "string" } }, "required": ["region"] });
        assert_eq!(told(&Value::Null, bare()), 0, "no parameters");
        assert_eq!(told(&json!("eu"), bare()), 0, "nobody knows");
        assert_eq!(told(&json!("eu"), one()), 0, "it is the only parameter");
        assert_eq!((told(&json!(5), one()), told(&Value::Null, one())), (1, 1));
    }

    #[test]
    fn an_encoded_input_is_not_judged() {
        let found = vec![registered(None, Some(strict()))];
        let encoded = json!({ "b64payload": "AAAA", "encoding_options": ["encrypted"], "empty": false });
        let registrations = Registrations { found, is_whole: true };
        assert_eq!(workflow_warnings("report", None, (&encoded, false), &registrations), []);
    }

    #[test]
    fn a_warning_shows_no_secret() {
        let warning = WorkflowWarning { of: WarnedOf::Input, message: "input.hunter2 is not expected".into() };
        let status = with_warnings(&WorkflowScheduleStatus::default(), &[warning], &["hunter2".to_owned()]);
        assert_eq!(status.warnings, ["input.[redacted] is not expected"]);
    }
}
