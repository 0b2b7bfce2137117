//! What the operator writes to Kubernetes: finalizers and statuses, never a spec.

use std::sync::Arc;

use jiff::Timestamp;
use kube::api::{Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject, NamespaceResourceScope, ObjectMeta, PartialObjectMeta};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::api::{
    FINALIZER, Reason, WorkflowConnection, WorkflowConnectionStatus, WorkflowSchedule, WorkflowScheduleStatus,
};
use crate::controller::kubernetes::leader_election::Leadership;
use crate::controller::kubernetes::merge_patch;
use crate::controller::state::key::Key;
use crate::plan::to_second;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Another writer was faster: read the object again.
    #[error("the object has changed meanwhile")]
    Conflict,
    /// The object is gone.
    #[error("the object is gone")]
    Gone,
    /// The API server stores less than was sent: its definition of the resource is older.
    #[error(
        "the custom resource definition in the cluster is older than the operator (status.{0} is not stored): install the definitions of this release"
    )]
    Pruned(&'static str),
    /// Another replica is the leader, or may be by now.
    #[error("another replica leads")]
    NotLeading,
    /// Kubernetes does not answer, or refuses the write.
    #[error("Kubernetes: {0}")]
    Kubernetes(String),
}

impl From<kube::Error> for WriteError {
    fn from(error: kube::Error) -> Self {
        match &error {
            kube::Error::Api(status) if status.code == 409 => Self::Conflict,
            kube::Error::Api(status) if status.code == 404 => Self::Gone,
            kube::Error::Api(status) => Self::Kubernetes(format!("{} ({})", status.message, status.code)),
            _ => Self::Kubernetes(error.to_string()),
        }
    }
}

/// Writes as one field manager, while this process may.
#[derive(Clone)]
pub struct Writer {
    client: Client,
    leadership: Arc<Leadership>,
    parameters: PatchParams,
}

impl Writer {
    /// A writer.
    #[must_use]
    pub fn new(client: Client, leadership: Arc<Leadership>) -> Self {
        let parameters =
            PatchParams { field_manager: Some("workflow-schedule-operator".into()), ..PatchParams::default() };
        Self { client, leadership, parameters }
    }

    /// Adds the finalizer to an object.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn add_finalizer<K: Managed>(&self, object: &K) -> Result<K, WriteError> {
        let mut finalizers = object.finalizers().to_vec();
        finalizers.push(FINALIZER.to_owned());
        self.finalizers(object, finalizers).await
    }

    /// Removes the finalizer from an object.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn remove_finalizer<K: Managed>(&self, object: &K) -> Result<K, WriteError> {
        let finalizers = object.finalizers().iter().filter(|one| *one != FINALIZER).cloned().collect();
        self.finalizers(object, finalizers).await
    }

    async fn finalizers<K: Managed>(&self, object: &K, finalizers: Vec<String>) -> Result<K, WriteError> {
        self.check_leadership()?;
        let metadata = json!({ "resourceVersion": object.resource_version(), "finalizers": finalizers });
        let patch = Patch::Merge(json!({ "metadata": metadata }));
        Ok(slim(self.api(object).patch(&object.name_any(), &self.parameters, &patch).await?))
    }

    /// Makes a schedule's status `new`. Nothing is sent if nothing differs: `None`.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn schedule_status(
        &self,
        schedule: &WorkflowSchedule,
        new: &WorkflowScheduleStatus,
    ) -> Result<Option<WorkflowSchedule>, WriteError> {
        let Some(written) = self.status(schedule, schedule.status.as_ref(), new).await? else { return Ok(None) };
        let stored = written.status.as_ref();
        if stored.and_then(|status| status.memory.as_ref()) != new.memory.as_ref() {
            return Err(WriteError::Pruned("memory"));
        }
        if stored.and_then(|status| status.trigger.as_ref()) != new.trigger.as_ref() {
            return Err(WriteError::Pruned("trigger"));
        }
        Ok(Some(written))
    }

    /// Makes a connection's status `new`. Nothing is sent if nothing differs: `None`.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn connection_status(
        &self,
        connection: &WorkflowConnection,
        new: &WorkflowConnectionStatus,
    ) -> Result<Option<WorkflowConnection>, WriteError> {
        let Some(written) = self.status(connection, connection.status.as_ref(), new).await? else { return Ok(None) };
        let stored = written.status.clone().unwrap_or_default();
        if stored.deletion_window != new.deletion_window {
            return Err(WriteError::Pruned("deletionWindow"));
        }
        if stored.claimed_prefix != new.claimed_prefix {
            return Err(WriteError::Pruned("claimedPrefix"));
        }
        if stored.identity != new.identity {
            return Err(WriteError::Pruned("identity"));
        }
        Ok(Some(written))
    }

    /// Why an object cannot be read, with the field; `None` if it can, or is gone.
    pub async fn why_malformed<K: Managed>(&self, key: &Key) -> Option<String> {
        let kind = ApiResource::erase::<K>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &key.namespace, &kind);
        let raw = serde_json::to_value(api.get_opt(&key.name).await.ok()??).ok()?;
        serde_path_to_error::deserialize::<_, K>(raw).err().map(|error| error.to_string())
    }

    /// Reports in the status of an object that it cannot be read.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn malformed<K: Managed>(
        &self,
        metadata: &ObjectMeta,
        error: &str,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        self.check_leadership()?;
        let key = Key::of(metadata);
        let since = to_second(now).to_string();
        let message = format!("the object cannot be read: {error}; nothing is done with it until that is put right");
        let condition = |type_: &str, status: &str| {
            json!({ "type": type_, "status": status, "reason": Reason::Malformed.as_str(), "message": message,
                    "lastTransitionTime": since, "observedGeneration": metadata.generation })
        };
        let conditions = [condition("Ready", "False"), condition("Stalled", "True")];
        let patch =
            Patch::Merge(json!({ "status": { "observedGeneration": metadata.generation, "conditions": conditions } }));
        let api: Api<PartialObjectMeta<K>> = Api::namespaced(self.client.clone(), &key.namespace);
        api.patch_status(&key.name, &self.parameters, &patch).await?;
        Ok(())
    }

    async fn status<K: Managed, S: Serialize>(
        &self,
        object: &K,
        old: Option<&S>,
        new: &S,
    ) -> Result<Option<K>, WriteError> {
        let value = |status: Option<&S>| match status {
            Some(status) => serde_json::to_value(status).map_err(|error| WriteError::Kubernetes(error.to_string())),
            None => Ok(Value::Object(serde_json::Map::new())),
        };
        let Some(change) = merge_patch::diff(&value(old)?, &value(Some(new))?) else { return Ok(None) };
        self.check_leadership()?;
        let patch = json!({ "metadata": { "resourceVersion": object.resource_version() }, "status": change });
        let written = self.api(object).patch_status(&object.name_any(), &self.parameters, &Patch::Merge(patch)).await?;
        Ok(Some(slim(written)))
    }

    /// An object as the API server has it now; `None` if it is gone.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn read<K: Managed>(&self, key: &Key) -> Result<Option<K>, WriteError> {
        let api: Api<K> = Api::namespaced(self.client.clone(), &key.namespace);
        Ok(api.get_opt(&key.name).await?.map(slim))
    }

    fn check_leadership(&self) -> Result<(), WriteError> {
        if self.leadership.may_write() { Ok(()) } else { Err(WriteError::NotLeading) }
    }

    fn api<K: Managed>(&self, object: &K) -> Api<K> {
        Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default())
    }
}

/// kubectl's copy of what was applied.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object without the fields that the operator does not use, to save memory.
pub fn slim<K: ResourceExt>(mut object: K) -> K {
    object.managed_fields_mut().clear();
    object.annotations_mut().remove(LAST_APPLIED);
    object
}

/// One of the two kinds of the operator.
pub trait Managed:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Clone
    + DeserializeOwned
    + Serialize
    + std::fmt::Debug
    + Send
    + Sync
{
}

impl Managed for WorkflowSchedule {}
impl Managed for WorkflowConnection {}
