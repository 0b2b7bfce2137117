//! Resource versions that are known from the answers of writes before the watch shows them, and how to compare
//! them.

use std::collections::{BTreeMap, BTreeSet};

use kube::core::ObjectMeta;

use crate::controller::state::key::Key;

/// The versions that are known from answers, and that the watch has not shown yet.
#[derive(Debug, Default)]
pub struct Answers(BTreeMap<Key, String>);

impl Answers {
    /// A list begins: it is newer than all earlier answers.
    pub fn forget(&mut self, namespace: Option<&str>) {
        self.0.retain(|key, _| !is_in(key, namespace));
    }

    /// Those of one namespace, or of all.
    #[must_use]
    pub fn of(&self, namespace: Option<&str>) -> BTreeSet<(Key, String)> {
        let all = self.0.iter().filter(|(key, _)| is_in(key, namespace));
        all.map(|(key, version)| (key.clone(), version.clone())).collect()
    }

    pub(super) fn note(&mut self, key: &Key, metadata: &ObjectMeta) {
        if let Some(version) = &metadata.resource_version {
            self.0.insert(key.clone(), version.clone());
        }
    }

    /// The watch has shown the object, or the object does not exist any more.
    pub(super) fn shown(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// Whether the watch shows an older version than an answer.
    pub(super) fn are_ahead_of(&self, key: &Key, metadata: &ObjectMeta) -> bool {
        self.0.get(key).is_some_and(|answer| is_older(metadata.resource_version.as_deref(), answer))
    }
}

/// Whether a key is in a namespace, or in any.
#[must_use]
pub fn is_in(key: &Key, namespace: Option<&str>) -> bool {
    namespace.is_none_or(|namespace| key.namespace == namespace)
}

/// An object that was deleted and created again is another object.
pub(super) fn is_same(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    one.uid == other.uid
}

/// Whether the cache holds the version that a request was based on, and the answer is newer.
pub(super) fn is_follower(known: &ObjectMeta, on: &ObjectMeta, answer: &ObjectMeta) -> bool {
    let is_known = is_same(known, on) && known.resource_version == on.resource_version;
    is_known && is_same(known, answer) && known.resource_version != answer.resource_version
}

/// Versions grow, as Kubernetes has promised since 1.35. A version that is not a number is never older.
#[must_use]
pub fn is_older(new: Option<&str>, old: &str) -> bool {
    let number = |text: &str| text.parse::<u128>().ok();
    match (new.and_then(number), number(old)) {
        (Some(new), Some(old)) => new < old,
        (Some(_) | None, _) => false,
    }
}
