//! What only the remote knows about a schedule, and what follows from its answers. Pure.

use std::ops::Range;

use serde_json::Value;

use super::finding::{Finding, Severity};
use super::node::{Node, Path};
use crate::api::{Adoption, WorkflowScheduleSpec};
use crate::plan::{WarnedOf, workflow_warnings};
use crate::remote::Registrations;

/// What the remote can be asked about a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) workflow: String,
    pub(super) deployment: Option<String>,
    /// Whether an existing schedule is to be taken over.
    pub(super) is_adopting: bool,
    /// An explicit id.
    pub(super) schedule_id: Option<String>,
    /// `None` if a part of it is in the cluster.
    pub(super) input: Option<Value>,
    places: [(Path, Range<usize>); 4],
}

/// What the remote has answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The name of the workflow; `None` if there is no such workflow.
    pub(super) workflow: Option<String>,
    pub(super) registrations: Registrations,
    /// The workflow of the schedule that has the explicit id.
    pub(super) holder: Option<String>,
}

impl Question {
    /// `json`: the object as the API server stores it. A schedule that names its workflow by a registration has none.
    pub(super) fn of(object: &Node, json: &Value) -> Option<Self> {
        let spec: WorkflowScheduleSpec = serde_json::from_value(json["spec"].clone()).ok()?;
        let place = |field: &str| {
            let path = Path::parse(&format!("spec.{field}"));
            let spot = object.spot(&path);
            (path, spot)
        };
        Some(Self {
            workflow: spec.workflow_identifier?,
            deployment: spec.deployment_name,
            is_adopting: spec.adoption.is_some_and(|adoption| adoption != Adoption::Never),
            schedule_id: spec.schedule_id,
            input: spec.input_from.is_empty().then(|| spec.input.unwrap_or(Value::Null)),
            places: ["workflowIdentifier", "deploymentName", "input", "scheduleId"].map(place),
        })
    }

    /// What is likely to go wrong.
    pub(super) fn findings(&self, answer: &Answer) -> Vec<Finding> {
        let [at_workflow, at_deployment, at_input, at_id] = &self.places;
        let warning = |code: &'static str, (path, spot): &(Path, Range<usize>), message: String| {
            Finding::at(Severity::Warning, code, path, spot.clone(), message)
        };
        let Some(name) = &answer.workflow else {
            let message = format!("the workspace has no workflow {}", self.workflow);
            let help = "check the name; or start a worker that registers it: until then the schedule is not created";
            return vec![warning("unknown-workflow", at_workflow, message).with_help(help)];
        };
        // Of an input that is not whole only the rest can be judged.
        let input = self.input.as_ref().unwrap_or(&Value::Null);
        let told = workflow_warnings(name, self.deployment.as_deref(), (input, false), &answer.registrations);
        let mut found: Vec<Finding> = Vec::new();
        for one in told {
            match one.of {
                WarnedOf::Input if self.input.is_none() => {}
                WarnedOf::Input => found.push(warning("input-misfit", at_input, one.message)),
                WarnedOf::Deployment => found.push(warning("no-worker", at_deployment, one.message)),
                WarnedOf::Workflow => found.push(warning("no-worker", at_workflow, one.message)),
            }
        }
        if let Some(holder) = answer.holder.as_ref().filter(|holder| self.is_adopting && *holder != name) {
            let message =
                format!("the schedule with this id runs another workflow, {holder}, so it cannot be taken over");
            let help = "use another id, or name that workflow. If this resource has taken it over before, it is replaced: remove adoption";
            found.push(warning("id-in-use", at_id, message).with_help(help));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::cli::check::{file, schemas};
    use crate::remote::Registration;

    fn question(spec: &str) -> Question {
        let text = format!(
            "apiVersion: workflows.mistral.ai/v1alpha1\nkind: WorkflowSchedule\nmetadata: {{ name: a }}\nspec:\n  workflowIdentifier: report\n  cronExpressions: [\"0 9 * * *\"]\n{spec}"
        );
        let (_, checked) = file::check(text.as_bytes(), true, &schemas::kinds(), Timestamp::UNIX_EPOCH);
        checked.resources[0].question.clone().unwrap()
    }

    fn told(spec: &str, answer: &Answer) -> Vec<(&'static str, String)> {
        let found = question(spec).findings(answer);
        found.into_iter().map(|finding| (finding.code, finding.path.to_string())).collect()
    }

    fn answer(found: Vec<Registration>) -> Answer {
        let registrations = Registrations { found, is_whole: true };
        Answer { workflow: Some("report".into()), registrations, holder: None }
    }

    fn strict() -> Registration {
        let schema = json!({ "type": "object", "required": ["region"] });
        Registration { deployment_name: Some("eu".into()), input_schema: Some(schema), on_behalf_of: false }
    }

    #[test]
    fn what_the_remote_says_stands_at_the_field_that_it_is_about() {
        let at = |field: &str| format!("spec.{field}");
        let unknown = Answer { workflow: None, ..answer(vec![]) };
        assert_eq!(told("", &unknown), [("unknown-workflow", at("workflowIdentifier"))]);
        assert_eq!(told("", &answer(vec![])), [("no-worker", at("workflowIdentifier"))]);
        assert_eq!(told("  deploymentName: us\n", &answer(vec![strict()])), [("no-worker", at("deploymentName"))]);
        assert_eq!(told("  input: {}\n", &answer(vec![strict()])), [("input-misfit", at("input"))]);
        assert_eq!(told("  input: { region: eu }\n", &answer(vec![strict()])), []);
        let taken = Answer { holder: Some("other".into()), ..answer(vec![Registration::default()]) };
        let adopting = "  scheduleId: nightly\n  adoption: IfEqual\n";
        assert_eq!(told(adopting, &taken), [("id-in-use", at("scheduleId"))]);
        assert_eq!(told("  scheduleId: nightly\n", &taken), [], "it may be this resource's own, and is replaced");
        let own = Answer { holder: Some("report".into()), ..answer(vec![Registration::default()]) };
        assert_eq!(told(adopting, &own), []);
    }

    #[test]
    fn an_input_of_which_a_part_is_in_the_cluster_is_not_judged() {
        let spec = "  inputFrom: [{ configMapKeyRef: { name: a, key: b } }]\n";
        assert_eq!(told(spec, &answer(vec![strict()])), []);
    }
}
