//! The objects that cannot be read, and when each is to be looked at.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kube::core::ObjectMeta;
use tokio::sync::Notify;

use crate::controller::state::cache::is_in;
use crate::controller::state::key::{Key, ObjectKey};

/// The objects that cannot be read.
#[derive(Debug, Default)]
pub struct Malformed {
    objects: Mutex<BTreeMap<ObjectKey, Known>>,
    /// Notifies that an object was added.
    pub changed: Notify,
}

#[derive(Clone, Debug)]
struct Known {
    uid: Option<String>,
    generation: Option<i64>,
    /// When it is looked at; `None` if all is said.
    due: Option<Duration>,
    failures: u32,
}

impl Malformed {
    /// Records an object. Returns whether it is new, or was edited.
    pub fn add(&self, object: ObjectKey, metadata: &ObjectMeta, is_listed: bool) -> bool {
        let mut objects = self.objects();
        let known = objects.get(&object);
        let is_known = known.is_some_and(|known| known.uid == metadata.uid && known.generation == metadata.generation);
        if is_known && !is_listed {
            return false;
        }
        let (uid, generation) = (metadata.uid.clone(), metadata.generation);
        objects.insert(object, Known { uid, generation, due: Some(Duration::ZERO), failures: 0 });
        self.changed.notify_one();
        !is_known
    }

    /// An object can be read (again), or is deleted.
    pub fn remove(&self, object: &ObjectKey) -> bool {
        let mut objects = self.objects();
        !objects.is_empty() && objects.remove(object).is_some()
    }

    /// Those of a kind in a namespace, or in all.
    #[must_use]
    pub fn of(&self, kind: &str, namespace: Option<&str>) -> Vec<Key> {
        let objects = self.objects();
        let found = objects.keys().filter(|(of, key)| of == kind && is_in(key, namespace));
        found.map(|(_, key)| key.clone()).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.objects().len()
    }

    /// The object that is due first, and when.
    #[must_use]
    pub fn next(&self) -> Option<(Duration, ObjectKey)> {
        let objects = self.objects();
        objects.iter().filter_map(|(object, known)| Some((known.due?, object.clone()))).min()
    }

    /// An object was looked at, and is to be looked at again then, unless it was edited meanwhile.
    pub fn looked_at(&self, object: &ObjectKey, due: Option<Duration>, failures: u32) {
        if let Some(known) = self.objects().get_mut(object).filter(|known| known.due != Some(Duration::ZERO)) {
            *known = Known { due, failures, ..known.clone() };
        }
    }

    /// Takes an object to look at it. Returns how often that has failed.
    pub fn take(&self, object: &ObjectKey) -> u32 {
        self.objects().get_mut(object).map_or(0, |known| {
            known.due = None;
            known.failures
        })
    }

    fn objects(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Known>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "WorkflowSchedule";

    fn object() -> ObjectKey {
        (KIND.into(), Key { namespace: "a".into(), name: "b".into() })
    }

    fn generation(generation: i64) -> ObjectMeta {
        ObjectMeta { generation: Some(generation), ..ObjectMeta::default() }
    }

    #[test]
    fn an_object_is_looked_at_once_until_it_is_edited_or_listed_again() {
        let malformed = Malformed::default();
        assert!(malformed.add(object(), &generation(1), false));
        assert_eq!(malformed.next(), Some((Duration::ZERO, object())));
        malformed.take(&object());
        malformed.looked_at(&object(), None, 0);
        assert_eq!(malformed.next(), None);
        assert!(!malformed.add(object(), &generation(1), false), "our own write");
        assert_eq!(malformed.next(), None);
        assert!(!malformed.add(object(), &generation(1), true), "a listing may come out of a backup");
        assert!(malformed.next().is_some());
        assert!(malformed.add(object(), &generation(2), false));
    }

    #[test]
    fn an_edit_during_a_look_is_not_lost() {
        let malformed = Malformed::default();
        malformed.add(object(), &generation(1), false);
        assert_eq!(malformed.take(&object()), 0);
        malformed.add(object(), &generation(2), false);
        malformed.looked_at(&object(), Some(Duration::from_mins(1)), 1);
        assert_eq!(malformed.next(), Some((Duration::ZERO, object())));
    }

    #[test]
    fn what_is_gone_is_counted_no_longer() {
        let malformed = Malformed::default();
        malformed.add(object(), &generation(1), true);
        assert_eq!(malformed.of(KIND, Some("a")), [object().1]);
        assert!(malformed.of(KIND, Some("c")).is_empty());
        assert!(malformed.remove(&object()));
        assert_eq!(malformed.count(), 0);
    }
}
