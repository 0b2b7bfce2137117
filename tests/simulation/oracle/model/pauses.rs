//! Whether people have paused a schedule in the console: what a resource that declares nothing must keep.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use workflow_schedule_operator::sandbox::Schedule;

/// What people have decided about the pause of each id.
#[derive(Debug, Default)]
pub struct Pauses {
    people: BTreeMap<String, bool>,
    /// Those of which nobody can know whether they shall be paused.
    unsure: BTreeSet<String>,
    /// The uids of the resources whose schedule has been there.
    had: BTreeSet<String>,
}

impl Pauses {
    /// Whether people have paused it; `None` is that nobody can know.
    pub fn of_people(&self, id: &str) -> Option<bool> {
        let is_paused = self.people.get(id).copied().unwrap_or(false);
        (!self.unsure.contains(id)).then_some(is_paused)
    }

    /// Whether they have paused it, as far as they have said.
    pub fn is_paused(&self, id: &str) -> bool {
        self.people.get(id) == Some(&true)
    }

    /// People have decided.
    pub fn decide(&mut self, id: &str, paused: bool) {
        self.unsure.remove(id);
        self.people.insert(id.to_owned(), paused);
    }

    /// They have asked for an end of the pause; where nobody knows of one, nobody knows still.
    pub fn ask_to_resume(&mut self, id: String) {
        self.people.insert(id, false);
    }

    /// Nobody can know any more.
    pub fn forget(&mut self, id: &str) {
        self.unsure.insert(id.to_owned());
    }

    /// What a declaration leaves behind when it goes: the pause as it is then, if it had come so far.
    pub fn observe(&mut self, object: &Value, id: &str, there: Option<&Schedule>) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
        if there.is_some() && !self.had.contains(uid) {
            self.had.insert(uid.to_owned());
        }
        let is_new = there.is_none() && !self.had.contains(uid);
        let paused = there.map(|there| there.paused);
        match object["spec"]["paused"].as_bool() {
            None if is_new => self.decide(id, false),
            None => {}
            Some(declared) if paused == Some(declared) || is_new => self.decide(id, declared && there.is_some()),
            Some(_) => self.forget(id),
        }
    }
}
