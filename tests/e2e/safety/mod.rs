//! The safety rules: each test is named after a rule and checks it.

mod counts;
mod deletion;
mod denied;
mod identity;
mod kill_switch;
mod mass;
mod ownership;
mod pauses;
mod replacing;
mod triggers;
mod writers;
