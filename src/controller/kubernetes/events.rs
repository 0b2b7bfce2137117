//! Publishes events in the background: no reconcile waits for them.

use std::sync::Arc;

use futures::future::join_all;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event as KubeEvent;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::api::{ObjectMeta, Patch, PatchParams, PostParams};
use kube::{Api, Client, Resource};
use serde_json::json;
use tokio::sync::mpsc;

use crate::api::{WorkflowConnection, WorkflowSchedule};
use crate::controller::kubernetes::event_series::{Published, Told};
use crate::controller::kubernetes::writer::Managed;
use crate::controller::state::seams::Seams;
use crate::plan::Event;
use crate::telemetry::Metrics;

/// The maximum number of waiting events. More are dropped, because events are not essential.
const BACKLOG: usize = 1000;
/// So many events are published at the same time.
const LANES: usize = 4;
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
pub struct Events {
    lanes: [mpsc::Sender<Told>; LANES],
    seams: Seams,
    metrics: Arc<Metrics>,
}

impl Events {
    /// A sender for events, and a future that publishes them.
    #[must_use]
    pub fn new(client: &Client, seams: &Seams, instance: &str, metrics: &Arc<Metrics>) -> (Self, Publisher) {
        let channels: [_; LANES] = std::array::from_fn(|_| mpsc::channel(BACKLOG / LANES));
        let lanes = channels.each_ref().map(|(sender, _)| sender.clone());
        let publishers = channels.map(|(_, receiver)| Lane {
            client: client.clone(),
            instance: instance.to_owned(),
            metrics: metrics.clone(),
            receiver,
            published: Published::default(),
        });
        let events = Self { lanes, seams: seams.clone(), metrics: metrics.clone() };
        (events, Publisher { lanes: publishers })
    }

    /// Sends an event.
    pub fn tell(&self, about: ObjectReference, event: Event) {
        let lane = about.name.as_deref().unwrap_or_default().bytes().fold(0_usize, |sum, byte| sum + usize::from(byte));
        let told = Told { about, event, at: self.seams.now() };
        if self.lanes[lane % LANES].try_send(told).is_err() {
            self.metrics.write_failed("event", "dropped");
            tracing::warn!("event dropped: too many are waiting");
        }
    }
}

/// Publishes events. Those of one object are published in order.
pub struct Publisher {
    lanes: [Lane; LANES],
}

struct Lane {
    client: Client,
    instance: String,
    metrics: Arc<Metrics>,
    receiver: mpsc::Receiver<Told>,
    published: Published,
}

impl Publisher {
    /// Publishes until all senders are dropped.
    pub async fn run(self) {
        join_all(self.lanes.map(Lane::run)).await;
    }
}

impl Lane {
    async fn run(mut self) {
        while let Some(told) = self.receiver.recv().await {
            let namespace = told.about.namespace.clone().unwrap_or_else(|| "default".into());
            let api: Api<KubeEvent> = Api::namespaced(self.client.clone(), &namespace);
            let mut object = kube_event(&told, &self.instance, self.published.number());
            let result = match self.published.again(&told) {
                Some((name, series)) => {
                    object.metadata.name = Some(name.clone());
                    let patch = Patch::Merge(json!({ "series": series }));
                    api.patch(&name, &PatchParams::default(), &patch).await
                }
                None => api.create(&PostParams::default(), &object).await,
            };
            match result {
                Ok(_) => self.published.note(&told, object.metadata.name.unwrap_or_default()),
                Err(error) => {
                    self.published.forget(&told);
                    self.not_published(&object, &error);
                }
            }
        }
    }
}

impl Lane {
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

fn kube_event(Told { about, event, at }: &Told, instance: &str, number: u64) -> KubeEvent {
    let object: String = about.name.as_deref().unwrap_or("event").chars().take(LONGEST_OBJECT).collect();
    let name = format!("{object}.{:x}{number:x}", at.as_nanosecond());
    KubeEvent {
        metadata: ObjectMeta { name: Some(name), namespace: about.namespace.clone(), ..ObjectMeta::default() },
        action: Some("Reconcile".into()),
        event_time: Some(MicroTime(*at)),
        note: Some(event.message[..event.message.floor_char_boundary(LONGEST_NOTE)].to_owned()),
        reason: Some(event.reason.to_owned()),
        regarding: Some(about.clone()),
        reporting_controller: Some("workflow-schedule-operator".into()),
        reporting_instance: Some(instance.chars().take(128).collect()),
        type_: Some(if event.warning { "Warning" } else { "Normal" }.to_owned()),
        ..KubeEvent::default()
    }
}
