//! Finds the call of a request.

use http::Method;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kinds of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the call of that name")]
pub enum Operation {
    List,
    Get,
    Create,
    Patch,
    Delete,
    Pause,
    Resume,
    Trigger,
    Whoami,
    Execution,
    Runs,
    Events,
    Registrations,
    Workflow,
    Deployments,
    /// A request that is not a call.
    Unknown,
}

impl Operation {
    /// Whether the call changes the state.
    #[must_use]
    pub const fn is_mutating(self) -> bool {
        match self {
            Self::Create | Self::Patch | Self::Delete | Self::Pause | Self::Resume | Self::Trigger => true,
            Self::List
            | Self::Get
            | Self::Whoami
            | Self::Execution
            | Self::Runs
            | Self::Events
            | Self::Registrations
            | Self::Workflow
            | Self::Deployments
            | Self::Unknown => false,
        }
    }
}

/// A call, and its target: the id of a schedule or of an execution, or the name of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Route {
    pub operation: Operation,
    pub target: String,
}

/// Why a request is not a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum NoRoute {
    NotFound,
    MethodNotAllowed,
}

impl Route {
    /// Finds the call. The path is decoded before it is split, as the vendor's server does: an id with
    /// a slash is never found, even as `%2F`.
    pub fn find(method: &Method, path: &str) -> Result<Self, NoRoute> {
        let path = percent_decode_str(path).decode_utf8_lossy();
        let steps: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let route = |operation, target: &str| Ok(Self { operation, target: target.to_owned() });
        let only = |allowed: Method, operation, target: &str| {
            if *method == allowed { route(operation, target) } else { Err(NoRoute::MethodNotAllowed) }
        };
        match *steps.as_slice() {
            ["v1", "whoami"] => only(Method::GET, Operation::Whoami, ""),
            ["v1", "workflows", "schedules"] => match *method {
                Method::GET => route(Operation::List, ""),
                Method::POST => route(Operation::Create, ""),
                _ => Err(NoRoute::MethodNotAllowed),
            },
            ["v1", "workflows", "schedules", id] if !id.is_empty() => match *method {
                Method::GET => route(Operation::Get, id),
                Method::PATCH => route(Operation::Patch, id),
                Method::DELETE => route(Operation::Delete, id),
                _ => Err(NoRoute::MethodNotAllowed),
            },
            ["v1", "workflows", "schedules", id, "pause"] => only(Method::POST, Operation::Pause, id),
            ["v1", "workflows", "schedules", id, "resume"] => only(Method::POST, Operation::Resume, id),
            ["v1", "workflows", "schedules", id, "trigger"] => only(Method::POST, Operation::Trigger, id),
            ["v1", "workflows", "deployments"] => only(Method::GET, Operation::Deployments, ""),
            ["v1", "workflows", "runs"] => only(Method::GET, Operation::Runs, ""),
            ["v1", "workflows", "events", "list"] => only(Method::GET, Operation::Events, ""),
            ["v1", "workflows", "registrations"] => only(Method::GET, Operation::Registrations, ""),
            ["v1", "workflows", "executions", id] => only(Method::GET, Operation::Execution, id),
            ["v1", "workflows", name] if !name.is_empty() => only(Method::GET, Operation::Workflow, name),
            _ => Err(NoRoute::NotFound),
        }
    }

    /// The schedule of the call: from its path, or, for a create, from its body.
    pub fn schedule_id(&self, body: Option<&Value>) -> Option<String> {
        match self.operation {
            Operation::Get
            | Operation::Patch
            | Operation::Delete
            | Operation::Pause
            | Operation::Resume
            | Operation::Trigger => Some(self.target.clone()),
            Operation::Create => body?.get("schedule_id")?.as_str().map(str::to_owned),
            Operation::List
            | Operation::Whoami
            | Operation::Execution
            | Operation::Runs
            | Operation::Events
            | Operation::Registrations
            | Operation::Workflow
            | Operation::Deployments
            | Operation::Unknown => None,
        }
    }
}
