//! After a deletion nothing of ours remains.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::model::ideal::{connection_of, deletion_policy, id_of, key, management};
use super::schedule;
use crate::kubernetes::finalizers;
use crate::state::State;

#[derive(Debug, Default)]
pub struct GoneIsGone {
    /// What lives, and what of it has to go with its resource.
    living: BTreeMap<String, Living>,
    /// When a person has let go of a schedule.
    orphaned: BTreeMap<String, Timestamp>,
}

/// A resource that has a schedule.
#[derive(Clone, Debug)]
struct Living {
    id: String,
    /// The schedule has to go with it.
    takes_with_it: bool,
    /// The schedule is meant to stay.
    orphans: bool,
}

impl GoneIsGone {
    /// The id that a resource means, or meant last.
    pub fn id(&self, key: &str) -> Option<&str> {
        self.living.get(key).map(|living| &*living.id)
    }

    /// etcd was restored: of resources that were made since its backup nothing is known.
    pub fn forget_others(&mut self, keys: &BTreeSet<String>) {
        self.living.retain(|key, _| keys.contains(key));
    }

    /// When the schedule was let go.
    pub fn orphaned_at(&self, id: &str) -> Option<Timestamp> {
        self.orphaned.get(id).copied()
    }
}

pub fn judge(state: &mut State, objects: &[Value]) {
    let mut living = living(state, objects);
    let (now, before) = (state.now, std::mem::take(&mut state.oracles.gone_is_gone.living));
    for (key, one) in before {
        if living.contains_key(&key) {
            continue;
        }
        if one.orphans {
            state.oracles.gone_is_gone.orphaned.entry(one.id.clone()).or_insert(now);
        }
        if one.takes_with_it {
            let is_anothers = living.values().any(|other| other.id == one.id);
            if !is_anothers && schedule(state, &one.id).is_some() {
                state.oracles.breach("gone_is_gone", now, format!("{key} is gone, and {} is there", one.id));
            }
            // It is looked at until the end: what comes late counts too.
            living.insert(key, one);
        }
    }
    state.oracles.gone_is_gone.living = living;
}

fn living(state: &State, objects: &[Value]) -> BTreeMap<String, Living> {
    let mut living = BTreeMap::new();
    for object in objects {
        let (Some(id), Some(connection)) =
            (id_of(&state.kubernetes.store, object), connection_of(&state.kubernetes.store, object))
        else {
            continue;
        };
        let spec = &object["spec"];
        let orphans = deletion_policy(spec, connection) == "Orphan";
        let takes_with_it = finalizers(object).contains(&"workflows.mistral.ai/finalizer")
            && !orphans
            && management(spec, connection) != "Observe"
            && !state.oracles.model.excused.contains(&key(object));
        living.insert(key(object), Living { id, takes_with_it, orphans });
    }
    living
}
