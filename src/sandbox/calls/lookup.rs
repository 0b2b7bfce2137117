//! Whoami, workflows, deployments and executions.

use std::collections::BTreeMap;

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::runs::shown_run;
use super::{Call, Context};
use crate::sandbox::answer::{Answer, Failure, json};
use crate::sandbox::engine::RunStatus;
use crate::sandbox::settings::Workflow;
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
        let mut names: BTreeMap<&String, bool> = BTreeMap::new();
        for (_, workflow) in workflows.filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name)) {
            for name in &workflow.deployments {
                *names.entry(name).or_default() |= workflow.active;
            }
        }
        let since = datetime::to_wire(Timestamp::UNIX_EPOCH);
        let now = datetime::to_wire(context.moment.now);
        let deployment = |(name, active): (&&String, &bool)| {
            let heartbeat = if *active { &now } else { &since };
            json!({
                "id": name, "name": name, "is_active": active, "created_at": since, "last_heartbeat": heartbeat,
                "updated_at": heartbeat, "worker_count": 1, "active_worker_count": i32::from(*active),
            })
        };
        let answer = json!({
            "deployments": names.iter().map(deployment).collect::<Vec<_>>(),
            "next_cursor": null,
            "workspace_id": self.caller.workspace,
        });
        json(StatusCode::OK, &answer)
    }

    /// What workers have registered. Unless only known workflows exist, one that is not among the settings is registered
    /// as any other.
    pub(super) fn registrations(&self, context: &Context<'_>) -> Answer {
        let query: Vec<_> = url::form_urlencoded::parse(self.query.as_bytes()).collect();
        let given = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value);
        let (wanted, active_only) = (given("workflow_name"), given("active_only") == Some("true"));
        let settings = context.moment.settings;
        let is_open = |name: &&str| !settings.known_workflows_only && !settings.workflows.contains_key(*name);
        let other = wanted.filter(is_open).map(|name| (name.to_owned(), Workflow::default()));
        let workflows = settings.workflows.iter().chain(other.as_ref().map(|(name, workflow)| (name, workflow)));
        let found = workflows.filter(|(name, workflow)| {
            wanted.is_none_or(|wanted| wanted == *name) && (workflow.active || !active_only)
        });
        let registration = |(name, workflow): (&String, &Workflow)| {
            json!({
                "id": workflow.registration_id.as_ref().unwrap_or(name),
                "workflow_id": workflow.id.as_ref().unwrap_or(name),
                "deployment_name": workflow.deployments.first(),
                "active": workflow.active,
                "definition": {
                    "input_schema": workflow.input_schema.clone().unwrap_or_else(|| json!({ "type": "object" })),
                    "on_behalf_of": workflow.on_behalf_of,
                    "execution_timeout": 3600.0,
                },
            })
        };
        let found: Vec<Value> = found.map(registration).collect();
        let answer = json!({ "workflow_registrations": found, "workflow_versions": found, "next_cursor": null });
        json(StatusCode::OK, &answer)
    }

    pub(super) fn execution(&self, context: &Context<'_>) -> Result<Answer, Failure> {
        let id = &self.route.target;
        let found = context.engine.execution(&self.caller.workspace, id);
        let Some(run) = found.filter(|run| context.moment.settings.is_registered(run)) else {
            return Err(Failure::domain(StatusCode::NOT_FOUND, format!("Execution '{id}' not found"), None));
        };
        let mut answer = shown_run(run, context.moment.now);
        answer["result"] = if run.status == RunStatus::Completed { json!({}) } else { Value::Null };
        Ok(json(StatusCode::OK, &answer))
    }
}
