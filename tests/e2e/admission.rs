//! Resources that the API server refuses because of the CRDs, without an operator.

use std::collections::BTreeSet;

use kube::CustomResourceExt as _;
use serde_json::{Value, json};
use workflow_schedule_operator::api::{WorkflowConnection, WorkflowSchedule};

use crate::harness::{Namespace, eventually};

/// A valid spec of a schedule with other fields set; `null` removes a field.
fn schedule(fields: Value) -> Value {
    over(json!({ "workflowIdentifier": "report", "cronExpressions": ["0 9 * * *"] }), fields)
}

/// A valid spec of a connection with other fields set.
fn connection(fields: Value) -> Value {
    let usual = json!({
        "serverUrl": "https://api.example.com", "scheduleIdPrefix": "a", "apiKeySecretRef": { "name": "a", "key": "a" },
    });
    over(usual, fields)
}

fn over(mut spec: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    for (name, value) in fields {
        if value.is_null() {
            spec.as_object_mut().unwrap().remove(&name);
        } else {
            spec[name] = value;
        }
    }
    spec
}

/// Fields to set in a valid schedule, and a part of the expected error.
fn bad_schedules() -> Vec<(Value, &'static str)> {
    let uuid = "6f1c2f52-3c2f-4d7e-9d3f-0d8f6f6f6f6f";
    vec![
        (json!({ "workflowIdentifier": null }), "exactly one of workflowIdentifier and workflowRegistrationId"),
        (json!({ "workflowRegistrationId": uuid }), "exactly one of workflowIdentifier and workflowRegistrationId"),
        (json!({ "workflowIdentifier": "" }), "spec.workflowIdentifier"),
        (json!({ "workflowIdentifier": null, "workflowRegistrationId": "no-uuid" }), "spec.workflowRegistrationId"),
        (json!({ "deploymentName": "with space" }), "spec.deploymentName"),
        (json!({ "connectionRef": { "name": "Upper" } }), "spec.connectionRef.name"),
        (json!({ "scheduleId": "a/b" }), "spec.scheduleId"),
        (json!({ "scheduleId": "a".repeat(201) }), "spec.scheduleId"),
        (json!({ "adoption": "IfExists" }), "adoption needs a scheduleId"),
        (json!({ "inputFrom": [{ "into": "a" }] }), "exactly one of configMapKeyRef and secretKeyRef"),
        (json!({ "inputFrom": [{ "secretKeyRef": { "name": "a", "key": "a" }, "format": "YAML" }] }), "format"),
        (json!({ "cronExpressions": [""] }), "spec.cronExpressions[0]"),
        (json!({ "cronExpressions": vec!["* * * * *"; 101] }), "spec.cronExpressions"),
        (json!({ "calendars": [{ "hour": [{ "start": 24 }] }] }), "hour: values lie in 0-23"),
        (json!({ "calendars": [{ "minute": [{ "start": 0, "end": 60 }] }] }), "minute: values lie in 0-59"),
        (json!({ "calendars": [{ "second": [{ "start": 60 }] }] }), "second: values lie in 0-59"),
        (json!({ "calendars": [{ "dayOfMonth": [{ "start": 0 }] }] }), "dayOfMonth: values lie in 1-31"),
        (json!({ "calendars": [{ "month": [{ "start": 13 }] }] }), "month: values lie in 1-12"),
        (json!({ "calendars": [{ "dayOfWeek": [{ "start": 7 }] }] }), "dayOfWeek: values lie in 0-6"),
        (json!({ "skip": [{ "hour": [{ "start": 9, "end": 8 }] }] }), "end must not be before start"),
        (json!({ "intervals": [{ "every": "hourly" }] }), "spec.intervals[0].every"),
        (json!({ "intervals": [{ "offset": "1h" }] }), "spec.intervals[0].every"),
        (json!({ "timeZoneName": "a".repeat(65) }), "spec.timeZoneName"),
        (json!({ "startAt": "tomorrow" }), "spec.startAt"),
        (json!({ "endAt": "2030-01-01" }), "spec.endAt"),
        (json!({ "jitter": "-1m" }), "spec.jitter"),
        (json!({ "policy": { "overlap": "skip" } }), "spec.policy.overlap"),
        (json!({ "policy": { "catchupWindow": "a while" } }), "spec.policy.catchupWindow"),
        (json!({ "maxExecutions": 0 }), "spec.maxExecutions"),
        (json!({ "paused": "yes" }), "spec.paused"),
        (json!({ "pauseNote": "a".repeat(1001) }), "spec.pauseNote"),
        (json!({ "pauseNote": "障".repeat(400) }), "at most 1000 bytes"),
        (json!({ "management": "Paused" }), "spec.management"),
        (json!({ "deletionPolicy": "Keep" }), "spec.deletionPolicy"),
    ]
}

/// Fields to set in a valid connection, and a part of the expected error.
fn bad_connections() -> Vec<(Value, &'static str)> {
    vec![
        (json!({ "serverUrl": "ftp://example.com" }), "spec.serverUrl"),
        (json!({ "serverUrl": "https://user@example.com" }), "spec.serverUrl"),
        (json!({ "scheduleIdPrefix": null }), "spec.scheduleIdPrefix"),
        (json!({ "scheduleIdPrefix": "With.Dots" }), "spec.scheduleIdPrefix"),
        (json!({ "scheduleIdPrefix": "a".repeat(41) }), "spec.scheduleIdPrefix"),
        (json!({ "apiKeySecretRef": null }), "spec.apiKeySecretRef"),
        (json!({ "apiKeySecretRef": { "name": "a" } }), "spec.apiKeySecretRef.key"),
        (json!({ "allowedNamespaces": { "names": ["a"] } }), "names needs from: Names"),
        (json!({ "allowedNamespaces": { "from": "Some" } }), "spec.allowedNamespaces.from"),
        (json!({ "allowedScheduleIds": ["a/b"] }), "spec.allowedScheduleIds[0]"),
        (json!({ "allowedScheduleIds": ["a-*", "legacy-{namespace}-*"] }), "next to {namespace} there must be"),
        (json!({ "allowedScheduleIds": ["*.{namespace}.*"] }), "next to {namespace} there must be"),
        (json!({ "pollInterval": "often" }), "spec.pollInterval"),
        (json!({ "requestTimeout": "0 s" }), "spec.requestTimeout"),
        (json!({ "rateLimit": { "requestsPerSecond": 0 } }), "spec.rateLimit.requestsPerSecond"),
        (json!({ "rateLimit": { "burst": 0 } }), "spec.rateLimit.burst"),
        (json!({ "management": "None" }), "spec.management"),
        (json!({ "deletionPolicy": "None" }), "spec.deletionPolicy"),
        (json!({ "pauseNote": "" }), "spec.pauseNote"),
        (json!({ "pauseNote": "障".repeat(400) }), "at most 1000 bytes"),
        (json!({ "caBundle": "" }), "spec.caBundle"),
    ]
}

#[tokio::test]
async fn the_api_server_refuses_invalid_fields_and_names_them() {
    let namespace = Namespace::fresh().await;
    let (wfs, wfconn) = (WorkflowSchedule::api_resource(), WorkflowConnection::api_resource());
    let note = json!({ "pauseNote": "障".repeat(333) });
    namespace.object(&wfs, "fine").apply(schedule(note.clone())).await;
    let patterns = json!(["legacy.{namespace}.*", "{namespace}_*", "*.{namespace}", "exact", "*"]);
    namespace.object(&wfconn, "fine").apply(connection(over(note, json!({ "allowedScheduleIds": patterns })))).await;
    let schedules = bad_schedules().into_iter().map(|(fields, word)| (&wfs, schedule(fields), word));
    let connections = bad_connections().into_iter().map(|(fields, word)| (&wfconn, connection(fields), word));
    let mut wrong = Vec::new();
    for (resource, spec, word) in schedules.chain(connections) {
        match namespace.object(resource, "bad").try_apply(json!({}), spec.clone()).await {
            Err(error) if error.to_string().contains(word) => {}
            Err(error) => wrong.push(format!("{spec}\n    says {error}\n    and not {word}")),
            Ok(()) => wrong.push(format!("{spec}\n    is taken")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_connection_cannot_move_to_another_server_or_prefix() {
    let namespace = Namespace::fresh().await;
    let object = namespace.connection("fine");
    object.apply(connection(json!({}))).await;
    for (change, word) in [
        (json!({ "serverUrl": "https://other.example.com" }), "serverUrl cannot change"),
        (json!({ "serverUrl": null }), "serverUrl cannot change"),
        (json!({ "scheduleIdPrefix": "b" }), "scheduleIdPrefix cannot change"),
    ] {
        let error = object.try_merge(json!({ "spec": change })).await.expect_err(word);
        assert!(error.to_string().contains(word), "{error}");
    }
    object.edit(json!({ "pollInterval": "30s" })).await;
}

#[tokio::test]
async fn no_default_is_written_into_a_spec_and_a_new_object_is_not_yet_seen() {
    let namespace = Namespace::fresh().await;
    let object = namespace.schedule("fine");
    object.apply(schedule(json!({}))).await;
    let stored = object.get().await.unwrap();
    assert_eq!(stored["spec"], schedule(json!({})));
    assert_eq!(stored["status"], json!({ "observedGeneration": -1 }));
}

#[tokio::test]
async fn every_field_is_explained_to_kubectl_explain() {
    let namespace = Namespace::fresh().await;
    for kind in ["workflowschedule", "workflowconnection"] {
        // The API server serves a CRD before `kubectl explain` knows it.
        eventually(&format!("{kind} is explained"), async || {
            let output = namespace.cluster.kubectl().attempt(["explain", kind, "--recursive=false"]);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if text.contains("workflows.mistral.ai") { Ok(()) } else { Err(text) }
        })
        .await;
        for part in ["spec", "status"] {
            let text = namespace.cluster.kubectl().run(["explain", &format!("{kind}.{part}")]);
            assert!(!text.contains("<no description>"), "{kind}.{part}:\n{text}");
        }
    }
    let fields = spec_fields(&serde_json::to_value(WorkflowSchedule::crd()).unwrap());
    assert!(fields.contains("cronExpressions") && fields.len() > 20, "{fields:?}");
}

/// The names of the spec fields of a CRD.
pub fn spec_fields(crd: &Value) -> BTreeSet<String> {
    let properties = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    properties.as_object().expect("a schema").keys().cloned().collect()
}
