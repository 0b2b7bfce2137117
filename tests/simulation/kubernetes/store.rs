//! The objects, and the rules by which they change. No I/O; the time is an argument.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::merge::merge;
use super::object::{declared, finalizers, is_terminating, keep, metadata_mut, raise_generation, version_of};
use super::refusal::Refusal;
use super::resource::Resource;

/// Where an object is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub resource: &'static Resource,
    /// Empty for kinds without one.
    pub namespace: String,
    pub name: String,
}

/// One change, as watches see it.
#[derive(Clone, Debug)]
pub struct Change {
    pub revision: u64,
    /// `ADDED`, `MODIFIED` or `DELETED`.
    pub kind: &'static str,
    pub place: Place,
    pub object: Value,
}

/// Which part of an object a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The object without its status, where that is a subresource.
    Main,
    /// The status alone.
    Status,
}

/// The objects.
#[derive(Clone, Debug, Default)]
pub struct Store {
    objects: BTreeMap<Place, Value>,
    history: VecDeque<Change>,
    /// One count for all kinds, as etcd's.
    revision: u64,
    /// Changes up to here are no longer known.
    compacted: u64,
    created: u64,
    terminating: BTreeSet<String>,
    pruned: BTreeSet<(&'static str, &'static str)>,
}

/// What only the server writes.
const OWNED: [&str; 8] = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "generation",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

impl Store {
    /// The revision of the last change.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    pub fn get(&self, place: &Place) -> Result<&Value, Refusal> {
        self.objects.get(place).ok_or_else(|| Refusal::not_found(place.resource, &place.name))
    }

    /// The objects of a kind, in one namespace or all, by namespace and name.
    pub fn list<'a>(
        &'a self,
        resource: &'static Resource,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Place, &'a Value)> {
        self.objects.iter().filter(move |(place, _)| {
            place.resource == resource && namespace.is_none_or(|namespace| namespace == place.namespace)
        })
    }

    /// The first change after `revision`, of a kind.
    pub fn change_after(
        &self,
        revision: u64,
        resource: &'static Resource,
        namespace: Option<&str>,
    ) -> Result<Option<&Change>, Refusal> {
        if revision < self.compacted {
            return Err(Refusal::expired(format!("too old resource version: {revision} ({})", self.compacted)));
        }
        let is_meant = |change: &&Change| {
            change.revision > revision
                && change.place.resource == resource
                && namespace.is_none_or(|namespace| namespace == change.place.namespace)
        };
        Ok(self.history.iter().find(is_meant))
    }

    /// Forgets the past: a watch that starts before now is answered 410.
    pub fn compact(&mut self) {
        self.history.clear();
        self.compacted = self.revision;
    }

    pub fn create(&mut self, place: &Place, mut object: Value, now: Timestamp) -> Result<Value, Refusal> {
        if self.objects.contains_key(place) {
            return Err(Refusal::already_exists(place.resource, &place.name));
        }
        if self.is_going(&place.namespace) {
            return Err(Refusal::namespace_terminating(place.resource, &place.name, &place.namespace));
        }
        if place.resource.has_status
            && let Some(members) = object.as_object_mut()
        {
            members.remove("status");
        }
        self.created += 1;
        let metadata = metadata_mut(&mut object);
        for name in OWNED {
            metadata.remove(name);
        }
        metadata.insert("name".into(), json!(place.name));
        if place.resource.namespaced {
            metadata.insert("namespace".into(), json!(place.namespace));
        }
        metadata.insert("uid".into(), json!(format!("00000000-0000-4000-8000-{:012x}", self.created)));
        metadata.insert("creationTimestamp".into(), json!(to_second(now)));
        if place.resource.has_generation {
            metadata.insert("generation".into(), json!(1));
        }
        self.finish(place, &mut object);
        Ok(self.put(place, object, "ADDED"))
    }

    /// A merge patch, through one of the two doors.
    pub fn patch(&mut self, place: &Place, door: Door, patch: &Value) -> Result<Value, Refusal> {
        let mut object = self.get(place)?.clone();
        // The stored version stands for one that the patch does not name.
        merge(&mut object, patch);
        self.replace(place, door, object)
    }

    /// A whole object in the place of the stored one.
    pub fn replace(&mut self, place: &Place, door: Door, mut object: Value) -> Result<Value, Refusal> {
        let before = self.get(place)?.clone();
        check_preconditions(place, &before, &object)?;
        match door {
            Door::Status => object = with_status_of(&before, &object),
            Door::Main if place.resource.has_status => keep(&mut object, &before, "status"),
            Door::Main => {}
        }
        for name in OWNED {
            keep_metadata(&mut object, &before, name);
        }
        self.finish(place, &mut object);
        check_finalizers(place, &before, &object)?;
        if place.resource.has_generation && declared(&before) != declared(&object) {
            raise_generation(&mut object);
        }
        if object == before {
            return Ok(before);
        }
        if is_terminating(&object) && finalizers(&object).is_empty() {
            return Ok(self.remove(place));
        }
        Ok(self.put(place, object, "MODIFIED"))
    }

    /// Deletes an object, or marks it where finalizers hold it.
    pub fn delete(&mut self, place: &Place, now: Timestamp) -> Result<Value, Refusal> {
        let mut object = self.get(place)?.clone();
        if finalizers(&object).is_empty() {
            return Ok(self.remove(place));
        }
        if is_terminating(&object) {
            return Ok(object);
        }
        let metadata = metadata_mut(&mut object);
        metadata.insert("deletionTimestamp".into(), json!(to_second(now)));
        metadata.insert("deletionGracePeriodSeconds".into(), json!(0));
        if place.resource.has_generation {
            raise_generation(&mut object);
        }
        Ok(self.put(place, object, "MODIFIED"))
    }

    /// Deletes a namespace: nothing can be created in it any more, and everything in it is deleted,
    /// Secrets first, which is the worst order.
    pub fn delete_namespace(&mut self, namespace: &str, now: Timestamp) {
        self.terminating.insert(namespace.to_owned());
        let mut places: Vec<Place> =
            self.objects.keys().filter(|place| place.namespace == namespace).cloned().collect();
        places.sort_by_key(|place| place.resource.plural != "secrets");
        for place in places {
            // It was there a line ago.
            let _ = self.delete(&place, now);
        }
    }

    /// Whether a namespace is being deleted.
    pub fn is_going(&self, namespace: &str) -> bool {
        self.terminating.contains(namespace)
    }

    /// What a restore from a backup does: the object comes anew with its spec, annotations and
    /// finalizers, without its status, and with another uid.
    pub fn restore(&mut self, place: &Place, now: Timestamp) -> Result<Value, Refusal> {
        let object = self.get(place)?.clone();
        self.remove(place);
        self.create(place, object, now)
    }

    /// What a restore of etcd does: all is as it was, and versions count on from there. A uid is never
    /// given twice.
    pub fn rewind(&mut self, snapshot: &Self) {
        *self = Self { created: self.created, ..snapshot.clone() };
    }

    /// From now on the definition does not know this field of the status: it is silently dropped.
    pub fn prune(&mut self, resource: &'static Resource, field: &'static str) {
        self.pruned.insert((resource.plural, field));
    }

    /// Pruning and defaulting, and one form for "none".
    fn finish(&self, place: &Place, object: &mut Value) {
        object["apiVersion"] = json!(place.resource.api_version);
        object["kind"] = json!(place.resource.kind);
        let metadata = metadata_mut(object);
        for list in ["finalizers", "annotations", "labels"] {
            let is_empty = |value: &Value| {
                value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
            };
            if metadata.get(list).is_some_and(is_empty) {
                metadata.remove(list);
            }
        }
        if place.resource.group() == "workflows.mistral.ai" {
            let status = &mut object["status"];
            for (_, field) in self.pruned.iter().filter(|(plural, _)| *plural == place.resource.plural) {
                if let Some(members) = status.as_object_mut() {
                    members.remove(*field);
                }
            }
            if status.is_null() {
                *status = json!({ "observedGeneration": -1 });
            }
        }
    }

    fn put(&mut self, place: &Place, mut object: Value, kind: &'static str) -> Value {
        self.note(place, &mut object, kind);
        self.objects.insert(place.clone(), object.clone());
        object
    }

    fn remove(&mut self, place: &Place) -> Value {
        let mut object = self.objects.remove(place).unwrap_or_default();
        self.note(place, &mut object, "DELETED");
        object
    }

    fn note(&mut self, place: &Place, object: &mut Value, kind: &'static str) {
        self.revision += 1;
        metadata_mut(object).insert("resourceVersion".into(), json!(self.revision.to_string()));
        let change = Change { revision: self.revision, kind, place: place.clone(), object: object.clone() };
        self.history.push_back(change);
    }
}

/// The status door lets nothing but the status through.
fn with_status_of(before: &Value, object: &Value) -> Value {
    let mut after = before.clone();
    keep(&mut after, object, "status");
    after
}

fn keep_metadata(object: &mut Value, before: &Value, name: &str) {
    let value = before["metadata"].get(name).cloned();
    let metadata = metadata_mut(object);
    match value {
        Some(value) => metadata.insert(name.into(), value),
        None => metadata.remove(name),
    };
}

fn check_preconditions(place: &Place, before: &Value, object: &Value) -> Result<(), Refusal> {
    let same_uid = object["metadata"]["uid"].as_str().is_none_or(|uid| before["metadata"]["uid"] == uid);
    if version_of(object).is_some_and(|version| version_of(before) != Some(version)) || !same_uid {
        return Err(Refusal::conflict(place.resource, &place.name));
    }
    if place.resource.plural == "leases" && version_of(object).is_none() {
        let why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
        return Err(Refusal::invalid(place.resource, &place.name, why));
    }
    Ok(())
}

fn check_finalizers(place: &Place, before: &Value, object: &Value) -> Result<(), Refusal> {
    let old = finalizers(before);
    let added: Vec<&str> = finalizers(object).into_iter().filter(|one| !old.contains(one)).collect();
    if is_terminating(before) && !added.is_empty() {
        let why = format!(
            "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers {added:?}"
        );
        return Err(Refusal::invalid(place.resource, &place.name, &why));
    }
    Ok(())
}

/// Kubernetes stores times to the second.
fn to_second(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}
