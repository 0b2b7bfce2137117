//! The events about an object.

use jiff::Timestamp;
use k8s_openapi::api::core::v1;
use kube::api::{Api, ListParams, ObjectMeta};
use serde::Serialize;

use super::session::Session;
use crate::controller::Key;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Event {
    /// When it happened last.
    pub(super) at: Option<Timestamp>,
    #[serde(rename = "type")]
    pub(super) type_: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) count: i32,
}

/// So many are shown.
const MOST: usize = 8;

/// The last events of an object, newest first. Without the permission there are none, for they are an extra.
pub(super) async fn events(session: &Session, metadata: &ObjectMeta) -> Vec<Event> {
    let Key { namespace, name } = Key::of(metadata);
    let api: Api<v1::Event> = Api::namespaced(session.client.clone(), &namespace);
    let mut fields = format!("involvedObject.name={name}");
    if let Some(uid) = &metadata.uid {
        fields = format!("{fields},involvedObject.uid={uid}");
    }
    let found = api.list(&ListParams::default().fields(&fields)).await.map(|list| list.items).unwrap_or_default();
    let mut events: Vec<Event> = found.into_iter().map(read).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    events.truncate(MOST);
    events
}

fn read(event: v1::Event) -> Event {
    let series = event.series.as_ref();
    let last = series.and_then(|series| series.last_observed_time.as_ref()).map(|at| at.0);
    let at = last
        .or_else(|| event.last_timestamp.as_ref().map(|at| at.0))
        .or_else(|| event.event_time.as_ref().map(|at| at.0))
        .or_else(|| event.metadata.creation_timestamp.as_ref().map(|at| at.0));
    Event {
        at,
        type_: event.type_.unwrap_or_default(),
        reason: event.reason.unwrap_or_default(),
        message: event.message.unwrap_or_default(),
        count: series.and_then(|series| series.count).or(event.count).unwrap_or(1),
    }
}
