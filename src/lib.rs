//! Keeps the schedules of the Mistral Workflows API equal to `WorkflowSchedule` resources.
//!
//! Data flows one way: resource → desired → observed → plan → apply → status. A module depends only on modules
//! above it in this list.

pub mod timing;

pub mod remote;

pub mod api;

pub mod plan;

pub mod telemetry;

pub mod controller;

pub mod sandbox;

pub mod cli;
