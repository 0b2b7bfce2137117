//! How the API server says no: a `Status` with code, reason and message.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::answer::respond;
use super::resource::Resource;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: u16,
    pub reason: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn not_found(resource: &Resource, name: &str) -> Self {
        Self { code: 404, reason: "NotFound", message: format!("{} \"{name}\" not found", resource.qualified()) }
    }

    pub fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", resource.qualified());
        Self { code: 409, reason: "AlreadyExists", message }
    }

    /// Optimistic locking: the writer's `resourceVersion` is not the stored one.
    pub fn conflict(resource: &Resource, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
            resource.qualified()
        );
        Self { code: 409, reason: "Conflict", message }
    }

    pub fn invalid(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!("{} \"{name}\" is invalid: {why}", resource.qualified());
        Self { code: 422, reason: "Invalid", message }
    }

    pub fn namespace_terminating(resource: &Resource, name: &str, namespace: &str) -> Self {
        let message = format!(
            "{} \"{name}\" is forbidden: unable to create new content in namespace {namespace} because it is being terminated",
            resource.qualified()
        );
        Self { code: 403, reason: "Forbidden", message }
    }

    /// A `ValidatingAdmissionPolicy` says no.
    pub fn denied(resource: &Resource, name: &str) -> Self {
        let message = format!(
            "{} \"{name}\" is forbidden: ValidatingAdmissionPolicy 'frozen' with binding 'frozen' denied request: change freeze",
            resource.qualified()
        );
        Self { code: 422, reason: "Invalid", message }
    }

    /// What a watch or a list asks for has been compacted away.
    pub fn expired(message: String) -> Self {
        Self { code: 410, reason: "Expired", message }
    }

    /// The API server cannot reach etcd.
    pub fn unavailable() -> Self {
        Self { code: 500, reason: "InternalError", message: "etcdserver: request timed out".into() }
    }

    /// The whole answer.
    pub fn answer(&self) -> Response<Bytes> {
        respond(StatusCode::from_u16(self.code).unwrap(), &self.status())
    }

    /// The `Status` object.
    pub fn status(&self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
            "code": self.code, "reason": self.reason, "message": self.message,
        })
    }
}
