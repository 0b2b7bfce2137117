//! What the operator writes to Kubernetes: finalizers and statuses, never a spec.

use std::sync::Arc;

use jiff::Timestamp;
use kube::api::{GetParams, Patch, PatchParams};
use kube::core::{NamespaceResourceScope, ObjectMeta, PartialObjectMeta};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::{
    FINALIZER, Reason, WorkflowConnection, WorkflowConnectionStatus, WorkflowSchedule, WorkflowScheduleStatus,
};
use crate::controller::kubernetes::leader_election::Leadership;
use crate::controller::kubernetes::merge_patch;
use crate::controller::kubernetes::raw::Raw;
use crate::controller::kubernetes::write_error::{Part, WriteError};
use crate::controller::state::key::Key;
use crate::plan::to_second;
use crate::telemetry::Metrics;

/// Writes as one field manager, while this process may.
#[derive(Clone)]
pub struct Writer {
    client: Client,
    leadership: Arc<Leadership>,
    metrics: Arc<Metrics>,
    parameters: PatchParams,
}

impl Writer {
    /// A writer.
    #[must_use]
    pub fn new(client: Client, leadership: Arc<Leadership>, metrics: Arc<Metrics>) -> Self {
        let parameters =
            PatchParams { field_manager: Some("workflow-schedule-operator".into()), ..PatchParams::default() };
        Self { client, leadership, metrics, parameters }
    }

    /// Adds the finalizer to an object.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn add_finalizer<K: Managed>(&self, object: &K) -> Result<K, WriteError> {
        let ours = FINALIZER.to_owned();
        let all: Vec<&String> = object.finalizers().iter().chain([&ours]).collect();
        self.write_finalizers(object, &all).await
    }

    /// Removes the finalizer from an object.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn remove_finalizer<K: Managed>(&self, object: &K) -> Result<(), WriteError> {
        self.remove_finalizer_of::<K>(object.meta()).await
    }

    /// Removes the finalizer from an object of which only the metadata need be readable.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn remove_finalizer_of<K: Managed>(&self, metadata: &ObjectMeta) -> Result<(), WriteError> {
        self.check_leadership()?;
        let others: Vec<&String> = metadata.finalizers.iter().flatten().filter(|one| *one != FINALIZER).collect();
        let key = Key::of(metadata);
        let api: Api<PartialObjectMeta<K>> = Api::namespaced(self.client.clone(), &key.namespace);
        let patch = finalizers(metadata, &others);
        let written = self.timed(Part::Finalizer, api.patch(&key.name, &self.parameters, &patch)).await;
        self.counted(Part::Finalizer, written.map(drop).map_err(|error| failed::<K>(Part::Finalizer, metadata, &error)))
    }

    async fn write_finalizers<K: Managed>(&self, object: &K, all: &[&String]) -> Result<K, WriteError> {
        self.check_leadership()?;
        let patch = finalizers(object.meta(), all);
        let (api, name) = (self.api(object), object.name_any());
        let written = self.timed(Part::Finalizer, api.patch(&name, &self.parameters, &patch)).await;
        self.counted(
            Part::Finalizer,
            written.map(slim).map_err(|error| failed::<K>(Part::Finalizer, object.meta(), &error)),
        )
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
            return self.counted(Part::Status, Err(WriteError::Pruned("memory")));
        }
        if stored.and_then(|status| status.trigger.as_ref()) != new.trigger.as_ref() {
            return self.counted(Part::Status, Err(WriteError::Pruned("trigger")));
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
            return self.counted(Part::Status, Err(WriteError::Pruned("deletionWindow")));
        }
        if stored.claimed_prefix != new.claimed_prefix {
            return self.counted(Part::Status, Err(WriteError::Pruned("claimedPrefix")));
        }
        if stored.identity != new.identity {
            return Err(WriteError::Pruned("identity"));
        }
        Ok(Some(written))
    }

    /// An object as it is, whatever it says; `None` if it is gone.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn raw<K: Managed>(&self, key: &Key) -> Result<Option<Raw>, WriteError> {
        let unread = |error: String| WriteError::Unread(format!("{} {key}: {error}", K::kind(&())));
        let request = kube::core::Request::new(K::url_path(&(), Some(&key.namespace)));
        let request = request.get(&key.name, &GetParams::default()).map_err(|error| unread(error.to_string()))?;
        match self.client.request_text(request).await {
            Ok(text) => Raw::read(&text).map(Some).map_err(|error| unread(error.to_string())),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
            Err(error) => Err(unread(error.to_string())),
        }
    }

    /// Reports in the status of an object that it cannot be read.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn malformed<K: Managed>(
        &self,
        metadata: &ObjectMeta,
        message: &str,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        self.check_leadership()?;
        let key = Key::of(metadata);
        let since = to_second(now).to_string();
        let condition = |type_: &str, status: &str| {
            json!({ "type": type_, "status": status, "reason": Reason::Malformed.as_str(), "message": message,
                    "lastTransitionTime": since, "observedGeneration": metadata.generation })
        };
        let conditions = [condition("Ready", "False"), condition("Stalled", "True")];
        let patch =
            Patch::Merge(json!({ "status": { "observedGeneration": metadata.generation, "conditions": conditions } }));
        let api: Api<PartialObjectMeta<K>> = Api::namespaced(self.client.clone(), &key.namespace);
        let written = self.timed(Part::Status, api.patch_status(&key.name, &self.parameters, &patch)).await;
        self.counted(Part::Status, written.map(drop).map_err(|error| failed::<K>(Part::Status, metadata, &error)))
    }

    async fn status<K: Managed, S: Serialize>(
        &self,
        object: &K,
        old: Option<&S>,
        new: &S,
    ) -> Result<Option<K>, WriteError> {
        let value = |status: Option<&S>| match status {
            Some(status) => serde_json::to_value(status)
                .map_err(|error| WriteError::Failed { what: "a status".into(), message: error.to_string() }),
            None => Ok(Value::Object(serde_json::Map::new())),
        };
        let Some(change) = merge_patch::diff(&value(old)?, &value(Some(new))?) else { return Ok(None) };
        self.check_leadership()?;
        let patch = json!({ "metadata": { "resourceVersion": object.resource_version() }, "status": change });
        let (api, name, patch) = (self.api(object), object.name_any(), Patch::Merge(patch));
        let written = self.timed(Part::Status, api.patch_status(&name, &self.parameters, &patch)).await;
        match written {
            Ok(written) => Ok(Some(slim(written))),
            // It was written.
            Err(kube::Error::SerdeError(_)) => self.reread(object).await?.map(Some).ok_or(WriteError::Gone),
            Err(error) => self.counted(Part::Status, Err(failed::<K>(Part::Status, object.meta(), &error))),
        }
    }

    /// Measures how long a write takes.
    async fn timed<T>(&self, part: Part, write: impl Future<Output = T>) -> T {
        let since = Instant::now();
        let written = write.await;
        self.metrics.write_took(part.name(), since.elapsed());
        written
    }

    /// Counts a write that Kubernetes has not stored.
    fn counted<T>(&self, part: Part, written: Result<T, WriteError>) -> Result<T, WriteError> {
        if let Some(outcome) = written.as_ref().err().and_then(WriteError::outcome) {
            self.metrics.write_failed(part.name(), outcome);
        }
        written
    }

    /// An object as the API server has it now; `None` if it is gone.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub async fn read<K: Managed>(&self, object: &K) -> Result<Option<K>, WriteError> {
        match self.api(object).get_opt(&object.name_any()).await {
            Ok(found) => Ok(found.map(slim)),
            Err(kube::Error::SerdeError(_)) => self.reread(object).await,
            Err(error) => Err(WriteError::Unread(format!("{} {}: {error}", K::kind(&()), Key::of(object.meta())))),
        }
    }

    /// The metadata and the status of an object that cannot be read whole, with the spec that it is taken for.
    async fn reread<K: Managed>(&self, object: &K) -> Result<Option<K>, WriteError> {
        let Some(Raw { object: now, .. }) = self.raw::<K>(&Key::of(object.meta())).await? else { return Ok(None) };
        let unread = |error: serde_json::Error| WriteError::Unread(error.to_string());
        let mut known = serde_json::to_value(object).map_err(unread)?;
        for part in ["metadata", "status"] {
            known[part] = now[part].clone();
        }
        serde_json::from_value(known).map(|object| Some(slim(object))).map_err(unread)
    }

    fn check_leadership(&self) -> Result<(), WriteError> {
        if self.leadership.may_write() { Ok(()) } else { Err(WriteError::NotLeading) }
    }

    fn api<K: Managed>(&self, object: &K) -> Api<K> {
        Api::namespaced(self.client.clone(), &object.namespace().unwrap_or_default())
    }
}

fn finalizers(metadata: &ObjectMeta, all: &[&String]) -> Patch<Value> {
    Patch::Merge(json!({ "metadata": { "resourceVersion": metadata.resource_version, "finalizers": all } }))
}

fn failed<K: Managed>(part: Part, metadata: &ObjectMeta, error: &kube::Error) -> WriteError {
    WriteError::of(error, format!("the {} of {} {}", part.name(), K::kind(&()), Key::of(metadata)))
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
