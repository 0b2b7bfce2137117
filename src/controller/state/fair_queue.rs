//! The work of a connection with one priority: by rank, and fair between namespaces.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::controller::state::key::Key;

/// Lower ranks first; among equal ranks namespaces take turns, and within one it is first come, first
/// served.
#[derive(Debug, Default)]
pub(crate) struct FairQueue {
    namespaces: BTreeMap<String, BTreeMap<(i64, u64), String>>,
    rank_of: HashMap<Key, (i64, u64)>,
    turns: VecDeque<String>,
    count: u64,
}

impl FairQueue {
    pub(crate) fn push(&mut self, key: &Key, rank: i64) {
        self.count += 1;
        let place = (rank, self.count);
        let names = self.namespaces.entry(key.namespace.clone()).or_default();
        if names.is_empty() {
            self.turns.push_back(key.namespace.clone());
        }
        names.insert(place, key.name.clone());
        self.rank_of.insert(key.clone(), place);
    }

    pub(crate) fn pop(&mut self) -> Option<(Key, i64)> {
        let rank = |namespace: &String| self.namespaces.get(namespace)?.first_key_value().map(|((rank, _), _)| *rank);
        let lowest = self.turns.iter().filter_map(rank).min()?;
        let turn = self.turns.iter().position(|namespace| rank(namespace) == Some(lowest))?;
        let namespace = self.turns.remove(turn)?;
        let names = self.namespaces.get_mut(&namespace)?;
        let ((rank, _), name) = names.pop_first()?;
        if names.is_empty() {
            self.namespaces.remove(&namespace);
        } else {
            self.turns.push_back(namespace.clone());
        }
        let key = Key { namespace, name };
        self.rank_of.remove(&key);
        Some((key, rank))
    }

    pub(crate) fn remove(&mut self, key: &Key) {
        let Some(place) = self.rank_of.remove(key) else { return };
        let Some(names) = self.namespaces.get_mut(&key.namespace) else { return };
        names.remove(&place);
        if names.is_empty() {
            self.namespaces.remove(&key.namespace);
            self.turns.retain(|namespace| *namespace != key.namespace);
        }
    }
}

impl FairQueue {
    pub(crate) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rank_of.len()
    }
}
