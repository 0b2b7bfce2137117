//! What the operator knows of the cluster: the resources as they were last seen, and what follows
//! from them together. No I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::core::ObjectMeta;

use super::key::Key;
use super::queue::Via;
use crate::api::{self, Management, Reason, WorkflowConnection, WorkflowSchedule};
use crate::plan::{Claimant, allows, check_explicit, derived_id, holder, id_of};
use crate::remote::ScheduleId;

/// All resources.
#[derive(Debug, Default)]
pub struct Store {
    schedules: BTreeMap<Key, Known>,
    connections: BTreeMap<Key, Arc<WorkflowConnection>>,
    claims: BTreeMap<(Key, ScheduleId), BTreeSet<Key>>,
    default_connection: Via,
}

/// How the last pass of a resource ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ended {
    /// There was none yet.
    #[default]
    Never,
    /// All is well.
    Ready,
    /// A person has to change something.
    Refused,
    /// It goes on by itself.
    Waiting,
}

/// A schedule and what the operator knows of it beside its status.
#[derive(Clone, Debug)]
pub struct Known {
    /// As it was last seen.
    pub resource: Arc<WorkflowSchedule>,
    /// The connection that it resolves to.
    pub via: Via,
    /// The id that it means.
    pub id: Option<ScheduleId>,
    /// How the last pass ended.
    pub ended: Ended,
    /// Failures in a row.
    pub failures: u32,
    /// Since when the guard holds something back.
    pub guarded_since: Option<Timestamp>,
    /// The entry of the last LIST that was judged, as a hash.
    pub judged: Option<u64>,
    /// When the times of its runs were last written.
    pub runs_written_at: Option<Duration>,
    /// When this process last changed the remote schedule: a LIST may lag behind that.
    pub touched_at: Option<Duration>,
}

/// What became of a schedule that was taken in.
#[derive(Clone, Debug)]
pub enum Seen {
    /// It is older than what is known, or the same: nothing has happened.
    Stale,
    /// It was not known.
    New,
    /// It was so before.
    Changed(Arc<WorkflowSchedule>),
}

impl Known {
    const fn fresh(resource: Arc<WorkflowSchedule>, via: Via, id: Option<ScheduleId>) -> Self {
        Self {
            resource,
            via,
            id,
            ended: Ended::Never,
            failures: 0,
            guarded_since: None,
            judged: None,
            runs_written_at: None,
            touched_at: None,
        }
    }
}

impl Known {
    /// Whether its Ready condition has this reason.
    #[must_use]
    pub fn says(&self, reason: Reason) -> bool {
        let mut conditions = self.resource.status.iter().flat_map(|status| &status.conditions);
        conditions.any(|condition| condition.type_ == "Ready" && condition.reason == reason.as_str())
    }
}

impl Store {
    /// An empty store.
    #[must_use]
    pub fn new(default_connection: Via) -> Self {
        Self { default_connection, ..Self::default() }
    }

    /// A schedule.
    #[must_use]
    pub fn schedule(&self, key: &Key) -> Option<&Known> {
        self.schedules.get(key)
    }

    /// A schedule, to note something about it.
    pub fn schedule_mut(&mut self, key: &Key) -> Option<&mut Known> {
        self.schedules.get_mut(key)
    }

    /// All schedules.
    pub fn schedules(&self) -> impl Iterator<Item = (&Key, &Known)> {
        self.schedules.iter()
    }

    /// The schedules of a connection.
    pub fn schedules_of<'a>(&'a self, connection: &'a Key) -> impl Iterator<Item = (&'a Key, &'a Known)> {
        self.schedules.iter().filter(move |(_, known)| known.via.as_ref() == Some(connection))
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

    /// Takes a schedule in. What is older than what is known is passed over.
    pub fn put_schedule(&mut self, resource: Arc<WorkflowSchedule>) -> Seen {
        let key = Key::of(&resource.metadata);
        let before =
            self.schedules.get(&key).filter(|known| known.resource.metadata.uid == resource.metadata.uid).cloned();
        if before.as_ref().is_some_and(|known| is_not_newer(&resource.metadata, &known.resource.metadata)) {
            return Seen::Stale;
        }
        let via = self.resolve(&resource);
        let id = self.id(&resource, &via);
        let known = match &before {
            Some(known) => {
                let is_edited = known.resource.metadata.generation != resource.metadata.generation;
                // What is judged once is not judged again: but a status may come out of a backup.
                let is_same = !is_edited && known.resource.status == resource.status;
                let judged = known.judged.filter(|_| is_same);
                Known { resource, via, id, judged, ..known.clone() }
            }
            None => Known::fresh(resource, via, id),
        };
        if let Some(replaced) = self.schedules.get(&key).cloned() {
            self.unclaim(&key, &replaced);
        }
        self.claim(&key, &known);
        self.schedules.insert(key, known);
        before.map_or(Seen::New, |known| Seen::Changed(known.resource))
    }

    /// Forgets a schedule.
    pub fn remove_schedule(&mut self, key: &Key) -> Option<Known> {
        let known = self.schedules.remove(key)?;
        self.unclaim(key, &known);
        Some(known)
    }

    /// Takes a connection in. Gives what it was, and the schedules that mean another one, or another
    /// id, now: a connection named `default` goes before the operator's own. `None`: it is older than
    /// what is known, or the same.
    #[allow(clippy::type_complexity, reason = "two answers to one question")]
    pub fn put_connection(
        &mut self,
        connection: Arc<WorkflowConnection>,
    ) -> Option<(Option<Arc<WorkflowConnection>>, Vec<Key>)> {
        let key = Key::of(&connection.metadata);
        let is_stale = |known: &Arc<WorkflowConnection>| {
            known.metadata.uid == connection.metadata.uid && is_not_newer(&connection.metadata, &known.metadata)
        };
        if self.connections.get(&key).is_some_and(is_stale) {
            return None;
        }
        let uid = connection.metadata.uid.clone();
        // One that was deleted and made anew is another one.
        let old = self.connections.insert(key, connection).filter(|old| old.metadata.uid == uid);
        let moved = if old.is_none() { self.resolve_all() } else { Vec::new() };
        Some((old, moved))
    }

    /// Forgets a connection. Gives the schedules that mean another one now.
    pub fn remove_connection(&mut self, key: &Key) -> Vec<Key> {
        self.connections.remove(key);
        self.resolve_all()
    }

    fn resolve_all(&mut self) -> Vec<Key> {
        let all: Vec<Arc<WorkflowSchedule>> = self.schedules.values().map(|known| known.resource.clone()).collect();
        let moved = all.iter().filter(|resource| self.resolve_again(resource));
        moved.map(|resource| Key::of(&resource.metadata)).collect()
    }

    fn resolve_again(&mut self, resource: &Arc<WorkflowSchedule>) -> bool {
        let key = Key::of(&resource.metadata);
        let via = self.resolve(resource);
        let id = self.id(resource, &via);
        let Some(before) = self.schedules.get(&key).cloned() else { return false };
        if before.via == via && before.id == id {
            return false;
        }
        self.unclaim(&key, &before);
        let known = Known { via, id, ..before };
        self.claim(&key, &known);
        self.schedules.insert(key, known);
        true
    }

    /// The connection that a schedule means, there or not. A deletion goes to where it lives.
    #[must_use]
    pub fn resolve(&self, resource: &WorkflowSchedule) -> Via {
        let namespace = resource.metadata.namespace.as_deref().unwrap_or_default();
        let pinned = lives_on(resource).and_then(Key::parse);
        if resource.metadata.deletion_timestamp.is_some() && pinned.is_some() {
            return pinned;
        }
        if let Some(reference) = &resource.spec.connection_ref {
            let namespace = reference.namespace.as_deref().unwrap_or(namespace);
            return Some(Key { namespace: namespace.to_owned(), name: reference.name.clone() });
        }
        let own = Key { namespace: namespace.to_owned(), name: "default".to_owned() };
        if self.connections.contains_key(&own) {
            return Some(own);
        }
        self.default_connection.clone().or(Some(own))
    }

    fn id(&self, resource: &WorkflowSchedule, via: &Via) -> Option<ScheduleId> {
        let status = resource.status.as_ref();
        let claimed = status.and_then(|status| status.memory.as_ref()).and_then(|memory| memory.claim.as_ref());
        let owned = status.and_then(|status| status.schedule_id.as_ref()).or(claimed.map(|claim| &claim.schedule_id));
        if let Some(owned) = owned {
            return Some(ScheduleId::new(owned.as_str()));
        }
        let connection = self.connections.get(via.as_ref()?)?;
        let Key { namespace, name } = Key::of(&resource.metadata);
        Some(id_of(&resource.spec, &connection.spec.schedule_id_prefix, &namespace, &name))
    }

    fn claim(&mut self, key: &Key, known: &Known) {
        if let (Some(via), Some(id)) = (&known.via, &known.id) {
            self.claims.entry((via.clone(), id.clone())).or_default().insert(key.clone());
        }
    }

    fn unclaim(&mut self, key: &Key, known: &Known) {
        if let (Some(via), Some(id)) = (&known.via, &known.id) {
            let place = (via.clone(), id.clone());
            if let Some(keys) = self.claims.get_mut(&place) {
                keys.remove(key);
                if keys.is_empty() {
                    self.claims.remove(&place);
                }
            }
        }
    }

    /// The schedules that mean an id.
    pub fn claimants(&self, connection: &Key, id: &ScheduleId) -> impl Iterator<Item = &Key> {
        self.claims.get(&(connection.clone(), id.clone())).into_iter().flatten()
    }

    /// The other resource that holds a schedule's id, if one does.
    #[must_use]
    pub fn conflict(&self, key: &Key) -> Option<String> {
        let known = self.schedules.get(key)?;
        let (via, id) = (known.via.as_ref()?, known.id.as_ref()?);
        let claimants: Vec<Claimant> = self
            .claimants(via, id)
            .filter_map(|key| self.schedules.get(key).map(|known| (key, known)))
            .filter(|(_, known)| claims(&known.resource) && self.may_claim(via, id, known))
            .map(|(key, known)| Claimant {
                key: key.to_string(),
                pinned: has_finalizer(known.resource.as_ref()) && owns(&known.resource, id),
                derived: known.resource.spec.schedule_id.is_none(),
                created: known.resource.metadata.creation_timestamp.as_ref().map(|at| at.0),
            })
            .collect();
        holder(&claimants).map(|one| one.key.clone()).filter(|holder| *holder != key.to_string())
    }

    /// A resource that is not allowed to hold an id keeps it from nobody.
    fn may_claim(&self, via: &Key, id: &ScheduleId, known: &Known) -> bool {
        let Some(connection) = self.connections.get(via) else { return false };
        let Key { namespace, name } = Key::of(&known.resource.metadata);
        let own = derived_id(&connection.spec.schedule_id_prefix, &namespace, &name);
        let spec = &connection.spec;
        allows(connection, &namespace)
            && check_explicit(
                id,
                &own,
                &spec.schedule_id_prefix,
                &via.namespace,
                &namespace,
                &spec.allowed_schedule_ids,
            )
            .is_ok()
    }

    /// Whether a connection is in use: a schedule with our finalizer lives on it.
    #[must_use]
    pub fn is_used(&self, connection: &Key) -> bool {
        let pinned = connection.to_string();
        self.schedules.values().any(|known| {
            let lives_here =
                known.via.as_ref() == Some(connection) || lives_on(&known.resource) == Some(pinned.as_str());
            lives_here && has_finalizer(known.resource.as_ref())
        })
    }
}

/// Whether a resource can hold an id at all.
fn claims(resource: &WorkflowSchedule) -> bool {
    match resource.spec.management {
        Some(Management::Observe) => false,
        Some(Management::Off) => has_finalizer(resource),
        Some(Management::Full) | None => true,
    }
}

/// The connection on which a schedule lives, or is about to: a creation that is under way may have
/// arrived.
#[must_use]
pub fn lives_on(resource: &WorkflowSchedule) -> Option<&str> {
    let status = resource.status.as_ref()?;
    let creating = || status.memory.as_ref()?.creating.as_ref().map(|creation| creation.connection.as_str());
    status.connection.as_deref().or_else(creating)
}

/// Whether a schedule of this id is a resource's own, or is about to be: a creation that is under way may
/// have arrived.
fn owns(resource: &WorkflowSchedule, id: &ScheduleId) -> bool {
    let Some(status) = &resource.status else { return false };
    let creating = || status.memory.as_ref()?.creating.as_ref().map(|creation| creation.schedule_id.as_str());
    status.schedule_id.is_some() || creating() == Some(id.as_str())
}

/// Whether our finalizer is on an object.
#[must_use]
pub fn has_finalizer(object: &impl ResourceExt) -> bool {
    object.finalizers().iter().any(|one| one == api::FINALIZER)
}

/// Resource versions count up, as Kubernetes has promised since 1.35; what is no number is newer
/// unless it is the same.
fn is_not_newer(new: &ObjectMeta, old: &ObjectMeta) -> bool {
    let (new, old) = (new.resource_version.as_deref(), old.resource_version.as_deref());
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<u128>().ok());
    match (number(new), number(old)) {
        (Some(new), Some(old)) => new <= old,
        (Some(_) | None, _) => new.is_some() && new == old,
    }
}

#[cfg(test)]
mod tests;
