//! Counts failed writes to Kubernetes: decides when a failure is reported, and that it is reported once.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::controller::kubernetes::write_error::{Part, WriteError};
use crate::controller::state::key::ObjectKey;

/// A write that the API server did not answer, or could not store, is reported after so many failures in a row.
const IN_A_ROW: u32 = 3;
/// An event exists for an hour: a failure that lasts longer is reported again.
const AGAIN: Duration = Duration::from_hours(1);

/// The failures of each object.
#[derive(Debug, Default)]
pub struct FailedWrites(Mutex<BTreeMap<ObjectKey, Failing>>);

#[derive(Debug, Default)]
struct Failing {
    in_a_row: BTreeMap<Part, u32>,
    told: Option<(String, Duration)>,
}

impl FailedWrites {
    /// Counts a failure. Returns whether it is to be reported: a refusal at once; what may be there the next time,
    /// after some failures in a row.
    pub(crate) fn is_certain(&self, object: &ObjectKey, part: Part, error: &WriteError) -> bool {
        match error {
            WriteError::Refused { .. } | WriteError::Pruned(_) => true,
            WriteError::Failed { .. } | WriteError::Unread(_) => {
                let mut all = self.all();
                let count = all.entry(object.clone()).or_default().in_a_row.entry(part).or_default();
                *count = count.saturating_add(1);
                *count >= IN_A_ROW
            }
            WriteError::Conflict | WriteError::Gone | WriteError::NotLeading => false,
        }
    }

    /// Whether a message was not reported for an object yet, or so long ago that its event no longer exists.
    pub(crate) fn is_news(&self, object: &ObjectKey, message: &str, now: Duration) -> bool {
        let mut all = self.all();
        let told = &mut all.entry(object.clone()).or_default().told;
        let is_known = told.as_ref().is_some_and(|(text, at)| text == message && now.saturating_sub(*at) < AGAIN);
        if !is_known {
            *told = Some((message.to_owned(), now));
        }
        !is_known
    }

    /// A part of an object was written.
    pub(crate) fn written(&self, object: &ObjectKey, part: Part) {
        let mut all = self.all();
        let Some(failing) = all.get_mut(object) else { return };
        failing.in_a_row.remove(&part);
        if failing.in_a_row.is_empty() {
            all.remove(object);
        }
    }

    /// All of an object was written, or it is gone.
    pub(crate) fn forget(&self, object: &ObjectKey) {
        self.all().remove(object);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<ObjectKey, Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::state::key::Key;

    fn object() -> ObjectKey {
        ("WorkflowSchedule".into(), Key { namespace: "a".into(), name: "b".into() })
    }

    fn failed() -> WriteError {
        WriteError::Failed { what: "the status".into(), message: "no answer".into() }
    }

    #[test]
    fn a_refusal_is_certain_at_once_and_a_missing_answer_after_three() {
        let failing = FailedWrites::default();
        let refused = WriteError::Refused { what: "the status".into(), message: "denied".into() };
        assert!(failing.is_certain(&object(), Part::Status, &refused));
        let certain = |part| failing.is_certain(&object(), part, &failed());
        assert_eq!([certain(Part::Status), certain(Part::Status), certain(Part::Finalizer)], [false; 3]);
        assert!(certain(Part::Status));
        failing.written(&object(), Part::Status);
        assert!(!certain(Part::Status));
        assert!(!failing.is_certain(&object(), Part::Status, &WriteError::Conflict));
    }

    #[test]
    fn the_same_is_said_once_an_hour() {
        let failing = FailedWrites::default();
        let at = Duration::from_mins;
        assert!(failing.is_news(&object(), "denied", at(0)));
        assert!(!failing.is_news(&object(), "denied", at(59)));
        assert!(failing.is_news(&object(), "denied", at(60)));
        assert!(failing.is_news(&object(), "quota", at(61)));
        failing.forget(&object());
        assert!(failing.is_news(&object(), "quota", at(62)));
    }
}
