//! Keeps `WorkflowSchedule` resources and the schedules of the Mistral Workflows API equal.
//!
//! Data flows one way: resource → desired → observed → plan → apply → status. A room knows only what
//! stands above it in this list.

pub mod timing;

pub mod remote;

pub mod api;

pub mod plan;

pub mod telemetry;

pub mod controller;

pub mod sandbox;

pub mod cli;
