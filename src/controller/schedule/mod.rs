//! Reconciles a schedule: plan, apply, status.

pub mod apply;
pub mod attempt;
pub mod connection_view;
pub mod deletion_limit;
pub mod evaluate;
pub mod reconcile;
pub mod run_news;
pub mod update_status;
pub mod worker;
