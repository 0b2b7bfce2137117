//! Keeps `WorkflowSchedule` resources and the schedules of the Mistral Workflows API equal.

pub mod cli;
pub mod timing;
