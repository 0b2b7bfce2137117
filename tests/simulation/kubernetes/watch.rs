//! What a watch sees next.

use bytes::Bytes;
use serde_json::{Value, json};

use super::resource::Resource;
use super::store::Store;

/// A watch that is under way.
#[derive(Clone, Debug)]
pub struct Watch {
    pub resource: &'static Resource,
    pub namespace: Option<String>,
    /// The revision that it was asked to begin after: up to there nothing is ever sent.
    pub since: u64,
    /// The last revision that it has seen.
    pub seen: u64,
}

/// A line of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A change.
    Change(Bytes),
    /// The end: the watch has to start over with a list.
    Gone(Bytes),
}

impl Watch {
    /// The next line, if there is one now.
    pub fn next(&mut self, store: &Store) -> Option<Line> {
        match store.change_after(self.seen, self.resource, self.namespace.as_deref()) {
            Ok(None) => None,
            Ok(Some(change)) => {
                self.seen = change.revision;
                Some(Line::Change(line(change.kind, &change.object)))
            }
            Err(refusal) => Some(Line::Gone(line("ERROR", &refusal.status()))),
        }
    }

    /// etcd was restored, and the connection has survived.
    pub fn rewound(&mut self, store: &Store) {
        self.seen = store.revision().max(self.since);
    }

    /// A bookmark: all up to now has been sent. From a revision that is not reached yet there is none.
    pub fn bookmark(&mut self, store: &Store) -> Option<Bytes> {
        if store.revision() < self.since {
            return None;
        }
        self.seen = store.revision();
        let object = json!({
            "apiVersion": self.resource.api_version,
            "kind": self.resource.kind,
            "metadata": { "resourceVersion": self.seen.to_string() },
        });
        Some(line("BOOKMARK", &object))
    }
}

fn line(kind: &str, object: &Value) -> Bytes {
    // The API server writes the type first.
    Bytes::from(format!("{{\"type\":{},\"object\":{object}}}\n", json!(kind)))
}
