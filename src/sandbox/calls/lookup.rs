//! Whoami, workflows, deployments and executions.

use std::collections::BTreeSet;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, json};
use crate::sandbox::engine::RunStatus;
use crate::timing::datetime;

impl Call {
    pub(super) fn whoami(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        if !context.moment.settings.whoami {
            return Err(Failure::plain(StatusCode::NOT_FOUND));
        }
        let principal = match self.caller.principal.strip_prefix("user/") {
            Some(id) => json!({ "principal_type": "user", "id": id, "email": format!("{id}@example.com") }),
            None => json!({
                "principal_type": "service_account",
                "service_account_id": self.caller.principal,
                "name": self.caller.principal,
            }),
        };
        let named = |id: &str| json!({ "id": id, "name": id });
        let answer = json!({
            "principal": principal,
            "organization": named(&self.caller.organization),
            "workspace": named(&self.caller.workspace),
        });
        Ok(json(StatusCode::OK, &answer))
    }

    pub(super) fn workflow(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        let wanted = &self.route.target;
        let mut known = context.moment.settings.workflows.iter();
        let found = known.find(|(name, workflow)| *name == wanted || workflow.id.as_ref() == Some(wanted));
        let (name, id) = match found {
            Some((name, workflow)) => (name, workflow.id.as_ref().unwrap_or(name)),
            None if context.moment.settings.known_workflows_only => {
                return Err(Failure::domain(StatusCode::NOT_FOUND, format!("Workflow '{wanted}' not found"), None));
            }
            None => (wanted, wanted),
        };
        let answer = json!({ "workflow": {
            "id": id, "name": name, "display_name": name, "type": "code", "active": true, "archived": false,
            "customer_id": self.caller.organization, "workspace_id": self.caller.workspace,
        }});
        Ok(json(StatusCode::OK, &answer))
    }

    pub(super) fn deployments(&self, context: &Context<'_>) -> Answer {
        let query: Vec<_> = url::form_urlencoded::parse(self.query.as_bytes()).collect();
        let wanted = query.iter().find(|(name, _)| name == "workflow_name").map(|(_, value)| &**value);
        let workflows = context.moment.settings.workflows.iter();
        let names: BTreeSet<&String> = workflows
            .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name))
            .flat_map(|(_, workflow)| &workflow.deployments)
            .collect();
        // The sandbox's workers are always active.
        let since = datetime::to_wire(Timestamp::UNIX_EPOCH);
        let now = datetime::to_wire(context.moment.now);
        let deployment = |name: &&String| {
            json!({
                "id": name, "name": name, "is_active": true, "created_at": since, "last_heartbeat": now,
                "updated_at": now, "worker_count": 1, "active_worker_count": 1,
            })
        };
        let answer = json!({
            "deployments": names.iter().map(deployment).collect::<Vec<_>>(),
            "next_cursor": null,
            "workspace_id": self.caller.workspace,
        });
        json(StatusCode::OK, &answer)
    }

    pub(super) fn execution(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        let id = &self.route.target;
        let Some(run) = context.engine.execution(&self.caller.workspace, id) else {
            return Err(Failure::domain(StatusCode::NOT_FOUND, format!("Execution '{id}' not found"), None));
        };
        let result = if run.status == RunStatus::Completed { json!({}) } else { Value::Null };
        let answer = json!({
            "workflow_name": *run.workflow_name,
            "execution_id": *run.execution_id,
            "root_execution_id": *run.execution_id,
            "status": run.status,
            "start_time": datetime::to_wire(run.started_at),
            "end_time": run.ended_at.map(datetime::to_wire),
            "deployment_name": run.deployment_name.as_deref(),
            "result": result,
        });
        Ok(json(StatusCode::OK, &answer))
    }
}
