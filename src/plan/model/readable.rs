//! What can be read of a resource that cannot be read whole.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{WorkflowSchedule, WorkflowScheduleSpec};

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
}
