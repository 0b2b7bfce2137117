//! What is known of the runs of a schedule: how they ended, and whether one was missed or takes too long.

mod conditions;
mod history;
mod missed;

pub(crate) use conditions::conditions;
pub use conditions::{about, with_run_outcomes};
pub use history::{RunOutcome, began, is_failure, is_final, is_open, last_decided};
pub(crate) use history::{carry_over, forget_outcomes, merge_listed};
pub use missed::missed_deadline;
pub(crate) use missed::{end_missed, missed};

#[cfg(test)]
mod tests;
