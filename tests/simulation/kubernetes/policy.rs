//! What admission rules deny, whoever asks; RBAC and a webhook that denies look the same to who writes.

use super::refusal::Refusal;
use super::request::{Ask, Request};
use super::store::Door;

/// What a rule denies of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Any change through the main door: of finalizers too.
    Patches,
    /// Any change of a status.
    Statuses,
}

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub plural: &'static str,
    pub denied: Denied,
}

impl Policy {
    /// What it says to a request, if it denies it.
    pub fn refusal(self, request: &Request) -> Option<Refusal> {
        let Ask::Patch(door, _) = &request.ask else { return None };
        let is_denied = match self.denied {
            Denied::Patches => *door == Door::Main,
            Denied::Statuses => *door == Door::Status,
        };
        let is_meant = is_denied && request.resource.plural == self.plural;
        is_meant.then(|| Refusal::denied(request.resource, &request.place().name))
    }
}
