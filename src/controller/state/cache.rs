//! What the operator knows of the cluster: the resources as they were last seen, and what follows
//! from them together. No I/O.
//!
//! There are two ways to update it. An object from a list-watch session (`watched_…`) always counts: it inserts and
//! replaces. Versions of two sessions cannot be compared, because a control plane may be
//! restored, or fail over to an older member, and count from a smaller version on. What an answer says
//! (`answered_…`) may be late: it replaces just the version on which the request was made, and never
//! inserts.
//!
//! The watch may lag behind an answer. So the version of each answer that the watch has not shown yet is
//! kept, and older versions of that object from the watch are ignored. A listing clears them: it is
//! newer than all answers before it.

mod answers;
mod cached_schedule;
mod claims;

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::core::ObjectMeta;

use crate::api::{DEFAULT_CONNECTION, WorkflowConnection, WorkflowSchedule};
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::ConnectionRef;
use crate::plan::Ownership;
use crate::remote::ScheduleId;
use answers::{is_follower, is_same};
use claims::is_same_place;

pub use answers::{Answers, is_in, is_older};
pub use cached_schedule::{CachedSchedule, Change, Look, MissedCheck, is_edited};

/// All resources.
#[derive(Debug, Default)]
pub struct Cache {
    schedules: BTreeMap<Key, CachedSchedule>,
    connections: BTreeMap<Key, Arc<WorkflowConnection>>,
    /// Sorted. Only by id: the connections tell which of them use the same workspace. Nearly each id has one: a set
    /// would be ten times as large.
    claims: BTreeMap<ScheduleId, Vec<Key>>,
    default_connection: ConnectionRef,
    /// Of schedules.
    pub schedule_answers: Answers,
    /// Of connections.
    pub connection_answers: Answers,
}

impl Cache {
    /// An empty cache.
    #[must_use]
    pub fn new(default_connection: ConnectionRef) -> Self {
        Self { default_connection, ..Self::default() }
    }

    /// A schedule that can be read.
    #[must_use]
    pub fn schedule(&self, key: &Key) -> Option<&CachedSchedule> {
        self.schedules.get(key).filter(|known| !known.is_unreadable)
    }

    /// A schedule, even if only a part of it can be read.
    #[must_use]
    pub fn whole_or_part(&self, key: &Key) -> Option<&CachedSchedule> {
        self.schedules.get(key)
    }

    /// A schedule that can be read, to change what is known about it.
    pub fn schedule_mut(&mut self, key: &Key) -> Option<&mut CachedSchedule> {
        self.schedules.get_mut(key).filter(|known| !known.is_unreadable)
    }

    /// The keys of all schedules, also of those that cannot be read.
    pub fn schedule_keys(&self) -> impl Iterator<Item = &Key> {
        self.schedules.keys()
    }

    /// All schedules that can be read.
    pub fn schedules(&self) -> impl Iterator<Item = (&Key, &CachedSchedule)> {
        self.schedules.iter().filter(|(_, known)| !known.is_unreadable)
    }

    /// The schedules of a connection that can be read.
    pub fn schedules_of<'a>(&'a self, connection: &'a Key) -> impl Iterator<Item = (&'a Key, &'a CachedSchedule)> {
        self.schedules().filter(move |(_, known)| known.connection_ref.as_ref() == Some(connection))
    }

    /// All connections.
    pub fn connections(&self) -> impl Iterator<Item = (&Key, &Arc<WorkflowConnection>)> {
        self.connections.iter()
    }

    /// A connection.
    #[must_use]
    pub fn connection(&self, key: &Key) -> Option<&Arc<WorkflowConnection>> {
        self.connections.get(key)
    }

    /// Stores a schedule that a list or a watch has returned.
    pub fn watched_schedule(&mut self, resource: Arc<WorkflowSchedule>) -> Change {
        let key = Key::of(&resource.metadata);
        let before = self.schedule(&key).filter(|known| is_same(&known.resource.metadata, &resource.metadata));
        // After a restore one version may stand for two contents: the contents are compared.
        let is_equal = before.is_some_and(|known| known.resource == resource);
        if before.is_some() && self.schedule_answers.are_ahead_of(&key, &resource.metadata) {
            return Change::Stale;
        }
        self.schedule_answers.shown(&key);
        if is_equal {
            return Change::Stale;
        }
        self.put_schedule(key, resource)
    }

    /// Stores a schedule from the answer to a request that was based on the version `on`.
    pub fn answered_schedule(&mut self, on: &ObjectMeta, answer: Arc<WorkflowSchedule>) -> Change {
        let key = Key::of(&answer.metadata);
        let Some(known) = self.schedule(&key) else { return Change::Stale };
        if !is_follower(&known.resource.metadata, on, &answer.metadata) {
            return Change::Stale;
        }
        self.schedule_answers.note(&key, &answer.metadata);
        self.put_schedule(key, answer)
    }

    fn put_schedule(&mut self, key: Key, resource: Arc<WorkflowSchedule>) -> Change {
        let before = self.schedule(&key).filter(|known| is_same(&known.resource.metadata, &resource.metadata)).cloned();
        let connection_ref = self.resolve(&resource);
        let id = self.id(&resource, &connection_ref);
        let known = match &before {
            Some(known) => {
                // The last comparison stays valid unless spec or status changed: a status may come from a backup.
                let is_same = !is_edited(&known.resource, &resource) && known.resource.status == resource.status;
                let compared = known.compared.filter(|_| is_same);
                CachedSchedule { resource, connection_ref, id, compared, ..known.clone() }
            }
            None => CachedSchedule::fresh(resource, connection_ref, id),
        };
        self.insert(key, known);
        before.map_or(Change::New, |known| Change::Changed(known.resource))
    }

    /// Stores what can be read of a schedule that cannot be read whole. It keeps its id and its connection, and is not
    /// there otherwise.
    pub fn unreadable_schedule(&mut self, part: Arc<WorkflowSchedule>) {
        let key = Key::of(&part.metadata);
        let connection_ref = self.resolve(&part);
        let id = self.id(&part, &connection_ref);
        self.schedule_answers.shown(&key);
        self.insert(key, CachedSchedule { is_unreadable: true, ..CachedSchedule::fresh(part, connection_ref, id) });
    }

    fn insert(&mut self, key: Key, known: CachedSchedule) {
        if let Some(replaced) = self.schedules.get(&key).cloned() {
            self.unclaim(&key, &replaced);
        }
        self.claim(&key, &known);
        self.schedules.insert(key, known);
    }

    /// Forgets a schedule.
    pub fn remove_schedule(&mut self, key: &Key) -> Option<CachedSchedule> {
        let known = self.schedules.remove(key)?;
        self.schedule_answers.shown(key);
        self.unclaim(key, &known);
        Some(known)
    }

    /// Takes in a connection that a list or a watch has shown. Gives what it was, and the schedules that
    /// mean another one, or another id, now: a connection named `default` goes before the operator's own; and
    /// those whose id may be another's by its workspace. `None`: it is known, or it is late.
    #[allow(clippy::type_complexity, reason = "two answers to one question")]
    pub fn watched_connection(
        &mut self,
        connection: Arc<WorkflowConnection>,
    ) -> Option<(Option<Arc<WorkflowConnection>>, Vec<Key>)> {
        let key = Key::of(&connection.metadata);
        let before = self.connections.get(&key).filter(|known| is_same(&known.metadata, &connection.metadata));
        if before.is_some() && self.connection_answers.are_ahead_of(&key, &connection.metadata) {
            return None;
        }
        self.connection_answers.shown(&key);
        if before == Some(&connection) {
            return None;
        }
        let uid = connection.metadata.uid.clone();
        // A connection that was deleted and created again counts as new.
        let is_same_place = before.is_some_and(|before| is_same_place(before, &connection));
        let old = self.connections.insert(key.clone(), connection).filter(|old| old.metadata.uid == uid);
        let mut moved = if old.is_none() { self.resolve_all() } else { Vec::new() };
        if !is_same_place {
            moved.extend(self.affected_by_workspace_of(&key));
        }
        Some((old, moved))
    }

    /// Takes in a connection as the API server has answered a write that was made on the version `on`. Gives
    /// the schedules whose id may be another's, now that its workspace is known or another one.
    #[must_use]
    pub fn answered_connection(&mut self, on: &ObjectMeta, answer: Arc<WorkflowConnection>) -> Vec<Key> {
        let key = Key::of(&answer.metadata);
        let Some(known) = self.connections.get_mut(&key) else { return Vec::new() };
        if !is_follower(&known.metadata, on, &answer.metadata) {
            return Vec::new();
        }
        self.connection_answers.note(&key, &answer.metadata);
        let is_same_place = is_same_place(known, &answer);
        *known = answer;
        if is_same_place { Vec::new() } else { self.affected_by_workspace_of(&key) }
    }

    /// Forgets a connection. Gives the schedules that mean another one now, and those whose id was perhaps
    /// another's because of it.
    pub fn remove_connection(&mut self, key: &Key) -> Vec<Key> {
        let mut moved = self.affected_by_workspace_of(key);
        self.connections.remove(key);
        self.connection_answers.shown(key);
        moved.extend(self.resolve_all());
        moved
    }

    fn resolve_all(&mut self) -> Vec<Key> {
        let all: Vec<Arc<WorkflowSchedule>> = self.schedules.values().map(|known| known.resource.clone()).collect();
        let moved = all.iter().filter(|resource| self.resolve_again(resource));
        moved.map(|resource| Key::of(&resource.metadata)).collect()
    }

    fn resolve_again(&mut self, resource: &Arc<WorkflowSchedule>) -> bool {
        let key = Key::of(&resource.metadata);
        let connection_ref = self.resolve(resource);
        let id = self.id(resource, &connection_ref);
        let Some(before) = self.schedules.get(&key).cloned() else { return false };
        if before.connection_ref == connection_ref && before.id == id {
            return false;
        }
        self.insert(key, CachedSchedule { connection_ref, id, ..before });
        true
    }

    /// The connection that a schedule means, there or not. A deletion goes to where it lives.
    #[must_use]
    pub fn resolve(&self, resource: &WorkflowSchedule) -> ConnectionRef {
        let namespace = resource.metadata.namespace.as_deref().unwrap_or_default();
        let pinned = Ownership::of(resource).pinned_connection().and_then(Key::parse);
        if resource.metadata.deletion_timestamp.is_some() && pinned.is_some() {
            return pinned;
        }
        if let Some(reference) = &resource.spec.connection_ref {
            let namespace = reference.namespace.as_deref().unwrap_or(namespace);
            return Some(Key { namespace: namespace.to_owned(), name: reference.name.clone() });
        }
        let own = Key { namespace: namespace.to_owned(), name: DEFAULT_CONNECTION.to_owned() };
        if self.connections.contains_key(&own) {
            return Some(own);
        }
        self.default_connection.clone().or(Some(own))
    }

    fn id(&self, resource: &WorkflowSchedule, connection_ref: &ConnectionRef) -> Option<ScheduleId> {
        let ownership = Ownership::of(resource);
        let Some(connection) = connection_ref.as_ref().and_then(|key| self.connections.get(key)) else {
            return ownership.pinned_id().map(ScheduleId::new);
        };
        let prefix = &connection.spec.schedule_id_prefix;
        Some(ownership.held_id(prefix).unwrap_or_else(|| ownership.meant_id(prefix)))
    }
}

#[cfg(test)]
mod tests;
