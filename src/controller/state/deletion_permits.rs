//! Which deletions of a connection's schedules may go, and which wait for approval.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::api::DeletionWindow;
use crate::controller::state::key::Key;
use crate::plan::{DeletionLimit, DeletionVerdict};

/// The deletions of a connection.
#[derive(Debug, Default)]
pub struct DeletionPermits {
    /// The deletions of the last ten minutes.
    recent: DeletionLimit,
    granted: BTreeSet<Key>,
    held: BTreeSet<Key>,
}

/// The answer to a request for one deletion.
#[derive(Debug)]
pub enum DeletionPermit {
    /// The deletion is allowed.
    Granted,
    /// The deletion is allowed after this is stored in the status of the connection, and after
    /// [`DeletionPermits::grant`].
    StoreFirst(DeletionWindow, DeletionLimit),
    /// The deletion waits for approval.
    Held,
}

impl DeletionPermits {
    /// With the deletions in the status of the connection.
    #[must_use]
    pub fn new(recent: DeletionLimit) -> Self {
        Self { recent, ..Self::default() }
    }

    /// Requests one deletion where the connection has `total` schedules.
    pub fn request(&mut self, key: &Key, total: usize, now: Timestamp) -> DeletionPermit {
        if self.granted.contains(key) {
            return DeletionPermit::Granted;
        }
        let mut recent = self.recent.clone();
        match recent.ask(total, now) {
            DeletionVerdict::Allowed => {
                self.grant(key, recent);
                DeletionPermit::Granted
            }
            DeletionVerdict::AllowedOnceStored(window) => DeletionPermit::StoreFirst(window, recent),
            DeletionVerdict::Held => {
                self.recent = recent;
                self.hold(key);
                DeletionPermit::Held
            }
        }
    }

    /// The deletion is counted in the stored status: it is allowed.
    pub fn grant(&mut self, key: &Key, recent: DeletionLimit) {
        self.recent = recent;
        self.granted.insert(key.clone());
    }

    /// A person approved a deletion.
    pub fn approve(&mut self, key: &Key) {
        self.held.remove(key);
    }

    /// A deletion waits for approval. Returns whether it is new.
    pub fn hold(&mut self, key: &Key) -> bool {
        self.held.insert(key.clone())
    }

    /// Whether a deletion waits for approval.
    #[must_use]
    pub fn is_held(&self, key: &Key) -> bool {
        self.held.contains(key)
    }

    /// Those that wait for approval.
    #[must_use]
    pub const fn held(&self) -> &BTreeSet<Key> {
        &self.held
    }

    /// Takes out the deletions that wait for approval.
    pub fn take_held(&mut self) -> BTreeSet<Key> {
        std::mem::take(&mut self.held)
    }

    /// The resource does not exist any more.
    pub fn forget(&mut self, key: &Key) {
        self.granted.remove(key);
        self.held.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn key(number: usize) -> Key {
        Key { namespace: "a".into(), name: number.to_string() }
    }

    #[test]
    fn what_could_not_be_stored_is_not_counted() {
        let mut permits = DeletionPermits::default();
        for _ in 0..20 {
            assert!(matches!(permits.request(&key(0), 40, NOW), DeletionPermit::StoreFirst(..)));
        }
    }

    #[test]
    fn a_deletion_is_counted_once_however_often_it_is_tried() {
        let mut permits = DeletionPermits::default();
        let mut request = |number| match permits.request(&key(number), 40 - number, NOW) {
            DeletionPermit::StoreFirst(_, recent) => {
                permits.grant(&key(number), recent);
                true
            }
            DeletionPermit::Granted => true,
            DeletionPermit::Held => false,
        };
        assert!((0..10).all(|number| request(number) && request(number)));
        assert!(!request(10));
        assert!(permits.is_held(&key(10)));
        permits.forget(&key(10));
        assert!(permits.held().is_empty());
    }
}
