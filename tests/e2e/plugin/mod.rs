//! The kubectl plugin: the real binary as a person calls it, on a cluster with a running operator.

mod connections;
mod looking;
mod schedules;

use std::ffi::OsStr;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::harness::World;

/// How a call of the plugin ended.
#[derive(Debug)]
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    /// Panics unless it succeeded.
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Panics unless it ended with this exit code; what was said on either stream.
    fn with_code(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.out + &self.err
    }

    fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

/// Calls `kubectl wfs` in the namespace of a test, with the permissions of an administrator.
fn wfs(world: &World, arguments: &[&str]) -> Said {
    wfs_with(world.cluster.kubectl().kubeconfig(), &world.name, arguments)
}

/// Calls it with another kubeconfig.
fn wfs_with(kubeconfig: &Path, namespace: &str, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workflow-schedule-operator"));
    command.arg0("/usr/local/bin/kubectl-wfs").args(arguments).args(["-n", namespace]);
    said(command.env("KUBECONFIG", kubeconfig))
}

fn said(command: &mut Command) -> Said {
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_proxies(name)) {
        command.env_remove(name);
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn is_of_proxies(name: &OsStr) -> bool {
    name.to_string_lossy().to_lowercase().ends_with("_proxy")
}
