//! The defects, by the room in which they are planted.

mod controller;
mod plan;
mod remote;

/// A defect.
pub struct Mutant {
    pub name: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
    pub file: &'static str,
    /// The text in whose place it stands, which the file has once.
    pub from: &'static str,
    /// The text with the defect, where `IS_ON` is, and without.
    pub to: &'static str,
}

/// All.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    plan::ALL.iter().chain(controller::ALL).chain(remote::ALL)
}
