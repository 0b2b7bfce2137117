//! Whether the process is ready.

use std::sync::{Mutex, PoisonError};

/// The state that `/readyz` returns.
#[derive(Debug)]
pub struct Health {
    unready: Mutex<Option<String>>,
}

impl Default for Health {
    fn default() -> Self {
        Self { unready: Mutex::new(Some("starting".into())) }
    }
}

impl Health {
    /// The process is ready.
    pub fn ready(&self) {
        self.set(None);
    }

    /// The process is not ready, for this reason.
    pub fn not_ready(&self, why: String) {
        self.set(Some(why));
    }

    /// Why the process is not ready; `None` if it is ready.
    #[must_use]
    pub fn unready(&self) -> Option<String> {
        self.unready.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, unready: Option<String>) {
        *self.unready.lock().unwrap_or_else(PoisonError::into_inner) = unready;
    }
}
