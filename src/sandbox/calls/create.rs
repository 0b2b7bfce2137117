//! Create, and what it does where the id exists.

use std::collections::VecDeque;
use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::{Call, Context, check_count, check_input};
use crate::sandbox::answer::{Answer, Failure, WF_1103, json};
use crate::sandbox::calls::patch::definition;
use crate::sandbox::engine::{Definition, Policy, Schedule, Sequence};
use crate::sandbox::random_id;
use crate::sandbox::request::{Create, Target};
use crate::sandbox::settings::{Duplicate, Settings};
use crate::timing::Spec;

/// The longest id, in bytes, that the engine takes (Temporal 1.32.0).
const LONGEST_ID: usize = 977;

impl Call {
    pub(super) fn create(&self, context: &mut Context<'_>) -> Result<Answer, Failure> {
        let request = self.body(Create::read)?;
        check_input(&request.input, context.moment.settings)?;
        let workflow_name = workflow_name(&request.workflow, context.moment.settings)?;
        check_deployment(&workflow_name, request.deployment_name.as_deref(), context.moment.settings)?;
        let max_executions = request.schedule.max_executions.given();
        check_count(max_executions)?;
        if max_executions == Some(0) {
            // The engine's Python client refuses to create what it would let an update make (temporalio 1.35).
            let detail = "Must set limited actions to false if there are no remaining actions set";
            return Err(Failure::refused(detail));
        }
        let nothing = Definition { spec: Spec::default(), policy: Policy::default(), input: Arc::default() };
        let definition = definition(&nothing, request.schedule, context.moment.settings)?;
        let id = request.schedule_id.unwrap_or_else(|| random_id(context.random));
        if id.len() > LONGEST_ID {
            return Err(Failure::refused("WorkflowId exceeds maximum allowed length"));
        }
        let created = json!({ "schedule_id": id });
        let workflow_name = workflow_name.into();
        let deployment_name = request.deployment_name.map(Into::into);
        if let Some((sequence, _)) = context.engine.find(&self.caller.workspace, &id) {
            let status = duplicate(context.moment.settings.duplicate)?;
            if context.moment.settings.duplicate.is_upsert() {
                let new = Replacement { workflow_name, deployment_name, definition, max_executions };
                new.overwrite(sequence, context);
            }
            return Ok(json(status, &created));
        }
        let schedule = Schedule {
            workspace: self.caller.workspace.as_str().into(),
            id: id.into(),
            workflow_name,
            deployment_name,
            created_by: self.caller.principal.as_str().into(),
            created_at: context.moment.now,
            definition: Arc::new(definition),
            paused: false,
            note: None,
            max_executions,
            remaining: max_executions,
            upcoming: VecDeque::new(),
            recent: VecDeque::new(),
        };
        context.engine.create(schedule, context.moment);
        Ok(json(StatusCode::CREATED, &created))
    }
}

/// What replaces an existing schedule.
struct Replacement {
    workflow_name: Arc<str>,
    deployment_name: Option<Arc<str>>,
    definition: Definition,
    max_executions: Option<i64>,
}

impl Replacement {
    fn overwrite(self, sequence: Sequence, context: &mut Context<'_>) {
        let rebuilds = context.moment.settings.patch_rebuilds;
        context.engine.redefine(sequence, context.moment, self.definition);
        context.engine.change(sequence, context.moment, |schedule| {
            schedule.workflow_name = self.workflow_name;
            schedule.deployment_name = self.deployment_name;
            schedule.max_executions = self.max_executions;
            schedule.remaining = self.max_executions;
            if rebuilds {
                (schedule.paused, schedule.note) = (false, None);
            }
        });
    }
}

/// The status of a create with an existing id.
fn duplicate(answer: Duplicate) -> Result<StatusCode, Failure> {
    const DETAIL: &str = "Schedule already exists";
    match answer {
        Duplicate::Conflict409 => Err(Failure::domain(StatusCode::CONFLICT, DETAIL, None)),
        Duplicate::Ok200 | Duplicate::Upsert200 => Ok(StatusCode::OK),
        Duplicate::Created201 | Duplicate::Upsert201 => Ok(StatusCode::CREATED),
        Duplicate::Refused422 => Err(Failure::refused(DETAIL)),
        Duplicate::Failed500 => Err(Failure::domain(StatusCode::INTERNAL_SERVER_ERROR, DETAIL, Some(WF_1103))),
    }
}

fn workflow_name(target: &Target, settings: &Settings) -> Result<String, Failure> {
    let found = settings.workflows.iter().find(|(name, workflow)| match target {
        Target::Identifier(text) => *name == text || workflow.id.as_ref() == Some(text),
        Target::Registration(id) => workflow.registration_id.as_ref() == Some(id),
    });
    let (Target::Identifier(text) | Target::Registration(text)) = target;
    match found {
        Some((name, _)) => Ok(name.clone()),
        None if settings.known_workflows_only => {
            Err(Failure::domain(StatusCode::NOT_FOUND, format!("Workflow '{text}' not found"), None))
        }
        None => Ok(text.clone()),
    }
}

fn check_deployment(workflow: &str, deployment: Option<&str>, settings: &Settings) -> Result<(), Failure> {
    let deployments = settings.workflows.get(workflow).map(|workflow| workflow.deployments.as_slice());
    let deployments = deployments.unwrap_or_default();
    match deployment {
        None if deployments.len() > 1 => Err(Failure::Ambiguous { deployments: deployments.to_vec() }),
        Some(name) if settings.known_workflows_only && !deployments.iter().any(|known| known == name) => {
            let detail = format!("Deployment '{name}' not found for workflow '{workflow}'");
            Err(Failure::domain(StatusCode::NOT_FOUND, detail, None))
        }
        _ => Ok(()),
    }
}
