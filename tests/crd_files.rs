//! `crds/` is what the binary prints: what is installed is what is compiled in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

#[test]
fn the_definitions_in_crds_are_those_of_the_binary() {
    for name in ["workflowschedules", "workflowconnections"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator")).args(["crds", name]).output().unwrap();
        assert!(output.status.success());
        let path = format!("{}/crds/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
        let stored = std::fs::read_to_string(&path).unwrap();
        assert!(stored == String::from_utf8(output.stdout).unwrap(), "{path} is stale: run make crds");
    }
}
