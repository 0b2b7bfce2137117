//! The defects, by the layer in which they are planted.

mod controller;
mod plan;
mod remote;

use crate::change::Change;
use crate::place::At;

/// A defect.
pub struct Mutant {
    pub name: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// The module, or the function, in which it is planted.
    pub item: &'static str,
    /// The place in there.
    pub at: At,
    /// What becomes of that place.
    pub change: Change,
}

/// All.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    plan::ALL.iter().chain(controller::ALL).chain(remote::ALL)
}
