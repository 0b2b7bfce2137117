//! Publishes events in the background: no reconcile waits for them.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as KubeEvent;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client, Resource};
use tokio::sync::mpsc;

use crate::api::{WorkflowConnection, WorkflowSchedule};
use crate::controller::kubernetes::writer::Managed;
use crate::controller::state::seams::Seams;
use crate::plan::Event;
use crate::telemetry::Metrics;

/// The maximum number of waiting events. More are dropped, because events are not essential.
const BACKLOG: usize = 1000;
/// The part of an object's name that is used in the name of an event, which is limited to 253 characters.
const LONGEST_OBJECT: usize = 220;
/// The API server's own limit on a note, in bytes.
const LONGEST_NOTE: usize = 1024;

/// The schedule that an event is about.
pub(crate) fn reference(schedule: &WorkflowSchedule) -> ObjectReference {
    schedule.object_ref(&())
}

/// The connection that an event is about.
pub(crate) fn connection_reference(connection: &WorkflowConnection) -> ObjectReference {
    connection.object_ref(&())
}

/// An object of which only the metadata can be read.
pub(crate) fn reference_of<K: Managed>(metadata: &ObjectMeta) -> ObjectReference {
    ObjectReference {
        api_version: Some(K::api_version(&()).into_owned()),
        kind: Some(K::kind(&()).into_owned()),
        name: metadata.name.clone(),
        namespace: metadata.namespace.clone(),
        uid: metadata.uid.clone(),
        resource_version: metadata.resource_version.clone(),
        ..ObjectReference::default()
    }
}

/// Takes events to publish.
#[derive(Debug)]
pub struct Events {
    sender: mpsc::Sender<(ObjectReference, Event)>,
    metrics: Arc<Metrics>,
}

impl Events {
    /// A sender for events, and a future that publishes them.
    #[must_use]
    pub fn new(client: Client, seams: Seams, instance: String, metrics: Arc<Metrics>) -> (Self, Publisher) {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        let events = Self { sender, metrics: metrics.clone() };
        (events, Publisher { client, seams, instance, metrics, receiver, count: 0 })
    }

    /// Sends an event.
    pub fn tell(&self, about: ObjectReference, event: Event) {
        if self.sender.try_send((about, event)).is_err() {
            self.metrics.write_failed("event", "dropped");
            tracing::warn!("event dropped: too many are waiting");
        }
    }
}

/// Publishes events, one after the other.
pub struct Publisher {
    client: Client,
    seams: Seams,
    instance: String,
    metrics: Arc<Metrics>,
    receiver: mpsc::Receiver<(ObjectReference, Event)>,
    count: u64,
}

impl Publisher {
    /// Publishes until all senders are dropped.
    pub async fn run(mut self) {
        while let Some((about, event)) = self.receiver.recv().await {
            let namespace = about.namespace.clone().unwrap_or_else(|| "default".into());
            self.count += 1;
            let object = kube_event(about, &event, &self.seams, &self.instance, self.count);
            let api: Api<KubeEvent> = Api::namespaced(self.client.clone(), &namespace);
            if let Err(error) = api.create(&PostParams::default(), &object).await {
                self.not_published(&object, &error);
            }
        }
    }
}

impl Publisher {
    fn not_published(&self, event: &KubeEvent, error: &kube::Error) {
        let outcome = if matches!(error, kube::Error::Api(status) if status.code < 500) { "refused" } else { "failed" };
        self.metrics.write_failed("event", outcome);
        let namespace = event.metadata.namespace.as_deref();
        let regarding = event.regarding.as_ref();
        let (kind, name) =
            (regarding.and_then(|one| one.kind.as_deref()), regarding.and_then(|one| one.name.as_deref()));
        let (reason, note) = (event.reason.as_deref(), event.note.as_deref());
        tracing::warn!(kind, namespace, name, reason, note, %error, "event not published");
    }
}

fn kube_event(about: ObjectReference, event: &Event, seams: &Seams, instance: &str, number: u64) -> KubeEvent {
    let now = seams.now();
    let object: String = about.name.as_deref().unwrap_or("event").chars().take(LONGEST_OBJECT).collect();
    let name = format!("{object}.{:x}{number:x}", now.as_nanosecond());
    KubeEvent {
        metadata: ObjectMeta { name: Some(name), namespace: about.namespace.clone(), ..ObjectMeta::default() },
        action: Some("Reconcile".into()),
        event_time: Some(MicroTime(now)),
        note: Some(event.message[..event.message.floor_char_boundary(LONGEST_NOTE)].to_owned()),
        reason: Some(event.reason.to_owned()),
        regarding: Some(about),
        reporting_controller: Some("workflow-schedule-operator".into()),
        reporting_instance: Some(instance.chars().take(128).collect()),
        type_: Some(if event.warning { "Warning" } else { "Normal" }.to_owned()),
        ..KubeEvent::default()
    }
}
