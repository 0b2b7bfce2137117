//! What the operator knows of the cluster: the resources as they were last seen, and what follows
//! from them together. No I/O.
//!
//! There are two entrances. What a list-watch session shows (`watched_…`) is the truth: it inserts and it
//! replaces whatever is known, for versions of two sessions cannot be compared: a control plane may be
//! restored, or fail over to an older member, and count from a smaller version on. What an answer says
//! (`answered_…`) may be late: it replaces just the version on which the request was made, and never
//! inserts.
//!
//! The watch may lag behind an answer. So the version of each answer that the watch has not shown yet is
//! kept, and what the watch shows of that object before is passed over. A listing begins with none: it is
//! younger than all answers before it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt;
use kube::core::ObjectMeta;

use crate::api::{self, Management, Reason, WorkflowConnection, WorkflowSchedule};
use crate::controller::state::key::Key;
use crate::controller::state::workqueue::ConnectionRef;
use crate::plan::{Claimant, allows, check_explicit, derived_id, holder, id_of};
use crate::remote::ScheduleId;

/// All resources.
#[derive(Debug, Default)]
pub struct Cache {
    schedules: BTreeMap<Key, CachedSchedule>,
    connections: BTreeMap<Key, Arc<WorkflowConnection>>,
    claims: BTreeMap<(Key, ScheduleId), BTreeSet<Key>>,
    default_connection: ConnectionRef,
    /// Of schedules.
    pub schedule_answers: Answers,
    /// Of connections.
    pub connection_answers: Answers,
}

/// The versions that are known from answers, and that the watch has not shown yet.
#[derive(Debug, Default)]
pub struct Answers(BTreeMap<Key, String>);

impl Answers {
    /// A listing begins: all that was answered is older than it.
    pub fn forget(&mut self, namespace: Option<&str>) {
        self.0.retain(|key, _| !is_in(key, namespace));
    }

    /// Those of a namespace, or of all.
    #[must_use]
    pub fn of(&self, namespace: Option<&str>) -> BTreeSet<(Key, String)> {
        let all = self.0.iter().filter(|(key, _)| is_in(key, namespace));
        all.map(|(key, version)| (key.clone(), version.clone())).collect()
    }

    fn note(&mut self, key: &Key, metadata: &ObjectMeta) {
        if let Some(version) = &metadata.resource_version {
            self.0.insert(key.clone(), version.clone());
        }
    }

    /// Whether the watch shows a version that is older than an answer.
    fn are_ahead_of(&self, key: &Key, metadata: &ObjectMeta) -> bool {
        self.0.get(key).is_some_and(|answer| is_older(metadata.resource_version.as_deref(), answer))
    }
}

/// Whether a key is in a namespace, or in any.
#[must_use]
pub fn is_in(key: &Key, namespace: Option<&str>) -> bool {
    namespace.is_none_or(|namespace| key.namespace == namespace)
}

/// How the last reconcile of a resource ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastOutcome {
    /// There was none yet.
    #[default]
    Never,
    /// All is well.
    Ready,
    /// A person has to change something.
    Stalled,
    /// It goes on by itself.
    Waiting,
}

/// A schedule, and what the operator knows about it in addition to its status.
#[derive(Clone, Debug)]
pub struct CachedSchedule {
    /// As it was last seen.
    pub resource: Arc<WorkflowSchedule>,
    /// The connection that it resolves to.
    pub via: ConnectionRef,
    /// The id that it means.
    pub id: Option<ScheduleId>,
    /// How the last reconcile ended.
    pub last_outcome: LastOutcome,
    /// Failures in a row.
    pub failures: u32,
    /// Since when the fire guard delays a change.
    pub guarded_since: Option<Timestamp>,
    /// The entry of the last LIST that was compared, as a hash.
    pub compared: Option<u64>,
    /// When the times of its runs were last written.
    pub runs_written_at: Option<Duration>,
    /// When this process last changed the remote schedule: a LIST may be older than that.
    pub changed_at: Option<Duration>,
}

/// The result of adding a schedule to the cache.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is known, or it is late: nothing has happened.
    Stale,
    /// It was not known.
    New,
    /// It was so before.
    Changed(Arc<WorkflowSchedule>),
}

impl CachedSchedule {
    const fn fresh(resource: Arc<WorkflowSchedule>, via: ConnectionRef, id: Option<ScheduleId>) -> Self {
        Self {
            resource,
            via,
            id,
            last_outcome: LastOutcome::Never,
            failures: 0,
            guarded_since: None,
            compared: None,
            runs_written_at: None,
            changed_at: None,
        }
    }
}

impl CachedSchedule {
    /// Whether its Ready condition has this reason.
    #[must_use]
    pub fn says(&self, reason: Reason) -> bool {
        let mut conditions = self.resource.status.iter().flat_map(|status| &status.conditions);
        conditions.any(|condition| condition.type_ == "Ready" && condition.reason == reason.as_str())
    }
}

impl Cache {
    /// An empty cache.
    #[must_use]
    pub fn new(default_connection: ConnectionRef) -> Self {
        Self { default_connection, ..Self::default() }
    }

    /// A schedule.
    #[must_use]
    pub fn schedule(&self, key: &Key) -> Option<&CachedSchedule> {
        self.schedules.get(key)
    }

    /// A schedule, to change what is known about it.
    pub fn schedule_mut(&mut self, key: &Key) -> Option<&mut CachedSchedule> {
        self.schedules.get_mut(key)
    }

    /// All schedules.
    pub fn schedules(&self) -> impl Iterator<Item = (&Key, &CachedSchedule)> {
        self.schedules.iter()
    }

    /// The schedules of a connection.
    pub fn schedules_of<'a>(&'a self, connection: &'a Key) -> impl Iterator<Item = (&'a Key, &'a CachedSchedule)> {
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

    /// Takes in a schedule that a list or a watch has shown.
    pub fn watched_schedule(&mut self, resource: Arc<WorkflowSchedule>) -> Change {
        let key = Key::of(&resource.metadata);
        let before = self.schedules.get(&key).filter(|known| is_same(&known.resource.metadata, &resource.metadata));
        if before.is_some() && self.schedule_answers.are_ahead_of(&key, &resource.metadata) {
            return Change::Stale;
        }
        self.schedule_answers.0.remove(&key);
        // Two histories may use one version: what is the same is seen by what it says.
        if before.is_some_and(|known| known.resource == resource) {
            return Change::Stale;
        }
        self.put_schedule(key, resource)
    }

    /// Takes in a schedule as the API server has answered a request that was made on the version `on`.
    pub fn answered_schedule(&mut self, on: &ObjectMeta, answer: Arc<WorkflowSchedule>) -> Change {
        let key = Key::of(&answer.metadata);
        let Some(known) = self.schedules.get(&key) else { return Change::Stale };
        if !is_follower(&known.resource.metadata, on, &answer.metadata) {
            return Change::Stale;
        }
        self.schedule_answers.note(&key, &answer.metadata);
        self.put_schedule(key, answer)
    }

    fn put_schedule(&mut self, key: Key, resource: Arc<WorkflowSchedule>) -> Change {
        let before =
            self.schedules.get(&key).filter(|known| is_same(&known.resource.metadata, &resource.metadata)).cloned();
        let via = self.resolve(&resource);
        let id = self.id(&resource, &via);
        let known = match &before {
            Some(known) => {
                // What is compared once is not compared again: but a status may come out of a backup.
                let is_same = !is_edited(&known.resource, &resource) && known.resource.status == resource.status;
                let compared = known.compared.filter(|_| is_same);
                CachedSchedule { resource, via, id, compared, ..known.clone() }
            }
            None => CachedSchedule::fresh(resource, via, id),
        };
        if let Some(replaced) = self.schedules.get(&key).cloned() {
            self.unclaim(&key, &replaced);
        }
        self.claim(&key, &known);
        self.schedules.insert(key, known);
        before.map_or(Change::New, |known| Change::Changed(known.resource))
    }

    /// Forgets a schedule.
    pub fn remove_schedule(&mut self, key: &Key) -> Option<CachedSchedule> {
        let known = self.schedules.remove(key)?;
        self.schedule_answers.0.remove(key);
        self.unclaim(key, &known);
        Some(known)
    }

    /// Takes in a connection that a list or a watch has shown. Gives what it was, and the schedules that
    /// mean another one, or another id, now: a connection named `default` goes before the operator's own.
    /// `None`: it is known, or it is late.
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
        self.connection_answers.0.remove(&key);
        if before == Some(&connection) {
            return None;
        }
        let uid = connection.metadata.uid.clone();
        // An object that was deleted and created again is another object.
        let old = self.connections.insert(key, connection).filter(|old| old.metadata.uid == uid);
        let moved = if old.is_none() { self.resolve_all() } else { Vec::new() };
        Some((old, moved))
    }

    /// Takes in a connection as the API server has answered a write that was made on the version `on`.
    pub fn answered_connection(&mut self, on: &ObjectMeta, answer: Arc<WorkflowConnection>) {
        let key = Key::of(&answer.metadata);
        let Some(known) = self.connections.get_mut(&key) else { return };
        if is_follower(&known.metadata, on, &answer.metadata) {
            self.connection_answers.note(&key, &answer.metadata);
            *known = answer;
        }
    }

    /// Forgets a connection. Gives the schedules that mean another one now.
    pub fn remove_connection(&mut self, key: &Key) -> Vec<Key> {
        self.connections.remove(key);
        self.connection_answers.0.remove(key);
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
        let known = CachedSchedule { via, id, ..before };
        self.claim(&key, &known);
        self.schedules.insert(key, known);
        true
    }

    /// The connection that a schedule means, there or not. A deletion goes to where it lives.
    #[must_use]
    pub fn resolve(&self, resource: &WorkflowSchedule) -> ConnectionRef {
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

    fn id(&self, resource: &WorkflowSchedule, via: &ConnectionRef) -> Option<ScheduleId> {
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

    fn claim(&mut self, key: &Key, known: &CachedSchedule) {
        if let (Some(via), Some(id)) = (&known.via, &known.id) {
            self.claims.entry((via.clone(), id.clone())).or_default().insert(key.clone());
        }
    }

    fn unclaim(&mut self, key: &Key, known: &CachedSchedule) {
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

    /// A resource that may not hold an id does not block others.
    fn may_claim(&self, via: &Key, id: &ScheduleId, known: &CachedSchedule) -> bool {
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

    /// Whether a connection is in use: a schedule with the finalizer uses it.
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

/// Whether an object has the finalizer.
#[must_use]
pub fn has_finalizer(object: &impl ResourceExt) -> bool {
    object.finalizers().iter().any(|one| one == api::FINALIZER)
}

/// Whether a schedule was edited. After a restore another edit may have the same generation.
#[must_use]
pub fn is_edited(old: &WorkflowSchedule, new: &WorkflowSchedule) -> bool {
    old.metadata.generation != new.metadata.generation || old.spec != new.spec
}

/// An object that was deleted and created again is another object.
fn is_same(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    one.uid == other.uid
}

/// Whether what is known is just what a request was made on, and the answer says something new of it.
fn is_follower(known: &ObjectMeta, on: &ObjectMeta, answer: &ObjectMeta) -> bool {
    let is_known = is_same(known, on) && known.resource_version == on.resource_version;
    is_known && is_same(known, answer) && known.resource_version != answer.resource_version
}

/// Within one history versions count up, as Kubernetes has promised since 1.35; what is no number is
/// never older.
#[must_use]
pub fn is_older(new: Option<&str>, old: &str) -> bool {
    let number = |text: &str| text.parse::<u128>().ok();
    match (new.and_then(number), number(old)) {
        (Some(new), Some(old)) => new < old,
        (Some(_) | None, _) => false,
    }
}

#[cfg(test)]
mod tests;
