//! What can be read of a resource that cannot be read whole.

use kube::core::ObjectMeta;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{ConnectionRef, Memory, WorkflowSchedule, WorkflowScheduleSpec, WorkflowScheduleStatus};

/// A schedule with as much of its spec as its deletion depends on. `None` if part of that, or of the status, cannot be
/// read: then nobody knows what is to be deleted, and whether.
#[must_use]
pub fn readable_for_deletion(raw: &Value) -> Option<WorkflowSchedule> {
    let spec = &raw["spec"];
    let spec = WorkflowScheduleSpec {
        connection_ref: field(spec, "connectionRef")?,
        schedule_id: field(spec, "scheduleId")?,
        management: field(spec, "management")?,
        deletion_policy: field(spec, "deletionPolicy")?,
        ..WorkflowScheduleSpec::default()
    };
    let mut schedule = WorkflowSchedule::new("", spec);
    schedule.metadata = serde_json::from_value(raw["metadata"].clone()).ok()?;
    schedule.status = field(raw, "status")?;
    Some(schedule)
}

/// A schedule with as much as can be read of what its id and its connection follow from: it keeps them.
#[must_use]
pub fn readable_for_claims(metadata: ObjectMeta, raw: &Value) -> WorkflowSchedule {
    let (spec, status) = (&raw["spec"], &raw["status"]);
    let memory = &status["memory"];
    let remembered =
        || Memory { claim: readable(memory, "claim"), lifecycle: readable(memory, "lifecycle"), ..Memory::default() };
    let recorded = || WorkflowScheduleStatus {
        connection: readable(status, "connection"),
        schedule_id: readable(status, "scheduleId"),
        memory: field(status, "memory").unwrap_or_else(|| Some(remembered())),
        ..WorkflowScheduleStatus::default()
    };
    let spec = WorkflowScheduleSpec {
        connection_ref: field(spec, "connectionRef").unwrap_or_else(|| recorded_connection(status)),
        schedule_id: readable(spec, "scheduleId"),
        management: readable(spec, "management"),
        ..WorkflowScheduleSpec::default()
    };
    let mut schedule = WorkflowSchedule::new("", spec);
    schedule.metadata = metadata;
    schedule.status = field(raw, "status").unwrap_or_else(|| Some(recorded()));
    schedule
}

/// The connection that the status records as `NAMESPACE/NAME`.
fn recorded_connection(status: &Value) -> Option<ConnectionRef> {
    let (namespace, name) = status["connection"].as_str()?.split_once('/')?;
    Some(ConnectionRef { name: name.to_owned(), namespace: Some(namespace.to_owned()) })
}

/// A field, if it is there and can be read.
fn readable<T: DeserializeOwned>(object: &Value, name: &str) -> Option<T> {
    field(object, name).flatten()
}

/// A field that may be absent; `None` if it cannot be read.
#[allow(clippy::option_option, reason = "two questions: can it be read, and is it there")]
fn field<T: DeserializeOwned>(object: &Value, name: &str) -> Option<Option<T>> {
    serde_json::from_value(object[name].clone()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::DeletionPolicy;

    fn raw(spec: &Value, status: &Value) -> Value {
        json!({ "metadata": { "name": "report", "namespace": "shop" }, "spec": spec, "status": status })
    }

    #[test]
    fn what_a_deletion_does_not_depend_on_need_not_be_readable() {
        let spec = json!({ "workflowIdentifier": 5, "cronExpressions": "0 9 * * *", "deletionPolicy": "Delete" });
        let read = readable_for_deletion(&raw(&spec, &json!({ "scheduleId": "acme.shop.report" }))).unwrap();
        assert_eq!(read.spec.deletion_policy, Some(DeletionPolicy::Delete));
        assert_eq!(read.status.unwrap().schedule_id.as_deref(), Some("acme.shop.report"));
        assert_eq!(read.metadata.name.as_deref(), Some("report"));
    }

    #[test]
    fn what_it_depends_on_must_be() {
        for (field, value) in [
            ("deletionPolicy", json!("Keep")),
            ("management", json!(1)),
            ("scheduleId", json!({})),
            ("connectionRef", json!("")),
        ] {
            let spec = json!({ "workflowIdentifier": 5, field: value });
            assert!(readable_for_deletion(&raw(&spec, &json!({}))).is_none(), "{field}");
        }
        assert!(readable_for_deletion(&raw(&json!({}), &json!({ "scheduleId": 1 }))).is_none());
    }

    #[test]
    fn the_id_and_the_connection_are_read_whatever_else_is_wrong() {
        let spec =
            json!({ "workflowIdentifier": 5, "scheduleId": "nightly", "connectionRef": 1, "management": "Some" });
        let status = json!({
            "scheduleId": "nightly", "connection": "shop/eu", "paused": "perhaps",
            "memory": { "claim": { "scheduleId": "nightly", "via": "Explicit" }, "paused": 1 },
        });
        let read = readable_for_claims(ObjectMeta::default(), &raw(&spec, &status));
        let recorded = ConnectionRef { name: "eu".into(), namespace: Some("shop".into()) };
        assert_eq!((read.spec.schedule_id.as_deref(), read.spec.connection_ref), (Some("nightly"), Some(recorded)));
        let status = read.status.unwrap();
        assert_eq!((status.schedule_id.as_deref(), status.connection.as_deref()), (Some("nightly"), Some("shop/eu")));
        assert_eq!(status.memory.unwrap().claim.unwrap().schedule_id, "nightly");
        assert!(readable_for_claims(ObjectMeta::default(), &json!({ "spec": 1 })).status.is_none());
    }
}
