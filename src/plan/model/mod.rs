//! What is compared: both sides in one canonical form.

pub mod claims;
pub mod content;
pub mod desired;
pub mod diff;
pub mod failure_note;
pub mod input;
pub mod observed;
pub mod ownership;
pub mod readable;
pub mod schedule_id;
pub mod target;
