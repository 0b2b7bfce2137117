//! Runs the command `check` as a person and a pipeline do.

use std::fs;

use assert_cmd::Command;
use serde_json::Value;

/// A folder of its own, gone at the end.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn name(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// What the command printed, and how it ended.
pub struct Answer {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn check_with(arguments: &[&str], stdin: &str) -> Answer {
    let mut command = Command::cargo_bin("workflow-schedule-operator").unwrap();
    command.current_dir("tests/check").args(["check", "--now", "2026-11-24T12:00:00Z"]).args(arguments);
    let output = command.write_stdin(stdin).output().unwrap();
    Answer {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub fn check(arguments: &[&str]) -> Answer {
    check_with(arguments, "")
}

pub fn json(arguments: &[&str]) -> Value {
    let answer = check(&[arguments, &["--output", "json"]].concat());
    serde_json::from_str(&answer.stdout).unwrap()
}

pub const SOUND: &str = "\
apiVersion: workflows.mistral.ai/v1alpha1
kind: WorkflowSchedule
metadata: {name: report, namespace: shop}
spec:
  workflowIdentifier: report
  cronExpressions: [\"0 9 * * 1-5\"]
  timeZoneName: Europe/Paris
";
