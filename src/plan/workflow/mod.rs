//! What is known of a workflow that makes its runs hang or fail: only warnings follow from it.

mod input_schema;
mod warnings;

pub use warnings::{WarnedOf, WorkflowWarning, with_warnings, workflow_warnings};
