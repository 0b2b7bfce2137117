//! Reports on the connection which deletions wait for approval: in a namespace that is being deleted no event can be
//! created.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::controller::state::key::Key;

/// New held deletions are collected for this time and reported together.
const EVERY: Duration = Duration::from_mins(1);

/// The held deletions that were already reported.
#[derive(Debug, Default)]
pub(crate) struct HeldDeletions {
    told: BTreeSet<Key>,
    told_at: Option<Duration>,
}

impl HeldDeletions {
    /// The held deletions to report now: those that were not reported yet.
    pub(crate) fn news(&mut self, held: &BTreeSet<Key>, now: Duration) -> Vec<String> {
        self.told.retain(|key| held.contains(key));
        if self.told_at.is_some_and(|at| now.saturating_sub(at) < EVERY) {
            return Vec::new();
        }
        let news: Vec<String> = held.difference(&self.told).map(ToString::to_string).collect();
        if !news.is_empty() {
            self.told.clone_from(held);
            self.told_at = Some(now);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_many_together() {
        let keys = |names: &[&str]| -> BTreeSet<Key> {
            names.iter().map(|name| Key { namespace: "a".into(), name: (*name).into() }).collect()
        };
        let (mut told, at) = (HeldDeletions::default(), Duration::from_secs);
        assert_eq!(told.news(&keys(&["one"]), at(0)), ["a/one"]);
        assert!(told.news(&keys(&["one", "two"]), at(59)).is_empty());
        assert_eq!(told.news(&keys(&["one", "three", "two"]), at(60)), ["a/three", "a/two"]);
        assert!(told.news(&keys(&["one", "two"]), at(600)).is_empty());
        assert!(told.news(&keys(&["two"]), at(700)).is_empty());
        assert_eq!(told.news(&keys(&["one", "two"]), at(800)), ["a/one"], "it was let go and is held again");
    }
}
