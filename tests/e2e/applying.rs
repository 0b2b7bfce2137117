//! The ways of applying an object: `kubectl create`, `kubectl apply` and server-side apply. Null is absent in all
//! of them; docs/check.md says where they differ.

use serde_json::{Value, json};

use crate::harness::{Namespace, World};
use crate::specs::{daily, with};

/// Ways of applying: a name, and the command.
const WAYS: [(&str, &[&str]); 3] =
    [("create", &["create"]), ("client-side", &["apply"]), ("server-side", &["apply", "--server-side"])];

fn object(kind: &str, name: &str, spec: &Value) -> String {
    let metadata = json!({ "name": name });
    json!({ "apiVersion": "workflows.mistral.ai/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec })
        .to_string()
}

/// Applies an object in one way; the error text if it is refused.
fn apply(namespace: &Namespace, command: &[&str], object: &str) -> Result<(), String> {
    let arguments = command.iter().copied().chain(["-n", &namespace.name, "-f", "-"]);
    let output = namespace.cluster.kubectl().attempt_with_input(arguments, object);
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// Fields of a schedule and of a connection that may be absent, as null.
fn nulls() -> Vec<(&'static str, Value)> {
    let schedule = |fields: Value| ("WorkflowSchedule", over(json!({ "workflowIdentifier": "report" }), &fields));
    let usual = json!({ "apiKeySecretRef": { "name": "a", "key": "a" }, "scheduleIdPrefix": "a" });
    let connection = |fields: Value| ("WorkflowConnection", over(usual.clone(), &fields));
    vec![
        schedule(json!({ "workflowRegistrationId": null, "deploymentName": null, "connectionRef": null })),
        schedule(json!({ "scheduleId": null, "input": null, "inputFrom": null, "timeZoneName": null })),
        schedule(json!({ "cronExpressions": null, "calendars": null, "intervals": null, "skip": null })),
        schedule(json!({ "startAt": null, "endAt": null, "jitter": null, "policy": null, "maxExecutions": null })),
        schedule(json!({ "paused": null, "pauseNote": null })),
        schedule(json!({ "policy": { "catchupWindow": null, "pauseOnFailure": null } })),
        schedule(json!({ "connectionRef": { "name": "a", "namespace": null } })),
        schedule(json!({ "calendars": [{ "hour": [{ "start": 1, "end": null, "step": null }], "month": null }] })),
        schedule(json!({ "intervals": [{ "every": "1h", "offset": null }] })),
        schedule(json!({ "inputFrom": [{ "configMapKeyRef": { "name": "a", "key": "a", "optional": null },
                                         "secretKeyRef": null, "into": null }] })),
        connection(json!({ "serverUrl": null, "caBundle": null, "allowedNamespaces": null })),
        connection(json!({ "allowedScheduleIds": null, "pollInterval": null, "requestTimeout": null })),
        connection(json!({ "rateLimit": null, "paused": null, "pauseNote": null })),
        connection(json!({ "rateLimit": { "requestsPerSecond": null, "burst": null } })),
        connection(json!({ "allowedNamespaces": { "names": null } })),
    ]
}

fn over(mut spec: Value, fields: &Value) -> Value {
    spec.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    spec
}

/// Choices as null: Kubernetes takes null for no choice.
fn null_choices() -> Vec<(&'static str, Value)> {
    let schedule = |fields: Value| ("WorkflowSchedule", over(json!({ "workflowIdentifier": "report" }), &fields));
    vec![
        schedule(json!({ "adoption": null })),
        schedule(json!({ "management": null })),
        schedule(json!({ "deletionPolicy": null })),
        schedule(json!({ "policy": { "overlap": null } })),
    ]
}

#[tokio::test]
async fn null_is_absent_in_every_way_of_applying() {
    let namespace = Namespace::fresh().await;
    let mut wrong = Vec::new();
    for (way, command) in WAYS {
        for (index, (kind, spec)) in nulls().into_iter().enumerate() {
            if let Err(error) = apply(&namespace, command, &object(kind, &format!("{way}-{index}"), &spec)) {
                wrong.push(format!("{way} of {spec}: {error}"));
            }
        }
        for (index, (kind, spec)) in null_choices().into_iter().enumerate() {
            let applied = apply(&namespace, command, &object(kind, &format!("{way}-choice-{index}"), &spec));
            if applied.is_ok() == (way == "server-side") {
                wrong.push(format!("{way} of {spec}: {applied:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_schedule_with_nulls_is_read_as_one_without_in_every_way_of_applying() {
    let world = World::start().await;
    let nulls = json!({
        "calendars": null, "intervals": null, "skip": null, "inputFrom": null, "jitter": null, "policy": null,
        "paused": null, "connectionRef": null, "workflowRegistrationId": null,
    });
    for (way, command) in WAYS {
        apply(&world, command, &object("WorkflowSchedule", way, &over(daily(), &nulls))).unwrap();
        world.schedule(way).until_ready("InSync").await;
    }
    let plain = world.schedule("plain");
    plain.apply(daily()).await;
    plain.until_ready("InSync").await;
    let expected = world.remote("plain").await;
    for (way, _) in WAYS {
        let remote = world.remote(way).await;
        for field in ["input", "calendars", "intervals", "skip", "policy", "paused"] {
            assert_eq!(remote[field], expected[field], "{way}: {field}");
        }
    }
}

/// Asked of kube-apiserver 1.37.
#[tokio::test]
async fn nulls_within_an_input_are_kept_except_by_client_side_apply() {
    let world = World::start().await;
    let input = json!({ "a": null, "b": [null, 1] });
    for (way, command) in WAYS {
        apply(&world, command, &object("WorkflowSchedule", way, &with(daily(), "input", input.clone()))).unwrap();
        world.schedule(way).until_ready("InSync").await;
        let kept = if way == "client-side" { json!({ "b": [null, 1] }) } else { input.clone() };
        assert_eq!(world.remote(way).await["input"], kept, "{way}");
    }
}

#[tokio::test]
async fn an_input_that_server_side_apply_empties_is_told_and_comes_right_when_it_is_applied_again() {
    let world = World::start().await;
    let (_, server_side) = WAYS[2];
    let put = |command: &[&str], name: &str, input: &Value| {
        apply(&world, command, &object("WorkflowSchedule", name, &with(daily(), "input", input.clone()))).unwrap();
    };
    for (name, before, after, emptied) in [
        ("whole", json!({ "region": "eu" }), json!({}), Value::Null),
        ("nested", json!({ "a": { "b": 1 }, "c": 2 }), json!({ "a": {}, "c": 2 }), json!({ "a": null, "c": 2 })),
    ] {
        put(server_side, name, &before);
        world.schedule(name).until_ready("InSync").await;
        put(server_side, name, &after);
        world.until_remote(name, "it is emptied", |remote| remote["input"] == emptied).await;
        world.until_event(name, "Warning InputEmptied").await;
        put(server_side, name, &after);
        world.until_remote(name, "it is as declared", |remote| remote["input"] == after).await;
    }
    put(&["apply"], "client-side", &json!({ "region": "eu" }));
    world.schedule("client-side").until_ready("InSync").await;
    put(&["apply"], "client-side", &json!({}));
    world.until_remote("client-side", "it is as declared", |remote| remote["input"] == json!({})).await;
}
