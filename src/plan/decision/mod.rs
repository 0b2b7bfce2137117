//! What a plan is made from, and what it says.

pub mod action;
pub mod inputs;
pub mod journal;
pub mod plan;
