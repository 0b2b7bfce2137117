//! Who claims which id, and who holds it. An id is claimed in a workspace: several connections may lead there.

use std::collections::BTreeSet;

use crate::api::{Management, Reason, WorkflowConnection, WorkflowSchedule};
use crate::controller::state::cache::{Cache, CachedSchedule};
use crate::controller::state::key::Key;
use crate::plan::{Claimant, Ownership, allows, check_explicit, holder, is_under_prefix, may_share_workspace};
use crate::remote::ScheduleId;

impl Cache {
    pub(super) fn claim(&mut self, key: &Key, known: &CachedSchedule) {
        if let Some(id) = &known.id {
            let keys = self.claims.entry(id.clone()).or_insert_with(|| Vec::with_capacity(1));
            if let Err(place) = keys.binary_search(key) {
                keys.insert(place, key.clone());
            }
        }
    }

    pub(super) fn unclaim(&mut self, key: &Key, known: &CachedSchedule) {
        let Some(id) = &known.id else { return };
        if let Some(keys) = self.claims.get_mut(id) {
            keys.retain(|one| one != key);
            if keys.is_empty() {
                self.claims.remove(id);
            }
        }
    }

    /// The schedules that mean an id, through whatever connection.
    fn all_claimants(&self, id: &ScheduleId) -> impl Iterator<Item = (&Key, &CachedSchedule)> {
        let keys = self.claims.get(id).into_iter().flatten();
        keys.filter_map(|key| self.schedules.get(key).map(|known| (key, known)))
    }

    /// The schedules that mean an id through this connection.
    pub fn claimants_through<'a>(&'a self, connection: &Key, id: &ScheduleId) -> impl Iterator<Item = &'a Key> {
        self.all_claimants(id)
            .filter(move |(_, known)| known.connection_ref.as_ref() == Some(connection))
            .map(|(key, _)| key)
    }

    /// The schedules that mean an id in the workspace of this connection.
    pub fn claimants<'a>(&'a self, connection: &Key, id: &ScheduleId) -> impl Iterator<Item = &'a Key> {
        let is_here = move |known: &CachedSchedule| {
            known.connection_ref.as_ref().is_some_and(|connection_ref| self.share(connection, connection_ref))
        };
        self.all_claimants(id).filter(move |(_, known)| is_here(known)).map(|(key, _)| key)
    }

    /// Another connection through which a resource owns this id, according to its status.
    #[must_use]
    pub fn other_owner(&self, connection: &Key, id: &ScheduleId) -> Option<&Key> {
        let owns = |known: &CachedSchedule| {
            let status = known.resource.status.as_ref();
            status.is_some_and(|status| {
                status.schedule_id.as_deref() == Some(id.as_str())
                    && status.connection.as_deref() == known.connection_ref.as_ref().map(ToString::to_string).as_deref()
            })
        };
        let mut owners = self
            .all_claimants(id)
            .filter(|(_, known)| owns(known))
            .filter_map(|(_, known)| known.connection_ref.as_ref());
        owners.find(|owner| *owner != connection)
    }

    /// Whether an id is the same schedule through both connections. Computed for each query, so that a workspace
    /// that becomes known, or changes, moves no claims.
    fn share(&self, one: &Key, other: &Key) -> bool {
        let both = || Some((self.connections.get(one)?, self.connections.get(other)?));
        one == other || both().is_some_and(|(one, other)| may_share_workspace(one, other))
    }

    /// The prefixes of the other connections that lead into the workspace of this one: their derived ids are
    /// no explicit ones.
    #[must_use]
    pub fn other_prefixes(&self, connection: &Key) -> Vec<String> {
        let Some(own) = self.connections.get(connection) else { return Vec::new() };
        let others =
            self.connections.iter().filter(|(key, other)| *key != connection && may_share_workspace(own, other));
        others.map(|(_, other)| other.spec.schedule_id_prefix.clone()).collect()
    }

    /// The other resource that holds a schedule's id, if one does.
    #[must_use]
    pub fn conflict(&self, key: &Key) -> Option<String> {
        let known = self.schedule(key)?;
        let (connection_ref, id) = (known.connection_ref.as_ref()?, known.id.as_ref()?);
        let claimants: Vec<Claimant> = self
            .claimants(connection_ref, id)
            .filter_map(|key| self.claimant(key, id, self.schedules.get(key)?))
            .collect();
        holder(&claimants).map(|one| one.key.clone()).filter(|holder| *holder != key.to_string())
    }

    /// A resource that is not allowed to use an id is no claimant: others can use the id.
    fn claimant(&self, key: &Key, id: &ScheduleId, known: &CachedSchedule) -> Option<Claimant> {
        let connection_ref = known.connection_ref.as_ref()?;
        let connection = self.connections.get(connection_ref)?;
        let (spec, ownership) = (&connection.spec, Ownership::of(&known.resource));
        let own = ownership.derived_id(&spec.schedule_id_prefix);
        let is_derived = *id == own;
        let may_name_it = || {
            let others = self.other_prefixes(connection_ref);
            let prefixes = std::iter::once(&spec.schedule_id_prefix).chain(&others).map(String::as_str);
            check_explicit(id, &own, prefixes, &connection_ref.namespace, &key.namespace, &spec.allowed_schedule_ids)
                .is_ok()
        };
        if !claims(&known.resource) || !allows(connection, &key.namespace) || !(is_derived || may_name_it()) {
            return None;
        }
        Some(Claimant {
            key: key.to_string(),
            pinned: ownership.has_finalizer()
                && ownership.pinned_id() == Some(id.as_str())
                && ownership.is_claimed(id, &spec.schedule_id_prefix),
            derived: is_derived,
            created: known.resource.metadata.creation_timestamp.as_ref().map(|at| at.0),
        })
    }

    /// The schedules whose id may be another's, or another's no longer, now that the workspace of a connection
    /// is known, is another one, or is led to by one connection more or less.
    pub(super) fn affected_by_workspace_of(&self, connection: &Key) -> Vec<Key> {
        let prefix = self.connections.get(connection).map(|known| known.spec.schedule_id_prefix.as_str());
        let contested: BTreeSet<&ScheduleId> = self
            .schedules
            .values()
            .filter(|known| known.connection_ref.as_ref() == Some(connection))
            .filter_map(|known| known.id.as_ref())
            .filter(|id| self.is_contested(id))
            .collect();
        let is_affected = |known: &CachedSchedule| {
            let is_refused = matches!(known.last_outcome.reason(), Some(Reason::Conflict | Reason::IdNotAllowed));
            let is_explicit = known.resource.spec.schedule_id.is_some();
            is_refused
                || known.id.as_ref().is_some_and(|id| contested.contains(id))
                || (is_explicit
                    && known.id.as_ref().zip(prefix).is_some_and(|(id, prefix)| is_under_prefix(id, prefix)))
        };
        self.schedules().filter(|(_, known)| is_affected(known)).map(|(key, _)| key.clone()).collect()
    }

    fn is_contested(&self, id: &ScheduleId) -> bool {
        self.claims.get(id).is_some_and(|keys| keys.len() > 1)
    }

    /// Whether a connection is in use: a schedule with our finalizer lives on it.
    #[must_use]
    pub fn is_used(&self, connection: &Key) -> bool {
        let pinned = connection.to_string();
        self.schedules.values().any(|known| {
            let ownership = Ownership::of(&known.resource);
            let lives_here = known.connection_ref.as_ref() == Some(connection)
                || ownership.pinned_connection() == Some(pinned.as_str());
            lives_here && ownership.has_finalizer()
        })
    }
}

/// Whether two states of a connection mean the same workspace: if not, the claims must be compared again.
pub(super) fn is_same_place(one: &WorkflowConnection, other: &WorkflowConnection) -> bool {
    let place = |connection: &WorkflowConnection| {
        let status = connection.status.clone().unwrap_or_default();
        (
            status.claimed_prefix,
            status.identity.and_then(|identity| identity.workspace),
            connection.spec.server_url.clone(),
        )
    };
    place(one) == place(other)
}

/// Whether a resource can hold an id at all.
fn claims(resource: &WorkflowSchedule) -> bool {
    match resource.spec.management {
        Some(Management::Observe) => false,
        Some(Management::Off) => Ownership::of(resource).has_finalizer(),
        Some(Management::Full) | None => true,
    }
}
