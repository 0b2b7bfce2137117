//! An event that is told again becomes a series: one object with a count, as the recorders of Kubernetes make it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::EventSeries;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;

use crate::plan::Event;

/// An event that is told again later than this is a new one. It is also the time of client-go.
const LASTS: SignedDuration = SignedDuration::from_mins(6);
/// So many are remembered.
const MOST: usize = 500;

/// An event, and when it was told.
pub(crate) struct Told {
    pub(crate) about: ObjectReference,
    pub(crate) event: Event,
    pub(crate) at: Timestamp,
}

/// What makes two events the same: the object, the reason and the message.
type Identity = (Option<String>, &'static str, String);

/// The events that were published a short while ago.
#[derive(Debug, Default)]
pub(crate) struct Published {
    recent: BTreeMap<Identity, Recent>,
    count: u64,
}

#[derive(Debug)]
struct Recent {
    /// Of the event in Kubernetes.
    name: String,
    times: i32,
    last: Timestamp,
}

impl Published {
    /// The number of the next event.
    pub(crate) const fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    /// The name of the event that says the same, and its series with this one.
    pub(crate) fn again(&self, told: &Told) -> Option<(String, EventSeries)> {
        let recent = self.recent.get(&identity(told)).filter(|recent| told.at.duration_since(recent.last) < LASTS)?;
        let series = EventSeries { count: recent.times + 1, last_observed_time: MicroTime(told.at) };
        Some((recent.name.clone(), series))
    }

    /// Notes an event that was published under this name.
    pub(crate) fn note(&mut self, told: &Told, name: String) {
        if self.recent.len() >= MOST {
            self.recent.retain(|_, recent| told.at.duration_since(recent.last) < LASTS);
        }
        let times = self.recent.get(&identity(told)).filter(|recent| recent.name == name).map_or(0, |one| one.times);
        if self.recent.len() < MOST || times > 0 {
            self.recent.insert(identity(told), Recent { name, times: times + 1, last: told.at });
        }
    }

    /// Forgets an event that could not be published: it may have been deleted.
    pub(crate) fn forget(&mut self, told: &Told) {
        self.recent.remove(&identity(told));
    }
}

fn identity(told: &Told) -> Identity {
    (told.about.uid.clone(), told.event.reason, told.event.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(message: &str, at: &str) -> Told {
        let event = Event { warning: true, reason: "Contended", message: message.into() };
        let about = ObjectReference { uid: Some("1".into()), ..ObjectReference::default() };
        Told { about, event, at: at.parse().unwrap() }
    }

    #[test]
    fn the_same_event_soon_after_is_counted() {
        let mut published = Published::default();
        let first = told("timing", "2026-11-24T12:00:00Z");
        assert!(published.again(&first).is_none());
        published.note(&first, "report.1".into());
        let second = told("timing", "2026-11-24T12:05:00Z");
        let (name, series) = published.again(&second).unwrap();
        assert_eq!((name.as_str(), series.count), ("report.1", 2));
        published.note(&second, name);
        assert_eq!(published.again(&told("timing", "2026-11-24T12:10:00Z")).unwrap().1.count, 3);
        assert!(published.again(&told("timing", "2026-11-24T12:12:00Z")).is_none(), "that was long ago");
        assert!(published.again(&told("input", "2026-11-24T12:05:00Z")).is_none(), "it says something else");
    }

    #[test]
    fn what_is_remembered_is_limited() {
        let mut published = Published::default();
        for number in 0..=MOST {
            published.note(&told(&number.to_string(), "2026-11-24T12:00:00Z"), number.to_string());
        }
        assert_eq!(published.recent.len(), MOST);
        published.note(&told("later", "2026-11-24T13:00:00Z"), "later".into());
        assert_eq!(published.recent.len(), 1);
    }
}
