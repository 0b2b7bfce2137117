//! The inputs of a decision, and its result.

pub mod action;
pub mod inputs;
pub mod journal;
pub mod plan;
