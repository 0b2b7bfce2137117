//! Admission rules that deny what the operator writes: a condition says so, or else an event.

use serde_json::{Value, json};

use crate::harness::{World, eventually, message};
use crate::specs::{daily, with};

const FINALIZERS: (&str, &str) =
    ("workflowschedules", "object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([])");
const STATUS: (&str, &str) = ("workflowschedules/status", "object.?status == oldObject.?status");

/// A `ValidatingAdmissionPolicy` for the namespace of a test. It is deleted at the end.
struct Policy<'a> {
    world: &'a World,
}

impl<'a> Policy<'a> {
    /// Waits until `probe`, a merge patch of the schedule `probe`, is denied.
    async fn denies(world: &'a World, (resource, expression): (&str, &str), probe: Value) -> Self {
        let name = &world.name;
        let rule = json!({
            "apiGroups": ["workflows.mistral.ai"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": [resource],
        });
        let policy = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": { "name": name },
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": { "resourceRules": [rule] },
                "validations": [{ "expression": expression, "message": "change freeze" }],
            },
        });
        let binding = json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": { "name": name },
            "spec": {
                "policyName": name, "validationActions": ["Deny"],
                "matchResources": { "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": name } } },
            },
        });
        world.schedule("probe").apply(with(daily(), "management", json!("Off"))).await;
        for object in [policy, binding] {
            world.cluster.kubectl().with_input(["apply", "--server-side", "-f", "-"], &object.to_string());
        }
        let made = Self { world };
        let subresource: &[&str] = if resource.ends_with("/status") { &["--subresource=status"] } else { &[] };
        let patch = ["patch", "workflowschedule", "probe", "-n", name, "--type=merge", "--dry-run=server", "-p"];
        let probe = probe.to_string();
        let arguments: Vec<&str> =
            patch.into_iter().chain([probe.as_str()]).chain(subresource.iter().copied()).collect();
        eventually("the policy is in force", async || {
            let output = world.cluster.kubectl().attempt(arguments.iter().copied());
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            if said.contains("change freeze") { Ok(()) } else { Err(said) }
        })
        .await;
        made
    }

    async fn of_finalizers(world: &'a World) -> Self {
        Self::denies(world, FINALIZERS, json!({ "metadata": { "finalizers": ["example.com/probe"] } })).await
    }
}

impl Drop for Policy<'_> {
    fn drop(&mut self) {
        for kind in ["validatingadmissionpolicybinding", "validatingadmissionpolicy"] {
            self.world.cluster.kubectl().attempt(["delete", kind, &self.world.name]);
        }
    }
}

#[tokio::test]
async fn a_denied_finalizer_is_told_and_nothing_is_created_without_it() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    let policy = Policy::of_finalizers(&world).await;
    resource.apply(daily()).await;
    let told = resource.until_condition("Ready", "False", "KubernetesError").await;
    assert!(message(&told, "Ready").contains("change freeze"), "{}", message(&told, "Ready"));
    assert_eq!(world.writes("nightly").await, [""; 0]);
    drop(policy);
    resource.until_ready("InSync").await;
}

#[tokio::test]
async fn a_deletion_whose_end_is_denied_says_that_the_remote_schedule_is_gone() {
    let world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    let policy = Policy::of_finalizers(&world).await;
    resource.delete().await;
    let told = resource.until_condition("Ready", "False", "KubernetesError").await;
    let said = message(&told, "Ready");
    assert!(said.contains("is deleted, but the resource still has the operator's finalizer"), "{said}");
    assert!(said.contains("change freeze"), "{said}");
    assert_eq!(world.sandbox.schedule(&world.id("nightly")).await, None);
    drop(policy);
    resource.until_gone().await;
}

#[tokio::test]
async fn a_denied_status_is_told_by_an_event_and_counted() {
    let mut world = World::start().await;
    let resource = world.schedule("nightly");
    resource.apply(daily()).await;
    resource.until_ready("InSync").await;
    {
        let _policy = Policy::denies(&world, STATUS, json!({ "status": { "pauseNote": "probe" } })).await;
        resource.edit(json!({ "input": { "region": "eu" } })).await;
        let event = world.until_event("nightly", "Warning KubernetesError").await;
        assert!(event.contains("change freeze") && event.contains("It would say: InSync"), "{event}");
    }
    let (_, metrics) = world.operator().ask("metrics").await;
    let counted = "kubernetes_write_failures_total{what=\"status\",outcome=\"refused\"}";
    assert!(metrics.contains(counted), "{metrics}");
    resource.until_ready("InSync").await;
}
