//! Who claims which id, and who holds it.

use crate::api::{Management, WorkflowSchedule};
use crate::controller::state::cache::{Cache, CachedSchedule};
use crate::controller::state::key::Key;
use crate::plan::{Claimant, Ownership, allows, check_explicit, holder};
use crate::remote::ScheduleId;

impl Cache {
    pub(super) fn claim(&mut self, key: &Key, known: &CachedSchedule) {
        if let (Some(via), Some(id)) = (&known.via, &known.id) {
            self.claims.entry((via.clone(), id.clone())).or_default().insert(key.clone());
        }
    }

    pub(super) fn unclaim(&mut self, key: &Key, known: &CachedSchedule) {
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
            .map(|(key, known)| claimant(key, id, &known.resource))
            .collect();
        holder(&claimants).map(|one| one.key.clone()).filter(|holder| *holder != key.to_string())
    }

    /// A resource that is not allowed to hold an id keeps it from nobody.
    fn may_claim(&self, via: &Key, id: &ScheduleId, known: &CachedSchedule) -> bool {
        let Some(connection) = self.connections.get(via) else { return false };
        let namespace = known.resource.metadata.namespace.as_deref().unwrap_or_default();
        let spec = &connection.spec;
        let own = Ownership::of(&known.resource).derived_id(&spec.schedule_id_prefix);
        allows(connection, namespace)
            && check_explicit(id, &own, &spec.schedule_id_prefix, &via.namespace, namespace, &spec.allowed_schedule_ids)
                .is_ok()
    }

    /// Whether a connection is in use: a schedule with our finalizer lives on it.
    #[must_use]
    pub fn is_used(&self, connection: &Key) -> bool {
        let pinned = connection.to_string();
        self.schedules.values().any(|known| {
            let ownership = Ownership::of(&known.resource);
            let lives_here =
                known.via.as_ref() == Some(connection) || ownership.pinned_connection() == Some(pinned.as_str());
            lives_here && ownership.has_finalizer()
        })
    }
}

fn claimant(key: &Key, id: &ScheduleId, resource: &WorkflowSchedule) -> Claimant {
    let ownership = Ownership::of(resource);
    Claimant {
        key: key.to_string(),
        pinned: ownership.has_finalizer() && ownership.pinned_id() == Some(id.as_str()),
        derived: resource.spec.schedule_id.is_none(),
        created: resource.metadata.creation_timestamp.as_ref().map(|at| at.0),
    }
}

/// Whether a resource can hold an id at all.
fn claims(resource: &WorkflowSchedule) -> bool {
    match resource.spec.management {
        Some(Management::Observe) => false,
        Some(Management::Off) => Ownership::of(resource).has_finalizer(),
        Some(Management::Full) | None => true,
    }
}
