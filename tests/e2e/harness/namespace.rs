//! The namespace of a test.

use std::sync::Arc;

use kube::CustomResourceExt as _;
use kube::api::ApiResource;
use serde_json::{Value, json};
use workflow_schedule_operator::api::{WorkflowConnection, WorkflowSchedule};

use super::cluster::Cluster;
use super::object::Object;
use super::run::Run;
use super::waiting::eventually;

/// The namespace of a test, used with the permissions of an administrator.
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub cluster: Arc<Cluster>,
    client: kube::Client,
}

impl Namespace {
    /// A new one on the shared cluster.
    pub async fn fresh() -> Self {
        Self::on(Cluster::shared()).await
    }

    /// A new one.
    pub async fn on(cluster: Arc<Cluster>) -> Self {
        let name = format!("e2e-{}-{}", std::process::id(), Run::number());
        cluster.kubectl().run(["create", "namespace", &name]);
        Self { name, client: cluster.client().await, cluster }
    }

    /// A `WorkflowSchedule`.
    pub fn schedule(&self, name: &str) -> Object {
        self.object(&WorkflowSchedule::api_resource(), name)
    }

    /// A `WorkflowConnection`.
    pub fn connection(&self, name: &str) -> Object {
        self.object(&WorkflowConnection::api_resource(), name)
    }

    /// Any other object.
    pub fn object(&self, resource: &ApiResource, name: &str) -> Object {
        Object::new(&self.client, &self.name, resource, name)
    }

    /// Writes a Secret with one key.
    pub fn put_secret(&self, name: &str, key: &str, value: &str) {
        self.put(&json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name }, "stringData": { key: value },
        }));
    }

    /// Writes a `ConfigMap` with one key.
    pub fn put_config_map(&self, name: &str, key: &str, value: &str) {
        self.put(&json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": { key: value },
        }));
    }

    fn put(&self, object: &Value) {
        let arguments = ["apply", "--server-side", "--force-conflicts", "-n", &self.name, "-f", "-"];
        self.cluster.kubectl().with_input(arguments, &object.to_string());
    }

    /// Runs kubectl in the namespace.
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster.kubectl().run(arguments.iter().copied().chain(["-n", &self.name]))
    }

    /// The events about an object, as `Type Reason message`.
    pub fn events(&self, name: &str) -> Vec<String> {
        let text = self.kubectl(&["get", "events.events.k8s.io", "-o", "json"]);
        let list: Value = serde_json::from_str(&text).expect("kubectl speaks JSON");
        let about = |event: &&Value| event["regarding"]["name"] == name;
        let line = |event: &Value| {
            let field = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", field("type"), field("reason"), field("note"))
        };
        list["items"].as_array().expect("a list").iter().filter(about).map(line).collect()
    }

    /// Waits for an event about an object that begins so.
    pub async fn until_event(&self, name: &str, beginning: &str) -> String {
        eventually(&format!("an event of {name}: {beginning}"), async || {
            let events = self.events(name);
            events.iter().find(|event| event.starts_with(beginning)).cloned().ok_or_else(|| events.join("\n"))
        })
        .await
    }
}

impl Drop for Namespace {
    /// A control plane of the tests is deleted completely; in an existing cluster the namespaces are deleted.
    fn drop(&mut self) {
        if self.cluster.is_ours() {
            return;
        }
        let kubectl = self.cluster.kubectl();
        let unfinished = kubectl.attempt(["get", "wfs,wfconn", "-n", &self.name, "-o", "name"]);
        for object in String::from_utf8_lossy(&unfinished.stdout).lines() {
            let no_finalizers = r#"{"metadata":{"finalizers":null}}"#;
            kubectl.attempt(["patch", object, "-n", &self.name, "--type=merge", "-p", no_finalizers]);
        }
        kubectl.attempt(["delete", "namespace", &self.name, "--wait=false"]);
    }
}
