//! Whether the process is fit to work.

use std::sync::{Mutex, PoisonError};

/// What `/readyz` answers with.
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
    /// It is ready.
    pub fn ready(&self) {
        self.set(None);
    }

    /// It is not, and why.
    pub fn not_ready(&self, why: String) {
        self.set(Some(why));
    }

    /// Why it is not ready; `None` if it is.
    #[must_use]
    pub fn unready(&self) -> Option<String> {
        self.unready.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, unready: Option<String>) {
        *self.unready.lock().unwrap_or_else(PoisonError::into_inner) = unready;
    }
}
