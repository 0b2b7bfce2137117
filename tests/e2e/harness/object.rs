//! A resource of the cluster, as a test speaks of it.

use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::run::unique;
use super::waiting::eventually;

/// A `WorkflowSchedule`, a `WorkflowConnection`, or anything else with a name.
pub struct Object {
    api: Api<DynamicObject>,
    kind: String,
    api_version: String,
    name: String,
}

impl Object {
    pub(super) fn new(client: &kube::Client, namespace: &str, resource: &kube::api::ApiResource, name: &str) -> Self {
        Self {
            api: Api::namespaced_with(client.clone(), namespace, resource),
            kind: resource.kind.clone(),
            api_version: resource.api_version.clone(),
            name: name.to_owned(),
        }
    }

    /// Applies it with this spec, as `kubectl apply --server-side` does.
    pub async fn apply(&self, spec: Value) -> &Self {
        self.apply_with(json!({}), spec).await
    }

    /// As [`Object::apply`], with annotations and other metadata.
    pub async fn apply_with(&self, metadata: Value, spec: Value) -> &Self {
        self.try_apply(metadata, spec).await.unwrap_or_else(|error| panic!("{} is refused: {error}", self.name));
        self
    }

    /// Applies it, whatever the API server says.
    pub async fn try_apply(&self, mut metadata: Value, spec: Value) -> Result<(), kube::Error> {
        metadata["name"] = json!(self.name);
        let object = json!({
            "apiVersion": self.api_version, "kind": self.kind, "metadata": metadata, "spec": spec,
        });
        self.api.patch(&self.name, &PatchParams::apply("e2e").force(), &Patch::Apply(&object)).await.map(drop)
    }

    /// Changes fields of the spec (`null` removes one).
    pub async fn edit(&self, spec: Value) -> &Self {
        self.merge(json!({ "spec": spec })).await
    }

    /// Sets an annotation of ours.
    pub async fn annotate(&self, name: &str, value: &str) -> &Self {
        self.merge(json!({ "metadata": { "annotations": { format!("workflows.mistral.ai/{name}"): value } } })).await
    }

    /// Requests a full reconcile, and waits for its end.
    pub async fn reconcile(&self) -> Value {
        let token = unique();
        self.annotate("reconcile-requested-at", &token).await;
        self.until("the reconcile that was asked for", |object| object["status"]["lastHandledReconcileAt"] == token)
            .await
    }

    /// Applies a merge patch.
    pub async fn merge(&self, patch: Value) -> &Self {
        self.try_merge(patch).await.unwrap_or_else(|error| panic!("{} cannot be changed: {error}", self.name));
        self
    }

    /// Applies a merge patch, whatever the API server says.
    pub async fn try_merge(&self, patch: Value) -> Result<(), kube::Error> {
        self.api.patch(&self.name, &PatchParams::default(), &Patch::Merge(&patch)).await.map(drop)
    }

    /// Applies a merge patch to the status.
    pub async fn merge_status(&self, patch: Value) {
        let patch = json!({ "status": patch });
        let written = self.api.patch_status(&self.name, &PatchParams::default(), &Patch::Merge(&patch)).await;
        written.unwrap_or_else(|error| panic!("the status of {} cannot be changed: {error}", self.name));
    }

    /// Asks for its deletion.
    pub async fn delete(&self) -> &Self {
        self.api.delete(&self.name, &DeleteParams::default()).await.expect("it is there to delete");
        self
    }

    /// It, if it is there.
    pub async fn get(&self) -> Option<Value> {
        let found = self.api.get_opt(&self.name).await.expect("the API server answers");
        found.map(|object| serde_json::to_value(object).expect("an object is JSON"))
    }

    /// Waits until it is as described; gives it back.
    pub async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let what = format!("{} {}: {what}", self.kind, self.name);
        eventually(&what, async || match self.get().await {
            Some(object) if is_so(&object) => Ok(object),
            Some(object) => Err(object["status"].to_string()),
            None => Err("it is not there".into()),
        })
        .await
    }

    /// Waits until its current generation is Ready for this reason.
    pub async fn until_ready(&self, reason: &str) -> Value {
        self.until_condition("Ready", "True", reason).await
    }

    /// Waits until its current generation is Stalled for this reason.
    pub async fn until_stalled(&self, reason: &str) -> Value {
        self.until_condition("Stalled", "True", reason).await
    }

    /// Waits until a condition says this of its current generation.
    pub async fn until_condition(&self, type_: &str, status: &str, reason: &str) -> Value {
        self.until(&format!("{type_}={status} {reason}"), |object| {
            let generation = &object["metadata"]["generation"];
            condition(object, type_).is_some_and(|condition| {
                condition["status"] == status
                    && condition["reason"] == reason
                    && condition["observedGeneration"] == *generation
            })
        })
        .await
    }

    /// Waits until it is gone.
    pub async fn until_gone(&self) {
        let what = format!("{} {} is gone", self.kind, self.name);
        eventually(&what, async || match self.get().await {
            None => Ok(()),
            Some(object) => Err(object.to_string()),
        })
        .await;
    }
}

/// Whether the current generation is carried through and Ready, for whatever reason.
pub fn is_ready(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
        && condition(object, "Ready").is_some_and(|condition| condition["status"] == "True")
}

/// A condition of an object.
pub fn condition<'a>(object: &'a Value, type_: &str) -> Option<&'a Value> {
    object["status"]["conditions"].as_array()?.iter().find(|condition| condition["type"] == type_)
}

/// The message of a condition; empty if there is none.
pub fn message<'a>(object: &'a Value, type_: &str) -> &'a str {
    condition(object, type_).and_then(|condition| condition["message"].as_str()).unwrap_or_default()
}
