//! The safety rules: each test is named after one, and shows that nobody is hurt.

mod counts;
mod deletion;
mod identity;
mod kill_switch;
mod mass;
mod ownership;
mod pauses;
mod replacing;
mod triggers;
mod writers;
